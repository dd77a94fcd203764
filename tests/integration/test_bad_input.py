# SPDX-License-Identifier: Apache-2.0
"""`library add` on what operators and strangers really have on their disks: every bad file is reported with its reason and skipped, the
good ones beside it are added, and a second run changes nothing."""
import json
import os
import pathlib
import random
import subprocess

import pytest
from conftest import BUILD, PROGRAM, ffmpeg, make_film

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def clips(work):
    """kind -> path of valid films of two seconds."""
    folder = work / "clips"
    made = {"mp4": make_film(folder / "clip.mp4", seconds=2, size="64x36", rate_k=40, clock=False)}
    made["mkv"] = folder / "clip.mkv"
    ffmpeg("-i", made["mp4"], "-c", "copy", made["mkv"])
    return made


@pytest.fixture
def shelf(own_site, clips):
    """A site that is not started, with a folder of films to fill: shelf.put(name, bytes or a kind of clip)."""
    site = own_site()
    site.films = site.folder / "films"
    site.films.mkdir(parents=True)

    def put(name, content="mp4"):
        path = os.path.join(os.fsencode(site.films), os.fsencode(name))
        with open(path, "wb") as out:
            out.write(clips[content].read_bytes() if isinstance(content, str) else content)
        return path

    site.put = put
    return site


class Report:
    def __init__(self, done):
        self.code, self.errors = done.returncode, done.stderr
        whole = json.loads(done.stdout)
        self.summary = whole["summary"]
        self.files = {pathlib.PurePath(f["path"]).name: f for f in whole["files"]}

    def result(self, name):
        return self.files[name]["result"]

    def reason(self, name):
        return self.files[name]["reason"] if self.files[name]["result"] == "skipped" else None


def add(site, *paths):
    return Report(site.command("library", "add", "--json", *(paths or (site.films,)), check=False))


