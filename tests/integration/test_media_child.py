# SPDX-License-Identifier: Apache-2.0
"""sv-media on real films, on broken ones, and its sandbox tried from inside.  The parent is media-parent, which prints a job as JSON."""

import json
import os
import pathlib
import random
import struct
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("SV_BUILD", "build")).resolve()
PARENT = BUILD / "tests" / "integration" / "media-parent"
JAIL = BUILD / "tests" / "integration" / "media-jail"
CHILD = BUILD / "sv-media"
SANITIZED = os.environ.get("SV_SANITIZED") == "1"
LANDLOCK, SECCOMP, MEMORY, LIMITS = 1, 2, 4, 8

CHAPTERS = """;FFMETADATA1
title=Ein Film über Züge
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4000
title=Beginning
[CHAPTER]
TIMEBASE=1/1000
START=4000
END=10000
title=Énd
"""


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-y", "-nostdin", "-loglevel", "error", *map(str, arguments)], check=True, timeout=60)


def job(kind, path, *options, program=CHILD):
    run = subprocess.run([PARENT, program, kind, path, *options], capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    (folder / "chapters.txt").write_text(CHAPTERS)
    (folder / "words.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n")
    picture = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=10"]
    tone = ["-f", "lavfi", "-i", "sine=d=10"]
    ffmpeg(*picture, *tone, "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac",
           "-ac", "2", "-metadata:s:a", "language=eng", folder / "end.mp4")
    ffmpeg("-i", folder / "end.mp4", "-c", "copy", "-movflags", "+faststart", folder / "front.mp4")
    ffmpeg("-i", folder / "end.mp4", *tone, "-i", folder / "words.srt", "-i", folder / "chapters.txt", "-map", "0:v", "-map", "0:a", "-map", "1:a",
           "-map", "2", "-map_metadata", "3", "-map_chapters", "3", "-c:v", "copy", "-c:a:0", "copy", "-c:a:1", "ac3", "-c:s", "srt",
           "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", "-metadata:s:a:1", "title=Deutsch",
           "-metadata:s:s:0", "language=fre", "-disposition:s:0", "forced", folder / "many.mkv")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=1",
           "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", folder / "hevc.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=24:d=1", "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", folder / "av1.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libvpx-vp9", "-deadline", "realtime",
           "-c:a", "libopus", folder / "vp9.webm")
    ffmpeg("-f", "lavfi", "-i", "sine=d=5", folder / "sound.mp3")
    ffmpeg("-f", "lavfi", "-i", "sine=d=5", folder / "sound.flac")
    ffmpeg("-i", folder / "end.mp4", "-c", "copy", folder / "broadcast.ts")
    ffmpeg("-i", folder / "end.mp4", "-c:v", "mpeg4", "-c:a", "mp3", folder / "old.avi")
    return folder


def tracks(result, kind):
    return [track for track in result["info"]["tracks"] if track["kind"] == kind]


@pytest.mark.parametrize("name", ["end.mp4", "front.mp4"])
def test_mp4_wherever_its_index_is(clips, name):
    result = job("probe", clips / name)
    info = result["info"]
    assert (result["rc"], info["container"], info["playable"]) == ("SV_OK", "mov,mp4,m4a,3gp,3g2,mj2", "yes")
    assert abs(info["duration_ms"] - 10000) < 100 and info["bit_rate"] > 0 and not info["truncated"]
    video, audio = tracks(result, "video")[0], tracks(result, "audio")[0]
    assert (video["codec"], video["width"], video["height"], video["bit_depth"], video["pixel_format"]) == ("h264", 640, 360, 8, "yuv420p")
    assert video["codec_string"].startswith("avc1.") and len(video["codec_string"]) == 11
    assert video["rate_num"] == 25 * video["rate_den"]
    assert (audio["codec"], audio["codec_string"], audio["language"], audio["channels"]) == ("aac", "mp4a.40.2", "eng", 2)
    assert result["bytes_read"] < 300_000


