# SPDX-License-Identifier: Apache-2.0
"""The site as an operator meets it: start, status, death of each role, bad settings, stop."""
import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest
from conftest import CEILING_S, PROGRAM, wait_for
from http_plain import fetch


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return state != "Z"


def test_starts_answers_and_leaves_nothing(own_site):
    site = own_site().start()
    assert fetch(site.url + "/").status == 200
    roles = site.roles()
    assert {"gateway", "manager", "engine", "redis"} <= set(roles)
    assert all(role["state"] == "running" and role["resident_bytes"] > 0 for role in roles.values())
    run = site.run_folder()
    pids = [role["pid"] for role in roles.values()]
    pids += [int(p) for pid in pids for p in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]
    assert site.stop() == 0
    assert not [pid for pid in pids if alive(pid)], "a process outlived the site"
    assert not run.exists(), "the run folder was left behind"
    assert not (site.state / "run-folder").exists()


@pytest.mark.parametrize("role", ["redis", "gateway", "manager", "engine"])
def test_a_killed_role_comes_back(own_site, role, films):
    site = own_site().start()
    site.add(films["mib"])
    file = site.library()[0]
    before = site.roles()[role]
    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: site.roles()[role]["restarts"] > before["restarts"] and site.roles()[role]["state"] == "running", f"{role} is started again")

    def good():
        try:
            return fetch(f"{site.url}/w/{file['file']}").status == 200 and \
                fetch(site.link(file["file"], "--tier", "member")).body == films["mib"].read_bytes()
        except OSError:
            return False

    wait_for(good, "pages and bytes work again by themselves", timeout_s=CEILING_S * 2)
    lines = [line for line in site.log.read_text().splitlines() if "event=role_exited" in line and f"name={role} " in line]
    assert len(lines) == 1, lines


def test_everything_dies_with_the_supervisor(own_site):
    site = own_site().start()
    pids = [role["pid"] for role in site.roles().values()]
    site.process.kill()
    site.process.wait()
    wait_for(lambda: not [pid for pid in pids if alive(pid)], "the roles end when the supervisor is killed")
    # and the next start cleans up what was left
    site.process = None
    old = site.run_folder()
    site.lines.clear()
    site.start()
    assert not old.exists()
    assert fetch(site.url + "/").status == 200