def one_line(done, *words):
    """The command failed with one line that has these words."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("streamvault: "), done.stderr
    for word in words:
        assert str(word) in lines[0], (word, done.stderr)
    return lines[0]


def snapshot(site):
    """What the catalog says, without the order of its making."""
    return site.command("library", "list", "--json").stdout


# ---- what is in a file ----

def huge_headers():
    """Headers that promise far more than there is."""
    box = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
    yield "moov.mp4", box + b"\x00\x00\x00\x01moov" + (1 << 62).to_bytes(8, "big") + bytes(4000)
    yield "deep.mp4", box + b"".join((4000 - 8 * i).to_bytes(4, "big") + b"moov" for i in range(499)) + bytes(8)
    table = b"\x7f\xff\xff\xff"
    stts = (16 + 64).to_bytes(4, "big") + b"stts" + bytes(4) + table + bytes(64)
    yield "table.mp4", box + (len(stts) + 8).to_bytes(4, "big") + b"moov" + stts
    yield "element.mkv", bytes.fromhex("1a45dfa3 01ffffffffffff00".replace(" ", "")) + bytes(3000)
    yield "string.mkv", bytes.fromhex("1a45dfa3 93 4282 88 6d6174726f736b61 18538067 01000fffffffffff 1549a966 01000fffffffff00 4d80 0100000fffffffff"
                                      .replace(" ", "")) + b"A" * 9000


def test_each_bad_file_has_its_reason_and_good_ones_are_added(shelf, clips):
    whole = clips["mp4"].read_bytes()
    shelf.put("Good (2001).mp4")
    shelf.put("Also Good (2002).mkv", "mkv")
    shelf.put("Nothing (2003).mp4", b"")
    shelf.put("Text (2004).mp4", b"Dear diary,\nno film today.\n" * 400)
    shelf.put("Page (2004).mkv", b"<!doctype html><title>404</title>" * 40)
    shelf.put("Zeros (2005).mkv", bytes(100000))
    shelf.put("Cut (2006).mp4", whole[:len(whole) // 3].replace(b"moov", b"moo_"))
    shelf.put("Short (2006).mkv", clips["mkv"].read_bytes()[:30])
    shelf.put("One byte (2007).mp4", b"\x00")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", shelf.films / "Sound only (2008).mp4")
    shelf.put("notes.txt", b"not media")
    for name, content in huge_headers():
        shelf.put(name, content)
    wanted = {"Nothing (2003).mp4": {"empty"}, "Sound only (2008).mp4": {"no-video"}, "notes.txt": {"not-media"}}
    report = add(shelf)
    assert report.code == 0 and report.errors == ""
    assert {n for n in report.files if report.result(n) == "added"} == {"Good (2001).mp4", "Also Good (2002).mkv"}
    for name in report.files:
        if report.result(name) == "skipped":
            assert report.reason(name) in wanted.get(name, {"unparseable", "no-video"}), report.files[name]
            why = report.files[name]["why"]
            assert why and why.isprintable() and len(why) < 200, why
    before = snapshot(shelf)
    again = add(shelf)
    assert again.code == 0
    assert {n: again.result(n) for n in again.files} == {n: "unchanged" if r["result"] == "added" else "skipped" for n, r in report.files.items()}
    assert again.summary["bytes_read"] == 0 and snapshot(shelf) == before
    retried = Report(shelf.command("library", "add", "--json", "--retry", shelf.films))
    assert {n: retried.reason(n) for n in retried.files} == {n: report.reason(n) for n in report.files} and snapshot(shelf) == before


def test_a_bad_file_that_becomes_good_is_added(shelf, clips):
    shelf.put("Later (2010).mp4", b"")
    assert add(shelf).reason("Later (2010).mp4") == "empty"
    shelf.put("Later (2010).mp4")
    assert add(shelf).result("Later (2010).mp4") == "added"
    shelf.put("Later (2010).mp4", b"now it is text" * 100)
    assert add(shelf).reason("Later (2010).mp4") == "unparseable"
    assert [f["state"] for f in shelf.library()] == ["bad"]
    shelf.put("Later (2010).mp4")
    add(shelf)
    assert [f["state"] for f in shelf.library()] == ["ok"]


def mutate(content, dice):
    """One way of many to break a film."""
    out = bytearray(content)
    way = dice.randrange(6)
    if way == 0:                                    # bits, everywhere
        for _ in range(1 + len(out) // 500):
            out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    elif way == 1:                                  # a header's bytes
        for _ in range(12):
            out[dice.randrange(min(2000, len(out)))] = dice.randrange(256)
    elif way == 2:
        del out[dice.randrange(1, len(out)):]
    elif way == 3:                                  # a hole
        at = dice.randrange(len(out))
        del out[at:at + dice.randrange(1, 4000)]
    elif way == 4:                                  # a piece twice
        at = dice.randrange(len(out))
        out[at:at] = out[at:at + dice.randrange(1, 4000)]
    else:                                           # largest numbers where sizes are
        for _ in range(6):
            at = dice.randrange(len(out) - 4)
            out[at:at + 4] = b"\xff\xff\xff\xff"
    return bytes(out)


def test_fuzzed_films_are_added_or_skipped_and_nothing_else(shelf, clips):
    dice = random.Random(20240317)
    for i in range(30):
        kind = ("mp4", "mkv")[i % 2]
        shelf.put(f"Fuzzed {i:02} (2011).{kind}", mutate(clips[kind].read_bytes(), dice))
    shelf.put("Whole (2012).mp4")
    report = add(shelf)
    assert report.code == 0 and report.errors == ""
    assert len(report.files) == 31 and report.result("Whole (2012).mp4") == "added"
    for name, file in report.files.items():
        # a child that dies on broken bytes is survived, and is a bug all the same
        assert file["result"] == "added" or file["reason"] in ("unparseable", "no-video"), file
    before = snapshot(shelf)
    assert add(shelf).summary["bytes_read"] == 0 and snapshot(shelf) == before


# ---- the child ----

def fake_child(site, cases, always=":"):
    """A media child that misbehaves for files of some sizes, and is the real one for others; it knows a film only by its size."""
    path = site.folder / "sv-media-fake"
    arms = "\n".join(f"{size}) {action};;" for size, action in cases.items())
    path.write_text(f'#!/bin/sh\ncase "$2" in\n{arms}\n*) ;;\nesac\n{always}\nexec {BUILD}/sv-media "$@"\n')
    path.chmod(0o755)
    site.settings["SV_MEDIA_PROGRAM"] = str(path)
    return path


def test_a_child_that_fails_marks_that_file_only(shelf, clips):
    real = clips["mp4"].read_bytes()
    ways = {
        "Crash (2020).mp4": ("crashed", "kill -SEGV $$"),
        "Killed (2020).mp4": ("crashed", "kill -KILL $$"),
        "Exit (2020).mp4": ("crashed", "echo 'the sky fell' >&2; exit 7"),
        "Silent (2020).mp4": ("crashed", "exit 0"),
        "Hang (2020).mp4": ("timed-out", "exec sleep 1000"),
        "Nonsense (2020).mp4": ("crashed", "head -c 70000 /dev/zero >&3; exec sleep 1000"),
        "Words (2020).mp4": ("crashed", "echo 'HTTP/1.1 200 OK' >&3; exec sleep 1000"),
        "Hang up (2020).mp4": ("crashed", "exec 3>&-; exec sleep 1000"),
    }
    for i, name in enumerate(ways):
        shelf.put(name, real + (8 + i).to_bytes(4, "big") + b"free" + bytes(i))
    fake_child(shelf, {(shelf.films / name).stat().st_size: action for name, (_, action) in ways.items()})
    shelf.settings["SV_MEDIA_TIME"] = "2"
    shelf.put("Good (2021).mp4")
    report = add(shelf)
    assert report.code == 0 and report.errors == ""
    assert {n: report.reason(n) for n in report.files} == {**{n: reason for n, (reason, _) in ways.items()}, "Good (2021).mp4": None}
    assert "too long" in report.files["Hang (2020).mp4"]["why"]
    assert "the sky fell" in report.files["Exit (2020).mp4"]["why"]
    assert "signal 11" in report.files["Crash (2020).mp4"]["why"]
    # remembered: the child is not asked again, until somebody mends it and says so
    again = add(shelf)
    assert again.summary["skipped"] == len(ways) and again.summary["took_ms"] < 1500
    del shelf.settings["SV_MEDIA_PROGRAM"]
    assert Report(shelf.command("library", "add", "--json", "--retry", shelf.films)).summary["added"] == len(ways)


def test_a_child_that_dies_on_the_picture_costs_the_picture_only(shelf):
    shelf.put("Good (2022).mp4")
    size = (shelf.films / "Good (2022).mp4").stat().st_size
    fake_child(shelf, {size: 'test "$1" = poster && kill -SEGV $$'})
    assert add(shelf).result("Good (2022).mp4") == "added"
    assert not list((shelf.state / "posters").glob("*"))


def test_a_missing_child_stops_the_work_with_one_line(shelf):
    shelf.put("Good (2022).mp4")
    shelf.settings["SV_MEDIA_PROGRAM"] = "/nowhere/sv-media"
    one_line(shelf.command("library", "add", shelf.films, check=False), "/nowhere/sv-media", "SV_MEDIA_PROGRAM")
    del shelf.settings["SV_MEDIA_PROGRAM"]
    assert add(shelf).result("Good (2022).mp4") == "added"


# ---- names and folders ----

def test_hostile_names_are_taken_or_named(shelf):
    good = ["line\nbreak (2001).mp4", "quo\"te's (2002).mp4", "-rf (2003).mp4", "--retry.mp4", "..mp4", "...mp4", "a\\b (2004).mp4", "%s%n (2005).mp4",
            "x" * 246 + ".mp4", "ü" * 123 + ".mp4", "\x1b[31mred (2006).mp4", "\u202egnp (2007).mp4", "<b>&amp; (2008).mp4", ".mp4x.mp4", "'; DROP TABLE file; --.mp4",
            " .mp4", "{{title}} (2009).mp4"]
    for i, name in enumerate(good):
        # different bytes: the same ones would be one film
        shelf.put(name, (shelf.folder / "films" / good[0]).read_bytes()[:-1] + bytes([i]) if i else "mp4")
    shelf.put(b"bad \xff\xfe name (2010).mp4")
    fake_child(shelf, {}, always='test "$1" = poster && exit 9')   # pictures take time and say nothing here
    report = add(shelf)
    shown = [n for n in good if not n.startswith(".")]
    assert report.errors == "" and {n for n in report.files if report.result(n) == "added"} == set(shown)
    bad = [n for n in report.files if report.reason(n) == "bad-name"]
    assert len(bad) == 1 and "name" in bad[0] and "UTF-8" in report.files[bad[0]]["why"]
    assert {pathlib.PurePath(f["path"]).name for f in shelf.library()} == set(shown)
    assert add(shelf).summary["unchanged"] == len(shown)
    # for people: one line a file, and nothing that plays with the terminal
    done = shelf.command("library", "add", "--all", shelf.films)
    assert len(done.stdout.splitlines()) == len(report.files) + 1
    assert not [c for c in done.stdout + shelf.command("library", "list").stdout if c != "\n" and not (c.isprintable() or c == "\u00ad")]


def test_a_leading_dash_is_a_path_after_two_dashes(shelf):
    shelf.put("-x (2001).mp4")
    done = subprocess.run([PROGRAM, "library", "add", "-x (2001).mp4"], cwd=shelf.films, env=shelf.environment(), capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    done = subprocess.run([PROGRAM, "library", "add", "--", "-x (2001).mp4"], cwd=shelf.films, env=shelf.environment(), capture_output=True, text=True)
    assert done.returncode == 0 and "added" in done.stdout, done.stdout + done.stderr
    # the way there does not matter: it is the same file
    done = shelf.command("library", "add", "--json", "films/../films/./-x (2001).mp4")
    assert Report(done).summary["unchanged"] == 1


def test_links_that_loop_and_links_to_nothing(shelf):
    inner = shelf.films / "a" / "b"
    inner.mkdir(parents=True)
    shelf.put("a/b/One (2001).mp4")
    (inner / "up").symlink_to(shelf.films)
    (inner / "self").symlink_to("self")
    (shelf.films / "x").symlink_to("y")
    (shelf.films / "y").symlink_to("x")
    (shelf.films / "nothing.mp4").symlink_to("/nowhere/film.mp4")
    (shelf.films / "Twin (2002).mp4").symlink_to(inner / "One (2001).mp4")
    os.mkfifo(shelf.films / "pipe.mp4")
    report = add(shelf)
    assert report.summary["added"] == 1 and report.result("One (2001).mp4") == "added"
    assert report.reason("Twin (2002).mp4") == "same-file"
    loops = [f for f in report.files.values() if f["result"] == "skipped" and f["reason"] == "unreadable"]
    assert all("symbolic links" in f["why"] for f in loops), loops
    before = snapshot(shelf)
    add(shelf)
    assert snapshot(shelf) == before


@ROOT_ONLY
def test_what_the_account_may_not_read_is_named(shelf):
    shelf.put("Open (2001).mp4")
    shelf.put("Closed (2002).mp4")
    (shelf.films / "Closed (2002).mp4").chmod(0)
    (shelf.films / "dark").mkdir()
    shelf.put("dark/Hidden (2003).mp4")
    (shelf.films / "dark").chmod(0o700)
    report = add(shelf)
    assert report.code == 1, "trouble outside the files is told by the exit status"
    assert report.result("Open (2001).mp4") == "added"
    for name in ("Closed (2002).mp4", "dark"):
        assert report.reason(name) == "unreadable" and "Permission denied" in report.files[name]["why"]
    (shelf.films / "Closed (2002).mp4").chmod(0o644)
    (shelf.films / "dark").chmod(0o755)
    report = add(shelf)
    assert report.code == 0 and report.summary["added"] == 2 and report.summary["unchanged"] == 1


def test_a_path_that_is_not_there(shelf):
    shelf.put("Good (2001).mp4")
    done = shelf.command("library", "add", shelf.films, shelf.folder / "no such folder", check=False)
    assert done.returncode == 1 and "added" in done.stdout
    named = [line for line in done.stdout.splitlines() if "no such folder" in line]
    assert len(named) == 1 and "No such file" in named[0]
