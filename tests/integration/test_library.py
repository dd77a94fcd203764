# SPDX-License-Identifier: Apache-2.0
"""`streamvault library add` and `library list` on real films, with the real media child; no site has to run."""
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import zlib

import pytest
from conftest import CEILING_S, PROGRAM, SANITIZED, ffmpeg, make_film, wait_for


@pytest.fixture
def library(own_site):
    """A state and an empty films folder beside it; `add()` gives the parsed --json answer."""
    site = own_site()
    site.folder.mkdir(parents=True)
    site.films = site.folder / "films"
    site.films.mkdir()

    def add(*options, check=True):
        done = site.command("library", "add", "--json", *options, site.films, check=check)
        answer = json.loads(done.stdout)
        answer["by_name"] = {os.path.basename(entry["path"]): entry for entry in answer["files"]}
        answer["status"] = done.returncode
        answer["stderr"] = done.stderr
        return answer

    site.add_json = add
    return site


def test_films_and_series_are_recognised_and_summed(library, films):
    for name in ("front", "end"):
        shutil.copy(films[name], library.films)
    shutil.copytree(films["e1"].parent.parent, library.films / "Tide Tables")
    answer = library.add_json()
    assert answer["summary"]["added"] == 4 and answer["summary"]["complete"]
    rows = library.library()
    assert len(rows) == 4
    for row in rows:
        data = open(row["path"], "rb").read()
        assert row["size"] == len(data)
        assert row["crc32"] == f"{zlib.crc32(data):08x}"
        assert row["version"] == 1 and row["state"] == "ok"
        assert [copy["kind"] for copy in row["copies"]] == ["file"] and row["copies"][0]["location"] == row["path"]
        assert len(row["file"]) == 12
    named = {row["title"]: row for row in rows}
    assert named["Copper Sky"]["year"] == 2023 and named["Copper Sky"]["kind"] == "film"
    episodes = sorted((row["season"], row["episode"], row["episode_title"]) for row in rows if row["title"] == "Tide Tables")
    assert episodes == [(1, 1, "Ebb"), (1, 2, "Flood")]
    assert len({row["title_id"] for row in rows}) == 3
    pictures = sorted((library.state / "posters").iterdir())
    assert len(pictures) >= 4 * 2 and all(p.stat().st_size > 0 and p.suffix in (".webp", ".jpg") for p in pictures)


def test_a_second_run_changes_nothing(library, films):
    shutil.copy(films["mib"], library.films)
    library.add_json()
    rows, pictures = library.library(), sorted((library.state / "posters").iterdir())
    again = library.add_json()
    assert again["summary"]["unchanged"] == 1 and again["summary"]["bytes_read"] == 0
    assert library.library() == rows and sorted((library.state / "posters").iterdir()) == pictures


def test_a_change_is_a_version_and_what_vanished_comes_back(library, films):
    path = library.films / "Film (2020).mp4"
    shutil.copy(films["mib"], path)
    library.add_json()
    first = library.library()[0]
    shutil.copy(films["blocks"], path)
    assert library.add_json()["summary"]["changed"] == 1
    second = library.library()[0]
    assert (second["file"], second["version"], second["size"]) == (first["file"], 2, path.stat().st_size)
    away = library.folder / "away.mp4"
    path.rename(away)
    assert library.add_json()["summary"]["gone"] == 1
    assert library.library()[0]["state"] == "gone"
    away.rename(path)
    assert library.add_json()["summary"]["returned"] == 1
    third = library.library()[0]
    assert (third["file"], third["version"], third["state"]) == (first["file"], 2, "ok")


