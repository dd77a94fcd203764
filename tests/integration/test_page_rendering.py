# SPDX-License-Identifier: Apache-2.0
"""Every page with sample data: hostile text changes nothing but text, the structure is sound, and nothing outgrows its budget (docs/templates.md)."""
import os
import pathlib
import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build"))
SAMPLES = BUILD / "tests/pages/sv-page-samples"
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def samples(*args):
    return subprocess.run([SAMPLES, *args], check=True, capture_output=True).stdout


PAGES = samples("list").decode().split() if SAMPLES.exists() else []
ASSETS = {row.split()[0]: row.split()[1:] for row in samples("assets").decode().splitlines()} if SAMPLES.exists() else {}


class Tree(HTMLParser):
    """Tags with attributes and merged text, in order; also whether each end tag fits."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.events, self.stack = [], []
        self.feed(text)
        self.close()
        assert self.stack == [], f"left open: {self.stack}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of <{tag}> is there twice"
        self.events.append(["tag", tag, dict(attrs), list(self.stack)])
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert "svg" in self.stack, f"<{tag}/>"
        self.events.append(["tag", tag, dict(attrs), list(self.stack)])

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, f"</{tag}> in {self.stack}"
        self.stack.pop()

    def handle_data(self, data):
        if self.events and self.events[-1][0] == "text":
            self.events[-1][1] += data
        else:
            self.events.append(["text", data, None, list(self.stack)])

    def handle_comment(self, data):
        raise AssertionError("a comment")

    def tags(self, *names):
        return [event for event in self.events if event[0] == "tag" and event[1] in names]


def page(name, *args):
    return samples("page", name, *args).decode("utf-8", "surrogateescape")


HARMLESS = "qqMARKqq"
HOSTILE = [
    '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", '" autofocus onfocus="x', "</title><h1>x</h1>", "</textarea><b>",
    "<!-- ", "-->", "<![CDATA[x]]>", "</a></li></ul></main>", "&lt;script&gt;", "&amp;&#34;&quot;", "&&copy=1&", "javascript:alert(1)", "data:text/html,<b>", "{{ v->title }}",
    "{% end %}", "%s%n%1$p", "\u202e\u2066evil", "<svg/onload=alert(1)>", "`x`=\\", "a\x01\x02b", "\ufffe\U0010ffff", "<" * 400, "x" * 5000, "../../etc", "</script>",
    "\udcff\udcfe", "<\udcc3", "\udce2\udc82\">",
]


def shape(name, text):
    """The page's events with `text` taken out again; slugs are made of titles and may differ."""
    events = []
    for kind, value, attrs, stack in Tree(page(name, "--text", text)).events:
        if kind == "text":
            events.append((kind, value.replace(text, HARMLESS)))
            continue
        attrs = {key: re.sub(r"^(/[ms]/[\w-]{12})(-[a-z0-9-]*)?", r"\1", (data or "").replace(text, HARMLESS)) for key, data in attrs.items()}
        events.append((kind, value, tuple(sorted(attrs.items())), tuple(stack)))
    return events


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_changes_only_text(name):
    expected = shape(name, HARMLESS)
    for text in HOSTILE:
        assert shape(name, text) == expected, text


@pytest.mark.parametrize("name", PAGES)
def test_nothing_inline(name):
    tree = Tree(page(name))
    for _, tag, attrs, _ in tree.tags(*{event[1] for event in tree.events if event[0] == "tag"}):
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert not [key for key in attrs if key.startswith("on") or key in ("style", "srcdoc")]
        if tag == "script":
            assert attrs["src"].startswith("/assets/") and attrs["type"] == "module"
        for key in ("src", "href", "poster", "action"):
            assert key not in attrs or attrs[key].startswith(("/", "#")), "another origin"
    for _, data, _, stack in (event for event in tree.events if event[0] == "text"):
        assert "script" not in stack, data


def text_of(tree, index):
    """Text inside the element that opens at `index`, names of pictures included."""
    depth, parts = len(tree.events[index][3]), [tree.events[index][2].get("aria-label", "")]
    for kind, value, attrs, stack in tree.events[index + 1:]:
        if len(stack) <= depth:
            break
        parts.append(value if kind == "text" else attrs.get("alt", ""))
    return "".join(parts).strip()


