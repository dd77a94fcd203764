# SPDX-License-Identifier: Apache-2.0
"""The gateway role with the real nginx: what it renders is accepted, serves slices rightly, says nothing of itself, and ends cleanly."""
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import stat
import subprocess

import pytest

from gateway_harness import FILE, MIB, MODULE, PLAY, PROGRAM, Gateway, link, wait_for

# The site's own name is on its pages; what runs behind it is not.
KINDS_OF_NAME = (b"nginx", b"engine", b"manager")


@pytest.fixture(scope="module")
def plain():
    with Gateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return cert, key


def test_whole_file_and_ranges(plain):
    film, size = plain.film, len(plain.film)
    ranges = ["0-0", "0-", "0-1048575", "0-1048576", "1048575-1048576", "1048576-1048576", "2000000-3000000", f"{size - 1}-", f"{size - 1}-{size + 99}",
              "-1", "-4322", f"-{size + 5}", "1048576-", "3145728-"]
    for _ in ("cold", "warm"):
        status, headers, body = plain.get(link())
        assert (status, body == film, headers["Accept-Ranges"]) == (200, True, "bytes")
        for text in ranges:
            first, _, last = text.partition("-")
            start = int(first) if first else max(0, size - int(last))
            end = min(size, int(last) + 1) if first and last else size
            status, headers, body = plain.get(link(), {"Range": f"bytes={text}"})
            assert (status, body) == (206, film[start:end]), text
            assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}", text
            assert headers["ETag"] == '"film-1"'


def test_ranges_that_are_none(plain):
    size = len(plain.film)
    for text in ("bytes=a-b", "lines=0-5", "bytes=5-2", "bytes=0-1,5-9"):
        status, _, body = plain.get(link(), {"Range": text})
        assert (status, body == plain.film) in ((200, True), (416, False)), text
    for start in (size, size + 7, 4 * MIB, 1 << 40):
        status, headers, body = plain.get(link(), {"Range": f"bytes={start}-"})
        assert (status, headers["Content-Range"]) == (416, f"bytes */{size}"), start
        assert b"nginx" not in body


def test_conditions(plain):
    film = plain.film
    assert plain.get(link(), {"If-None-Match": '"film-1"'})[0] == 304
    assert plain.get(link(), {"If-None-Match": '"other"'})[0] == 200
    assert plain.get(link(), {"If-Match": '"other"'})[0] == 412
    assert plain.get(link(), {"If-Match": '"other", "film-1"'})[0] == 200
    status, _, body = plain.get(link(), {"Range": "bytes=2500000-2500009", "If-Range": '"film-1"'})
    assert (status, body) == (206, film[2500000:2500010])
    status, _, body = plain.get(link(), {"Range": "bytes=2500000-2500009", "If-Range": '"other"'})
    assert (status, body == film) == (200, True)


def test_failed_condition_keeps_connection_and_slice():
    """412 for a slice that is just being fetched: the connection goes on, and the slice can be stored by the next request."""
    with Gateway() as gateway:
        old, new = "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        kept = None
        for number, (headers, wanted) in enumerate([({"If-Match": '"x"'}, 412), ({"If-Match": 'W/"film-1"'}, 412), ({"If-Unmodified-Since": old}, 412),
                                                    ({"If-Match": "*"}, 206), ({"If-Match": '"film-1"', "If-Unmodified-Since": old}, 206),
                                                    ({"If-Unmodified-Since": new}, 206), ({"If-Unmodified-Since": "rubbish"}, 206)]):
            for method in ("GET", "HEAD", "GET"):
                connection.request(method, link(v=str(number)), headers={"Range": "bytes=0-9", **headers})
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == wanted, (headers, method)
                assert method == "HEAD" or body == gateway.film[:10] or wanted == 412 and b"<main" in body
                assert answer.headers["ETag"] == ('"film-1"' if wanted == 206 else None)
                assert kept in (None, connection.sock), "the same connection all the time"
                kept = connection.sock
        # What was refused is cached afterwards as ever: nothing believes that it is still being fetched.
        for expected in (1, 1):
            connection.request("GET", link(v="0"), headers={"Range": "bytes=0-9"})
            assert connection.getresponse().read() == gateway.film[:10]
            asked = sum(target.endswith("v=0") for _, target, _ in gateway.engine_requests)
            assert asked == 3 + expected
        connection.close()
        assert not any("stalled" in line for line in gateway.lines)