def test_the_whole_sandbox_is_in_force(clips):
    result = job("probe", clips / "front.mp4")
    expected = LIMITS | LANDLOCK if SANITIZED else LIMITS | LANDLOCK | SECCOMP | MEMORY
    if result["landlock_abi"] == 0:
        expected &= ~LANDLOCK
    assert result["guards"] == expected


def test_matroska_with_tracks_languages_and_chapters(clips):
    result = job("probe", clips / "many.mkv")
    info = result["info"]
    assert (result["rc"], info["container"], info["playable"], info["is_webm"]) == ("SV_OK", "matroska,webm", "chromium", False)
    assert info["title"] == "Ein Film über Züge"
    assert [(t["codec"], t["language"], t["title"]) for t in tracks(result, "audio")] == [("aac", "eng", ""), ("ac3", "ger", "Deutsch")]
    assert [(t["codec"], t["language"], t["forced"]) for t in tracks(result, "subtitle")] == [("subrip", "fre", True)]
    assert [(c["start_ms"], c["end_ms"], c["title"]) for c in info["chapters"]] == [(0, 4000, "Beginning"), (4000, 10000, "Énd")]
    assert [t["index"] for t in info["tracks"]] == [0, 1, 2, 3]


@pytest.mark.parametrize("name, container, codec, string, playable", [
    ("hevc.mp4", "mov,", "hevc", "hvc1.2.4.L", "some"),
    ("av1.mp4", "mov,", "av1", "av01.0.", "some"),
    ("vp9.webm", "matroska,", "vp9", "vp09.00.1", "yes"),
    ("broadcast.ts", "mpegts", "h264", "avc1.", "no"),
    ("old.avi", "avi", "mpeg4", "", "no"),
    ("sound.mp3", "mp3", "mp3", "mp4a.6B", "yes"),
    ("sound.flac", "flac", "flac", "flac", "yes"),
])
def test_other_containers_and_codecs(clips, name, container, codec, string, playable):
    result = job("probe", clips / name)
    assert result["rc"] == "SV_OK"
    first = result["info"]["tracks"][0]
    assert result["info"]["container"].startswith(container)
    assert first["codec"] == codec and first["codec_string"].startswith(string)
    assert result["info"]["playable"] == playable


def test_limits_of_tracks_and_chapters_and_odd_text(clips, tmp_path):
    lines = [";FFMETADATA1"]
    for i in range(1100):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={i * 5}", f"END={i * 5 + 5}", f"title=Chapter {i}"]
    (tmp_path / "chapters.txt").write_bytes("\n".join(lines).encode() + b"\n")
    maps = [word for _ in range(300) for word in ("-map", "1")]
    ffmpeg("-i", clips / "end.mp4", "-i", clips / "words.srt", "-i", tmp_path / "chapters.txt", "-map", "0:v", *maps, "-map_chapters", "2",
           "-c", "copy", "-c:s", "srt", "-metadata", "title=" + "\u00fc" * 400, tmp_path / "much.mkv")
    film = (tmp_path / "much.mkv").read_bytes()
    (tmp_path / "much.mkv").write_bytes(film.replace(b"Chapter 3", b"Ch\xffpter\x013", 1))
    result = job("probe", tmp_path / "much.mkv")
    info = result["info"]
    assert result["rc"] == "SV_OK" and info["truncated"]
    assert len(info["tracks"]) == 256 and len(info["chapters"]) == 1024
    assert info["title"] == "\u00fc" * 127
    assert info["chapters"][3]["title"] == "Ch\ufffdpter 3"


SIZES = [("still", 640), ("still", 320), ("poster", 480), ("poster", 320), ("poster", 240), ("poster", 160)]


@pytest.mark.parametrize("name", ["end.mp4", "many.mkv", "hevc.mp4", "av1.mp4", "vp9.webm", "broadcast.ts", "old.avi"])
def test_pictures_of_every_kind_of_film(clips, tmp_path, name):
    result = job("poster", clips / name, f"out={tmp_path}")
    assert result["rc"] == "SV_OK", result["why"]
    assert [(i["kind"], i["width"]) for i in result["images"]] == SIZES
    for image in result["images"]:
        assert image["height"] == (image["width"] * 9 // 16 if image["kind"] == "still" else image["width"] * 3 // 2)
        assert image["mime"] == "image/webp" and 200 < image["length"] < 200_000
    for kind, width in SIZES:
        shape = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0", tmp_path / f"{kind}-{width}.webp"],
                               capture_output=True, check=True, text=True).stdout.strip()
        assert shape == f"webp,{width}"


