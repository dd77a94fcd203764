# SPDX-License-Identifier: Apache-2.0
"""Pages and their JSON twins through the gateway: what is there, what is refused, what is never said."""
import html.parser
import json
import os
import re
import shutil
import signal
import subprocess

import pytest
from conftest import wait_for
from http_plain import fetch


class Page(html.parser.HTMLParser):
    def __init__(self, body):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(body.decode())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "a":
            self.links.append(dict(attributes).get("href"))


def get_json(url, **kwargs):
    answer = fetch(url, **kwargs)
    assert answer.status == 200, (url, answer.status)
    assert answer.header("Content-Type").startswith("application/json")
    return json.loads(answer.body)


def film_id(site, name):
    data = get_json(site.url + "/api/search?q=" + name)
    return data["titles"][0]["id"]


def test_every_page_has_the_headers_that_keep_it_safe(site):
    film = film_id(site, "copper")
    addresses = ["/", "/movies", "/series", "/new", "/search?q=sky", "/help", "/about", "/privacy", "/no/such/page",
                 f"/w/{site.files['Copper Sky (2023).mp4']['file']}", f"/m/{film}-copper-sky"]
    for address in addresses:
        answer = fetch(site.url + address)
        assert answer.status == (404 if "no/such" in address else 200), address
        policy = answer.header("Content-Security-Policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy, address
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Server") is None and answer.header("X-Powered-By") is None
        page = Page(answer.body)
        assert not [tag for tag, attributes in page.tags if "style" in attributes or any(name.startswith("on") for name in attributes)], address
        assert not [attributes for tag, attributes in page.tags if tag == "script" and "src" not in attributes], address
        assert [tag for tag, _ in page.tags].count("h1") == 1, address


def test_json_twins_say_what_pages_say(site):
    home = get_json(site.url + "/api/")
    page = fetch(site.url + "/").body.decode()
    assert {"new", "films", "series"} <= set(home)
    for title in home["films"] + home["series"]:
        assert title["id"] in page and title["title"] in page
    movies = get_json(site.url + "/api/movies")
    assert movies["total"] == len(movies["titles"]) == len([f for f in site.files if "Tide" not in f])
    series = get_json(site.url + "/api/series")["titles"][0]
    detail = get_json(f"{site.url}/api/s/{series['id']}")
    assert [e["name"] for e in detail["episodes"]] == ["Ebb", "Flood"]
    first = get_json(f"{site.url}/api/e/{detail['episodes'][0]['id']}")
    assert first["next"] == detail["episodes"][1]["id"] and first["previous"] is None
    film = get_json(f"{site.url}/api/m/{film_id(site, 'copper')}")
    kinds = [track["kind"] for track in film["files"][0]["tracks"]]
    assert kinds == ["video", "audio"] and film["files"][0]["browser_plays"] is True
    assert str(site.state) not in json.dumps(film) and "/films/" not in json.dumps(film), "a path left the machine"


def test_slugs_redirect_and_wrong_ids_are_not_found(site):
    film = film_id(site, "copper")
    answer = fetch(f"{site.url}/m/{film}")
    assert answer.status == 301 and answer.header("Location") == f"/m/{film}-copper-sky"
    assert fetch(f"{site.url}/m/{film}-another-name").status == 301
    assert fetch(f"{site.url}/m/{film}-copper-sky").status == 200
    for address in ("/m/AAAAAAAAAAAA", "/m/short", "/s/AAAAAAAAAAAA", "/e/AAAAAAAAAAAA", "/w/AAAAAAAAAAAA", "/d/AAAAAAAAAAAA", f"/s/{film}",
                    "/api/m/AAAAAAAAAAAA", "/api/image/AAAAAAAAAAAA", "/assets/none.css", "/movies?page=99", f"/m/{film}-x/y"):
        assert fetch(site.url + address).status == 404, address
    assert fetch(site.url + "/movies?page=x").status == 400
    assert fetch(site.url + "/search?q=%ff%fe").status == 400
    assert fetch(site.url + "/api/m/AAAAAAAAAAAA").header("Content-Type").startswith("application/json")
    refused = fetch(site.url + "/movies", method="DELETE")
    assert refused.status == 405 and "GET" in refused.header("Allow")


def test_private_addresses_are_not_public(site):
    for address in ("/metrics", "/readyz", "/purge/x", "/purge/AAAAAAAAAAAA/1"):
        assert fetch(site.url + address).status == 404, address
    assert fetch(site.url + "/healthz").status == 200


def test_a_guest_session_is_made_once_and_kept(site):
    watch = f"{site.url}/w/{site.files['Copper Sky (2023).mp4']['file']}"
    first = fetch(watch)
    cookie = first.header("Set-Cookie")
    assert re.match(r"sid=[A-Za-z0-9_-]{43}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$", cookie), cookie
    again = fetch(watch, headers={"Cookie": "a=b; " + cookie.split(";")[0]})
    assert again.status == 200 and again.header("Set-Cookie") is None
    forged = fetch(watch, headers={"Cookie": "sid=" + "A" * 43})
    assert forged.header("Set-Cookie") not in (None, cookie)


def test_what_is_not_there_makes_no_session(site):
    assert fetch(f"{site.url}/w/AAAAAAAAAAAA").header("Set-Cookie") is None
    assert fetch(f"{site.url}/api/w/AAAAAAAAAAAA").header("Set-Cookie") is None


def test_writes_are_believed_only_from_our_own_pages(site):
    start = f"{site.url}/d/{site.files['Copper Sky (2023).mp4']['file']}/start"
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert fetch(start, "POST", {"Content-Length": "0", **headers}).status == 403, headers
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}):
        answer = fetch(start, "POST", {"Content-Length": "0", **headers})
        assert answer.status == 303 and answer.header("Location").startswith("/download/"), headers