def test_head(plain):
    status, headers, body = plain.get(link(), method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(plain.film)), b"")


@pytest.mark.parametrize("slice_size", ["256k", "2m", "10m"])
def test_other_slices(slice_size):
    with Gateway(slice_size=slice_size, size=5 * MIB + 1) as gateway:
        for start, end in ((0, 5 * MIB + 1), (MIB - 1, 3 * MIB + 7), (5 * MIB, 5 * MIB + 1)):
            assert gateway.get(link(), {"Range": f"bytes={start}-{end - 1}"})[2] == gateway.film[start:end]


def test_small_files():
    for size in (0, 1, MIB - 1, MIB, MIB + 1):
        with Gateway(size=size) as gateway:
            status, headers, body = gateway.get(link())
            assert (status, headers["Content-Length"], body == gateway.film) == (200, str(size), True), size
            if size == 0:
                assert gateway.get(link(), {"Range": "bytes=0-5"})[::2] == (200, b"")


def test_download_has_a_name_cold_and_cached(plain):
    for _ in range(2):
        status, headers, body = plain.get(link(folder="download"))
        assert (status, body == plain.film) == (200, True)
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''A%20film%20%E2%80%93%20%22one%22.mp4"
    assert plain.get(link())[1]["Content-Disposition"] is None


def test_engine_gets_what_was_agreed(plain):
    plain.get(link(v="77", tier="guest"), {"Range": "bytes=1500000-2500000", "Cookie": "secret=1", "Authorization": "x", "If-None-Match": '"no"', "Sv-Tier": "member"})
    sent = [request for request in plain.engine_requests if request[1].endswith("v=77")]
    assert [headers["range"] for _, _, headers in sent] == ["bytes=1048576-2097151", "bytes=2097152-3145727"]
    for method, target, headers in sent:
        assert (method, target) == ("GET", f"/stream/{FILE}?v=77")
        assert headers == {"host": "engine", "range": headers["range"], "sv-want": "bytes=1500000-2500000", "sv-tier": "guest", "sv-play": PLAY,
                           "sv-client": "4:127.0.0.1"}


def test_one_file_stays_in_one_shard(plain):
    for letter in "abcdefgh":
        plain.get(link(file=f"{letter}BCDEFGHIJKL"))
    shards = [{target for _, target, _ in server.requests} for server in plain.stand_ins[:2]]
    assert shards[0] and shards[1] and not shards[0] & shards[1]


def test_manager_gets_what_was_agreed(plain):
    forged = {"Sv-Client": "4:9.9.9.9", "Sv-Https": "1", "Sv-Tier": "member", "Sv-Play": "x", "X-Real-IP": "9.9.9.9", "X-Forwarded-For": "9.9.9.9",
              "X-Forwarded-Proto": "https", "Forwarded": "for=9.9.9.9", "CF-Connecting-IP": "9.9.9.9", "Cookie": "a=b", "Host": "films.example"}
    status, _, body = plain.get("/film/x?y=%20z", forged)
    seen = json.loads(body)
    assert (status, seen["target"]) == (200, "/film/x?y=%20z")
    assert {k: v for k, v in seen["headers"].items() if k not in ("accept-encoding", "cf-connecting-ip")} == {
        "host": "films.example", "sv-client": "4:127.0.0.1", "sv-https": "0", "cookie": "a=b"}
    assert json.loads(plain.get("/api/x", method="POST", body=b"12345")[2])["headers"]["content-length"] == "5"


def test_cache_hits_and_purge_empties_it():
    with Gateway() as gateway:
        gateway.get(link())
        count = len(gateway.engine_requests)
        assert count == 4
        assert gateway.get(link())[2] == gateway.film
        assert len(gateway.engine_requests) == count, "the second reading must not reach the engine"
        wait_for(lambda: len(gateway.slices()) == 4, "four slices on disk")
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in gateway.slices())
        assert gateway.admin("POST", f"/purge/{FILE}/2?size={len(gateway.film)}")[::2] == (200, b'{"slices": 0}\n')
        assert gateway.admin("POST", f"/purge/{FILE}/1?size={len(gateway.film)}")[::2] == (200, b'{"slices": 4}\n')
        assert gateway.slices() == []
        assert gateway.get(link())[2] == gateway.film
        assert len(gateway.engine_requests) == 2 * count
        for bad in (f"/purge/{FILE}/1", f"/purge/{FILE}/x?size=1", "/purge/../1?size=1", f"/purge/{FILE}/1?size=-1"):
            assert gateway.admin("POST", bad)[0] == 400, bad
        assert gateway.admin("GET", f"/purge/{FILE}/1?size=5")[0] == 405
        assert gateway.admin("GET", "/other")[0] == 404


