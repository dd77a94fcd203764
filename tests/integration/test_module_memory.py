# SPDX-License-Identifier: Apache-2.0
"""A long answer costs nginx a few kilobytes a slice: what a slice read into is given back when it was sent, and not before."""
import hashlib
import re
import subprocess

import pytest

from nginx_module_harness import SLICE, Film, Gateway, link, stream_location

LONG = Film(48 * 1024 * 1024, seed=3)
SLICES = len(LONG.data) // SLICE
BUFFERS = "proxy_buffer_size 16k; proxy_buffers 16 32k; proxy_busy_buffers_size 64k; proxy_max_temp_file_size 0;"
LIMIT = "sv_limit zone=clients guest=30m;"


def private_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"RssAnon:\s+(\d+)", status.read())[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key", "-out", folder / "cert", "-days", "2",
                    "-subj", "/CN=t"], check=True, capture_output=True)
    return folder


@pytest.mark.plain_only
@pytest.mark.parametrize("limit", ["", LIMIT])
@pytest.mark.parametrize("cache", ["slices", "off"])
@pytest.mark.parametrize("protocol", ["h1", "h2", "tls"])
def test_long_answer_holds_little_memory(protocol, cache, limit, certificate):
    tls = f"listen 127.0.0.1:TLS_PORT ssl; ssl_certificate {certificate}/cert; ssl_certificate_key {certificate}/key;" if protocol == "tls" else ""
    with Gateway(server=stream_location(cache=cache, limit=limit, more=BUFFERS) + tls, film=LONG, workers=1, level="warn") as gateway:
        worker = gateway.workers_now()[0]
        assert gateway.get(link(v="9"), {"Range": f"bytes=0-{3 * SLICE}"})[0] == 206, "what is made once is there"
        for kind in ("cold", "warm"):
            command = gateway.curl(link(), "-N", h2=protocol == "h2")
            if protocol == "tls":
                command = ["curl", "-sSkN", "--http1.1", f"https://127.0.0.1:{gateway.tls_port}{link()}"]
            before, peak, digest = private_kb(worker), 0, hashlib.sha256()
            with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
                while piece := curl.stdout.read1(1 << 20):
                    digest.update(piece)
                    peak = max(peak, private_kb(worker) - before)
            assert digest.hexdigest() == LONG.sha256
            # 7 and 10 kB are usual; nginx alone holds the slice's buffers: 250.  Two slices' worth of buffers may be in use at once.
            assert peak < 1500 + 16 * SLICES, (kind, peak / SLICES)