def test_links_of_the_page_work_and_expire_with_a_reason(site):
    watch = get_json(f"{site.url}/api/w/{site.files['Copper Sky (2023).mp4']['file']}")
    answer = fetch(site.url + watch["stream"], headers={"Range": "bytes=0-9"})
    assert answer.status == 206 and answer.body == site.films["front"].read_bytes()[:10]
    broken = watch["stream"].replace("tier=guest", "tier=member")
    refused = fetch(site.url + broken)
    assert refused.status == 403 and refused.header("Sv-Reason") == "link-invalid"
    old = site.link(site.files["Copper Sky (2023).mp4"]["file"], "--for", "1")
    wait_for(lambda: fetch(old, headers={"Range": "bytes=0-0"}).status == 403, "the link expires", every_s=0.2)
    assert fetch(old).header("Sv-Reason") == "link-expired"
    elsewhere = fetch(site.url + watch["stream"], source="127.0.0.2")
    assert elsewhere.status == 403 and elsewhere.header("Sv-Reason") == "link-invalid"


def test_pictures_and_assets_are_immutable(site):
    page = Page(fetch(site.url + "/").body)
    images = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert images
    for address in images:
        answer = fetch(site.url + address)
        assert answer.status == 200 and answer.header("Content-Type") in ("image/webp", "image/jpeg")
        assert "immutable" in answer.header("Cache-Control")
        assert fetch(site.url + address, headers={"If-None-Match": answer.header("ETag")}).status == 304
    style = next(attributes["href"] for tag, attributes in page.tags if tag == "link" and attributes["rel"] == "stylesheet")
    packed = fetch(site.url + style, headers={"Accept-Encoding": "gzip"})
    assert packed.header("Content-Encoding") == "gzip" and "immutable" in packed.header("Cache-Control")
    assert fetch(site.url + style).header("Content-Encoding") is None
    assert fetch(site.url + "/favicon.ico").status == 200