def test_links(plain):
    for bad, reason in ((link(secret="another secret"), "link-invalid"), (link(expires=1), "link-expired"), (f"/stream/{FILE}", "link-invalid"),
                        (link(client="4:127.0.0.2"), "link-invalid"), (link(tier="guest").replace("tier=guest", "tier=member"), "link-invalid")):
        status, headers, body = plain.get(bad)
        assert (status, headers["Sv-Reason"]) == (403, reason), bad
        assert b"nginx" not in body.lower()


RAW = {
    "garbage": b"GARBAGE\r\n\r\n", "trace": b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "connect": b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no-host": b"GET / HTTP/1.1\r\n\r\n", "long-line": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long-field": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n", "nul": b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "version-9": b"GET / HTTP/9.1\r\nHost: x\r\n\r\n", "too-large": b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    "coding": b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "escape": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "two-hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "put-film": b"PUT " + link().encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "put-film-large": b"PUT " + link().encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
    "internal": b"GET /.sv/404.html HTTP/1.1\r\nHost: x\r\n\r\n", "internal-cut": b"GET /.sv/cut HTTP/1.1\r\nHost: x\r\n\r\n",
    "metrics": b"GET /%6detrics HTTP/1.1\r\nHost: x\r\n\r\n", "ready": b"GET //readyz HTTP/1.1\r\nHost: x\r\n\r\n",
    "purge": b"POST /purge/x/1?size=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "purge-dots": b"GET /a/../purge HTTP/1.1\r\nHost: x\r\n\r\n",
    "status": b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", "stream": b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", "assets": b"GET /assets HTTP/1.1\r\nHost: x\r\n\r\n",
    "past-end": b"GET " + link().encode() + b" HTTP/1.1\r\nHost: x\r\nRange: bytes=3150049-\r\n\r\n",
    "unmatched": b"GET " + link().encode() + b" HTTP/1.1\r\nHost: x\r\nIf-Match: \"other\"\r\n\r\n",
    "no-link": b"GET /stream/x HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_own_answers_name_nothing(plain, name):
    answer = plain.raw(RAW[name].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if b"HTTP/1.1\r\n" in RAW[name] else RAW[name])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 4") or head.startswith(b"HTTP/1.1 5"), answer[:200]
    for word in KINDS_OF_NAME:
        assert word not in answer.lower(), answer
    assert b"server:" not in head.lower()
    # HEAD has no body; links are refused by the module in one line
    if b"text/html" in head and name != "head":
        assert b"<main id=" in body and b'rel="stylesheet" href="/assets/' in body, "the site's own look"
        assert b"style-src 'self'" in head


def test_http_0_9_names_nothing(plain):
    assert b"nginx" not in plain.raw(b"GET /\r\n")


def test_upstream_names_are_taken_off(plain):
    for path in (link(), "/", "/assets/x"):
        _, headers, _ = plain.get(path)
        for name in ("Server", "X-Powered-By", "Via", "Sv-Name"):
            assert headers[name] is None, (path, name)
    assert plain.get(link())[1]["Set-Cookie"] is None


def test_services_that_are_down_give_pages():
    with Gateway() as gateway:
        for server in gateway.stand_ins:
            server.close()
        for path in ("/", link()):
            status, headers, body = gateway.get(path)
            assert (status, headers["Retry-After"], headers["Content-Type"]) == (502, "2", "text/html; charset=utf-8")
            assert b"busy" in body and b"nginx" not in body


def test_a_failed_slice_is_never_answered_with_a_page():
    for fault in ("503 Busy", "404 None", "200 OK", 0, 500000, "close"):
        with Gateway() as gateway:
            gateway.fault = lambda start, fault=fault: fault if start == MIB else None
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as caught:
                gateway.get(link())
            got = getattr(caught.value, "partial", b"")
            assert got == gateway.film[:len(got)] and len(got) < 2 * MIB
            assert not any("/.sv/" in line for line in gateway.lines), "no page was even tried"
            if fault == 500000:
                gateway.wait_metric("sv_gateway_slice_cuts_total", 1)
            gateway.fault = lambda start: None
            assert gateway.get(link())[2] == gateway.film


def test_too_many_requests_of_a_guest():
    with Gateway(size=1000) as gateway:
        statuses = []
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
        for _ in range(900):
            connection.request("GET", link(tier="guest"))
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            if answer.status == 429:
                assert answer.headers["Retry-After"] == "2"
                break
        assert statuses.count(200) >= 500, "a seek storm must pass"
        assert statuses[-1] == 429
        assert gateway.get(link(tier="guest", client="4:127.0.0.2"), source="127.0.0.2")[0] == 200, "another guest is not held up"
        for _ in range(600):
            assert gateway.get(link(), method="HEAD")[0] == 200, "members are not counted this way"
        gateway.wait_metric('sv_limit_denied_total{reason="requests"}', 1)


def test_metrics_count_right():
    with Gateway(SV_GUEST_RATE=100000000) as gateway:
        size = len(gateway.film)
        gateway.get(link(tier="guest"))
        gateway.get(link())
        gateway.get(link(), method="HEAD")
        gateway.get(link(expires=1))
        gateway.get(link(secret="wrong"))
        body = gateway.get("/")[2]
        error = gateway.get("/metrics")[2]
        gateway.wait_metric('sv_gateway_requests_total{code="2xx"}', 4)
        gateway.wait_metric('sv_gateway_requests_total{code="4xx"}', 3)
        gateway.wait_metric('sv_gateway_bytes_total{tier="guest"}', size)
        gateway.wait_metric('sv_gateway_bytes_total{tier="member"}', size)
        gateway.wait_metric('sv_gateway_bytes_total{tier="none"}', len(body) + len(error) + 2 * len("link-expired\n"))
        gateway.wait_metric('sv_gateway_slices_total{cache="miss"}', 4)
        gateway.wait_metric('sv_gateway_slices_total{cache="hit"}', 5)
        gateway.wait_metric('sv_limit_denied_total{reason="link_expired"}', 1)
        gateway.wait_metric('sv_limit_denied_total{reason="link_invalid"}', 1)
        gateway.wait_metric("sv_gateway_request_duration_seconds_count", 7)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.connect(str(gateway.run / "access.sock"))
            for bad in (b"", b"x", b"\xff" * 3000, b"<190>sv: {\"status\":\"1e9\"}"):
                log.send(bad)
        wait_for(lambda: gateway.metric("sv_gateway_bad_lines_total") >= 3, "bad lines are counted")
        with socket.create_connection(("127.0.0.1", gateway.port)), socket.create_connection(("127.0.0.1", gateway.port)):
            wait_for(lambda: gateway.metric("sv_gateway_connections") == 2, "open connections are read")
        assert gateway.admin("GET", "/metrics")[1]["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_tls(certificate):
    cert, key = certificate
    with Gateway(SV_TLS_LISTEN="127.0.0.1:0", SV_TLS_CERT=cert, SV_TLS_KEY=key) as gateway:
        base = f"https://localhost:{gateway.tls_port}"
        curl = ["curl", "-s", "--cacert", str(cert), "--max-time", "20"]

        def head_of(*arguments):
            return subprocess.run([*curl, "-D", "-", "-o", "/dev/null", *arguments], capture_output=True, check=True).stdout.decode().lower()

        head = head_of(base + "/")
        assert head.startswith("http/2 200") and "strict-transport-security: max-age=31536000" in head and "server:" not in head
        assert head_of("--http1.1", base + "/").startswith("http/1.1 200")
        for version in ("--tlsv1.2", "--tlsv1.3"):
            assert " 200" in head_of(version, "--tls-max", version[-3:], base + "/")
        body = subprocess.run([*curl, base + link()], capture_output=True, check=True).stdout
        assert body == gateway.film
        assert json.loads(subprocess.run([*curl, base + "/"], capture_output=True, check=True).stdout)["headers"]["sv-https"] == "1"
        assert "strict-transport-security" in head_of(base + link(folder="download")) and "strict-transport-security" in head_of(base + "/metrics")
        # plain HTTP only redirects
        status, headers, body = gateway.get("/film/x?y=z", {"Host": "localhost"})
        assert (status, headers["Location"]) == (308, f"https://localhost:{gateway.tls_port}/film/x?y=z")
        assert b"nginx" not in body and headers["Server"] is None and headers["Strict-Transport-Security"] is None
        assert gateway.get(link(), {"Host": "localhost"})[0] == 308
        # plain HTTP at the HTTPS port
        answer = gateway.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", gateway.tls_port)
        assert answer.startswith(b"HTTP/1.1 400") and b"https://" in answer and b"nginx" not in answer
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ECDHE:!ECDHE+AESGCM:!ECDHE+CHACHA20@SECLEVEL=0")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", gateway.tls_port)) as peer, pytest.raises(ssl.SSLError):
            old.wrap_socket(peer)


