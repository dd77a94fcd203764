# SPDX-License-Identifier: Apache-2.0
"""Runs the gateway role (the program gateway-main) with the real nginx, and stands in for engine and manager behind it.

SV_BUILD names the build folder (default: build at the top of the tree)."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "tests" / "integration" / "gateway-main"
MODULE = BUILD / "ngx_http_streamvault_module.so"
SECRET = "a-secret-for-the-tests"
FILE, PLAY = "AbCdEfGhIj_-", "play-0000001"
MIB = 1024 * 1024
TITLE = "A%20film%20%E2%80%93%20%22one%22.mp4"


def wait_for(condition, what, seconds=15.0):
    """Poll an outside condition that announces nothing by itself."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"timed out: {what}")


def link(file=FILE, client="4:127.0.0.1", tier="member", play=PLAY, v="1", expires=None, secret=SECRET, folder="stream"):
    expires = int(time.time()) + 3600 if expires is None else expires
    text = f"{expires}|{file}|{client}|{tier}|{play}|{v}|{secret}"
    md5 = base64.urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")
    return f"/{folder}/{file}?expires={expires}&tier={tier}&play={play}&v={v}&md5={md5}"


class StandIn:
    """An HTTP/1.1 server on a unix socket; `answer(method, target, headers)` gives (status line, [(name, value)], body), or None to close.
    The body may be shorter than its Content-Length: the connection is then closed."""

    def __init__(self, path, answer):
        self.requests, self.lock = [], threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    while outer._one(self, answer):
                        pass
                except OSError:
                    pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(str(path), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _one(self, handler, answer):
        line = handler.rfile.readline().decode("latin-1")
        if not line:
            return False
        headers = {}
        for field in iter(handler.rfile.readline, b"\r\n"):
            if not field:
                return False
            name, _, value = field.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        method, target, _ = line.split(" ", 2)
        handler.rfile.read(int(headers.get("content-length", 0)))
        with self.lock:
            self.requests.append((method, target, headers))
        got = answer(method, target, headers)
        if got is None:
            return False
        status, fields, body = got
        head = f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields) + "\r\n"
        handler.wfile.write(head.encode("latin-1") + (b"" if method == "HEAD" else body))
        length = int(dict(fields).get("Content-Length", len(body)))
        return method == "HEAD" or length == len(body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """One gateway role in a folder of its own; a context manager.  `settings` go over the defaults."""

    def __init__(self, size=3 * MIB + 4321, slice_size="1m", **settings):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="svg-"))
        self.run, self.state = self.root / "run", self.root / "state"
        self.run.mkdir(mode=0o700)
        self.settings = {"SV_STATE": self.state, "SV_RUN_FOLDER": self.run, "SV_LISTEN": "127.0.0.1:0", "SV_LINK_SECRET": SECRET,
                         "SV_NGINX_MODULE": MODULE, "SV_ENGINE_LOOPS": 2, "SV_SLICE_SIZE": slice_size, "SV_DRAIN_TIME": 2, "SV_CACHE_SIZE": "1g",
                         "SV_CACHE_MIN_FREE": 0, **settings}
        self.film = random.Random(size).randbytes(size)
        self.fault = lambda start: None
        self.stand_ins, self.process, self.lines = [], None, []
        self.port = self.tls_port = self.nginx_pid = None

    def engine_answer(self, method, target, headers):
        """What the engine promises to nginx; `fault(start)` may give a status line, "close", or a number of bytes after which it closes."""
        size = len(self.film)
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("range", ""))
        start, end = (int(found[1]), min(int(found[2]) + 1, size)) if found else (0, size)
        fault = self.fault(start)
        if fault == "close":
            return None
        if isinstance(fault, str):
            return fault, [("Content-Length", "6"), ("Server", "engine"), ("Sv-Reason", "link-invalid")], b"fault\n"
        common = [("Server", "engine"), ("X-Powered-By", "engine"), ("Set-Cookie", "a=b"), ("X-Accel-Expires", "0"), ("Cache-Control", "no-store")]
        if size == 0:
            return "200 OK", [*common, ("Content-Length", "0"), ("ETag", '"empty"')], b""
        if start >= size:
            return "416 Range Not Satisfiable", [*common, ("Content-Range", f"bytes */{size}"), ("Content-Length", "0")], b""
        fields = [*common, ("Content-Type", "video/mp4"), ("ETag", '"film-1"'), ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
                  ("Accept-Ranges", "bytes"), ("Sv-Name", TITLE), ("Content-Length", str(end - start))]
        if found:
            fields.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
        body = self.film[start:end]
        return ("206 Partial Content" if found else "200 OK"), fields, body if fault is None else body[:fault]

    @staticmethod
    def manager_answer(method, target, headers):
        body = json.dumps({"method": method, "target": target, "headers": headers}).encode()
        return "200 OK", [("Server", "manager"), ("X-Powered-By", "manager"), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body

    def write_settings(self):
        path = self.root / "settings"
        path.write_text("".join(f"{name}='{value}'\n" for name, value in self.settings.items()))
        return path

    def spawn(self, *arguments, **options):
        return subprocess.Popen([str(PROGRAM), str(self.write_settings()), *map(str, arguments)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={}, **options)

    def start(self, *arguments, **options):
        self.process = self.spawn(*arguments, **options)
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        line = wait_for(lambda: next((x for x in self.lines if "state=started" in x), None) or self.process.poll() is not None, "the gateway starts")
        assert self.process.poll() is None, self.lines
        self.nginx_pid = int(re.search(r"pid=(\d+)", line)[1])
        self.port = int(re.search(r"address=\S*:(\d+)", line)[1])
        found = re.search(r"tls=\S*:(\d+)", line)
        self.tls_port = int(found[1]) if found else None
        wait_for(self._accepts, "nginx accepts")

    def _accepts(self):
        # written once the master has set everything up; the check of the configuration leaves it empty
        return self.admin("GET", "/healthz")[0] == 200 and (self.state / "nginx" / "nginx.pid").read_text() == f"{self.nginx_pid}\n"

    def _read(self, process):
        for line in process.stderr:
            self.lines.append(line.decode().rstrip())

    def fails(self):
        """Run until it ends by itself: what it printed."""
        process = self.spawn()
        try:
            words = process.communicate(timeout=30)[1].decode()
        finally:
            process.kill()
        # a sanitizer ends with 1 as well
        assert process.returncode == 1 and "Sanitizer" not in words and "runtime error:" not in words, words
        return words

    def __enter__(self):
        try:
            self.stand_ins = [StandIn(self.run / f"engine-{i}.sock", self.engine_answer) for i in range(2)]
            self.stand_ins.append(StandIn(self.run / "manager.sock", self.manager_answer))
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def __exit__(self, kind, value, trace):
        try:
            if self.process is not None and self.process.poll() is None:
                assert self.stop() == 0, self.lines
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
            for server in self.stand_ins:
                server.close()
            shutil.rmtree(self.root, ignore_errors=True)

    @property
    def engine_requests(self):
        return self.stand_ins[0].requests + self.stand_ins[1].requests

    def get(self, path, headers=None, method="GET", source=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0) if source else None)
        try:
            connection.request(method, path, headers=headers or {}, body=body)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def raw(self, data, port=None):
        """Send bytes, return everything until the other side closes or is silent."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=10) as peer:
            peer.sendall(data)
            got = b""
            while select.select([peer], [], [], 2 if b"</html>" not in got else 0)[0]:
                try:
                    more = peer.recv(65536)
                except ConnectionResetError:
                    break
                if not more:
                    break
                got += more
            return got

    def admin(self, method, path):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(str(self.run / "gateway.sock"))
            peer.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            response = http.client.HTTPResponse(peer, method=method)
            response.begin()
            return response.status, response.headers, response.read()

    def metric(self, name):
        text = self.admin("GET", "/metrics")[2].decode()
        return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + " ")), None)

    def wait_metric(self, name, value):
        wait_for(lambda: self.metric(name) == value, f"{name} is {value}, last {self.metric(name)}")

    def slices(self):
        return [p for p in (self.state / "cache").rglob("*") if p.is_file()]
