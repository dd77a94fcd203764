# SPDX-License-Identifier: Apache-2.0
"""A thousand seeking viewers for a minute: right bytes, and afterwards everything is back where it was."""
import json
import os
import pathlib
import resource
import subprocess

import pytest
from conftest import BUILD, SANITIZED, wait_for
from http_plain import Client


def files_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def metrics(site, socket):
    with Client(site.run_folder() / socket) as client:
        text = client.request("GET", "/metrics").body.decode()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and not line.startswith("#")}


GAUGES = ("sv_streams_active", "sv_http_queued_bytes", "sv_playbacks")


def test_a_thousand_seeking_viewers_leave_nothing_behind(own_site, films, work):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 8192:
        pytest.skip("the hard descriptor limit is below 8192")
    viewers, seconds, rate = (100, 15, 50000) if SANITIZED else (1000, 60, 100000)
    site = own_site(SV_BLOCK_BUDGET="64m").start()
    for name in ("front", "end", "blocks"):
        site.add(films[name])
    links = site.folder / "links"
    files = site.library()
    links.write_text("".join(f"{site.sign(files[i % len(files)])} {files[i % len(files)]['path']}\n" for i in range(viewers)))

    def run(count, time_s):
        out = subprocess.run([BUILD / "tests/bench/sv-viewers", "--port", str(site.port), "--links", links, "--viewers", str(count), "--rate", str(rate),
                              "--seconds", str(time_s), "--seek", "2"], capture_output=True, text=True, timeout=time_s * 10)
        assert out.returncode == 0, out.stdout + out.stderr
        print(out.stdout)
        return json.loads(out.stdout.splitlines()[-1])

    def calm():
        now = metrics(site, "engine-0.sock")
        return all(now.get(name, 0) == 0 for name in GAUGES)

    # the first run fills caches, zones and pools to what many viewers need
    run(viewers, 5)
    wait_for(calm, "the engine is idle after the first viewers")
    engine = site.roles()["engine"]["pid"]
    before = files_of(engine), memory_of(engine)
    done = run(viewers, seconds)
    assert done["wrong"] == 0
    assert done["refused"] == 0 and done["cut"] == 0, done
    assert done["bytes"] > viewers * rate * seconds * 0.5, done
    wait_for(calm, "streams, queues and read-ahead are back at zero")
    wait_for(lambda: files_of(engine) <= before[0] + 8, f"descriptors are back at {before[0]}")
    assert memory_of(engine) < before[1] + (32 << 20), "memory of the engine grew"
    assert site.roles()["engine"]["restarts"] == 0