def test_certificates_are_read_again(certificate, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(certificate[0].read_bytes())
    key.write_bytes(certificate[1].read_bytes())

    def subject(gateway):
        return ssl.get_server_certificate(("127.0.0.1", gateway.tls_port))

    with Gateway(SV_TLS_LISTEN="127.0.0.1:0", SV_TLS_CERT=cert, SV_TLS_KEY=key) as gateway:
        first = subject(gateway)
        cert.write_text("no certificate")
        gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: any("state=kept" in line for line in gateway.lines), "the bad one is refused")
        assert subject(gateway) == first
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-days", "2", "-subj", "/CN=second"], check=True, capture_output=True)
        gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: any("state=reloaded" in line for line in gateway.lines), "the new one is taken")
        wait_for(lambda: subject(gateway) != first, "the new one is shown")


def test_trusted_proxy():
    with Gateway(SV_TRUSTED_PROXIES="127.0.0.2, 203.0.113.0/24,2001:db8::/32") as gateway:
        def seen(source, **headers):
            return json.loads(gateway.get("/", {k.replace("_", "-"): v for k, v in headers.items()}, source=source)[2])["headers"]

        assert seen("127.0.0.2", CF_Connecting_IP="198.51.100.7")["sv-client"] == "4:198.51.100.7"
        assert seen("127.0.0.2", CF_Connecting_IP="2001:db9:1:2:3::4")["sv-client"] == "6:20010db900010002"
        assert seen("127.0.0.1", CF_Connecting_IP="198.51.100.7")["sv-client"] == "4:127.0.0.1", "only the proxy is believed"
        assert "sv-client" not in seen("127.0.0.2"), "the proxy itself is nobody"
        assert "sv-client" not in seen("127.0.0.2", CF_Connecting_IP="rubbish")
        assert "sv-client" not in seen("127.0.0.2", CF_Connecting_IP="203.0.113.9")
        assert seen("127.0.0.2", CF_Connecting_IP="198.51.100.7", X_Forwarded_Proto="https")["sv-https"] == "1"
        assert seen("127.0.0.1", X_Forwarded_Proto="https")["sv-https"] == "0"
        good = link(client="4:198.51.100.7")
        assert gateway.get(good, {"CF-Connecting-IP": "198.51.100.7"}, source="127.0.0.2")[0] == 200
        assert gateway.get(good, {"CF-Connecting-IP": "198.51.100.7"})[0] == 403


