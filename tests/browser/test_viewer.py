# SPDX-License-Identifier: Apache-2.0
"""What a viewer does, in Debian's Chromium: open the page, choose a film, play, seek; the same without JavaScript."""
import os

import pytest
from conftest import CEILING_S, OUTPUT
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", chromium_sandbox=os.getuid() != 0,
            args=["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                  "--autoplay-policy=no-user-gesture-required"])
        yield running
        running.close()


@pytest.fixture
def page(browser, request):
    options = getattr(request, "param", {})
    context = browser.new_context(viewport={"width": 1366, "height": 900}, **options)
    page = context.new_page()
    page.set_default_timeout(CEILING_S * 1000)
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    context.close()


def picture(page, name):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png")


def until(page, expression):
    """Poll from here: the page's policy forbids the evaluation inside it that wait_for_function does."""
    for _ in range(CEILING_S * 20):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def test_home_to_film_to_playing_and_seeking(page, site):
    page.goto(site.url)
    assert page.locator("h1").count() == 1
    picture(page, "home")
    page.get_by_role("link", name="The Glass Orchard").first.click()
    assert "The Glass Orchard" in page.locator("h1").inner_text()
    picture(page, "film")
    page.get_by_role("link", name="Play").first.click()
    video = page.locator("video")
    video.wait_for()
    page.evaluate("document.querySelector('video').muted = true")
    page.evaluate("document.querySelector('video').play()")
    until(page, "document.querySelector('video').currentTime > 0.5")
    duration = page.evaluate("document.querySelector('video').duration")
    assert abs(duration - 40) < 1
    page.evaluate("document.querySelector('video').currentTime = document.querySelector('video').duration * 0.8")
    until(page, "document.querySelector('video').currentTime > document.querySelector('video').duration * 0.8 + 0.5"
          " && !document.querySelector('video').seeking")
    assert page.evaluate("document.querySelector('video').videoWidth") == 320
    assert page.evaluate("document.querySelector('video').error") is None
    picture(page, "watch-seek")
    assert page.problems == []


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_up_to_the_native_player(page, site):
    page.goto(site.url)
    page.get_by_role("link", name="Copper Sky").first.click()
    page.get_by_role("link", name="Play").first.click()
    assert page.locator("video[controls]").count() == 1
    source = page.locator("video").get_attribute("src") or page.locator("video source").first.get_attribute("src")
    assert source.startswith("/stream/") and "md5=" in source
    answer = page.request.get(site.url + source, headers={"Range": "bytes=0-99"})
    assert answer.status == 206 and answer.body() == site.films["front"].read_bytes()[:100]
    picture(page, "watch-no-javascript")
    assert page.problems == []


def test_series_season_and_next_episode(page, site):
    page.goto(site.url + "/series")
    page.get_by_role("link", name="Tide Tables").first.click()
    assert page.get_by_text("Ebb").count() >= 1 and page.get_by_text("Flood").count() >= 1
    picture(page, "series")
    page.get_by_role("link", name="Ebb").first.click()
    page.get_by_role("link", name="Play").first.click()
    page.locator("video").wait_for()
    assert page.locator("a[href^='/w/'], a[href^='/e/']").count() >= 1, "there is a way to the next episode"
    assert page.problems == []


def test_search_finds_by_the_beginning_of_a_word(page, site):
    page.goto(site.url)
    page.get_by_role("searchbox").first.fill("orch")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="The Glass Orchard").first.wait_for()
    picture(page, "search")
    assert page.problems == []


def test_download_page_gives_the_file(page, site):
    film = site.files["Copper Sky (2023).mp4"]
    page.goto(f"{site.url}/d/{film['file']}")
    picture(page, "download")
    with page.expect_download() as started:
        page.get_by_role("button").last.click()
    path = started.value.path()
    assert path.read_bytes() == site.films["front"].read_bytes()
    assert started.value.suggested_filename == "Copper Sky (2023).mp4"


def test_error_pages_say_what_and_where_to(page, site):
    answer = page.goto(site.url + "/no/such/page")
    assert answer.status == 404
    assert page.locator("h1").count() == 1 and page.locator("a[href='/']").count() >= 1
    picture(page, "not-found")


@pytest.mark.parametrize("page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_narrow_screen_has_no_sideways_scroll(page, site, request):
    page.set_viewport_size({"width": 360, "height": 740})
    for address in ("/", "/movies", "/series", "/help", f"/w/{site.files['Copper Sky (2023).mp4']['file']}"):
        page.goto(site.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    page.goto(site.url)
    picture(page, f"home-narrow-{request.node.callspec.id}")
    assert page.problems == []
