# SPDX-License-Identifier: Apache-2.0
"""What integration and browser tests share: films made by ffmpeg, and a whole site started as an operator would."""
import base64
import hashlib
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build"))
OUTPUT = ROOT / "tests" / "output"
SANITIZED = bool(os.environ.get("SV_SANITIZED"))
PROGRAM = BUILD / "streamvault"
# A ceiling for things that take milliseconds: wide enough for a loaded machine and sanitizers.
CEILING_S = 60 if SANITIZED else 30

sys.path.insert(0, str(ROOT / "tests"))


def pytest_configure(config):
    config.addinivalue_line("markers", "plain_only: measures a rate for seconds, which says nothing more in a sanitizer build")


def wait_for(condition, what, timeout_s=CEILING_S, every_s=0.02):
    """Poll until condition() gives something true; that is returned."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(every_s)


def ffmpeg(*arguments):
    subprocess.run(["/usr/bin/ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def make_film(path, seconds=10, size="320x180", rate_k=400, front=True, clock=True):
    """An H.264+AAC MP4 with a running clock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
    draw = f",drawtext=fontfile={font}:text='%{{pts\\:hms}}':fontsize=40:fontcolor=white:borderw=2:x=20:y=20" if clock else ""
    ffmpeg("-f", "lavfi", "-i", f"gradients=s={size}:r=24:d={seconds},noise=alls=12:allf=t{draw}", "-f", "lavfi", "-i",
           f"sine=frequency=330:sample_rate=48000:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", f"{rate_k}k", "-g", "48",
           "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart" if front else "-faststart", path)
    return path


def pad_film(path, size):
    """Grow a film to exactly `size` bytes with an MP4 box that players pass over."""
    room = size - path.stat().st_size
    assert room >= 8, f"{path} is larger than {size} already"
    with open(path, "ab") as out:
        out.write(room.to_bytes(4, "big") + b"free")
        # no two places look alike, so that a shifted byte shows
        out.write(random.Random(size).randbytes(room - 8))
    return path


def sanitizer_reports(text):
    """From the first sanitizer report in a log on; empty when there is none."""
    found = re.search(r"^.*(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer has encountered)", text, re.MULTILINE)
    return text[found.start():][:6000] if found else ""


class Site:
    """`streamvault up` on a state folder of its own and a free port."""

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.settings = {"SV_LISTEN": "127.0.0.1:0", "SV_CACHE_MIN_FREE": "0", "SV_DRAIN_TIME": "5", **settings}
        self.process = None
        self.log = self.folder / "up.log"
        self.lines = []

    def environment(self):
        base = {k: v for k, v in os.environ.items() if not k.startswith("SV_")}
        base.update({"SV_STATE": str(self.state), **{k: str(v) for k, v in self.settings.items()}})
        if SANITIZED:
            base.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
            base.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        return base

    def start(self, *options, ready=True):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.errors = open(self.log, "ab")
        self.process = subprocess.Popen([PROGRAM, "up", *options], cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, start_new_session=True)
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self.reader.start()
        if ready:
            line = wait_for(self.ready_line, f"ready line; {self.tail()}", timeout_s=CEILING_S)
            self.url = line.split()[1]
            self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def ready_line(self):
        if self.process.poll() is not None:
            raise AssertionError(f"up ended with {self.process.returncode}: {self.tail()}")
        return next((line for line in self.lines if line.startswith("ready ")), None)

    def tail(self, count=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""

    def command(self, *arguments, check=True, **kwargs):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment(), capture_output=True, text=True,
                              timeout=CEILING_S * 4, **kwargs)
        assert not (found := sanitizer_reports(done.stderr)), f"{arguments}: {found}"
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def add(self, *paths):
        return self.command("library", "add", *paths)

    def library(self):
        return json.loads(self.command("library", "list", "--json").stdout)

    def link(self, file, *options):
        return self.command("link", file, *options).stdout.strip()

    def sign(self, file, tier="member", client="4:127.0.0.1", seconds=3600):
        """The target of a link of its own playback, made here as docs/gateway-module.md says (many are needed at once)."""
        secret = (self.state / "secrets" / "link").read_text().splitlines()[0]
        play, expires = secrets.token_urlsafe(9), int(time.time()) + seconds
        text = f"{expires}|{file['file']}|{client}|{tier}|{play}|{file['version']}|{secret}"
        md5 = base64.urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")
        return f"/stream/{file['file']}?expires={expires}&tier={tier}&play={play}&v={file['version']}&md5={md5}"

    def roles(self):
        return {role["role"]: role for role in json.loads(self.command("status", "--json").stdout)}

    def run_folder(self):
        return pathlib.Path((self.state / "run-folder").read_text().splitlines()[0])

    def stop(self, number=signal.SIGTERM):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=CEILING_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"up did not end after signal {number}: {self.tail()}")
        self.reader.join(timeout=5)
        self.errors.close()
        self.process = None
        # roles write to the log of `up`; it may have restarted one that a sanitizer ended, and asks no role for its code at the end
        assert not (found := sanitizer_reports(self.log.read_text(errors="replace"))), found
        return code


@pytest.fixture(scope="session")
def work():
    """A folder that outlives a test and not the session; short, because sockets lie below it."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="svt-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def films(work):
    """name -> path of the films that tests share; nobody changes them."""
    folder = work / "films"
    made = {
        "front": make_film(folder / "Copper Sky (2023).mp4", seconds=40, rate_k=1600),
        "end": make_film(folder / "The Glass Orchard (2021).mp4", seconds=40, rate_k=1600, front=False),
        "e1": make_film(folder / "Tide Tables" / "Season 1" / "Tide Tables S01E01 Ebb.mp4", seconds=6),
        "e2": make_film(folder / "Tide Tables" / "Season 1" / "Tide Tables S01E02 Flood.mp4", seconds=6),
    }
    small = make_film(work / "small.mp4", seconds=2, size="64x36", rate_k=40, clock=False)
    mib = 1 << 20
    for name, size in (("mib", mib), ("mib-less", mib - 1), ("mib-more", mib + 1), ("blocks", 5 * mib + 12345)):
        path = folder / f"Exact {name} (2020).mp4"
        shutil.copy(small, path)
        made[name] = pad_film(path, size)
    return made


@pytest.fixture(scope="session")
def site(work, films):
    """One site for tests that leave it as they found it."""
    site = Site(work / "site")
    site.start()
    site.films = films
    site.add(work / "films")
    site.files = {pathlib.Path(f["path"]).name: f for f in site.library()}
    yield site
    code = site.stop()
    assert code == 0, site.tail()


@pytest.fixture
def own_site(work, request):
    """A site for one test, not started; stopped at the end."""
    made = []

    def make(**settings):
        one = Site(work / f"own-{request.node.name[:20]}-{len(made)}", **settings)
        made.append(one)
        return one

    yield make
    for one in made:
        try:
            one.stop()
        finally:
            shutil.rmtree(one.folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
