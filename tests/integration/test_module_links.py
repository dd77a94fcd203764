# SPDX-License-Identifier: Apache-2.0
"""Signed links: every way to change one is refused with its reason; nginx's own secure_link is the oracle."""
import os
import random
import time

import pytest

from nginx_module_harness import CLIENT, FILE, OLD_SECRET, PLAY, SECRET, Gateway, link, mac, stream_location

ORACLE = f"""
	location ~ ^/oracle/(?<oracle_file>[^/]+)$ {{
		secure_link $arg_md5,$arg_expires;
		secure_link_md5 "$secure_link_expires|$oracle_file|$sv_client|$arg_tier|$arg_play|$arg_v|{SECRET}";
		return 200 "$secure_link";
	}}
	location = /who {{ return 200 "$sv_client"; }}
	location = /other {{ return 200 "[$sv_tier$sv_play$sv_file$sv_v$sv_reason]"; }}
"""
REALIP = """
	set_real_ip_from 127.0.0.2;
	set_real_ip_from 127.0.0.3;
	real_ip_header CF-Connecting-IP;
	sv_client_unknown 127.0.0.2/31 2001:db8:ffff::/48;
"""


@pytest.fixture(scope="module")
def gateway():
    with Gateway(server=stream_location() + ORACLE, http=REALIP, secrets=(SECRET, OLD_SECRET)) as started:
        yield started


def refused(answer, reason):
    status, headers, body = answer
    return (status, headers["Sv-Reason"], body, headers["Content-Type"]) == (403, reason, f"{reason}\n".encode(), "text/plain")


def test_good_link_is_served(gateway):
    status, headers, body = gateway.get(link())
    assert status == 200 and body == gateway.film.data and "Sv-Reason" not in headers
    line = gateway.wait_access("200 reason= tier=guest")
    assert f"play={PLAY} v=1 file={FILE} client={CLIENT}" in line
    assert gateway.get(link(tier="member"), {"Range": "bytes=5-9"})[2] == gateway.film.data[5:10]


def test_variables_reach_slice_subrequests(gateway):
    """The cache key and the header of every slice carry what the main request's link said."""
    gateway.engine.requests.clear()
    assert gateway.get(link(v="77"))[2] == gateway.film.data
    first = len(gateway.engine.requests)
    assert first > 10
    assert gateway.get(link(v="77"))[2] == gateway.film.data
    assert len(gateway.engine.requests) == first


@pytest.mark.parametrize("name, change", [
    ("tier", lambda url: url.replace("tier=guest", "tier=member")),
    ("unknown tier", lambda url: link(tier="admin")),
    ("file", lambda url: url.replace(FILE, "ABCDEFGHIJ_-")),
    ("play", lambda url: url.replace(PLAY, "play-0000002")),
    ("version", lambda url: url.replace("v=1&", "v=2&")),
    ("expiry", lambda url: url.replace("expires=", "expires=1")),
    ("md5", lambda url: url[:-1] + ("A" if url[-1] != "A" else "Q")),
    ("md5 not canonical", lambda url: url[:-1] + chr(ord(url[-1]) + 1)),
    ("md5 padded", lambda url: url + "=="),
    ("md5 short", lambda url: url[:-1]),
    ("other client", lambda url: link(client="4:127.0.0.9")),
    ("other secret", lambda url: link(secret="guessed")),
    ("no arguments", lambda url: url.partition("?")[0]),
    ("empty query", lambda url: url.partition("?")[0] + "?"),
    ("missing v", lambda url: url.replace("v=1&", "")),
    ("duplicate behind", lambda url: url + "&tier=member"),
    ("duplicate in front", lambda url: url.replace("?", "?tier=member&")),
    ("same value twice", lambda url: url + "&tier=guest"),
    ("upper-case in front", lambda url: url.replace("?", "?TIER=member&")),
    ("upper-case behind", lambda url: url + "&Tier=member"),
    ("upper-case alone", lambda url: url.replace("tier=", "TIER=")),
    ("encoded name", lambda url: url.replace("tier=", "t%69er=")),
    ("encoded name added", lambda url: url + "&%74ier=member"),
    ("encoded value", lambda url: url.replace("tier=guest", "tier=gues%74")),
    ("unknown argument", lambda url: url + "&x=1"),
    ("unknown without value", lambda url: url + "&x"),
    ("trailing ampersand", lambda url: url + "&"),
    ("double ampersand", lambda url: url.replace("&v=", "&&v=")),
    ("semicolon", lambda url: url.replace("&v=", ";v=")),
    ("leading zero in v", lambda url: link(v="01")),
    ("signed v", lambda url: link(v="+1")),
    ("empty v", lambda url: link(v="")),
    ("huge v", lambda url: link(v="1" * 19)),
    ("leading zero in expires", lambda url: link(expires=f"0{int(time.time()) + 60}")),
    ("short play", lambda url: link(play="short")),
    ("foreign character in play", lambda url: link(play="play.0000001")),
    ("short file", lambda url: link(file="short")),
    ("no file", lambda url: link(file="")),
    ("trailing slash", lambda url: url.replace("?", "/?")),
])
def test_changed_link_is_invalid(gateway, name, change):
    before = len(gateway.engine.requests)
    assert refused(gateway.get(change(link())), "link-invalid"), name
    assert len(gateway.engine.requests) == before