def test_playlist_for_other_players(site):
    answer = fetch(f"{site.url}/w/{site.files['Copper Sky (2023).mp4']['file']}.m3u")
    lines = answer.body.decode().splitlines()
    assert lines[0] == "#EXTM3U" and "Copper Sky" in lines[1] and lines[2].startswith(site.url + "/stream/")
    assert fetch(lines[2], headers={"Range": "bytes=0-0"}).status == 206


def test_hostile_names_stay_text(own_site, films):
    site = own_site().start()
    name = "<script>alert(1)<!script> \"quoted' & {{x}} (2019).mp4"
    path = site.folder / name
    shutil.copy(films["mib"], path)
    site.add(path)
    for address in ("/", "/movies", "/search?q=%3Cscript%3E", f"/w/{site.library()[0]['file']}"):
        body = fetch(site.url + address).body
        assert b"<script>alert" not in body, address


def test_without_redis_browsing_goes_on_and_watching_says_so(own_site, films):
    site = own_site().start()
    site.add(films["mib"])
    file = site.library()[0]["file"]
    os.kill(site.roles()["redis"]["pid"], signal.SIGSTOP)
    try:
        assert fetch(site.url + "/movies").status == 200
        assert fetch(f"{site.url}/w/{file}").status == 503
        # a link that was given out plays on
        assert fetch(site.link(file), headers={"Range": "bytes=0-0"}).status == 206
    finally:
        os.kill(site.roles()["redis"]["pid"], signal.SIGCONT)
    wait_for(lambda: fetch(f"{site.url}/w/{file}").status == 200, "watching works again by itself")


@pytest.mark.parametrize("language", ["", "x" * 5000])
def test_odd_requests_get_one_clear_answer(site, language):
    answer = fetch(site.url + "/", headers={"Accept-Language": language, "Cookie": "sid=" + "%" * 100})
    assert answer.status == 200


def test_an_answer_with_a_link_or_a_cookie_is_stored_nowhere(site):
    file = site.files["Copper Sky (2023).mp4"]["file"]
    watch = fetch(f"{site.url}/w/{file}")
    cookie = watch.header("Set-Cookie").split(";")[0]
    assert watch.header("Cache-Control") == "no-store"
    for address in (f"/w/{file}", f"/api/w/{file}", f"/w/{file}.m3u"):
        answer = fetch(site.url + address, headers={"Cookie": cookie})
        assert answer.header("Set-Cookie") is None, address
        assert answer.header("Cache-Control") == "no-store", address
    assert fetch(f"{site.url}/w/{file}.m3u").header("Set-Cookie"), "a player that keeps cookies needs one session only"
    assert fetch(site.url + "/movies").header("Cache-Control") == "private, no-cache"


def test_absolute_links_name_the_host_that_was_asked_for(site):
    file = site.files["Copper Sky (2023).mp4"]["file"]
    # nobody named this site, so it calls itself localhost, which a TV would take for itself
    for host, expected in (("192.0.2.7:8080", "http://192.0.2.7:8080/stream/"), ("[2001:db8::7]:80", "http://[2001:db8::7]:80/stream/"),
                           ("localhost", f"{site.url}/stream/")):
        playlist = subprocess.run(["curl", "-s", "-H", f"Host: {host}", f"http://127.0.0.1:{site.port}/w/{file}.m3u"], capture_output=True, text=True).stdout
        assert playlist.splitlines()[2].startswith(expected), playlist


def test_a_name_brings_no_line_of_its_own_into_a_playlist(own_site, films, work):
    folder = work / "lines"
    folder.mkdir()
    shutil.copy(films["mib"], folder / "Two\nhttp:\r Lines (2020).mp4")
    site = own_site().start()
    site.add(folder)
    playlist = fetch(f"{site.url}/w/{site.library()[0]['file']}.m3u").body.decode()
    assert playlist.count("\n") == 3 and "\r" not in playlist, playlist
