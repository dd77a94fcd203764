# SPDX-License-Identifier: Apache-2.0
"""The template generator: what it refuses, with file, line and reason, and what it makes of blanks and branches."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build"))
GENERATOR = BUILD / "programs/templates/sv-templates"
MESSAGES = "hello = Hello\nwho = Hello {name}\ncount[one] = {n} film\ncount[other] = {n} films\n"
USE_ALL = '{% template all_messages (unsigned n, const char *s) %}{% t "hello" %}{% t "who" name=s %}{% t "count" n=n %}'


def generate(tmp_path, template, messages=MESSAGES, use_all=True):
    source = tmp_path / "page.html.t"
    source.write_text(template)
    (tmp_path / "en.msg").write_text(messages)
    (tmp_path / "assets").write_text("app.css app.01234567.css\n")
    extra = []
    if use_all:
        (tmp_path / "all.html.t").write_text(USE_ALL)
        extra = [tmp_path / "all.html.t"]
    done = subprocess.run(
        [GENERATOR, "--source", tmp_path / "page_templates.c", "--header", tmp_path / "page_templates.h", "--messages", tmp_path / "en.msg",
         "--assets", tmp_path / "assets", "--include", "page_put.h", "--include", "page_filters.h", source, *extra],
        capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def body(text, parameters="const struct sv_card_view *v"):
    return "{% template page (" + parameters + ") %}\n" + text


# what stands in the template from line 2 on, and what the generator must say
REFUSED = {
    # holes
    "hole in a tag name": ("<{{ v->id }}>", "2: a hole cannot stand in a tag name"),
    "hole behind a tag name": ("<b{{ v->id }}></b>", "cannot stand in a tag name"),
    "hole in an end tag": ("<b></{{ v->id }}>", "cannot stand in a tag name"),
    "hole as an attribute": ("<b {{ v->id }}></b>", "cannot stand in an attribute name"),
    "hole in an attribute name": ("<b data-{{ v->id }}=\"x\"></b>", "cannot stand in an attribute name"),
    "hole without quotes": ("<b\nid={{ v->id }}></b>", "3: a hole cannot stand in a value without quotes"),
    "hole in script": ("<script>{{ v->id }}</script>", "cannot stand in <script>"),
    "hole in style": ("<style>{{ v->id }}</style>", "cannot stand in <style>"),
    "hole in a doctype": ("<!doctype {{ v->id }}>", "cannot stand in a comment or doctype"),
    "hole in on...": ('<b onclick="{{ v->id }}"></b>', 'attribute "onclick" is refused'),
    "hole in ON...": ('<b onClick="{{ v->id }}"></b>', 'attribute "onClick" is refused'),
    "hole in a style attribute": ('<b style="{{ v->id }}"></b>', 'attribute "style" is refused'),
    "hole in srcdoc": ('<b srcdoc="{{ v->id }}"></b>', 'attribute "srcdoc" is refused'),
    "hole in part of an address": ('<a href="/m/{{ v->id }}">x</a>', 'must be the whole address in "href"'),
    "text behind an address": ('<a href="{{ v | card_url }}?a=1">x</a>', 'the hole must be the whole address in "href"'),
    "two holes in an address": ('<a href="{{ v | card_url }}{{ v | card_url }}">x</a>', "must be the whole address"),
    "hole in a script's source": ('<script src="{{ v | card_url }}"></script>', "only an asset can"),
    "text behind a candidate": ('<img srcset="{{ v | card_url }}x 1x" alt="">', "a blank or comma must follow"),
    "message as an address": ('<a href="{% t "hello" %}">x</a>', "a message cannot be an address"),
    # markup
    "comment": ("a\n<!-- b -->", "3: an HTML comment"),
    "inline script": ("<script>alert(1)</script>", "<script> must be empty"),
    "inline script with a tag": ("<script><b></b></script>", "<script> must be empty"),
    "inline style": ("<style>b{}</style>", "<style> must be empty"),
    "style attribute": ('<b style="x"></b>', 'attribute "style" is refused'),
    "handler": ('<b onclick="x"></b>', "handlers belong into a module"),
    "http-equiv": ('<meta http-equiv="refresh" content="0">', "http-equiv"),
    "foreign element": ("<iframe></iframe>", "<iframe> is not used"),
    "base": ('<base href="/">', "<base> is not used"),
    "javascript:": ('<a href="javascript:x">x</a>', '"javascript:x" is no address'),
    "other host": ('<a href="//example.org">x</a>', "is no address"),
    "data: in one branch": ('<a href="{% if v->id %}/a{% else %}data:x{% end %}">x</a>', '"data:x" is no address'),
    "address without a slash": ('<a href="m">x</a>', "is no address"),
    "no quotes": ("<b id=x></b>", "must stand in double quotes"),
    "single quotes": ("<b id='x'></b>", "must stand in double quotes"),
    "attributes without a blank": ('<b id="x"class="y"></b>', 'a blank or ">" expected'),
    "upper-case tag": ("<B></B>", "lower-case tag"),
    "bare less-than": ("1 < 2", "write &lt;"),
    "wrong end tag": ("<b><i></b></i>", "</b> closes nothing: the open element is <i>"),
    "end tag alone": ("</b>", "closes nothing"),
    "element left open": ("<b>x", "1: the template ends inside <b>"),
    "tag left open": ("<b", "ends inside a tag"),
    "self-closing": ("<b/>", 'closes nothing in HTML'),
    "tag in a title": ("<title><b></b></title>", "a tag inside <title>"),
    # branches
    "branch opens an element": ("{% if v->id %}<b>{% end %}x", "different contexts"),
    "branches open different elements": ("{% if v->id %}<b>{% else %}<i>{% end %}</b>", "one in <b>, the other in <i>"),
    "branch ends in a value": ('<b {% if v->id %}id="{% end %}"></b>', "different contexts"),
    "branch ends in a tag": ("{% if v->id %}<b {% end %}>", "different contexts"),
    "only one branch fills an address": ('<a href="{% if v->id %}{{ v | card_url }}{% end %}">x</a>', "different contexts"),
    "loop closes": ("<b>{% for c in v->cards %}</b>{% end %}", "different contexts"),
    "directive in a tag name": ("<{% if v->id %}b{% end %}>", "in the middle of a tag"),
    "name continues behind a branch": ('<b{% if v->id %} id="x"{% end %}x></b>', 'a blank or ">" expected'),
    "include in a tag": ("<b {% include all_messages(1, v->id) %}></b>", "only where elements may stand"),
    # directives and expressions
    "if without end": ("{% if v->id %}x", "2: \"if\" without \"end\""),
    "for without end": ("x\n{% for c in v->cards %}x", "3: \"for\" without \"end\""),
    "end alone": ("{% end %}", "without \"if\", \"for\" or \"block\""),
    "unknown directive": ("{% while x %}", 'no directive "while"'),
    "hole left open": ("x\n{{ v->id", "3: \"{{\" without \"}}\""),
    "call": ("{{ system(v) }}", 'not "system(v)"'),
    "arithmetic": ("{{ v->year + 1 }}", "a hole is a path"),
    "assignment": ("{% if v->year = 1 %}{% end %}", 'cannot contain "= 1"'),
    "call in a condition": ("{% if f(v) %}{% end %}", 'cannot contain "(v)"'),
    "half a condition": ("{% if v->year && %}{% end %}", "not complete"),
    "C text": ('{{ "x" }}', "is not a path"),
    "two filters": ("{{ v->year | size | rate }}", "behind a filter"),
    "unknown template": ("{% include nothing() %}", 'no template "nothing"'),
    "layout without page": ("{% slot main %}", 'no page uses the layout "page"'),
    "included page": ("{% slot main %}{% template other () %}{% include page(v) %}", "cannot be included"),
    "block without layout": ("{% block main %}{% end %}", "without layout"),
    "unknown layout": ("{% layout nothing () %}", 'no layout "nothing"'),
    # messages and assets
    "unknown message": ('{% t "nothing" %}', 'no message "nothing"'),
    "argument missing": ('{% t "who" %}', 'needs the argument "name"'),
    "argument unknown": ('{% t "hello" name=v->id %}', 'has no argument "name"'),
    "argument twice": ('{% t "who" name=v->id name=v->id %}', "given an argument twice"),
    "count missing": ('{% t "count" %}', 'needs the argument "n"'),
    "unknown asset": ('<link href="{% asset "no.css" %}">', 'no asset "no.css"'),
    "asset in text": ('{% asset "app.css" %}', "must be the whole address"),
    "asset in part": ('<link href="/x{% asset "app.css" %}">', "must be the whole address"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    text, reason = REFUSED[name]
    status, said = generate(tmp_path, body(text))
    assert status == 1, f"accepted: {text}"
    assert re.match(r".*page\.html\.t:\d+: ", said), said
    assert reason in said.split("page.html.t:", 1)[1]
    assert not (tmp_path / "page_templates.c").exists()


REFUSED_MESSAGES = {
    "form missing": ("a[one] = {n} x\n", 'lacks its form [other]'),
    "form unknown": ("a[few] = {n} x\n", "no form"),
    "twice": ("a = x\na = y\n", 'en.msg:2: message "a" is there twice'),
    "with and without forms": ("a = x\na[one] = y\n", "with and without forms"),
    "empty": ("\n\na =\n", 'en.msg:3: message "a" is empty'),
    "argument broken": ("a = {x\n", '"{" without "name}"'),
    "no key": ("= x\n", '"key = text" expected'),
    "unused": ("a = x\n", 'no template uses message "a"'),
}


@pytest.mark.parametrize("name", REFUSED_MESSAGES)
def test_refused_messages(tmp_path, name):
    messages, reason = REFUSED_MESSAGES[name]
    status, said = generate(tmp_path, body("x"), messages, use_all=False)
    assert status == 1 and reason in said


def test_layout_needs_its_blocks(tmp_path):
    layout = "{% template frame (unsigned n) %}<b>{% slot main %}</b>\n"
    page = "{% template page (unsigned n) %}{% layout frame (n) %}"
    assert 'needs the block "main"' in generate(tmp_path, layout + page)[1]
    assert 'has no slot "other"' in generate(tmp_path, layout + page + "{% block main %}{% end %}{% block other %}{% end %}")[1]
    assert "outside of a template and its blocks" in generate(tmp_path, layout + page + "{% block main %}{% end %}x")[1]
    assert "takes (unsigned n)" in generate(tmp_path, layout + page.replace("(n) %}{% b", "(n, n) %}{% b").replace("frame (n)", "frame (n, n)")
                                            + "{% block main %}{% end %}")[1]
    # a block is read in the context of its slot
    in_title = layout.replace("b>", "title>") + page + "{% block main %}<i></i>{% end %}"
    assert "a tag inside <title>" in generate(tmp_path, in_title)[1]


def compiles(tmp_path):
    done = subprocess.run(
        ["cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-D_GNU_SOURCE", "-fsyntax-only", f"-I{ROOT}/src/base",
         f"-I{ROOT}/schema", f"-I{ROOT}/src/manager/web", f"-I{tmp_path}", tmp_path / "page_templates.c"],
        capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


# the generator lets these through; the C compiler does not, and names the line of the template
MISTYPED = {
    "text as an address": '<a href="{{ v->title }}">x</a>',
    "number as an address": '<a href="{{ v->year }}">x</a>',
    "raw markup in an attribute": '<b id="{{ v->title | paragraphs }}"></b>',
    "raw markup in a title": "<title>{{ v->title | paragraphs }}</title>",
    "a struct as text": "{{ v->poster }}",
    "unknown field": "{{ v->nothing }}",
    "unknown filter": "{{ v->title | nothing }}",
    "filter of another type": "{{ v->title | size }}",
    "text as a count": '{% t "count" n=v->title %}',
    "list without count": "{% for c in v->title %}x{% end %}",
}


@pytest.mark.parametrize("name", MISTYPED)
def test_mistyped(tmp_path, name):
    status, said = generate(tmp_path, body(MISTYPED[name]))
    assert status == 0, said
    good, said = compiles(tmp_path)
    assert not good and "page.html.t:2" in said


LITERALS = {
    "<ul>\n  <li>a  b</li>\n  <li>\n c\n d </li>\n</ul>": "<ul><li>a b</li><li>c d </li></ul>",
    "a\n{% if v->id %}\n b\n{% end %}\nc": "abc",
    "x {{ v->id }} y\n{{ v->id }}\n<b>z</b>": "x  y <b>z</b>",
    '<b  id="a"\n  class="b  c" ></b>': '<b id="a" class="b  c"></b>',
    "<b{% if v->id %} hidden{% end %}>x</b>": "<b hidden>x</b>",
    "<b {% if v->id %}hidden{% end %} id=\"x\">x</b>": "<b hidden id=\"x\">x</b>",
    "<pre>a\n  b</pre>": "<pre>a\n  b</pre>",
    "<textarea>\n a</textarea>": "<textarea>\n a</textarea>",
    "{# gone #}a{# gone\n #}b": "ab",
    '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>': '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>',
    '<img alt=""/>': '<img alt="">',
    '<link rel="stylesheet" href="{% asset "app.css" %}">': '<link rel="stylesheet" href="/assets/app.01234567.css">',
    '<script src="{% asset "app.css" %}"></script>': '<script src="/assets/app.01234567.css"></script>',
}


@pytest.mark.parametrize("text", LITERALS)
def test_literals(tmp_path, text):
    status, said = generate(tmp_path, body(text))
    assert status == 0, said
    page = (tmp_path / "page_templates.c").read_text().split("void sv_template_page")[1].split("void sv_template_")[0]
    pieces = re.findall(r'sv_put_literal\(out, "((?:[^"\\]|\\.)*)"', page)
    assert "".join(pieces).encode().decode("unicode_escape") == LITERALS[text]
    assert compiles(tmp_path) == (True, "")


def test_same_input_same_output(tmp_path):
    first = tmp_path / "1"
    first.mkdir()
    generate(first, body("<b>{{ v->id }}</b>"))
    text = (first / "page_templates.c").read_text()
    generate(first, body("<b>{{ v->id }}</b>"))
    assert text == (first / "page_templates.c").read_text()


def test_only_generated_code_writes_literals():
    """Whatever else writes into a page goes through an escape: no call of sv_put_literal by hand, no struct sv_html made elsewhere."""
    for path in (ROOT / "src").rglob("*.c"):
        text = path.read_text()
        if path.name != "page_out.c":
            assert not re.search(r"\bsv_put_literal\s*\(", text), path
        if path.name != "page_html.c":
            assert not re.search(r"\(struct sv_html\)\s*\{|struct sv_html \w+ = \{", text), path