def brightness(path):
    grey = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", path, "-vf", "scale=1:1:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                          capture_output=True, check=True).stdout
    return grey[0]


def test_a_dark_beginning_is_skipped(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=6", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=14", "-filter_complex",
           "[0][1]concat", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "5", tmp_path / "dark.mp4")
    result = job("poster", tmp_path / "dark.mp4", f"out={tmp_path}")
    assert result["rc"] == "SV_OK" and brightness(tmp_path / "still-320.webp") > 60


def test_a_film_of_nothing_but_black_still_gets_a_picture(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=3", "-c:v", "libx264", "-pix_fmt", "yuv420p", tmp_path / "black.mp4")
    assert len(job("poster", tmp_path / "black.mp4")["images"]) == len(SIZES)


def test_pixels_that_are_not_square(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=2", "-vf", "setsar=64/45", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
           tmp_path / "wide.mp4")
    result = job("poster", tmp_path / "wide.mp4")
    assert [(i["width"], i["height"]) for i in result["images"]][:2] == [(640, 360), (320, 180)]


def test_jpeg_where_webp_is_missing(clips, tmp_path):
    wrapper = tmp_path / "sv-media-jpeg"
    wrapper.write_text(f'#!/bin/sh\nexec "{CHILD}" "$1" "$2" jpeg\n')
    wrapper.chmod(0o755)
    result = job("poster", clips / "end.mp4", f"out={tmp_path}", program=wrapper)
    assert result["rc"] == "SV_OK"
    assert {i["mime"] for i in result["images"]} == {"image/jpeg"}
    assert brightness(tmp_path / "poster-320.jpg") > 60


def test_sound_alone_has_no_picture(clips):
    assert job("poster", clips / "sound.mp3")["rc"] == "SV_EUNSUPPORTED"


def test_reading_that_fails_is_the_readers_error(clips):
    assert job("probe", clips / "front.mp4", "fail=0")["rc"] == "SV_EIO"
    assert job("poster", clips / "end.mp4", "fail=32768")["rc"] == "SV_EIO"


def test_budget_and_time(clips):
    assert job("probe", clips / "front.mp4", "budget=1000")["rc"] == "SV_ETOOBIG"
    late = job("probe", clips / "front.mp4", "wall=1")
    assert (late["rc"], late["end"]) == ("SV_ETIMEOUT", "timeout")


# ---- bad input ----

def box(kind, body, size=None):
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


def bad_files(clips):
    mp4, mkv = (clips / "end.mp4").read_bytes(), (clips / "many.mkv").read_bytes()
    ftyp = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    ebml = mkv[:mkv.index(b"\x18\x53\x80\x67")]
    return {
        "empty": b"",
        "one-byte": b"\0",
        "text": b"This is not a film.\n" * 5000,
        "html": b"<!doctype html><html><body>" + b"<p>word</p>" * 3000,
        "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\nhttp://127.0.0.1:9/x.ts\n",
        "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>http://127.0.0.1:9/</BaseURL></Period></MPD>',
        "zeros": bytes(300_000),
        "noise": random.Random(3).randbytes(300_000),
        "mp4-without-index": mp4[:len(mp4) // 2],
        "mp4-head-only": mp4[:40],
        "mp4-giant-box": ftyp + struct.pack(">I4sQ", 1, b"moov", 2**63 - 1) + bytes(1000),
        "mp4-giant-table": ftyp + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsz", struct.pack(">III", 0, 0, 0xffffffff))))))),
        "mp4-deep": ftyp + b"".join(struct.pack(">I4s", 8 * (4000 - i), b"moov") for i in range(4000)),
        "mkv-giant-element": ebml + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xfe" + b"\x15\x49\xa9\x66\x08\xff\xff\xff\xff" + bytes(500),
        "mkv-giant-string": ebml + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x16\x54\xae\x6b\x01\x00\x00\x00\x7f\xff\xff\xff"
                            + b"\xae\x01\x00\x00\x00\x7f\xff\xff\x00\x53\x6e\x01\x00\x00\x00\x7f\xff\xf0\x00" + b"a" * 5000,
        "mkv-head-only": ebml,
        "mkv-index-only": mkv[:600],
    }


def test_bad_files_are_refused_one_by_one(clips, tmp_path):
    for name, content in bad_files(clips).items():
        path = tmp_path / f"{name}.mkv"
        path.write_bytes(content)
        for kind in ("probe", "poster"):
            result = job(kind, path)
            assert result["rc"] in ("SV_EUNSUPPORTED", "SV_ENOMEM") or name in ("mkv-index-only",), (name, kind, result)
            assert result["wall_ms"] < 10_000, name


def test_a_cut_matroska_file_still_tells_what_it_is(clips, tmp_path):
    film = (clips / "many.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(film[:len(film) // 2])
    result = job("probe", tmp_path / "cut.mkv")
    assert result["rc"] == "SV_OK" and len(result["info"]["tracks"]) == 4
    assert job("poster", tmp_path / "cut.mkv")["rc"] == "SV_OK"


@pytest.mark.parametrize("name", ["end.mp4", "many.mkv", "vp9.webm", "broadcast.ts", "old.avi"])
def test_mutated_films_never_take_the_parent_down(clips, tmp_path, name):
    film = (clips / name).read_bytes()
    path = tmp_path / name
    dice = random.Random(name)
    for round_number in range(4 if SANITIZED else 20):
        copy = bytearray(film)
        # the head and the tail are where the structure is
        for _ in range(dice.randrange(1, 40)):
            place = dice.choice([dice.randrange(min(4000, len(copy))), len(copy) - 1 - dice.randrange(min(60_000, len(copy))), dice.randrange(len(copy))])
            copy[place] = dice.choice([0, 0xff, 0x7f, 0x80, dice.randrange(256)])
        if dice.random() < 0.3:
            del copy[dice.randrange(len(copy)):]
        path.write_bytes(copy)
        result = job("probe" if round_number % 2 == 0 else "poster", path)
        assert result["rc"] in ("SV_OK", "SV_EUNSUPPORTED", "SV_ENOMEM", "SV_ECRASH", "SV_ETIMEOUT", "SV_ETOOBIG"), result
        assert result["signal"] != 31, "a forbidden system call on the way: " + result["why"]


# ---- the sandbox, tried from inside; the size of the file is the number of the act ----

def jail(tmp_path, act):
    path = tmp_path / "act"
    path.write_bytes(bytes(act))
    return job("probe", path, program=JAIL)


def test_opening_a_file_is_refused(tmp_path):
    # EACCES by seccomp; without it there is still no room for a descriptor (EMFILE)
    assert jail(tmp_path, 1)["why"] == ("open: errno 24" if SANITIZED else "open: errno 13")


def test_no_descriptor_but_the_socket_and_stderr(tmp_path):
    assert jail(tmp_path, 7)["why"] == "descriptor 0, 1, 4: open 0"


def test_processor_time_ends(tmp_path):
    result = jail(tmp_path, 8)
    assert (result["rc"], result["end"]) == ("SV_ETIMEOUT", "timeout")


if SANITIZED:

    def test_landlock_alone_refuses(tmp_path):
        result = jail(tmp_path, 10)
        assert result["why"] == "mkdir: errno 13" or result["landlock_abi"] == 0

else:

    @pytest.mark.parametrize("act, what", [(2, "socket"), (3, "fork"), (5, "executable memory"), (6, "execve"), (9, "kill")])
    def test_forbidden_calls_kill(tmp_path, act, what):
        result = jail(tmp_path, act)
        assert (result["rc"], result["end"], result["signal"]) == ("SV_ECRASH", "signal", 31), what
        assert "forbidden system call" in result["why"]

    def test_memory_has_a_ceiling(tmp_path):
        assert jail(tmp_path, 4)["why"] == "600 MB malloc: 0"