def test_order_of_arguments_is_free_and_address_is_normalised(gateway):
    path, _, query = link().partition("?")
    assert gateway.get(path + "?" + "&".join(reversed(query.split("&"))), {"Range": "bytes=0-0"})[0] == 206
    assert gateway.get(path.replace("/stream/", "/stream/./x/../%41").replace("%41A", "%41") + "?" + query, {"Range": "bytes=0-0"})[0] == 206


def test_expired_is_told_from_forged(gateway):
    past = int(time.time()) - 1
    assert refused(gateway.get(link(expires=past)), "link-expired")
    assert refused(gateway.get(link(expires=0)), "link-expired")
    assert refused(gateway.get(link(expires=past).replace("guest", "member")), "link-invalid")
    gateway.wait_access("403 reason=link_expired tier= play=")
    gateway.wait_access("403 reason=link_invalid tier= play=")


def test_refusal_for_head_and_http2(gateway):
    status, headers, body = gateway.get(link(v="01"), method="HEAD")
    assert (status, headers["Sv-Reason"], body) == (403, "link-invalid", b"")
    assert gateway.h2_body(link(v="01"))[:2] == (403, b"link-invalid\n")


def test_error_page_does_not_replace_the_refusal():
    location = stream_location(more="error_page 403 = /page;") + 'location = /page { return 200 "page"; }'
    with Gateway(server=location) as gateway:
        assert refused(gateway.get(link(v="01")), "link-invalid")


def test_both_secrets_and_rotation():
    with Gateway(secrets=(SECRET, OLD_SECRET)) as gateway:
        one = {"Range": "bytes=0-0"}
        assert gateway.get(link(), one)[0] == 206
        assert gateway.get(link(secret=OLD_SECRET), one)[0] == 206
        assert refused(gateway.get(link(secret=OLD_SECRET, expires=1)), "link-expired")
        assert refused(gateway.get(link(secret="next")), "link-invalid")
        gateway.write_secrets("next", SECRET)
        gateway.reload()
        assert refused(gateway.get(link(secret=OLD_SECRET), one), "link-invalid")
        assert gateway.get(link(secret="next"), one)[0] == 206
        assert gateway.get(link(), one)[0] == 206


def test_empty_old_secret_opens_nothing():
    with Gateway(secrets=(SECRET, "")) as gateway:
        assert refused(gateway.get(link(secret="")), "link-invalid")


@pytest.mark.parametrize("address, client", [
    ("203.0.113.9", "4:203.0.113.9"),
    ("2001:db8:1:2::1", "6:20010db800010002"),
    ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "6:20010db800010002"),
    ("2001:db8:1:3::1", "6:20010db800010003"),
    ("::ffff:203.0.113.9", "4:203.0.113.9"),
    ("::1", "6:0000000000000000"),
    ("223.255.255.254", "4:223.255.255.254"),
    ("127.0.0.2", ""),
    ("127.0.0.3", ""),
    ("2001:db8:ffff::5", ""),
    ("not an address", ""),
])
def test_client_is_named_by_a_trusted_proxy(gateway, address, client):
    header = {"CF-Connecting-IP": address}
    assert gateway.get("/who", header, source="127.0.0.2")[2].decode() == client
    # The same header from anybody else says nothing.
    assert gateway.get("/who", header, source="127.0.0.1")[2] == b"4:127.0.0.1"
    assert gateway.get("/who", header, source="127.0.0.4")[2] == b"4:127.0.0.4"


