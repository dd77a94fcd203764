# SPDX-License-Identifier: Apache-2.0
"""A viewer who leaves in mid-answer is reported once as `gone PLAY`; everybody else is not.  And a viewer who reads slowly does
not make nginx fetch ahead."""
import hashlib
import os
import random
import socket
import subprocess
import threading
import time

import pytest

from nginx_module_harness import SLICE, Film, Gateway, Http2, link, stream_location, wait_for

LIMIT = "sv_limit zone=clients guest=500k;"
LONG = Film(40 * 1024 * 1024)


class Ear:
    """The engine's end of the socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def hear(self, seconds=5.0):
        """The next message, or None when none comes in time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(100).decode()
        except TimeoutError:
            return None

    def close(self):
        self.socket.close()


@pytest.fixture(params=["limited", "unlimited", "uncached"])
def gateway(request):
    location = stream_location(limit=LIMIT if request.param == "limited" else "", cache="off" if request.param == "uncached" else "slices")
    with Gateway(server=location, film=LONG) as started:
        started.ear = Ear(started.prefix / "gone.sock")
        yield started
        started.ear.close()


def leave(gateway, path, abrupt=False):
    s = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    assert s.recv(1000).startswith(b"HTTP/1.1 200")
    if abrupt:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.close()


@pytest.mark.parametrize("abrupt", [False, True])
def test_viewer_who_leaves_is_reported_once(gateway, abrupt):
    began = time.monotonic()
    leave(gateway, link(play="play-leaves1"), abrupt)
    assert gateway.ear.hear() == "gone play-leaves1"
    assert time.monotonic() - began < 2
    leave(gateway, link(play="play-leaves2"))
    # The next message is the next viewer's: the first one was reported once.
    assert gateway.ear.hear() == "gone play-leaves2"


def test_stream_reset_is_reported(gateway):
    h2 = Http2(gateway.h2_port, window=65535)
    stream = h2.get(link(play="play-h2reset"))
    while h2.read()[0] != 0:
        pass
    h2.reset(stream)
    assert gateway.ear.hear() == "gone play-h2reset"
    h2.close()


def test_complete_refused_and_cut_answers_are_not_reported(gateway):
    gateway.get(link(play="play-whole00"), {"Range": "bytes=0-70000"})
    gateway.get(link(play="play-refused") + "&x=1")
    gateway.get(link(play="play-head000"), method="HEAD")
    gateway.engine.fault = lambda number, start: ("close", 5000) if start == SLICE else None
    gateway.h1_body(link(play="play-cut0000", v="5"), {"Range": f"bytes=0-{3 * SLICE}"})
    assert gateway.cuts() == 1
    gateway.engine.fault = lambda number, start: ("close", 5000)
    gateway.h1_body(link(play="play-first00", v="6"), {"Range": "bytes=0-9999"})
    gateway.engine.fault = lambda number, start: None
    leave(gateway, link(play="play-leaves3"))
    assert gateway.ear.hear() == "gone play-leaves3"


def test_nobody_listening_harms_nothing_and_a_new_listener_hears():
    with Gateway(film=LONG) as gateway:
        for _ in range(3):
            leave(gateway, link())
        assert gateway.get(link())[2] == LONG.data
        ear = Ear(gateway.prefix / "gone.sock")
        leave(gateway, link(play="play-heard00"))
        wait_for(lambda: ear.hear() == "gone play-heard00", "the viewer")
        ear.close()
        (gateway.prefix / "gone.sock").unlink()
        leave(gateway, link())
        # A listener that never reads fills its queue; the worker drops and goes on.
        deaf = Ear(gateway.prefix / "gone.sock")
        for _ in range(40):
            leave(gateway, link())
        assert gateway.get(link())[2] == LONG.data
        deaf.close()


def test_gone_is_off_by_default():
    location = stream_location().replace("sv_gone on;", "")
    with Gateway(server=location, film=LONG) as gateway:
        ear = Ear(gateway.prefix / "gone.sock")
        leave(gateway, link())
        gateway.wait_access("tier=guest")
        assert ear.hear(0.2) is None
        ear.close()


