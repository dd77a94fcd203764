# SPDX-License-Identifier: Apache-2.0
"""The slice guard: an upstream that ends a later slice early never makes spliced bytes.  With the guard off the same faults do,
which shows that these tests would see them."""
import hashlib
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest

from nginx_module_harness import SLICE, Film, Gateway, link, stream_location, wait_for

FILM = Film(12 * SLICE + 777)
AT = 100_000
FAULTS = [("close", AT), ("reset", AT), ("stall", AT), ("short", AT), ("chunked-short", AT), ("long", 999)]


def fail_at(slice_number, kind, at):
    """The upstream's fault hits the slice of that number (from 0) the first time it is asked for."""
    done = []

    def fault(number, start):
        if start == slice_number * SLICE and not done:
            done.append(number)
            return kind, at
        return None

    return fault


def run(gateway, protocol, path, headers=None, timeout=20):
    return (gateway.h1_body if protocol == "h1" else gateway.h2_body)(path, headers, timeout)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("slice_number", [0, 1, 5, 12])
@pytest.mark.parametrize("kind, at", FAULTS)
def test_cut_not_spliced(protocol, slice_number, kind, at):
    at = min(at, 500) if slice_number == 12 else at
    with Gateway(server=stream_location(read_timeout="500ms"), film=FILM) as gateway:
        gateway.engine.fault = fail_at(slice_number, kind, at)
        began = time.monotonic()
        status, body, whole = run(gateway, protocol, link())
        assert time.monotonic() - began < 5
        assert not whole and body == FILM.data[:len(body)]
        assert len(body) <= slice_number * SLICE + at
        if slice_number > 0:
            assert status == 200 and gateway.cuts() == 1
        # The client resumes until it has all, and the cache holds nothing broken.
        for _ in range(3):
            if len(body) < len(FILM.data):
                status, more, whole = run(gateway, protocol, link(), {"Range": f"bytes={len(body)}-"})
                assert status == 206
                body += more
        assert hashlib.sha256(body).hexdigest() == FILM.sha256
        assert run(gateway, protocol, link())[1:] == (FILM.data, True)
        assert gateway.cuts() <= 1


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("kind", ["close", "stall", "short"])
def test_without_the_guard_bytes_are_spliced(protocol, kind):
    with Gateway(server=stream_location(guard="off", read_timeout="500ms"), film=FILM) as gateway:
        gateway.engine.fault = fail_at(1, kind, AT)
        _, body, whole = run(gateway, protocol, link(), timeout=3)
        assert not whole
        assert body[:SLICE] == FILM.data[:SLICE]
        assert len(body) > 2 * SLICE and body != FILM.data[:len(body)]
        assert gateway.cuts() == 0


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_upstream_killed(protocol):
    """Not a fault by arrangement: the upstream is a program, and it is killed while a later slice is under way."""
    with Gateway(film=FILM) as gateway:
        gateway.engine.close()
        socket_path = gateway.prefix / "engine.sock"
        socket_path.unlink()
        helper = subprocess.Popen(
            ["/usr/bin/python3", "-c",
             "import sys, time, pathlib\n"
             "sys.path.insert(0, sys.argv[1])\n"
             "import nginx_module_harness as h\n"
             "up = h.Upstream(sys.argv[2], h.Film(12 * h.SLICE + 777))\n"
             "up.fault = lambda n, start: ('stall', 50000) if start == 3 * h.SLICE else None\n"
             "print('ready', flush=True)\n"
             "time.sleep(60)\n", str(pathlib.Path(__file__).parent), str(socket_path)],
            stdout=subprocess.PIPE)
        try:
            assert helper.stdout.readline() == b"ready\n"
            answer = []
            thread = threading.Thread(target=lambda: answer.append(run(gateway, protocol, link())))
            thread.start()
            cached = gateway.prefix / "cache"
            wait_for(lambda: sum(1 for path in cached.rglob("*") if path.is_file()) >= 4, "the fourth slice is being filled")
            helper.send_signal(signal.SIGKILL)
            thread.join(20)
            status, body, whole = answer[0]
        finally:
            helper.kill()
            helper.wait()
        assert status == 200 and not whole and body == FILM.data[:len(body)]
        assert len(body) <= 3 * SLICE + 50000 and gateway.cuts() == 1


def test_sound_traffic_is_untouched():
    cases = [None, "bytes=0-0", f"bytes={SLICE - 1}-{SLICE}", f"bytes={SLICE}-{3 * SLICE - 1}", "bytes=-5", f"bytes={3 * SLICE + 5}-",
             f"bytes=0-{len(FILM.data) - 1}", f"bytes={len(FILM.data) - 1}-"]
    ways = [("slices", ""), ("off", ""), ("off", "proxy_buffering off;"), ("slices", "sendfile off;"), ("slices", "output_buffers 1 16k; directio 1;"),
            ("off", "proxy_buffers 4 4k; proxy_max_temp_file_size 0;")]
    for cache, more in ways:
        with Gateway(server=stream_location(more=more, cache=cache), film=FILM) as gateway:
            for _ in ("cold", "warm"):
                for protocol in ("h1", "h2"):
                    for case in cases:
                        status, body, whole = run(gateway, protocol, link(), {"Range": case} if case else {})
                        assert whole and hashlib.sha256(body).digest() == hashlib.sha256(_part(case)).digest(), (cache, more, protocol, case)
            if cache == "slices":
                assert gateway.get(link(), {"If-None-Match": FILM.etag})[0] == 304
                assert gateway.get(link(), {"If-Match": '"other"'})[0] == 412
            assert gateway.get(link(), {"Range": f"bytes={len(FILM.data)}-"})[0] in (416, 502)
            status, headers, _ = gateway.get(link(), method="HEAD")
            assert (status, headers["Content-Length"]) == (200, str(len(FILM.data)))
            assert gateway.get(link())[2] == FILM.data
            assert gateway.cuts() == 0, (cache, more, [line for line in gateway.errors().splitlines() if "slice cut" in line])


def _part(case):
    if case is None:
        return FILM.data
    first, _, last = case.removeprefix("bytes=").partition("-")
    if not first:
        return FILM.data[-int(last):]
    return FILM.data[int(first):int(last) + 1 if last else None]


def test_length_that_changes_between_slices_is_cut():
    with Gateway(film=Film(6 * SLICE, seed=9)) as gateway:
        longer = Film(6 * SLICE + 10, seed=9)
        first = gateway.film
        gateway.engine.fault = lambda number, start: setattr(gateway.engine, "film", longer if start >= 2 * SLICE else first)
        _, body, whole = gateway.h1_body(link())
        assert not whole and body == first.data[:len(body)] and gateway.cuts() == 1


def test_cut_with_slow_reader_delivers_only_right_bytes():
    """Bytes of later slices may not overtake: the client reads late, the fault is old by then."""
    with Gateway(server=stream_location(read_timeout="500ms"), film=Film(60 * SLICE)) as gateway:
        gateway.engine.fault = fail_at(40, "close", AT)
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
            s.sendall(f"GET {link()} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            received = b""
            while True:
                try:
                    piece = s.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                received += piece
        body = received.partition(b"\r\n\r\n")[2]
        assert body == gateway.film.data[:len(body)] and len(body) <= 40 * SLICE + AT and gateway.cuts() == 1
