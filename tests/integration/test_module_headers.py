# SPDX-License-Identifier: Apache-2.0
"""sv_hide_server: no answer names the server program in a header, whoever makes the answer."""
import subprocess

import pytest

from nginx_module_harness import Gateway, link, stream_location

SERVER = stream_location() + """
	location = /page { return 200 "page"; }
	location = /redirect { return 301 /page; }
	location = /dead { proxy_pass http://127.0.0.1:1; }
	location = /passed { proxy_pass http://engine; proxy_pass_header Server; proxy_set_header Host t; }
	location = /limited { limit_except GET { deny all; } return 200 "x"; }
	location = /named { sv_hide_server off; return 200 "named"; }
	location = /own { error_page 404 /page; return 404; }
"""


@pytest.fixture(scope="module")
def gateway():
    with Gateway(server=SERVER, http="sv_hide_server on; large_client_header_buffers 2 1k;") as started:
        yield started


def head_of(answer):
    return answer.partition(b"\r\n\r\n")[0].lower()


@pytest.mark.parametrize("request_line, status", [
    (f"GET {link()} HTTP/1.1", 200),
    (f"GET {link()}x HTTP/1.1", 403),
    ("GET /page HTTP/1.1", 200),
    ("GET /page HTTP/1.0", 200),
    ("HEAD /page HTTP/1.1", 200),
    ("GET /redirect HTTP/1.1", 301),
    ("GET /dead HTTP/1.1", 502),
    ("GET /passed HTTP/1.1", 200),
    ("GET /absent HTTP/1.1", 404),
    ("GET /own HTTP/1.1", 404),
    ("PUT /page HTTP/1.1", 200),
    ("TRACE /page HTTP/1.1", 405),
    ("GET /pa\0ge HTTP/1.1", 400),
    ("GET /../../x HTTP/1.1", 400),
    ("GET / HTTP/9.9", 505),
    ("NONSENSE", 400),
    ("GET /" + "a" * 3000 + " HTTP/1.1", 414),
])
def test_no_server_header(gateway, request_line, status):
    answer = gateway.raw(f"{request_line}\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert b"\r\nserver:" not in head_of(answer)


@pytest.mark.parametrize("lines, status", [
    ("Host: t\r\nHost: u\r\n", 400),
    ("Host: t\r\nX: " + "a" * 3000 + "\r\n", 400),
    ("", 400),
    ("Host: t\r\nContent-Length: x\r\n", 400),
    ("Host: t\r\nTransfer-Encoding: foo\r\n", 501),
])
def test_no_server_header_for_bad_headers(gateway, lines, status):
    answer = gateway.raw(f"GET /page HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()) and b"\r\nserver:" not in head_of(answer)


def test_http_09_has_no_header_at_all(gateway):
    assert gateway.raw(b"GET /page\r\n") == b"page"


@pytest.mark.parametrize("path", [link(), "/page", "/absent", "/dead", "/passed"])
def test_no_server_header_over_http2(gateway, path):
    done = subprocess.run(gateway.curl(path, "-o", "/dev/null", "-D", "-", h2=True), capture_output=True, check=True)
    assert done.stdout.startswith(b"HTTP/2 ") and b"\r\nserver:" not in done.stdout.lower()


def test_off_where_wanted(gateway):
    assert b"\r\nserver: nginx" in head_of(gateway.raw(b"GET /named HTTP/1.0\r\n\r\n"))
