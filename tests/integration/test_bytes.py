# SPDX-License-Identifier: Apache-2.0
"""Every byte is the right one: the range table direct to the engine and through the gateway, cold and warm, with four slice sizes;
special files; what happens when the engine dies, stalls or the file changes."""
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import threading

import pytest
import range_table
from conftest import CEILING_S, SANITIZED, Site, pad_film, wait_for
from http_plain import Client, fetch, target_of

MIB = 1 << 20
SLICES = ["256k", "1m", "2m", "10m"]


def special_file(site, path, size):
    """Make a catalogued file empty or one byte long: no film is, so the catalog is told by hand."""
    path.write_bytes(b"\x5a" * size)
    file = next(f for f in site.library() if f["path"] == str(path))
    status = path.stat()
    with sqlite3.connect(site.state / "streamvault.db") as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        columns = {row[1] for row in db.execute("PRAGMA table_info(file)")}
        assert "size_bytes" in columns, columns
        values = {"size_bytes": size}
        if "mtime_unix_s" in columns:
            values["mtime_unix_s"] = int(status.st_mtime)
        db.execute(f"UPDATE file SET {', '.join(f'{k}=?' for k in values)} WHERE id=?", (*values.values(), file["file"]))
        for table in tables & {"pieces", "piece", "piece_crc", "file_pieces"}:
            db.execute(f"DELETE FROM {table} WHERE file=?", (file["file"],))
    return file


@pytest.fixture(scope="module")
def plain(work, films):
    """A folder with films of exact sizes and a copy each for the empty and the one-byte file."""
    folder = work / "exact"
    folder.mkdir()
    for name in ("mib", "mib-less", "mib-more", "blocks"):
        shutil.copy(films[name], folder / films[name].name)
    shutil.copy(films["mib"], folder / "Becomes Empty (2020).mp4")
    with open(folder / "Becomes Empty (2020).mp4", "ab") as out:
        out.write(b"\0\0\0\x09free\1")
    shutil.copy(films["mib"], folder / "Becomes One Byte (2020).mp4")
    with open(folder / "Becomes One Byte (2020).mp4", "ab") as out:
        out.write(b"\0\0\0\x0afree\1\2")
    return folder


@pytest.fixture(scope="module", params=SLICES)
def sliced(request, work, plain):
    site = Site(work / f"slices-{request.param}", SV_SLICE_SIZE=request.param, SV_GUEST_RATE="900m")
    site.start()
    site.add(plain)
    for name, size in (("Becomes Empty (2020).mp4", 0), ("Becomes One Byte (2020).mp4", 1)):
        path = plain / name
        copy = path.read_bytes()
        special_file(site, path, size)
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime))
        site.__dict__.setdefault("restore", []).append((path, copy))
    yield site
    code = site.stop()
    for path, copy in site.restore:
        path.write_bytes(copy)
    assert code == 0


def table_for(site, file, answer_of, data):
    first = answer_of("HEAD", {})
    assert first.status == 200
    etag, modified = first.header("ETag"), first.header("Last-Modified")
    assert etag and etag.startswith('"') and modified
    count = 0
    for name, headers, expected in range_table.cases(len(data), etag, modified):
        for method in ("GET", "HEAD"):
            range_table.check(answer_of(method, headers), expected, data, f"{file['path']} {method} {name}", head=method == "HEAD")
            count += 1
    for spec in range_table.multi(len(data)):
        range_table.check(answer_of("GET", {"Range": spec}), (200, 0, len(data)), data, f"multi {spec}")
        count += 1
    return count


def test_range_table_direct_and_through_the_gateway(sliced):
    requests = 0
    engine = sliced.run_folder() / "engine-0.sock"
    for file in sliced.library():
        with open(file["path"], "rb") as source:
            data = source.read()
        with Client(engine) as direct:
            requests += table_for(sliced, file, lambda m, h: direct.request(m, f"/stream/{file['file']}?v={file['version']}", h), data)
        target = target_of(sliced.link(file["file"], "--tier", "member"))
        for _ in ("cold", "warm"):
            with Client(("127.0.0.1", sliced.port)) as client:
                box = [client]

                def ask(method, headers):
                    answer = box[0].request(method, target, headers)
                    if (answer.header("Connection") or "").lower() == "close":
                        box[0].close()
                        box[0] = Client(("127.0.0.1", sliced.port))
                    return answer

                requests += table_for(sliced, file, ask, data)
    assert requests > 60 * 3