def test_second_site_on_one_state_is_refused(own_site):
    site = own_site().start()
    done = site.command("up", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "another StreamVault runs" in done.stderr


def test_port_in_use_is_one_clear_line(own_site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = own_site(SV_LISTEN=f"127.0.0.1:{taken.getsockname()[1]}")
        site.folder.mkdir(parents=True)
        done = site.command("up", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "in use by another program" in done.stderr and "SV_LISTEN" in done.stderr


@pytest.mark.parametrize("name,value,word", [
    ("SV_SLICE_SIZE", "1x", "size"), ("SV_SLICE_SIZE", "64k", "range"), ("SV_LISTEN", "nowhere", "127.0.0.1:8080"),
    ("SV_LINK_TTL", "soon", "time"), ("SV_NO_SUCH", "1", "not a setting"), ("SV_TRUSTED_PROXIES", "300.1.1.1/8", "SV_TRUSTED_PROXIES"),
    ("SV_TLS_LISTEN", "127.0.0.1:0", "SV_TLS_CERT"), ("SV_LINK_SECRET", "short", "SV_LINK_SECRET"),
])
def test_bad_setting_is_one_clear_line(own_site, name, value, word):
    site = own_site(**{name: value})
    site.folder.mkdir(parents=True)
    done = site.command("up", check=False)
    assert done.returncode in (1, 2), done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("streamvault")]
    assert len(errors) == 1 and word in errors[0], done.stderr


def test_unusable_state_folder_is_named(own_site):
    site = own_site()
    site.folder.mkdir(parents=True)
    (site.folder / "state").write_text("a file where a folder should be")
    done = site.command("up", check=False)
    assert done.returncode == 1
    assert str(site.state) in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_root_runs_roles_as_the_account_of_sv_user(own_site):
    site = own_site().start()
    for role in site.roles().values():
        owner = pathlib.Path(f"/proc/{role['pid']}").stat().st_uid
        assert owner != 0, f"{role['role']} runs as root"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
@pytest.mark.parametrize("trap", ["lock", "run-folder", "run-folder.new", "secrets/link.new", "redis/redis.conf"])
def test_root_follows_no_link_of_the_account(own_site, work, trap):
    site = own_site().start()
    account = site.state.stat()
    assert account.st_uid != 0
    site.stop()
    victim = work / f"victim-{trap.replace('/', '-')}"
    victim.write_text("root's own\n")
    victim.chmod(0o600)
    (site.state / trap).unlink(missing_ok=True)
    (site.state / trap).symlink_to(victim)
    site.lines.clear()
    process = subprocess.Popen([PROGRAM, "up"], cwd=site.folder, env=site.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        process.stdout.readline()
    finally:
        process.terminate()
        process.wait(timeout=CEILING_S)
    after = victim.stat()
    assert (after.st_uid, after.st_mode & 0o777, victim.read_text()) == (0, 0o600, "root's own\n")


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_root_empties_no_folder_that_the_account_names(own_site, work):
    site = own_site().start()
    site.stop()
    precious = work / "precious"
    precious.mkdir()
    (precious / "file").write_text("stays")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(precious / "a.sock"))
    (work / "sv-trap99").mkdir()
    for named in (f"{work}/sv-trap99/../precious", str(precious)):
        (site.state / "run-folder").write_text(named + "\n\n")
        site.lines.clear()
        site.start()
        site.stop()
        assert sorted(p.name for p in precious.iterdir()) == ["a.sock", "file"]


def test_a_named_run_folder_keeps_what_is_not_ours(own_site, work):
    folder = work / "runs"
    folder.mkdir()
    folder.chmod(0o777)
    site = own_site(SV_RUN_FOLDER=folder)
    site.folder.mkdir(parents=True)
    done = site.command("up", check=False)
    assert done.returncode == 1 and "SV_RUN_FOLDER" in done.stderr and done.stderr.count("\n") == 1
    folder.rmdir()
    site.start()
    (folder / "note").write_text("mine")
    site.stop()
    assert [p.name for p in folder.iterdir()] == ["note"]


def test_a_signal_during_the_start_leaves_nothing(own_site, work):
    runs = work / "early"
    runs.mkdir()
    runs.chmod(0o1777)
    for delay_ms in (0, 5, 20, 60, 150, None):
        site = own_site(SV_RUN_FOLDER=runs / "r")
        site.start(ready=False)
        if delay_ms is None:
            wait_for(lambda: "event=role_started" in site.tail(), "the first role is started")
        else:
            try:
                site.process.wait(timeout=delay_ms / 1000)
            except subprocess.TimeoutExpired:
                pass
        code = site.stop()
        # before its first steps nothing listens to signals yet, and nothing was made
        assert code in (0, -signal.SIGTERM), site.tail()
        assert code == 0 or not site.tail() and delay_ms is not None
        assert not list(runs.iterdir()), f"after {delay_ms} ms"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to hide a folder")
def test_hidden_film_folder_is_named(own_site, work, films):
    site = own_site().start()
    hidden = work / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "film.mp4").write_bytes(films["mib"].read_bytes())
    hidden.chmod(0o700)
    try:
        done = site.command("library", "add", hidden / "film.mp4", check=False)
    finally:
        hidden.chmod(0o755)
    assert done.returncode != 0
    assert str(hidden) in done.stderr + done.stdout


def test_sigint_ends_it_too(own_site):
    site = own_site().start()
    assert site.stop(signal.SIGINT) == 0


def test_secrets_are_in_no_environment_and_no_command_line(own_site):
    site = own_site(SV_LINK_SECRET="correct horse battery staple").start()
    for role in site.roles().values():
        proc = pathlib.Path(f"/proc/{role['pid']}")
        assert b"battery" not in (proc / "environ").read_bytes()
        assert b"battery" not in (proc / "cmdline").read_bytes()
    for path in site.state.rglob("*"):
        if path.is_file() and path.stat().st_size < 1 << 20 and b"battery" in path.read_bytes():
            assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"


def test_drain_lets_a_download_finish(own_site, films):
    site = own_site().start()
    site.add(films["front"])
    url = site.link(site.library()[0]["file"], "--tier", "member")
    curl = subprocess.Popen(["curl", "-s", "--limit-rate", "3M", url], stdout=subprocess.PIPE)
    first = curl.stdout.read(65536)
    site.process.send_signal(signal.SIGTERM)
    body = first + curl.stdout.read()
    assert curl.wait() == 0
    assert body == films["front"].read_bytes()
    assert site.process.wait(timeout=CEILING_S) == 0


def test_help_and_wrong_usage():
    def run(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SV_")}
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=CEILING_S, env=environment)

    assert "usage" in run("--help").stdout
    assert run("--help").returncode == 0
    for arguments in (["nonsense"], ["up", "--nonsense", "1"], ["link"], ["library"], ["up", "--listen"]):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("streamvault: ") or arguments == [], (arguments, done.stderr)
        assert done.stderr.count("\n") == 1, (arguments, done.stderr)
    assert "SV_LISTEN" in run("config", "--help").stdout
    assert run("up", "-n", "--slice-size", "1m").returncode == 0
    assert run("up", "-n", "--slice-size", "1q").returncode == 2
    secret = run("up", "-n", "--link-secret", "correct horse battery")
    assert secret.returncode == 2 and "secret" in secret.stderr and "battery" not in secret.stderr


def test_doctor_names_a_taken_port(own_site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        site = own_site(SV_LISTEN=f"127.0.0.1:{port}")
        site.folder.mkdir(parents=True)
        done = site.command("doctor", check=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stdout and "do:" in done.stdout


def test_json_of_commands_is_json(own_site):
    site = own_site(SV_PUBLIC_URL='http://films.example', SV_CACHE_DIR='/tmp/a "quoted"\\ folder')
    site.folder.mkdir(parents=True)
    config = json.loads(site.command("config", "--json").stdout)
    assert config["SV_CACHE_DIR"] == '/tmp/a "quoted"\\ folder'
    assert config["SV_LINK_SECRET"] == "(empty)"
    findings = json.loads(site.command("doctor", "--json", check=False).stdout)
    assert {"check", "state", "finding", "do"} == set(findings[0])


@pytest.mark.plain_only
def test_sample_films_end_with_the_site_and_go_on_with_the_next(own_site):
    site = own_site()
    half = site.state / "demo-films" / "making.mp4"
    site.start("--demo")
    wait_for(half.exists, "the first film is being made")
    pid = site.roles()["demo-films"]["pid"]
    assert site.stop() == 0
    assert not alive(pid) and not half.exists()
    assert not list(half.parent.rglob("*.mp4")), "a film that is not whole has the name of one that is"
    # what a killed run left is replaced
    half.write_bytes(b"half a film")
    site.lines.clear()
    site.start("--demo")
    wait_for(lambda: site.library(), "the first film is in the library", timeout_s=CEILING_S * 2)
    assert site.stop() == 0
    assert not half.exists()