@pytest.mark.parametrize("limit", ["", LIMIT])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_slow_reader_does_not_pull_the_film(limit, warm, protocol):
    """Slices are asked for as the client takes them.  (nginx alone would fetch all of them, and hold a descriptor each.)"""
    with Gateway(server=stream_location(limit=limit), film=LONG, workers=1) as gateway:
        if warm:
            assert gateway.get(link(tier="member"))[2] == LONG.data
        worker = gateway.workers_now()[0]
        before = _descriptors(worker)
        gateway.engine.requests.clear()
        if protocol == "h1":
            s = socket.create_connection(("127.0.0.1", gateway.port))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
            s.sendall(f"GET {link()} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        else:
            s = Http2(gateway.h2_port, window=65535)
            s.get(link())
        # Long enough for all 160 slices, were they fetched ahead: the warm and the cold film take well below a second whole.
        time.sleep(1.5)
        assert len(gateway.engine.requests) * SLICE < 16 * 1024 * 1024
        assert _descriptors(worker) - before < 25
        s.close()


@pytest.mark.parametrize("cache", ["slices", "off"])
@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_long_answer_holds_few_descriptors(protocol, cache):
    with Gateway(server=stream_location(cache=cache), film=LONG, workers=1) as gateway:
        worker = gateway.workers_now()[0]
        for _ in ("cold", "warm"):
            before, peak, got = _descriptors(worker), 0, 0
            if protocol == "h1":
                command = gateway.curl(link(), "-N")
            else:
                command = gateway.curl(link(), "-N", h2=True)
            digest = hashlib.sha256()
            with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
                while piece := curl.stdout.read1(1 << 20):
                    digest.update(piece)
                    got += len(piece)
                    peak = max(peak, _descriptors(worker) - before)
            assert got == len(LONG.data) and digest.hexdigest() == LONG.sha256
            # 160 slices passed.
            assert peak < 25, peak


def _descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_storm_of_leavers_leaves_nothing_behind():
    """Guests and members, ranges, resets, upstream faults, all at once: afterwards the worker holds what it held before."""
    chance = random.Random(11)
    with Gateway(server=stream_location(limit="sv_limit zone=clients guest=3m;", read_timeout="300ms"), film=LONG, workers=1) as gateway:
        ear = Ear(gateway.prefix / "gone.sock")
        assert gateway.get(link(), {"Range": "bytes=0-9"})[0] == 206
        worker = gateway.workers_now()[0]
        before = _descriptors(worker)
        kinds = ["close", "reset", "short", "long", "chunked-short"] + [None] * 15
        gateway.engine.fault = lambda number, start: (kinds[number % len(kinds)], 3000) if kinds[number % len(kinds)] else None

        stuck, doing = [], {}

        def viewer(seed):
            try:
                watch(seed)
            except TimeoutError as error:
                stuck.append((seed, doing.get(seed), error))
            except (OSError, AssertionError):
                pass  # cut by a fault

        def watch(seed):
            own = random.Random(seed)
            for number in range(15):
                path = link(tier=own.choice(["guest", "member"]), v=str(own.choice([1, 2])), play=f"play-{seed:03}-{number:03}")
                doing[seed] = path
                if own.random() < 0.5:
                    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as s:
                        # An answer near the film's end may be shorter than what is read here, and must end visibly.
                        start = own.randrange(len(LONG.data))
                        s.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\nRange: bytes={start}-\r\n\r\n".encode())
                        for _ in range(own.randrange(4)):
                            if not s.recv(100_000):
                                break
                else:
                    h2 = Http2(gateway.h2_port, window=own.choice([65535, Http2.WINDOW]))
                    streams = [h2.get(path) for _ in range(own.randrange(1, 4))]
                    open_streams = set(streams)
                    for _ in range(own.randrange(6)):
                        kind, flags, stream, _ = h2.read()
                        if kind == 3 or (kind in (0, 1) and flags & 1):
                            open_streams.discard(stream)
                        if not open_streams:
                            break
                    h2.reset(streams[0])
                    h2.close()

        threads = [threading.Thread(target=viewer, args=(chance.randrange(1000),)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not stuck, [line for line in gateway.errors().splitlines() + gateway.access() for _, path, _ in stuck if path in line]
        gateway.engine.fault = lambda number, start: None
        assert ear.hear().startswith("gone play-")
        # Kept-alive upstream connections (8) may stay.
        wait_for(lambda: _descriptors(worker) <= before + 9, "descriptors are given back")
        assert gateway.workers_now() == [worker]
        assert gateway.get(link(tier="member", v="3"))[2] == LONG.data
        ear.close()
