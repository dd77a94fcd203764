# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 client over TCP or a unix socket that shows exactly what came: status, headers in order, body, and whether the
connection was cut before the promised length."""
import socket
from urllib.parse import urlsplit


class Answer:
    def __init__(self, status, headers, body, cut):
        self.status, self.headers, self.body, self.cut = status, headers, body, cut

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """One keep-alive connection.  address: (host, port) or a socket path; source: the local address to come from."""

    def __init__(self, address, source=None, timeout=30):
        if isinstance(address, tuple):
            self.socket = socket.create_connection(address, timeout=timeout, source_address=(source, 0) if source else None)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(address))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, method, target, headers=()):
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in dict(headers).items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))

    def fill(self):
        got = self.socket.recv(1 << 18)
        self.buffer += got
        return got

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                return None
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        return int(lines[0].split()[1]), [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]

    def answer(self, method):
        first = self.head()
        if first is None:
            return None
        status, headers = first
        lookup = {key.lower(): value for key, value in headers}
        if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
            return Answer(status, headers, b"", False)
        if lookup.get("transfer-encoding", "").lower() == "chunked":
            body, cut = self.chunked()
            return Answer(status, headers, body, cut)
        length = int(lookup["content-length"]) if "content-length" in lookup else None
        parts, have, cut = [], 0, False
        while length is None or have < length:
            if self.buffer:
                take = self.buffer if length is None else self.buffer[:length - have]
                self.buffer = self.buffer[len(take):]
                parts.append(take)
                have += len(take)
                continue
            try:
                if not self.fill():
                    cut = length is not None
                    break
            except ConnectionResetError:
                cut = True
                break
        return Answer(status, headers, b"".join(parts), cut)

    def chunked(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                if not self.fill():
                    return body, True
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            while len(self.buffer) < size + 2:
                if not self.fill():
                    return body + self.buffer, True
            body += self.buffer[:size]
            self.buffer = self.buffer[size + 2:]
            if size == 0:
                return body, False

    def request(self, method, target, headers=()):
        self.send(method, target, headers)
        return self.answer(method)


def target_of(url):
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def fetch(url, method="GET", headers=(), source=None, timeout=30):
    """One request on a connection of its own to a URL of a site on this machine."""
    parts = urlsplit(url)
    with Client(("127.0.0.1", parts.port), source=source, timeout=timeout) as client:
        return client.request(method, target_of(url), headers)