def test_link_is_bound_to_the_client(gateway):
    def ask(url, address):
        return gateway.get(url, {"CF-Connecting-IP": address, "Range": "bytes=0-9"}, source="127.0.0.2")

    v6 = link(client="6:20010db800010002")
    assert ask(v6, "2001:db8:1:2::1")[0] == 206
    assert ask(v6, "2001:db8:1:2:aaaa::1")[0] == 206
    assert refused(ask(v6, "2001:db8:1:3::1"), "link-invalid")
    v4 = link(client="4:203.0.113.9")
    assert ask(v4, "203.0.113.9")[0] == 206
    assert ask(v4, "::ffff:203.0.113.9")[0] == 206
    assert refused(ask(v4, "203.0.113.10"), "link-invalid")
    assert refused(gateway.get(v4, {"CF-Connecting-IP": "203.0.113.9"}), "link-invalid")
    # Unknown clients have no link at all, not even one minted for the empty name or the proxy's address.
    assert refused(gateway.get(link(client=""), source="127.0.0.2"), "link-invalid")
    assert refused(gateway.get(link(client="4:127.0.0.2"), source="127.0.0.2"), "link-invalid")


def test_variables_without_a_link(gateway):
    assert gateway.get("/other")[2] == b"[]"


def test_limits_before_the_access_phase_see_the_tier():
    http = 'map "$sv_tier:$sv_client" $one { "~^guest:" $sv_client; default ""; } limit_conn_zone $one zone=conn:1m;'
    location = stream_location(limit="limit_conn conn 1; limit_conn_status 429; limit_rate 50k;")
    with Gateway(server=location, http=http) as gateway:
        import http.client
        held = http.client.HTTPConnection("127.0.0.1", gateway.port)
        held.request("GET", link())
        assert held.getresponse().status == 200
        assert gateway.get(link(), {"Range": "bytes=0-0"})[0] == 429
        assert gateway.get(link(tier="member"), {"Range": "bytes=0-0"})[0] == 206
        held.close()


def test_secure_link_agrees(gateway):
    """Where both can judge (well-formed arguments), our verdict is secure_link's."""
    seed = int(os.environ.get("SV_SEED", "3"))
    chance = random.Random(seed)
    ids = ["AAAAAAAAAAAA", "zzzz-_zzzz09", "play-0000001", FILE]
    seen = set()
    for _ in range(150):
        file, play = chance.choice(ids), chance.choice(ids)
        tier, v = chance.choice(["guest", "member"]), str(chance.choice([0, 1, 9, 12345678901]))
        expires = int(time.time()) + chance.choice([-100, 1000])
        code = mac(expires, chance.choice([file, file, ids[0]]), CLIENT, chance.choice([tier, tier, "guest"]), play,
                   chance.choice([v, v, "1"]), chance.choice([SECRET, SECRET, "wrong"]))
        query = f"{file}?expires={expires}&tier={tier}&play={play}&v={v}&md5={code}"
        theirs = gateway.get(f"/oracle/{query}")[2].decode()
        status, headers, _ = gateway.get(f"/stream/{query}", {"Range": "bytes=0-0"})
        ours = {None: "1", "link-expired": "0", "link-invalid": ""}[headers["Sv-Reason"]]
        assert ours == theirs and (status == 206) == (theirs == "1"), (seed, query)
        seen.add(theirs)
    assert seen == {"", "0", "1"}


@pytest.mark.parametrize("text, mode, why", [
    ("", 0o600, "no secret on its first line"),
    ("\nold\n", 0o600, "no secret on its first line"),
    ("a\nb\nc\n", 0o600, "more than two lines"),
    ("a" * 5000, 0o600, "too long"),
    ("a\n", 0o640, "open to others"),
    ("a\n", 0o604, "open to others"),
    (None, 0o600, "can not open"),
    ("a", 0o600, None),
])
def test_secret_file_is_checked(text, mode, why):
    gateway = Gateway()
    with gateway:
        path = gateway.prefix / "secret"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
            path.chmod(mode)
        accepted, words = gateway.test_config()
        assert accepted == (why is None) and (why is None or why in words)
        assert "aaaaaa" not in words