def test_content_type_and_names(site):
    film = site.files["Copper Sky (2023).mp4"]
    answer = fetch(site.link(film["file"], "--download"), "HEAD")
    assert answer.status == 200
    assert answer.header("Content-Type") == "video/mp4"
    assert answer.header("Content-Disposition") == "attachment; filename*=UTF-8''Copper%20Sky%20%282023%29.mp4"
    assert answer.header("Accept-Ranges") == "bytes"
    # from the cache too
    assert fetch(site.link(film["file"], "--download"), "HEAD").header("Content-Disposition") == answer.header("Content-Disposition")
    assert fetch(site.link(film["file"]), "HEAD").header("Content-Disposition") is None


def read_some(client, target, want, headers=()):
    """Send a GET and read `want` body bytes; returns them, the connection stays in mid-answer."""
    client.send("GET", target, headers)
    status, _ = client.head()
    assert status in (200, 206)
    while len(client.buffer) < want:
        assert client.fill(), "the answer ended early"
    return client.buffer


def rest_of(client):
    """Whatever still comes, until the connection ends; (bytes so far, True when it was cut)."""
    try:
        while client.fill():
            pass
    except (ConnectionResetError, TimeoutError):
        pass
    return client.buffer


@pytest.mark.parametrize("at", [1.5, 3.5])
@pytest.mark.parametrize("how", ["killed", "stalled"])
def test_engine_lost_in_a_later_slice_cuts_and_resumes(own_site, work, at, how):
    """A slow reader keeps nginx from running ahead; then the engine goes.  Nothing wrong may arrive, and a resume must be whole."""
    site = own_site(SV_SLICE_SIZE="1m", SV_GUEST_RATE="900m", SV_GATEWAY_READ_TIMEOUT="2").start()
    path = pad_film(shutil.copy(work / "small.mp4", site.folder / "Long (2020).mp4") and site.folder / "Long (2020).mp4", 64 * MIB)
    site.add(path)
    data = path.read_bytes()
    target = target_of(site.link(site.library()[0]["file"], "--tier", "member"))
    engine = site.roles()["engine"]["pid"]
    with Client(("127.0.0.1", site.port), timeout=CEILING_S) as client:
        read_some(client, target, int(at * MIB))
        os.kill(engine, signal.SIGKILL if how == "killed" else signal.SIGSTOP)
        got = rest_of(client)
    if how == "stalled":
        os.kill(engine, signal.SIGKILL)
    assert len(got) < len(data), "the engine was gone and yet all bytes came: the test did not test"
    assert got == data[:len(got)], "wrong bytes were delivered"

    def resumed():
        try:
            answer = fetch(f"http://127.0.0.1:{site.port}{target}", headers={"Range": f"bytes={len(got)}-"})
        except OSError:
            return None
        return answer if answer.status == 206 and not answer.cut else None

    more = wait_for(resumed, "the rest by Range after the restart", timeout_s=CEILING_S * 2, every_s=0.2)
    assert hashlib.sha256(got + more.body).digest() == hashlib.sha256(data).digest()


def test_a_changed_file_gets_a_new_version_and_no_stale_bytes(own_site, films, work):
    site = own_site().start()
    path = site.folder / "films" / "Changes (2020).mp4"
    path.parent.mkdir()
    shutil.copy(films["mib"], path)
    site.add(path)
    before = site.library()[0]
    old = site.link(before["file"], "--tier", "member")
    first = path.read_bytes()
    assert fetch(old).body == first
    shutil.copy(work / "small.mp4", path)
    pad_film(path, 2 * MIB + 77)
    # changed behind our back: what is still in memory may be served, the rest is cut or refused, nothing is mixed
    engine = Client(site.run_folder() / "engine-0.sock")
    answer = engine.request("GET", f"/stream/{before['file']}?v={before['version']}")
    assert answer is None or answer.status >= 400 or answer.body == first[:len(answer.body)]
    engine.close()
    site.add(path)
    after = site.library()[0]
    assert after["file"] == before["file"] and after["version"] == before["version"] + 1
    fresh = fetch(site.link(after["file"], "--tier", "member"))
    assert fresh.body == path.read_bytes()

    def refused():
        answer = fetch(old)
        return answer.status == 403 and answer.header("Sv-Reason") == "link-expired"

    wait_for(refused, "a link to the old version is refused with its reason")
    site.add(path)
    assert site.library()[0]["version"] == after["version"], "nothing changed, yet the version did"


