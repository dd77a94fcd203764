# SPDX-License-Identifier: Apache-2.0
"""Starts the real nginx with our module in a private prefix, and plays the upstream behind it.

SV_BUILD names the build folder (default: build at the top of the tree).  SV_MODULE_ASAN=1 takes the sanitizer variant of the
module from an address+undefined build tree and preloads the runtimes.  SV_LONG=1 measures for 20 s instead of 8.
"""
import base64
import hashlib
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SV_BUILD", ROOT / "build")).resolve()
ASAN = os.environ.get("SV_MODULE_ASAN") == "1"
MODULE = BUILD / ("ngx_http_streamvault_module_asan.so" if ASAN else "ngx_http_streamvault_module.so")
SLICE = 256 * 1024
SECRET = "current-secret-of-the-tests"
OLD_SECRET = "former-secret-of-the-tests"
FILE = "AbCdEfGhIj_-"
PLAY = "play-0000001"
CLIENT = "4:127.0.0.1"


def wait_for(condition, what, seconds=10.0):
    """Poll an outside condition that announces nothing by itself."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"timed out: {what}")


def mac(expires, file, client, tier, play, v, secret=SECRET):
    text = f"{expires}|{file}|{client}|{tier}|{play}|{v}|{secret}"
    return base64.urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")


def link(file=FILE, client=CLIENT, tier="guest", play=PLAY, v="1", expires=None, secret=SECRET, folder="stream"):
    """A good link, as path and query."""
    expires = int(time.time()) + 3600 if expires is None else expires
    code = mac(expires, file, client, tier, play, v, secret)
    return f"/{folder}/{file}?expires={expires}&tier={tier}&play={play}&v={v}&md5={code}"


class Film:
    """Random bytes that any range can be compared with."""

    def __init__(self, size, seed=1):
        self.data = random.Random(seed).randbytes(size)
        self.etag = f'"{hashlib.sha256(self.data).hexdigest()[:16]}"'

    @property
    def sha256(self):
        return hashlib.sha256(self.data).hexdigest()


class Upstream:
    """An HTTP/1.1 range server on a unix socket, with faults.

    `fault(request_number, start)` returns None or (kind, at): answer `at` bytes of the slice and then `close`, `reset`, `stall`; or
    `short`: announce only `at` bytes; or `long`: announce and send `at` bytes more than the range has.
    """

    def __init__(self, path, film):
        self.film = film
        self.fault = lambda number, start: None
        self.requests = []
        self.headers = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(512)
        self.etag = film.etag
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer:
            stream = peer.makefile("rb")
            try:
                while self._answer(peer, stream):
                    pass
            except (BrokenPipeError, ConnectionResetError, OSError, ValueError):
                pass

    def _answer(self, peer, stream):
        request = stream.readline().decode()
        if not request:
            return False
        headers = {}
        for line in iter(stream.readline, b"\r\n"):
            if not line:
                return False
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        data = self.film.data
        start = int(found[1]) if found else 0
        end = min(int(found[2]) + 1 if found and found[2] else len(data), len(data))
        with self.lock:
            self.requests.append((start, end))
            self.headers.append((request, headers))
            number = len(self.requests)
        kind, at = self.fault(number, start) or (None, 0)
        body = data[start:end]
        length = len(body)
        if kind == "short":
            body, length = body[:at], at
        elif kind == "long":
            body += b"x" * at
            length = len(body)
        head = "HTTP/1.1 206 Partial Content\r\n" if found else "HTTP/1.1 200 OK\r\n"
        if found:
            head += f"Content-Range: bytes {start}-{end - 1}/{len(data)}\r\n"
        head += f"Content-Length: {length}\r\n"
        if kind == "chunked-short":
            head = head.replace(f"Content-Length: {length}\r\n", "Transfer-Encoding: chunked\r\n")
            body = b"%x\r\n" % at + body[:at] + b"\r\n0\r\n\r\n"
        head += f"ETag: {self.etag}\r\nServer: engine\r\nContent-Type: video/mp4\r\nAccept-Ranges: bytes\r\n\r\n"
        if kind in ("close", "reset", "stall"):
            body = body[:at]
        peer.sendall(head.encode() + body)
        if kind == "stall":
            self.stopping.wait(60)
        if kind == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return kind not in ("close", "reset", "stall")


class Http2:
    """Just enough of HTTP/2 over plain TCP to read several streams at once: windows wide open, headers spelled out."""

    WINDOW = 2**31 - 1

    def __init__(self, port, timeout=20, window=WINDOW):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.stream = self.socket.makefile("rb")
        settings = self._frame(4, 0, 0, b"\0\4" + window.to_bytes(4, "big"))
        update = self._frame(8, 0, 0, (self.WINDOW - 65535).to_bytes(4, "big"))
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + update)
        self.last = -1

    @staticmethod
    def _frame(kind, flags, stream, payload):
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

    @staticmethod
    def _text(text):
        data = text.encode()
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, more = len(data) - 127, b""
        while rest >= 128:
            more += bytes([rest % 128 | 128])
            rest //= 128
        return bytes([127]) + more + bytes([rest]) + data

    def get(self, path):
        """Start a request; returns its stream number."""
        self.last += 2
        fields = [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "t")]
        block = b"".join(b"\0" + self._text(name) + self._text(value) for name, value in fields)
        self.socket.sendall(self._frame(1, 5, self.last, block))
        return self.last

    def reset(self, stream):
        """Cancel one stream, as a browser does when it seeks."""
        self.socket.sendall(self._frame(3, 0, stream, (8).to_bytes(4, "big")))

    def read(self):
        """The next frame: (kind, flags, stream, payload); answers settings and pings."""
        head = self.stream.read(9)
        assert len(head) == 9, "connection closed"
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big")
        payload = self.stream.read(int.from_bytes(head[:3], "big"))
        if kind in (4, 6) and not flags & 1:
            self.socket.sendall(self._frame(kind, 1, 0, b"" if kind == 4 else payload))
        return kind, flags, stream, payload

    def close(self):
        self.stream.close()
        self.socket.close()


HTTP = """
load_module {module};
{user}
worker_processes {workers};
daemon off;
pid nginx.pid;
lock_file nginx.lock;
error_log logs/error.log {level};
events {{ worker_connections 1024; }}
http {{
	client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi;
	uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
	log_format plain '$status reason=$sv_reason tier=$sv_tier play=$sv_play v=$sv_v file=$sv_file client=$sv_client $request';
	access_log logs/access.log plain;
	sendfile on; tcp_nopush on; aio off; keepalive_timeout 20s; keepalive_requests 1000000;
	proxy_cache_path cache levels=1:2 keys_zone=slices:1m max_size=2g inactive=1h use_temp_path=off;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	upstream engine {{ server unix:{prefix}/engine.sock; keepalive 8; }}
	sv_link_secret_file {prefix}/secret;
	sv_gone_socket {prefix}/gone.sock;
	sv_limit_zone clients {zone};
	{http}
	server {{
		listen 127.0.0.1:{port} backlog=512;
		listen 127.0.0.1:{h2_port} http2 backlog=512;
		{server}
	}}
}}
"""

STREAM = """
		location /stream/ {{
			sv_link on; sv_guard {guard}; sv_gone on; {limit}
			slice {slice};
			proxy_pass http://engine;
			proxy_set_header Range $slice_range;
			proxy_cache {cache};
			proxy_cache_key $sv_file/$sv_v$slice_range;
			proxy_cache_valid 206 1h;
			proxy_read_timeout {read_timeout};
			{more}
		}}