def test_bad_input_is_reported_and_the_good_is_taken(library, films):
    folder = library.films
    good = films["mib"].read_bytes()
    shutil.copy(films["mib"], folder / "good.mp4")
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("This is no film.\n" * 100)
    (folder / "truncated.mp4").write_bytes(films["end"].read_bytes()[:50000])     # its index is at the end
    (folder / "random.mkv").write_bytes(random.Random(1).randbytes(200000))
    (folder / "huge-header.mp4").write_bytes(b"\x7f\xff\xff\xffmoov" + bytes(100000))
    (folder / "huge-size.mkv").write_bytes(bytes.fromhex("1a45dfa301ffffffffffffff") + bytes(1000))
    (folder / "notes.txt").write_text("x")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", folder / "sound.mp4")
    (folder / "loop").symlink_to(".")
    (folder / "link.mp4").symlink_to("good.mp4")
    noise = random.Random(2)
    for i in range(6):
        data = bytearray(good[:60000])
        for _ in range(300):
            data[noise.randrange(4000)] = noise.randrange(256)
        (folder / f"fuzzed-{i}.mp4").write_bytes(data)
    locked = folder / "locked.mp4"
    locked.write_bytes(good)
    locked.chmod(0)
    answer = library.add_json(check=False)
    got = {name: (entry["result"], entry.get("reason")) for name, entry in answer["by_name"].items()}
    assert got["good.mp4"] == ("added", None)
    assert got["empty.mp4"] == ("skipped", "empty")
    for name in ("text.mp4", "truncated.mp4", "random.mkv", "huge-header.mp4", "huge-size.mkv"):
        assert got[name] == ("skipped", "unparseable"), name
    assert got["sound.mp4"] == ("skipped", "no-video")
    assert got["notes.txt"] == ("skipped", "not-media")
    assert got["link.mp4"] == ("skipped", "same-file")
    assert all(got[f"fuzzed-{i}.mp4"][0] in ("added", "skipped") for i in range(6))
    if got["locked.mp4"][0] == "skipped":     # root may read everything
        assert got["locked.mp4"] == ("skipped", "unreadable") and answer["status"] == 1
    assert all(entry["why"] for entry in answer["files"] if entry["result"] == "skipped")
    # remembered, and nothing is read for it
    again = library.add_json(check=False)
    assert again["summary"]["skipped"] == answer["summary"]["skipped"] and again["summary"]["bytes_read"] == 0


def test_only_one_at_a_time(library, films):
    shutil.copy(films["mib"], library.films)
    library.add_json()
    with open(library.state / "library.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = library.command("library", "add", library.films, check=False)
    assert done.returncode == 1
    assert "another `library add`" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_an_interrupt_keeps_what_was_done(library):
    film = make_film(library.folder / "one.mp4", seconds=2)
    count = 12 if SANITIZED else 40
    for i in range(count):
        shutil.copy(film, library.films / f"film number {i:02}.mp4")
    with subprocess.Popen([PROGRAM, "library", "add", library.films], cwd=library.folder, env=library.environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as adding:
        while not adding.stdout.readline().startswith("added"):
            assert adding.poll() is None
        adding.send_signal(signal.SIGINT)
        adding.communicate(timeout=CEILING_S)
        assert adding.returncode == 1
    done = len(library.library())
    assert 1 <= done < count
    answer = library.add_json()
    assert (answer["summary"]["unchanged"], answer["summary"]["added"]) == (done, count - done)
    assert not list((library.state / "posters").glob("*.part"))


@pytest.mark.parametrize("arguments", [["add"], ["add", "--no-such-option", "x"], ["list", "extra"]])
def test_a_wrong_line_is_one_clear_line(library, arguments):
    done = library.command("library", *arguments, check=False)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1


def test_a_path_that_is_not_there(library):
    done = library.command("library", "add", library.folder / "nowhere", check=False)
    assert done.returncode == 1 and "nowhere: No such file or directory" in done.stdout


def test_a_damaged_database_is_named_and_left_alone(library, films):
    shutil.copy(films["mib"], library.films)
    library.add_json()
    database = library.state / "streamvault.db"
    wait_for(lambda: not (library.state / "streamvault.db-wal").exists(), "the log is merged")
    damaged = b"not a database" * 100 + database.read_bytes()[1400:]
    database.write_bytes(damaged)
    done = library.command("library", "list", check=False)
    assert done.returncode == 1
    assert str(database) in done.stderr and "damaged" in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert database.read_bytes() == damaged