def test_vanished_file_is_gone_and_comes_back(own_site, films):
    site = own_site().start()
    folder = site.folder / "films"
    folder.mkdir()
    path = folder / "Vanishes (2020).mp4"
    shutil.copy2(films["mib"], path)
    site.add(folder)
    file = site.library()[0]
    path.rename(site.folder / "away.mp4")
    site.add(folder)
    assert fetch(f"{site.url}/w/{file['file']}").status == 404
    (site.folder / "away.mp4").rename(path)
    site.add(folder)
    back = site.library()[0]
    assert back["file"] == file["file"]
    assert fetch(site.link(back["file"], "--tier", "member")).body == path.read_bytes()


def metric(site, name, socket="engine-0.sock", label=""):
    with Client(site.run_folder() / socket) as client:
        text = client.request("GET", "/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name) and (label in line) and not line.startswith("#"))


def test_a_viewer_who_leaves_stops_the_reading(own_site, work):
    site = own_site(SV_ENGINE_LOOPS="1", SV_GUEST_RATE="900m").start()
    path = site.folder / "Left (2020).mp4"
    shutil.copy(work / "small.mp4", path)
    pad_film(path, 200 * MIB)
    site.add(path)
    file = site.library()[0]
    # direct: the client reads a little and goes; the source is read no further than the window
    with Client(site.run_folder() / "engine-0.sock") as client:
        read_some(client, f"/stream/{file['file']}?v={file['version']}", 3 * MIB)
    wait_for(lambda: metric(site, "sv_streams_active") == 0, "the engine notices that the viewer left")
    settled = [metric(site, "sv_source_bytes_total")]

    def quiet():
        settled.append(metric(site, "sv_source_bytes_total"))
        return len(settled) > 5 and settled[-1] == settled[-5]

    wait_for(quiet, "the source is no longer read", every_s=0.05)
    assert settled[-1] < 40 * MIB
    # through the gateway: the slice in progress may finish, then `gone` ends the read-ahead
    gone = metric(site, "sv_gone_total")
    with Client(("127.0.0.1", site.port)) as client:
        read_some(client, target_of(site.link(file["file"], "--tier", "member")), 2 * MIB)
    wait_for(lambda: metric(site, "sv_gone_total") > gone, "the gateway says that the viewer left")
    wait_for(lambda: metric(site, "sv_streams_active") == 0 and metric(site, "sv_playbacks") == 0, "read-ahead ends")


def test_many_readers_of_one_block_fetch_it_once(own_site, work):
    site = own_site(SV_ENGINE_LOOPS="1", SV_GUEST_RATE="900m").start()
    path = site.folder / "Shared (2020).mp4"
    shutil.copy(work / "small.mp4", path)
    pad_film(path, 8 * MIB)
    site.add(path)
    file, data = site.library()[0], path.read_bytes()
    before = metric(site, "sv_source_bytes_total")
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(
        Client(site.run_folder() / "engine-0.sock").request("GET", f"/stream/{file['file']}?v={file['version']}").body)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 8 and all(body == data for body in bodies)
    assert metric(site, "sv_source_bytes_total") - before == len(data)


def test_cache_serves_without_the_engine(own_site, films):
    site = own_site(SV_GUEST_RATE="900m").start()
    site.add(films["blocks"])
    url = site.link(site.library()[0]["file"], "--tier", "member")
    assert fetch(url).body == films["blocks"].read_bytes()
    os.kill(site.roles()["engine"]["pid"], signal.SIGSTOP)
    try:
        assert fetch(url).body == films["blocks"].read_bytes()
    finally:
        os.kill(site.roles()["engine"]["pid"], signal.SIGCONT)


def test_full_speed_download_by_curl_is_whole(site):
    film = site.files["The Glass Orchard (2021).mp4"]
    url = site.link(film["file"], "--tier", "member")
    body = subprocess.run(["curl", "-sS", "--fail", url], capture_output=True, check=True, timeout=CEILING_S).stdout
    assert body == site.films["end"].read_bytes()
    assert SANITIZED or len(body) > MIB