"""


def stream_location(guard="on", limit="", slice_size=SLICE, read_timeout="10s", more="", cache="slices"):
    return STREAM.format(guard=guard, limit=limit, slice=slice_size, read_timeout=read_timeout, more=more, cache=cache)


class Gateway:
    """One nginx with its upstream; a context manager."""

    def __init__(self, server=None, http="", film=None, zone="1m", secrets=(SECRET, ""), workers=2, level="info"):
        assert MODULE.exists(), f"{MODULE} is not built"
        self.prefix = pathlib.Path(tempfile.mkdtemp(prefix="svm-"))
        self.film = film or Film(4 * 1024 * 1024 + 12345)
        self.server, self.http, self.zone, self.workers, self.level = server or stream_location(), http, zone, workers, level
        for name in ("tmp", "logs", "cache"):
            (self.prefix / name).mkdir()
        self.write_secrets(*secrets)
        # The third is for tests that say `listen 127.0.0.1:TLS_PORT ssl` themselves; nginx closes what it does not use.
        self.listeners = [self._listen() for _ in range(3)]
        self.port, self.h2_port, self.tls_port = (s.getsockname()[1] for s in self.listeners)
        self.engine = Upstream(self.prefix / "engine.sock", self.film)
        self.process = None

    @staticmethod
    def _listen():
        # Bound here and handed over as in nginx's own upgrade, so that no other program takes the port in between.
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        s.listen(512)
        s.setblocking(False)  # nginx takes inherited sockets as they are: on a blocking one a worker hangs in accept
        return s

    def write_secrets(self, current, old=""):
        path = self.prefix / "secret"
        path.touch(mode=0o600)
        path.write_text(f"{current}\n{old}\n")

    def write_config(self):
        user = "user root root;" if os.geteuid() == 0 else ""
        text = HTTP.format(module=MODULE, user=user, workers=self.workers, level=self.level, prefix=self.prefix, zone=self.zone,
                           http=self.http, server=self.server.replace("TLS_PORT", str(self.tls_port)), port=self.port, h2_port=self.h2_port)
        (self.prefix / "nginx.conf").write_text(text)

    def command(self, *more):
        return ["/usr/sbin/nginx", "-p", f"{self.prefix}/", "-c", "nginx.conf", *more]

    @staticmethod
    def environment():
        # What is freed is overwritten: a buffer that is sent after it was given back shows in the bytes.
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MALLOC_PERTURB_": "165"}
        if ASAN:
            names = [subprocess.run(["gcc", f"-print-file-name={lib}"], capture_output=True, text=True, check=True).stdout.strip()
                     for lib in ("libasan.so", "libubsan.so")]
            env["LD_PRELOAD"] = ":".join(names)
            env["ASAN_OPTIONS"] = "detect_leaks=0"
            env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        return env

    def test_config(self):
        """nginx -t: (accepted, its words)."""
        self.write_config()
        done = subprocess.run(self.command("-t"), env=self.environment(), capture_output=True, text=True)
        return done.returncode == 0, done.stderr

    def discard(self):
        """For one that was never started."""
        for s in self.listeners:
            s.close()
        self.engine.close()
        shutil.rmtree(self.prefix, ignore_errors=True)

    def __enter__(self):
        self.write_config()
        fds = [s.fileno() for s in self.listeners]
        self.output = open(self.prefix / "output", "wb")
        self.process = subprocess.Popen(self.command(), env={**self.environment(), "NGINX": "".join(f"{fd};" for fd in fds)},
                                        pass_fds=fds, stdout=self.output, stderr=subprocess.STDOUT)
        for s in self.listeners:
            s.close()
        wait_for(lambda: self.process.poll() is not None or (self.prefix / "nginx.pid").exists(), "nginx starts")
        assert self.process.poll() is None, (self.prefix / "output").read_text()
        wait_for(lambda: len(self.workers_now()) == self.workers, "workers")
        return self

    def __exit__(self, kind, value, trace):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.engine.close()
        words = self.errors() + (self.prefix / "output").read_text(errors="replace")
        if kind is None:
            for bad in ("AddressSanitizer", "runtime error:", "exited on signal", "[alert]", "[emerg]"):
                assert bad not in words, words[-4000:]
        shutil.rmtree(self.prefix, ignore_errors=True)

    def errors(self):
        return (self.prefix / "logs" / "error.log").read_text(errors="replace") if (self.prefix / "logs" / "error.log").exists() else ""

    def cuts(self):
        return self.errors().count("streamvault: slice cut")

    def access(self):
        return (self.prefix / "logs" / "access.log").read_text(errors="replace").splitlines()

    def wait_access(self, text):
        return wait_for(lambda: [line for line in self.access() if text in line], f"{text!r} in the access log")[-1]

    def reload(self):
        before = set(self.workers_now())
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(self.workers_now()) == self.workers and not before & set(self.workers_now()), "new workers alone")

    def workers_now(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"worker process" in self._title(pid)]

    @staticmethod
    def _title(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""

    def get(self, path, headers=None, method="GET", source=None):
        """One request on its own connection: (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0) if source else None)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def raw(self, data, read=True):
        """Bytes as they are; returns all that comes until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as s:
            s.sendall(data)
            received = b""
            while read:
                piece = s.recv(65536)
                if not piece:
                    break
                received += piece
            return received

    def curl(self, path, *more, h2=False):
        port = self.h2_port if h2 else self.port
        mode = ["--http2-prior-knowledge"] if h2 else ["--http1.1"]
        return ["curl", "-sS", *mode, *more, f"http://127.0.0.1:{port}{path}"]

    def h1_body(self, path, headers=None, timeout=30):
        """(status, body so far, whole?): an answer that may be cut, even before its header (status 0)."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            lines = "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items())
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n{lines}\r\n".encode())
            stream = s.makefile("rb")
            line = stream.readline()
            if not line:
                return 0, b"", False
            status, length = int(line.split()[1]), 0
            for line in iter(stream.readline, b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = b""
            try:
                while len(body) < length:
                    piece = stream.read1(1 << 20)
                    if not piece:
                        break
                    body += piece
            except (ConnectionResetError, TimeoutError):
                pass
            return status, body, len(body) == length

    def h2_body(self, path, headers=None, timeout=30):
        options = ["--max-time", str(timeout)]
        for name, value in (headers or {}).items():
            options += ["-H", f"{name}: {value}"]
        done = subprocess.run(self.curl(path, *options, "-w", "%{stderr}%{http_code}", h2=True), capture_output=True)
        return int(done.stderr[-3:]), done.stdout, done.returncode == 0
