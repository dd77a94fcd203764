#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves the sample pages with their assets, the real headers and drawn posters, for looking at the design and for browser tests.

    tests/browser/page_server.py [PORT]      then open http://127.0.0.1:PORT/page/home
"""
import functools
import hashlib
import os
import pathlib
import subprocess
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build")) / "tests/pages/sv-page-samples"


@functools.lru_cache(maxsize=None)
def samples(*args):
    return subprocess.run([SAMPLES, *args], check=True, capture_output=True).stdout


@functools.lru_cache(maxsize=None)
def poster(name, wide):
    """A picture that differs for each id: sky, light, hills."""
    bits = hashlib.sha256(name.encode()).digest()
    hue, light = bits[0] * 360 // 256, 18 + bits[1] % 22
    width, height = (320, 180) if wide else (240, 360)
    hills = "".join(
        f'<path d="M0 {height} V{height * (58 + 12 * i + bits[i] % 9) // 100} Q{width * (bits[i + 4] % 60 + 20) // 100} '
        f'{height * (40 + 14 * i + bits[i + 8] % 16) // 100} {width} {height * (60 + 12 * i + bits[i + 5] % 9) // 100} V{height}z" '
        f'fill="hsl({(hue + 20 * i + bits[9] % 40) % 360} 45% {max(light - 6 - i * 5, 4)}%)"/>' for i in range(3))
    sun = f'<circle cx="{width * (20 + bits[12] % 60) // 100}" cy="{height * (18 + bits[13] % 30) // 100}" r="{18 + bits[14] % 34}" ' \
          f'fill="hsl({(hue + 40 + bits[15] % 90) % 360} 80% 70%)"/>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            f'<linearGradient id="a" x2="0" y2="1"><stop stop-color="hsl({hue} 55% {light}%)"/>'
            f'<stop offset="1" stop-color="hsl({(hue + 60) % 360} 60% {light + 22}%)"/></linearGradient>'
            f'<rect width="{width}" height="{height}" fill="url(#a)"/>{sun}{hills}</svg>').encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body, mime, status=200):
        self.send_response(status)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.server.csp)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        parts = url.path.strip("/").split("/")
        if parts[0] == "page" and parts[-1] in self.server.pages:
            args = ["--rtl"] if "rtl" in query else []
            args += ["--theme", query["theme"]] if "theme" in query else []
            self.answer(samples("page", parts[-1], *args), "text/html; charset=utf-8")
        elif parts[0] == "assets" and parts[-1] in self.server.assets:
            self.answer(samples("asset", parts[-1]), self.server.assets[parts[-1]])
        elif parts[:2] == ["api", "image"]:
            self.answer(poster(parts[2], parts[2].startswith("e") or query.get("w") == "640"), "image/svg+xml")
        else:
            self.answer(samples("page", "error-404"), "text/html; charset=utf-8", 404)

    def log_message(self, *args):
        pass


def serve(port=0):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.csp = samples("csp").decode().strip()
    server.pages = samples("list").decode().split()
    server.assets = {row.split()[1]: row.split(maxsplit=4)[4] for row in samples("assets").decode().splitlines()}
    return server


if __name__ == "__main__":
    with serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8099) as running:
        print(f"http://127.0.0.1:{running.server_port}/page/home", flush=True)
        running.serve_forever()