@pytest.mark.parametrize("settings", [
    {"SV_LISTEN": "[::1]:0"}, {"SV_LISTEN": "[::]:0"}, {"SV_ENGINE_LOOPS": 1}, {"SV_ENGINE_LOOPS": 64}, {"SV_CACHE_SIZE": "16m", "SV_SLICE_SIZE": "16m"},
    {"SV_CACHE_SIZE": "1024t", "SV_SLICE_SIZE": "256k"}, {"SV_GUEST_RATE": 10000}, {"SV_GUEST_RATE": 1000000000}, {"SV_GATEWAY_GUARD": "off"},
    {"SV_LINK_SECRET_OLD": "the-one-before-1"}, {"SV_CLIENT_HEADER": "X-Viewer", "SV_TRUSTED_PROXIES": "0.0.0.0/0,::/0"}, {"SV_DRAIN_TIME": 0},
    {"SV_CACHE_MIN_FREE": "1t"}, {"SV_CACHE_INACTIVE": "365d"}, {"SV_PUBLIC_URL": "https://films.example"}, {"SV_LINK_SECRET": "with blank \"#;${}"},
], ids=str)
def test_settings_are_accepted(settings):
    with Gateway(**settings) as gateway:
        if "[" not in settings.get("SV_LISTEN", ""):
            assert gateway.get("/")[0] == 200