@pytest.mark.parametrize("name", PAGES)
def test_accessible_structure(name):
    tree = Tree(page(name))
    html = tree.tags("html")[0][2]
    assert html["lang"] and html["dir"] == "ltr"
    assert Tree(page(name, "--rtl")).tags("html")[0][2]["dir"] == ("ltr" if name.startswith("gateway") else "rtl")
    assert len(tree.tags("h1")) == 1 and len(tree.tags("main")) == 1 and len(tree.tags("header")) == 1 and len(tree.tags("title")) == 1
    ids = [event[2]["id"] for event in tree.events if event[0] == "tag" and "id" in event[2]]
    assert len(ids) == len(set(ids))
    if not name.startswith("gateway"):
        assert len(tree.tags("footer")) == 1 and len(tree.tags("nav")) >= 2
        first_link = tree.tags("a")[0][2]
        assert first_link["href"] == "#main" and "main" in ids
    for index, (kind, tag, attrs, _) in enumerate(tree.events):
        if kind != "tag":
            continue
        for key in ("aria-labelledby", "aria-describedby"):
            assert key not in attrs or attrs[key] in ids
        if tag == "img":
            assert "alt" in attrs and int(attrs["width"]) > 0 and int(attrs["height"]) > 0
        if tag in ("a", "button"):
            assert text_of(tree, index), (tag, attrs)
        if tag in ("input", "progress", "video"):
            assert attrs.get("aria-label") or attrs.get("aria-labelledby"), (tag, attrs)
        if tag == "nav" and not name.startswith("gateway"):
            assert attrs["aria-label"]
        if tag == "svg":
            assert attrs["aria-hidden"] == "true"


def test_titles_are_isolated():
    for name in ("home", "film", "series", "episode", "watch", "download"):
        titles = [event for event in Tree(page(name, "--text", HARMLESS)).events if event[0] == "text" and HARMLESS == event[1].strip()]
        outside = [event[3] for event in titles if not {"bdi", "title", "p", "td", "th", "small", "code", "dd"} & set(event[3])]
        assert titles and not outside


def test_posters_load_in_order():
    pictures = [event[2] for event in Tree(page("home")).tags("img")]
    assert len(pictures) > 40
    assert sum("fetchpriority" in picture for picture in pictures) == 4
    assert [picture.get("fetchpriority") for picture in pictures[:4]] == ["high"] * 4
    assert all("loading" in picture for picture in pictures[12:]) and not any("loading" in picture for picture in pictures[:8])
    for picture in pictures:
        widths = [int(width) for width in re.findall(r" (\d+)w", picture["srcset"])]
        assert widths == [160, 240, 320, 480] and picture["sizes"]


def test_pager():
    tree = Tree(page("grid"))
    links = {event[2]["rel"]: event[2]["href"] for event in tree.tags("link") if event[2]["rel"] in ("next", "prev")}
    assert links == {"prev": "/movies", "next": "/movies?page=3"}
    assert {event[2]["rel"]: event[2]["href"] for event in tree.tags("a") if "rel" in event[2]} == links


def packed(data):
    if shutil.which("brotli"):
        return len(subprocess.run(["brotli", "-c", "-q", "11"], input=data, capture_output=True, check=True).stdout)
    # deflate is about a fifth larger
    return len(zlib.compress(data, 9)) * 5 // 6


def test_budgets():
    home = samples("page", "home")
    assert home.count(b'class="card"') == 60
    rows = [("home, 60 titles", len(home), 32 * 1024), ("home, packed", packed(home), 5 * 1024),
            ("styles, packed", packed(samples("asset", "app.css")), 6 * 1024), ("module, packed", packed(samples("asset", "app.js")), 8 * 1024),
            ("watch modules, packed", packed(samples("asset", "app.js")) + packed(samples("asset", "watch.js")), 24 * 1024)]
    for name, size, limit in rows:
        print(f"{name}: {size} of {limit} bytes")
        assert size <= limit, name
    for name in PAGES:
        assert len(samples("page", name)) <= 32 * 1024


def test_style_sheet():
    css = samples("asset", "app.css").decode()
    physical = re.findall(r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|(?:max-|min-)?(?:width|height))\s*:", css)
    media = re.findall(r"\((?:max|min)-width:", css)
    assert len(physical) == len(media), physical
    assert not re.search(r"text-align:\s*(left|right)|float:|@import|url\((?!\"?data:)", css)
    assert [f".c{i}" in css for i in range(64)] == [True] * 64
    for theme in ("dark", "light"):
        assert f'data-theme="{theme}"' in page("home", "--theme", theme)


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast():
    """WCAG 2.2 AA on every surface: 4.5 for text, 3 for edges and focus; the two light blocks are the same."""
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", samples("asset", "app.css").decode())
    dark, light, saved = (dict(re.findall(r"--(\w+): ?(#[0-9a-f]{6})", block)) for block in blocks)
    assert light == saved
    for theme in (dark, {**dark, **light}):
        for surface in ("bg", "s1", "s2", "s3"):
            for text in ("text", "text2", "text3", "accent"):
                assert contrast(theme[text], theme[surface]) >= 4.5, (text, surface)
            for edge in ("edge", "focus"):
                assert contrast(theme[edge], theme[surface]) >= 3, (edge, surface)
        assert contrast(theme["ink"], theme["fill"]) >= 4.5


def test_assets_have_hashed_names():
    for name, (hashed, *_rest) in ASSETS.items():
        stem, dot, ending = name.rpartition(".")
        assert re.fullmatch(rf"{re.escape(stem)}\.[0-9a-f]{{8}}\.{ending}", hashed)
    used = set(re.findall(r'"/assets/([^"]+)"', page("home") + page("watch")))
    assert used == {row[0] for row in ASSETS.values()}
