# SPDX-License-Identifier: Apache-2.0
"""make bench: rows `name ours reference ratio (goal)`, ours and reference measured in the same run, interleaved, medians."""
import concurrent.futures
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from conftest import BUILD, Site, free_port, make_film, pad_film, wait_for  # noqa: E402
from http_plain import Client, fetch, target_of  # noqa: E402

MIB = 1 << 20
GIB = 1 << 30
FILM_MIB = int(os.environ.get("SV_BENCH_MIB", "256"))
ROUNDS = int(os.environ.get("SV_BENCH_ROUNDS", "3"))
TICK = os.sysconf("SC_CLK_TCK")


def row(name, ours, reference, goal="", unit=""):
    ratio = ours / reference if reference else float("nan")
    print(f"{name:<34} {ours:>14.3f} {reference:>14.3f} {ratio:>8.3f}  {unit:<16} {goal}", flush=True)


def cpu_s(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def children(pid):
    out = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(p) for p in out] + [c for p in out for c in children(int(p))]


def rss(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1]) * 1024


class PlainNginx:
    """Debian's nginx without our module: a static file server, or slices in front of one."""

    def __init__(self, folder, body):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        for name in ("temp", "cache"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        user = "user root;" if os.getuid() == 0 else ""
        temp = "".join(f"{kind}_temp_path {self.folder}/temp/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""{user} daemon off; worker_processes 2; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{ worker_connections 4096; }}
http {{ {temp} access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
proxy_cache_path {self.folder}/cache levels=1:2 keys_zone=z:16m max_size=20g inactive=1h use_temp_path=off;
server {{ listen 127.0.0.1:{self.port}; {body} }} }}""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        wait_for(self.answers, "plain nginx")

    def answers(self):
        try:
            return fetch(f"http://127.0.0.1:{self.port}/constant") is not None
        except OSError:
            return False

    def pids(self):
        return [self.process.pid, *children(self.process.pid)]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pull(url, size):
    """One whole body with curl to nowhere; seconds."""
    start = time.monotonic()
    done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{size_download}", url], capture_output=True, text=True)
    assert done.stdout == str(size), (url, done.stdout, done.stderr)
    return time.monotonic() - start


def measure(url, size, pids):
    before = cpu_s(pids)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        start = time.monotonic()
        list(pool.map(lambda _: pull(url, size), range(4)))
        seconds = time.monotonic() - start
    return 4 * size / seconds / 1e6, (cpu_s(pids) - before) / (4 * size / GIB)


def wrk(url, seconds=3):
    out = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", url], capture_output=True, text=True).stdout
    assert "Non-2xx" not in out, out
    return float(next(line for line in out.splitlines() if line.startswith("Requests/sec")).split()[1])


def medians(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


def metric(site, shard, name):
    with Client(site.run_folder() / f"engine-{shard}.sock") as client:
        text = client.request("GET", "/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def leaving(site, file):
    """From the moment a viewer hangs up to the last byte read from the source on its behalf; all shards share the counters."""
    for name, goal, ask in (
            ("leave_direct", "<= 1 (200 ms)", lambda: (site.run_folder() / "engine-0.sock", f"/stream/{file['file']}?v={file['version']}")),
            ("leave_gateway", "<= 1 (200 ms)", lambda: (("127.0.0.1", site.port), target_of(site.link(file["file"], "--tier", "guest"))))):
        times = []
        for number in range(7):
            address, target = ask()
            with Client(address) as client:
                # a part of the film that is in no cache: another one each time
                client.send("GET", target, {"Range": f"bytes={number * 24 * MIB}-"})
                client.head()
                while len(client.buffer) < 2 * MIB:
                    client.fill()
            start = time.monotonic()
            last, bytes_read, quiet_since = start, metric(site, 0, "sv_source_bytes_total"), start
            while time.monotonic() - quiet_since < 0.3:
                now = metric(site, 0, "sv_source_bytes_total")
                if now != bytes_read:
                    bytes_read, last, quiet_since = now, time.monotonic(), time.monotonic()
            times.append((last - start) * 1e3)
        row(name, statistics.median(times), 200.0, goal, "ms")


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="svb-", dir="/tmp"))
    work.chmod(0o755)
    processes = []
    try:
        small = make_film(work / "small.mp4", seconds=2, size="64x36", rate_k=40, clock=False)
        film = work / "films" / "Bench (2020).mp4"
        film.parent.mkdir()
        shutil.copy(small, film)
        pad_film(film, FILM_MIB * MIB)
        size = film.stat().st_size
        site = Site(work / "site", SV_GUEST_RATE="900m").start()
        processes.append(site)
        site.add(film)
        file = site.library()[0]
        roles = site.roles()
        idle = {name: rss(role["pid"]) + sum(rss(p) for p in children(role["pid"])) for name, role in roles.items()}
        nginx = children(roles["gateway"]["pid"])
        static = PlainNginx(work / "static", f"root {film.parent}; location = /constant {{ return 200 'ok\\n'; }}")
        processes.append(static)
        sliced = PlainNginx(work / "sliced", sliced_body(static.port))
        processes.append(sliced)
        plain_path = "/" + film.name.replace(" ", "%20")
        print(f"{'name':<34} {'ours':>14} {'reference':>14} {'ratio':>8}  {'unit':<16} goal", flush=True)

        # cold: a fresh version of the link is the same cache key, so the cache is emptied by purging before each round
        cold = []
        for _ in range(ROUNDS):
            ours_url = site.link(file["file"], "--tier", "member")
            with Client(site.run_folder() / "gateway.sock") as client:
                client.request("POST", f"/purge/{file['file']}/{file['version']}?size={size}", {"Content-Length": "0"})
            os.kill(roles["engine"]["pid"], 9)   # its memory tier must be cold too
            wait_for(lambda: fetch_ok(ours_url), "the engine is back", every_s=0.2)
            with Client(site.run_folder() / "gateway.sock") as client:
                client.request("POST", f"/purge/{file['file']}/{file['version']}?size={size}", {"Content-Length": "0"})
            roles = site.roles()
            pids = [*nginx, roles["engine"]["pid"]]
            before = cpu_s(pids)
            ours_s = pull(ours_url, size)
            ours = (cpu_s(pids) - before) / (size / GIB)
            shutil.rmtree(work / "sliced" / "cache")
            (work / "sliced" / "cache").mkdir()
            sliced.stop()
            sliced = processes[-1] = PlainNginx(work / "sliced", sliced_body(static.port))
            pids = [*sliced.pids(), *static.pids()]
            before = cpu_s(pids)
            reference_s = pull(f"http://127.0.0.1:{sliced.port}{plain_path}", size)
            cold.append((ours, (cpu_s(pids) - before) / (size / GIB), size / ours_s / 1e6, size / reference_s / 1e6))
        ours, reference, ours_rate, reference_rate = medians(cold)
        row("cold_cpu", ours, reference, "", "CPU s/GiB")
        row("cold_throughput", ours_rate, reference_rate, "", "MB/s")

        ours_url = site.link(file["file"], "--tier", "member")
        rounds = []
        for _ in range(ROUNDS):
            ours = measure(ours_url, size, nginx)
            reference = measure(f"http://127.0.0.1:{sliced.port}{plain_path}", size, sliced.pids())
            flat = measure(f"http://127.0.0.1:{static.port}{plain_path}", size, static.pids())
            rounds.append((*ours, *reference, *flat))
        rate, cpu, sliced_rate, sliced_cpu, _, flat_cpu = medians(rounds)
        row("cached_throughput", rate, sliced_rate, ">= 0.95", "MB/s")
        row("cached_cpu_vs_slices", cpu, sliced_cpu, "", "CPU s/GiB")
        row("cached_cpu_vs_plain_file", cpu, flat_cpu, "<= 1.3", "CPU s/GiB")

        api = [(wrk(f"{site.url}/healthz"), wrk(f"http://127.0.0.1:{static.port}/constant")) for _ in range(ROUNDS)]
        row("small_replies", *medians(api), "", "replies/s")

        leaving(site, file)

        for number in range(60):
            copy = film.parent / f"Title {number:02d} ({1960 + number}).mp4"
            shutil.copy(small, copy)
            pad_film(copy, small.stat().st_size + 100 + number)
        site.add(film.parent)
        times = []
        with Client(site.run_folder() / "manager.sock") as client:
            for _ in range(400):
                start = time.perf_counter()
                answer = client.request("GET", "/movies")
                times.append((time.perf_counter() - start) * 1e3)
                assert answer.status == 200
        times.sort()
        row("page_60_titles_p50", times[200], 3.0, "<= 1 (3 ms)", "ms")
        row("page_60_titles_p99", times[395], 15.0, "<= 1 (15 ms)", "ms")

        links = work / "links"
        links.write_text("".join(f"{site.sign(file)} {file['path']}\n" for _ in range(200)))
        viewers = subprocess.Popen([BUILD / "tests/bench/sv-viewers", "--port", str(site.port), "--links", str(links), "--viewers", "200", "--seconds", "8"],
                                   stdout=subprocess.PIPE, text=True)
        time.sleep(5)
        busy = {name: rss(role["pid"]) + sum(rss(p) for p in children(role["pid"])) for name, role in site.roles().items()}
        out = viewers.communicate()[0]
        print("# " + out.strip().replace("\n", "\n# "))
        for name in idle:
            row(f"memory_{name}_200_viewers_vs_idle", busy[name] / MIB, idle[name] / MIB, "", "MiB")
        row("memory_all_idle", sum(idle.values()) / MIB, 64, "", "MiB vs 64")
    finally:
        for process in reversed(processes):
            process.stop()
        shutil.rmtree(work, ignore_errors=True)


def sliced_body(port):
    return (f"location = /constant {{ return 200 'ok\\n'; }} location / {{ slice 1m; proxy_cache z; proxy_cache_key $uri$slice_range;"
            f" proxy_set_header Range $slice_range; proxy_http_version 1.1; proxy_cache_valid 206 1h; proxy_pass http://127.0.0.1:{port}; }}")


def fetch_ok(url):
    try:
        return fetch(url, headers={"Range": "bytes=0-0"}).status == 206
    except OSError:
        return False


if __name__ == "__main__":
    main()