def test_odd_folder_names(tmp_path):
    cache = tmp_path / "a cache – with, commas #1"
    with Gateway(SV_CACHE_DIR=cache) as gateway:
        assert gateway.get(link())[0] == 200
        assert [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("settings, words", [
    ({"SV_TRUSTED_PROXIES": "10.0.0.0/33"}, "SV_TRUSTED_PROXIES: '10.0.0.0/33'"), ({"SV_CLIENT_HEADER": "A b"}, "SV_CLIENT_HEADER=A b"),
    ({"SV_LISTEN": "nonsense"}, "SV_LISTEN=nonsense"), ({"SV_NGINX_PROGRAM": "/nowhere"}, "SV_NGINX_PROGRAM=/nowhere"),
    ({"SV_NGINX_PROGRAM": "/bin/true"}, "SV_NGINX_PROGRAM=/bin/true"), ({"SV_NGINX_MODULE": "/nowhere.so"}, "SV_NGINX_MODULE=/nowhere.so"),
    ({"SV_NGINX_MODULE": "/etc/passwd"}, "nginx refuses its configuration"), ({"SV_TLS_LISTEN": "127.0.0.1:0"}, "SV_TLS_CERT is not set"),
    ({"SV_TLS_LISTEN": "127.0.0.1:0", "SV_TLS_CERT": "/no.pem", "SV_TLS_KEY": "/no.pem"}, "SV_TLS_CERT=/no.pem"),
    ({"SV_TLS_LISTEN": "127.0.0.1:0", "SV_TLS_CERT": "/etc/passwd", "SV_TLS_KEY": "/etc/passwd"}, "nginx refuses its configuration: cannot load certificate"),
    ({"SV_CACHE_DIR": "/proc/nothing"}, "SV_CACHE_DIR: /proc/nothing"), ({"SV_CACHE_DIR": "/a;b"}, "SV_CACHE_DIR"), ({"SV_LINK_SECRET": ""}, "SV_LINK_SECRET is not set"),
    ({"SV_RUN_FOLDER": "/nowhere/at/all"}, "SV_RUN_FOLDER: /nowhere/at/all"),
], ids=str)
def test_one_clear_line(settings, words):
    gateway = Gateway(**settings)
    try:
        lines = gateway.fails().splitlines()
        assert len(lines) == 1 and words in lines[0], lines
    finally:
        gateway.__exit__(None, None, None)


def test_port_in_use():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        gateway = Gateway(SV_LISTEN=f"127.0.0.1:{other.getsockname()[1]}")
        try:
            lines = gateway.fails().splitlines()
            assert len(lines) == 1 and "in use by another program" in lines[0], lines
        finally:
            gateway.__exit__(None, None, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")
def test_missing_rights(tmp_path):
    tmp_path.chmod(0o755)
    gateway = Gateway()
    gateway.root.chmod(0o755)
    gateway.state.mkdir(mode=0o755)
    settings = gateway.write_settings()
    try:
        done = subprocess.run([PROGRAM, settings], user=65534, group=65534, extra_groups=[], capture_output=True, text=True, timeout=30)
        lines = done.stderr.splitlines()
        assert done.returncode == 1 and len(lines) == 1 and f"SV_STATE: {gateway.state}/nginx" in lines[0] and "Permission denied" in lines[0], lines
    finally:
        gateway.__exit__(None, None, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")
def test_as_an_ordinary_user():
    gateway = Gateway()
    if not os.access("/", os.X_OK) or any(not (p.stat().st_mode & 0o001) for p in [*PROGRAM.parents, *MODULE.parents]):
        pytest.skip("the build folder is closed to other users")
    for folder in (gateway.root, gateway.run):
        os.chown(folder, 65534, 65534)
    try:
        gateway.start(user=65534, group=65534, extra_groups=[])
        config = gateway.state / "nginx" / "conf" / "nginx.conf"
        assert "\nuser " not in config.read_text()
        for path in gateway.state.rglob("*"):
            assert path.stat().st_uid == 65534, path
            if not stat.S_ISSOCK(path.stat().st_mode) and path.name not in ("nginx.pid", "nginx.lock"):
                assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    finally:
        gateway.__exit__(None, None, None)


def group_of(pid):
    """The processes of nginx's group."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_full_disk(tmp_path):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path], capture_output=True).returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        with Gateway(size=8 * MIB, SV_CACHE_DIR=tmp_path / "cache") as gateway:
            assert gateway.get(link())[2] == gateway.film
            with open(tmp_path / "other", "wb") as other, pytest.raises(OSError):
                while True:
                    other.write(bytes(65536))
                    other.flush()
            try:
                gateway.get(link(v="2"))  # the one that finds out; a fresh look may have been first
            except http.client.IncompleteRead as cut:
                assert cut.partial == gateway.film[:len(cut.partial)]
            except http.client.RemoteDisconnected:
                pass
            wait_for(lambda: any("disk-full" in line for line in gateway.lines), "it is said")
            gateway.wait_metric("sv_gateway_disk_full", 1)
            assert gateway.get(link(v="2"))[2] == gateway.film, "films play from a full disk"
            count = len(gateway.engine_requests)
            assert gateway.get(link())[2] == gateway.film and len(gateway.engine_requests) == count, "what is cached stays in use"
            (tmp_path / "other").unlink()
            wait_for(lambda: any("state=storing" in line for line in gateway.lines), "it comes back by itself")
            assert gateway.get(link(v="3"))[2] == gateway.film
            count = len(gateway.engine_requests)
            assert gateway.get(link(v="3"))[2] == gateway.film and len(gateway.engine_requests) == count
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_nginx_killed():
    with Gateway() as gateway:
        pid = gateway.nginx_pid
        wait_for(lambda: len(group_of(pid)) >= 2, "master and workers")
        os.kill(pid, signal.SIGKILL)
        assert gateway.process.wait(15) == 1
        wait_for(lambda: gateway.lines[-1] == "streamvault: nginx ended: it was ended by signal 9", "one line")
        wait_for(lambda: group_of(pid) == [], "no worker is left")


def test_gateway_killed_takes_nginx_along():
    with Gateway() as gateway:
        pid = gateway.nginx_pid
        gateway.process.kill()
        gateway.process.wait(15)
        wait_for(lambda: group_of(pid) == [], "no nginx is left")
        gateway.lines.clear()
        gateway.start()  # what was left behind is in nobody's way
        assert gateway.get(link())[2] == gateway.film


def test_stop_lets_answers_end_and_leaves_nothing():
    with Gateway(size=40 * MIB, SV_DRAIN_TIME=60) as gateway:  # more than the sockets' buffers hold
        pid = gateway.nginx_pid
        with socket.create_connection(("127.0.0.1", gateway.port)) as peer:
            peer.sendall(f"GET {link()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            got = peer.recv(4096)
            gateway.process.send_signal(signal.SIGTERM)
            while more := peer.recv(1 << 20):
                got += more
            assert got.partition(b"\r\n\r\n")[2] == gateway.film
        assert gateway.process.wait(20) == 0
        assert group_of(pid) == []
        assert sorted(path.name for path in gateway.run.iterdir()) == ["engine-0.sock", "engine-1.sock", "manager.sock"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", gateway.port))


def test_stop_does_not_wait_for_ever():
    with Gateway(size=40 * MIB, SV_DRAIN_TIME=1) as gateway:
        with socket.create_connection(("127.0.0.1", gateway.port)) as peer:
            peer.sendall(f"GET {link()} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            peer.recv(1000)
            assert gateway.stop() == 0


def test_sockets_of_the_supervisor():
    gateway = Gateway()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    os.set_inheritable(listener.fileno(), True)
    try:
        gateway.start(listener.fileno(), pass_fds=[listener.fileno()])
        assert gateway.port == listener.getsockname()[1]
        listener.close()
        assert gateway.get("/")[0] == 502
    finally:
        gateway.__exit__(None, None, None)


def test_secrets_stay_inside():
    with Gateway() as gateway:
        secret = gateway.state / "nginx" / "conf" / "link-secret"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        gateway.fault = lambda start: 10 if start == 0 else None
        with pytest.raises(http.client.HTTPException):
            gateway.get(link())
        wait_for(lambda: any("event=gateway_line" in line for line in gateway.lines), "nginx complains")
        text = "\n".join(gateway.lines)
        assert "md5=" not in text and "a-secret" not in text and "/stream/" in text
