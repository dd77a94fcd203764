# SPDX-License-Identifier: Apache-2.0
"""What breaks around a site: disks, databases, Redis, roles, certificates, commands killed in the middle.  Each time one clear line, no
wrong byte, nothing lost, and service that returns by itself."""
import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading

import pytest
from conftest import BUILD, CEILING_S, PROGRAM, ffmpeg, free_port, make_film, wait_for
from http_plain import Client, fetch, target_of

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def clip(work):
    return make_film(work / "fault-clip.mp4", seconds=1, size="64x36", rate_k=40, clock=False)


@pytest.fixture
def shelf(own_site, clip):
    """A site that is not started, with three films on its shelf; no two have the same size."""
    site = own_site()
    site.films = site.folder / "films"
    site.films.mkdir(parents=True)
    for i, name in enumerate(("A (2001).mp4", "B (2002).mp4", "C (2003).mp4")):
        (site.films / name).write_bytes(clip.read_bytes() + (8 + i).to_bytes(4, "big") + b"free" + bytes(i))
    return site


def one_line(done, *words):
    """The command failed with one line that has these words."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("streamvault: "), done.stderr
    for word in words:
        assert str(word) in lines[0], (word, lines[0])
    return lines[0]


def fake_child(site, cases):
    """A media child that does something odd for files of some sizes first; it knows a film only by its size."""
    path = site.folder / "sv-media-fake"
    arms = "\n".join(f"{size}) {action};;" for size, action in cases.items())
    path.write_text(f'#!/bin/sh\ncase "$2" in\n{arms}\n*) ;;\nesac\nexec {BUILD}/sv-media "$@"\n')
    path.chmod(0o755)
    site.settings["SV_MEDIA_PROGRAM"] = str(path)


def children_of(pid):
    return [int(p) for p in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ---- library add in trouble ----

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_add_that_is_ended_in_the_middle_is_finished_by_the_next(shelf, number):
    hanging = shelf.films / "B (2002).mp4"
    fake_child(shelf, {hanging.stat().st_size: "exec sleep 1000"})
    add = subprocess.Popen([PROGRAM, "library", "add", shelf.films], cwd=shelf.folder, env=shelf.environment(), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    assert "A (2001)" in add.stdout.readline()
    child = wait_for(lambda: children_of(add.pid), "the child of the second film")[0]
    one_line(shelf.command("library", "add", shelf.films, check=False), "another `library add` is running", shelf.state)
    add.send_signal(number)
    said = add.communicate(timeout=CEILING_S)
    if number == signal.SIGINT:
        assert add.returncode == 1 and "stopped" in said[0], said
    wait_for(lambda: not alive(child), "the media child ends with its parent")
    assert [f["title"] for f in shelf.library()] == ["A"]
    del shelf.settings["SV_MEDIA_PROGRAM"]
    done = shelf.add(shelf.films)
    assert "2 added, 1 unchanged" in done.stdout, done.stdout
    assert not list((shelf.state / "posters").glob("*.part")) and len(shelf.library()) == 3


def test_an_interrupt_is_heard_among_files_that_need_no_work(shelf):
    for i in range(4000):
        (shelf.films / f"note {i:04}, with a name that is long enough to fill a pipe.txt").touch()
    add = subprocess.Popen([PROGRAM, "library", "add", shelf.films], cwd=shelf.folder, env=shelf.environment(), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    # it is among them, and stands still: nobody reads what it says
    while "note" not in add.stdout.readline():
        pass
    add.send_signal(signal.SIGINT)
    said = add.communicate(timeout=CEILING_S)
    assert add.returncode == 1 and "stopped" in said[0] and said[1] == "", said[0][-300:]
    assert said[0].count("note") < 3900


def test_a_folder_that_vanishes_meanwhile_is_named(shelf):
    (shelf.films / "Box").mkdir()
    (shelf.films / "C (2003).mp4").rename(shelf.films / "Box" / "C (2003).mp4")
    shelf.films.chmod(0o777)
    (shelf.films / "Box").chmod(0o777)
    first = shelf.films / "A (2001).mp4"
    fake_child(shelf, {first.stat().st_size: f"rm -rf '{shelf.films}/Box'"})
    done = shelf.command("library", "add", shelf.films, check=False)
    named = [line for line in done.stdout.splitlines() if "Box" in line]
    assert done.returncode == 1 and len(named) == 1 and "No such file" in named[0], done.stdout
    assert "2 added, 1 skipped" in done.stdout and done.stderr == ""
    done = shelf.add(shelf.films)
    assert "2 unchanged" in done.stdout and "skipped" not in done.stdout


# ---- databases ----

def spoil_header(path):
    with open(path, "r+b") as db:
        db.write(b"\x00" * 200)


def spoil_schema(path):
    with open(path, "r+b") as db:
        db.seek(100)
        db.write(b"\xff" * 3900)


def spoil_by_text(path):
    path.write_text("Dear diary,\n" * 1000)


def spoil_by_cutting(path):
    os.truncate(path, 5000)


def from_the_future(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")


def of_another_program(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipe (name TEXT)")
        db.commit()
    path.chmod(0o666)


@pytest.mark.parametrize("spoil,words", [
    (spoil_header, ("damaged", "backup")), (spoil_schema, ("damaged", "backup")), (spoil_by_text, ("damaged", "backup")),
    (spoil_by_cutting, ("damaged", "backup")), (from_the_future, ("newer StreamVault", "999")), (of_another_program, ("another program",)),
])
def test_a_database_that_cannot_be_used_is_named_and_left_alone(shelf, spoil, words):
    shelf.add(shelf.films)
    path = shelf.state / "streamvault.db"
    for extra in shelf.state.glob("streamvault.db-*"):
        extra.unlink()
    spoil(path)
    before = path.read_bytes()
    for arguments in (["library", "list"], ["library", "list", "--json"], ["library", "add", shelf.films], ["up"]):
        done = shelf.command(*arguments, check=False)
        one_line(done, path, *words)
        assert done.stdout == "", arguments
    assert path.read_bytes() == before
    assert not (shelf.state / "run-folder").exists()


def test_damage_that_shows_only_when_it_is_read(shelf):
    shelf.add(shelf.films)
    path = shelf.state / "streamvault.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'file'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as out:
        out.seek(size * (page - 1))
        out.write(b"\xff" * size)
    before = path.read_bytes()
    one_line(shelf.command("library", "list", check=False), shelf.state, "damaged", "backup")
    one_line(shelf.command("library", "add", shelf.films, check=False), "damaged", "backup")
    assert path.read_bytes() == before
    # what does not need the damaged part goes on, and nothing dies of the rest
    shelf.start()
    assert fetch(shelf.url + "/").status == 200
    for address in ("/movies", "/w/AAAAAAAAAAAA", "/api/m/AAAAAAAAAAAA", "/stream/AAAAAAAAAAAA"):
        assert fetch(shelf.url + address).status in (200, 403, 404, 500, 502), address
    assert all(role["restarts"] == 0 for role in shelf.roles().values())


# ---- certificates ----

@pytest.fixture(scope="module")
def certificates(work):
    folder = work / "certificates"
    folder.mkdir()
    for name in ("one", "two"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                       check=True, capture_output=True)
        (folder / f"{name}.key").chmod(0o644)
    (folder / "text.pem").write_text("not a certificate\n")
    return folder


@pytest.mark.parametrize("cert,key,words", [
    ("text.pem", "one.key", ("SV_TLS_CERT", "text.pem", "certificate")), ("one.pem", "text.pem", ("SV_TLS_KEY", "text.pem", "private key")),
    ("one.pem", "two.key", ("SV_TLS_KEY", "two.key", "private key")), ("none.pem", "one.key", ("SV_TLS_CERT", "none.pem", "No such file")),
    ("one.pem", "none.key", ("SV_TLS_KEY", "none.key", "No such file")),
])
def test_a_bad_certificate_is_one_line(own_site, certificates, cert, key, words):
    site = own_site(SV_TLS_LISTEN="127.0.0.1:0", SV_TLS_CERT=certificates / cert, SV_TLS_KEY=certificates / key)
    site.folder.mkdir(parents=True)
    one_line(site.command("up", check=False), *words)


def test_a_certificate_is_changed_by_a_hangup_while_a_film_plays(own_site, certificates, films, work):
    cert, key = work / "live.pem", work / "live.key"
    shutil.copy(certificates / "one.pem", cert)
    shutil.copy(certificates / "one.key", key)
    site = own_site(SV_TLS_LISTEN=f"127.0.0.1:{free_port()}", SV_TLS_CERT=cert, SV_TLS_KEY=key).start()
    site.add(films["front"])
    url = site.link(site.library()[0]["file"], "--tier", "member")
    assert url.startswith("https://localhost:")
    curl = subprocess.Popen(["curl", "-sS", "--cacert", certificates / "one.pem", "--limit-rate", "4M", url], stdout=subprocess.PIPE)
    first = curl.stdout.read(100000)
    shutil.copy(certificates / "two.pem", cert)
    shutil.copy(certificates / "two.key", key)
    os.kill(site.roles()["gateway"]["pid"], signal.SIGHUP)

    def new_one():
        return subprocess.run(["curl", "-s", "--cacert", certificates / "two.pem", "-r", "0-0", "-o", "/dev/null", url]).returncode == 0

    wait_for(new_one, "the new certificate is in use")
    assert first + curl.stdout.read() == films["front"].read_bytes() and curl.wait() == 0
    # a bad one is not taken: the good one stays in use, and a line says so
    shutil.copy(certificates / "text.pem", cert)
    os.kill(site.roles()["gateway"]["pid"], signal.SIGHUP)
    lines = wait_for(lambda: [line for line in site.log.read_text().splitlines() if "live.pem" in line], "a line about the bad certificate")
    assert len(lines) == 1, lines
    assert new_one() and site.roles()["gateway"]["restarts"] == 0


def test_the_https_port_in_use_is_one_line(own_site, certificates):
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        site = own_site(SV_TLS_LISTEN=f"127.0.0.1:{port}", SV_TLS_CERT=certificates / "one.pem", SV_TLS_KEY=certificates / "one.key")
        site.folder.mkdir(parents=True)
        one_line(site.command("up", check=False), "SV_TLS_LISTEN", port, "in use by another program")


@pytest.mark.parametrize("name", ["SV_NGINX_PROGRAM", "SV_NGINX_MODULE", "SV_REDIS_PROGRAM"])
def test_a_missing_program_is_one_line(own_site, name):
    site = own_site(**{name: "/nowhere/thing"})
    site.folder.mkdir(parents=True)
    one_line(site.command("up", check=False), "/nowhere/thing")


# ---- roles that die while people watch ----

def watch(url, while_playing=lambda: None):
    """Read all of it as a player does: when the connection is cut, go on by Range from where it was.  Returns digest and number of cuts.
    while_playing() runs once, when the first MiB is there."""
    digest, have, cuts, total = hashlib.sha256(), 0, 0, None
    parts = url.split("/")[2]
    address = ("127.0.0.1", int(parts.rsplit(":", 1)[1]))
    told = False

    def attempt():
        nonlocal have, total, told
        try:
            with Client(address) as client:
                client.send("GET", target_of(url), {"Range": f"bytes={have}-"})
                head = client.head()
                if head is None or head[0] not in (206, 502, 503, 504):
                    assert head is None, head
                    return False
                if head[0] != 206:
                    return False
                span = dict(head[1])["Content-Range"].split()[1]
                assert span.startswith(f"{have}-"), span
                total = int(span.split("/")[1])
                while have < total:
                    if not client.buffer and not client.fill():
                        return False
                    digest.update(client.buffer)
                    have += len(client.buffer)
                    client.buffer = b""
                    if not told and have >= 1 << 20:
                        told = True
                        while_playing()
                return True
        except OSError:
            return False

    def whole():
        nonlocal cuts
        if attempt():
            return True
        cuts += 1
        return False

    wait_for(whole, "the film is read to its end", timeout_s=CEILING_S * 2, every_s=0.05)
    assert told
    return digest.hexdigest(), cuts


def test_each_role_killed_while_a_film_plays(own_site, films):
    site = own_site(SV_GUEST_RATE="6m").start()
    site.add(films["front"].parent)
    byname = {pathlib.Path(f["path"]).name: f for f in site.library()}
    for role, film in (("engine", "front"), ("gateway", "end"), ("manager", "front"), ("redis", "end")):
        before = site.roles()[role]
        url = site.link(byname[films[film].name]["file"])
        sha, cuts = watch(url, lambda: os.kill(before["pid"], signal.SIGKILL))
        assert sha == hashlib.sha256(films[film].read_bytes()).hexdigest(), role
        assert cuts == 0 or role in ("engine", "gateway"), f"{role} took the film down"
        wait_for(lambda: site.roles()[role]["state"] == "running" and site.roles()[role]["restarts"] == 1, f"{role} is back")
    wait_for(lambda: fetch(site.url + "/movies").status == 200, "pages are back")


def test_redis_dies_while_many_browse(own_site, films):
    site = own_site().start()
    site.add(films["e1"].parent.parent, films["front"])
    file = next(f["file"] for f in site.library() if f["title"] == "Copper Sky")
    expected = {"/movies": b"Copper Sky", "/series": b"Tide Tables", "/search?q=tide": b"Tide Tables", f"/w/{file}": b"Copper Sky",
                f"/api/w/{file}": b'"stream"', "/help": b"<h1"}
    wrong, seen, end = [], set(), threading.Event()

    def browse(start):
        addresses = list(expected)
        at = start
        while not end.is_set():
            address = addresses[at % len(addresses)]
            at += 1
            try:
                answer = fetch(site.url + address)
            except OSError as error:
                wrong.append((address, repr(error)))
                return
            seen.add((address, answer.status))
            # only what needs a session may be refused, and then honestly
            session = address.startswith(("/w/", "/api/w/"))
            good = answer.status == 200 and expected[address] in answer.body and not answer.cut
            if not good and not (session and answer.status == 503 and not answer.cut):
                wrong.append((address, answer.status, answer.body[:200]))

    people = [threading.Thread(target=browse, args=(i,)) for i in range(20)]
    for person in people:
        person.start()
    try:
        before = site.roles()["redis"]
        wait_for(lambda: (f"/w/{file}", 200) in seen, "people watch")
        for round_ in (1, 2):
            os.kill(site.roles()["redis"]["pid"], signal.SIGKILL)
            wait_for(lambda: site.roles()["redis"]["restarts"] == before["restarts"] + round_ and site.roles()["redis"]["state"] == "running",
                     "Redis is started again")
            wait_for(lambda: fetch(f"{site.url}/w/{file}").status == 200, "watching works again by itself")
    finally:
        end.set()
        for person in people:
            person.join()
    assert not wrong, wrong[:5]
    assert all(role["restarts"] == 0 for name, role in site.roles().items() if name != "redis")


def test_a_session_outlives_redis(own_site, films):
    site = own_site().start()
    site.add(films["mib"])
    page = f"{site.url}/w/{site.library()[0]['file']}"
    cookie = fetch(page).header("Set-Cookie").split(";")[0]
    before = site.roles()["redis"]
    log = site.state / "redis"
    # the append-only file is synced every second; only what was synced is promised
    wait_for(lambda: any(cookie.split("=")[1].encode() in p.read_bytes() or b"sess" in p.read_bytes() for p in log.rglob("*.aof")), "the session is on disk")
    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: site.roles()["redis"]["restarts"] == 1 and site.roles()["redis"]["state"] == "running", "Redis is back")
    answer = wait_for(lambda: (lambda a: a if a.status == 200 else None)(fetch(page, headers={"Cookie": cookie})), "watching works again")
    assert answer.header("Set-Cookie") is None, "the session was forgotten"


# ---- the first moments ----

def test_first_requests_while_starting_never_get_a_wrong_byte(own_site, films):
    port = free_port()
    site = own_site(SV_LISTEN=f"127.0.0.1:{port}", SV_LINK_SECRET="only for this test of ours", SV_PUBLIC_URL=f"http://127.0.0.1:{port}")
    site.folder.mkdir(parents=True)
    site.add(films["blocks"], films["mib"])
    files = {pathlib.Path(f["path"]).name: f["file"] for f in site.library()}
    wanted = [(site.link(files[films[name].name], "--tier", "member"), films[name].read_bytes()) for name in ("blocks", "mib")]
    wrong, good = [], []

    def first(number):
        url, data = wanted[number % 2]
        start = number * 40961 % len(data)

        def asked():
            try:
                answer = fetch(url, headers={"Range": f"bytes={start}-"})
            except OSError:
                return False
            if answer is None:
                return False
            if answer.status == 206:
                if answer.body != data[start:start + len(answer.body)] or (not answer.cut and len(answer.body) != len(data) - start):
                    wrong.append((number, len(answer.body), answer.cut))
                return not answer.cut
            if answer.status not in (502, 503, 504):
                wrong.append((number, answer.status))
                return True
            return False

        wait_for(asked, f"viewer {number} gets the film", every_s=0.005)
        good.append(number)

    people = [threading.Thread(target=first, args=(i,)) for i in range(20)]
    site.start(ready=False)
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert not wrong and len(good) == 20, wrong
    wait_for(site.ready_line, "ready line")


# ---- full disks ----

@pytest.fixture
def small_disk(work):
    """small_disk(size): a folder on a disk of its own."""
    made = []

    def make(size):
        folder = work / f"disk-{len(made)}-{os.urandom(3).hex()}"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", folder], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"no small disk here: {done.stderr.strip()}")
        made.append(folder)
        return folder

    yield make
    for folder in made:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, leave=0):
    """Take what is free, down to `leave` bytes."""
    filler = folder / "filler"
    free = os.statvfs(folder)
    filler.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - leave)))
    return filler


@ROOT_ONLY
def test_adding_on_a_full_disk_is_one_line_and_loses_nothing(own_site, small_disk, shelf):
    disk = small_disk("1200k")
    shelf.state = disk / "state"
    refused = 0
    for leave in (0, 4096, 16384, 65536, 131072, 200000):
        filler = fill(disk, leave)
        done = shelf.command("library", "add", shelf.films, check=False)
        if done.returncode != 0:
            refused += 1
            line = done.stderr.splitlines()
            assert len(line) == 1 and "full" in line[0] and str(shelf.state) in line[0], done.stderr
        filler.unlink()
        listed = shelf.command("library", "list", "--json", check=False)
        assert listed.returncode == 0, listed.stderr
        posters = {p.name.split("-")[0] for p in (shelf.state / "posters").glob("*")} if (shelf.state / "posters").exists() else set()
        assert len(posters) <= 2 * len(shelf.library()) and not [p for p in posters if ".part" in p]
    assert refused >= 3, refused
    shelf.add(shelf.films)
    assert [f["state"] for f in shelf.library()] == ["ok"] * 3
    assert "3 unchanged" in shelf.add(shelf.films).stdout


@ROOT_ONLY
def test_starting_on_a_full_disk_is_one_line(small_disk, own_site):
    disk = small_disk("200k")
    site = own_site()
    site.folder.mkdir(parents=True)
    site.state = disk / "state"
    for leave in (0, 20000, 60000):
        filler = fill(disk, leave)
        one_line(site.command("up", check=False), str(disk), "full")
        filler.unlink()


@ROOT_ONLY
def test_playing_from_a_full_cache_disk(own_site, small_disk, films):
    disk = small_disk("3m")
    site = own_site(SV_CACHE_DIR=disk / "cache", SV_CACHE_SIZE="16m").start()
    site.add(films["front"].parent)
    for name in ("front", "blocks", "end"):
        file = next(f["file"] for f in site.library() if pathlib.Path(f["path"]).name == films[name].name)
        url = site.link(file, "--tier", "member")
        sha = hashlib.sha256(films[name].read_bytes()).hexdigest()
        assert watch(url)[0] == sha, name
        fill(disk)
        # the gateway sees it when the next write fails; from then on nobody is cut
        assert watch(url)[0] == sha, f"{name}, full"
        wait_for(lambda: watch(url)[1] == 0, "a film plays in one piece from a full disk")
        last = fetch(url, headers={"Range": "bytes=-100000"})
        assert last.status == 206 and last.body == films[name].read_bytes()[-100000:]
    assert all(role["restarts"] == 0 for role in site.roles().values())


@ROOT_ONLY
def test_a_state_folder_that_runs_full_and_is_freed(own_site, small_disk, films, work):
    disk = small_disk("8m")
    site = own_site(SV_CACHE_DIR=work / "cache-elsewhere")
    site.state = disk / "state"
    site.start()
    site.add(films["mib"])
    file = site.library()[0]["file"]
    watch_page = f"{site.url}/w/{file}"
    assert fetch(watch_page).status == 200
    filler = fill(disk)
    for _ in range(20):
        assert fetch(site.url + "/movies").status == 200
        assert fetch(watch_page).status in (200, 503)
        assert fetch(site.link(file, "--tier", "member")).body == films["mib"].read_bytes()
    done = site.command("library", "add", films["e1"], check=False)
    assert done.returncode == 1 and len([line for line in done.stderr.splitlines()]) == 1 and "full" in done.stderr, done.stderr
    filler.unlink()
    wait_for(lambda: fetch(watch_page).status == 200, "watching works again by itself")
    site.add(films["e1"])
    assert len(site.library()) == 2
