# SPDX-License-Identifier: Apache-2.0
"""The sample pages in Debian's Chromium: they fit every width in both directions, break no policy, and work by keyboard."""
import os
import re
import threading

import pytest
from playwright.sync_api import expect, sync_playwright

import page_server

# one error page stands for all: they differ in words
PAGES = [name for name in page_server.samples("list").decode().split() if not re.match("error-(?!451)", name)] if page_server.SAMPLES.exists() else []
RENEWED = "/stream/b7-Hs2QmXr9e?expires=1999999999&tier=guest&play=renewed&v=3&md5=x"


@pytest.fixture(scope="module")
def address():
    server = page_server.serve()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/page"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", chromium_sandbox=os.getuid() != 0,
                                             args=["--disable-gpu", "--disable-background-networking", "--no-first-run"])
        yield running
        running.close()


def open_page(browser, width=1366, script=True, scheme="dark"):
    page = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script, color_scheme=scheme).new_page()
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    # no film behind these pages
    page.route("**/stream/**", lambda route: route.fulfill(status=200, content_type="video/mp4", body=b""))
    return page


@pytest.mark.parametrize("width, query", [(320, ""), (360, "rtl"), (1366, "theme=light"), (1366, "rtl")])
def test_fits_and_breaks_no_policy(browser, address, width, query):
    page = open_page(browser, width)
    for name in PAGES:
        page.goto(f"{address}/{name}?{query}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        # what can be pressed is large enough: 44 px for buttons and menus, 24 px for links in text
        small = page.evaluate("""[...document.querySelectorAll("a, button")].filter((item) => {
            const box = item.getBoundingClientRect();
            const least = item.matches(".key, .bar a, .bar button, .acts a, .tabs a") ? 44 : 24;
            return item.checkVisibility() && !item.matches(".skip") && box.height < least && !item.closest("p.over, .about p");
        }).map((item) => item.outerHTML)""")
        assert small == [], name
    assert page.problems == []
    page.context.close()


def test_theme_follows_the_system_and_the_choice(browser, address):
    def ground(page):
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    for scheme, colour in (("dark", "rgb(14, 15, 18)"), ("light", "rgb(251, 250, 248)")):
        page = open_page(browser, scheme=scheme)
        page.goto(f"{address}/home")
        assert ground(page) == colour
        page.goto(f"{address}/home?theme=dark")
        assert ground(page) == "rgb(14, 15, 18)"
        page.goto(f"{address}/home?theme=light")
        assert ground(page) == "rgb(251, 250, 248)"
        page.context.close()


def test_keyboard(browser, address):
    page = open_page(browser)
    page.goto(f"{address}/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["width"] > 100
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("a/b")
    assert page.locator("[name=q]").input_value() == "a/b"
    page.context.close()


def test_an_expired_link_is_renewed_in_silence(browser, address):
    page = open_page(browser)
    asked = []

    def stream(route):
        asked.append(route.request.url)
        if "play=renewed" in route.request.url:
            route.fulfill(status=200, content_type="video/mp4", body=b"")
        else:
            route.fulfill(status=403, headers={"Sv-Reason": "link-expired"}, body=b"link-expired\n")

    page.route("**/stream/**", stream)
    page.route("**/api/watch/**", lambda route: route.fulfill(json={"stream": RENEWED}))
    page.goto(f"{address}/watch")
    expect(page.locator("video")).to_have_attribute("src", re.compile("play=renewed"))
    expect(page.locator("[data-toast]")).not_to_be_empty()
    assert any("play=renewed" in url for url in asked)
    assert page.locator("[data-copy]").is_visible()
    page.context.close()


def test_without_javascript(browser, address):
    page = open_page(browser, script=False)
    page.goto(f"{address}/watch")
    assert page.locator("video[controls]").is_visible() and not page.locator("[data-copy]").is_visible()
    assert "md5=" in page.locator("[data-address]").input_value()
    page.context.close()
