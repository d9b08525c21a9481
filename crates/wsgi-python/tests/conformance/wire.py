"""A client of HTTP/1.1 that hides nothing: it sends bytes as they are given, and reads a response
byte by byte as RFC 9112 frames it. Its errors are assertions, so a test names what went wrong.
"""

import os
import re
import socket

# Seconds until a test gives up.
PATIENCE = float(os.environ.get("PATIENCE", "60"))

HEAD_END = b"\r\n\r\n"


class Response:
    """A parsed response. `fields` keeps the order, the case and the bytes of the head."""

    def __init__(self, status_line, fields):
        self.status_line = status_line
        self.fields = fields
        self.body = b""
        self.chunks = []
        self.is_whole = True

    @property
    def version(self):
        return self.status_line.split(b" ", 1)[0]

    @property
    def status(self):
        return int(self.status_line.split(b" ", 2)[1])

    @property
    def reason(self):
        parts = self.status_line.split(b" ", 2)
        return parts[2] if len(parts) == 3 else b""

    def all(self, name):
        """The values of a field, in their order."""
        return [value for key, value in self.fields if key.lower() == name.lower().encode()]

    def field(self, name):
        """The value of a field that occurs at most once, or None."""
        values = self.all(name)
        assert len(values) < 2, f"{name} occurs {len(values)} times"
        return values[0] if values else None

    @property
    def is_chunked(self):
        return self.field("Transfer-Encoding") == b"chunked"

    def __repr__(self):
        return f"<{self.status_line!r} {self.fields!r} {self.body[:200]!r}>"


class Client:
    """One connection."""

    def __init__(self, port):
        self.port = port
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reconnect(self):
        self.close()
        self.connect()

    def reset(self):
        """Closes the connection by RST, as a peer that is gone."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def end(self):
        """Ends the requests; responses can still be read."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError:
            pass  # A server may answer and close before it has read all.

    def request(self, target, method="GET", fields=(), body=b"", version="1.1",
                host="test.example"):
        """Sends a request. A body brings its Content-Length, unless a field frames it."""
        lines = [f"{method} {target} HTTP/{version}".encode("latin-1")]
        if host is not None:
            lines.append(b"Host: " + host.encode())
        names = [name.lower() for name, _ in fields]
        if body and "content-length" not in names and "transfer-encoding" not in names:
            lines.append(b"Content-Length: %d" % len(body))
        for name, value in fields:
            value = value if isinstance(value, bytes) else str(value).encode("latin-1")
            lines.append(name.encode("latin-1") + b": " + value)
        self.send(b"\r\n".join(lines) + HEAD_END + body)

    def exchange(self, target, method="GET", **request):
        """Sends a request and reads the response to it."""
        self.request(target, method, **request)
        return self.response(method)

    def response(self, method="GET"):
        """Reads one whole response."""
        response = self.head()
        self.read_body(response, method)
        return response

    def head(self):
        """Reads the head of a response."""
        head = self.until(HEAD_END)
        assert head is not None, f"the connection ended before a head: {self.buffer!r}"
        status_line, *lines = head[: -len(HEAD_END)].split(b"\r\n")
        assert re.fullmatch(rb"HTTP/1\.[01] \d\d\d( [^\r\n]*)?", status_line), status_line
        fields = []
        for line in lines:
            assert re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*", line), line
            name, value = line.split(b":", 1)
            fields.append((name, value.strip(b" \t")))
        return Response(status_line, fields)

    def read_body(self, response, method="GET"):
        """Reads the body as RFC 9112, section 6.3, delimits it."""
        length = response.field("Content-Length")
        if method == "HEAD" or response.status in (204, 304) or response.status < 200:
            return
        if response.field("Transfer-Encoding") is not None:
            assert response.is_chunked, response.fields
            while chunk := self.chunk(response):
                response.chunks.append(chunk)
            response.body = b"".join(response.chunks)
        elif length is not None:
            response.body = self.exactly(int(length))
            response.is_whole = len(response.body) == int(length)
        else:
            response.body = self.rest()

    def chunk(self, response):
        """Reads a chunk. Empty at the end of the body."""
        line = self.until(b"\r\n")
        if line is None:
            response.is_whole = False
            return b""
        size = int(line, 16)
        data = self.exactly(size + 2)
        if len(data) < size + 2:
            response.is_whole = False
        else:
            assert data[size:] == b"\r\n", data
        return data[:size]

    def until(self, mark):
        """Reads up to the mark and with it. None if the connection ends before."""
        while mark not in self.buffer:
            if not self.more():
                return None
        at = self.buffer.index(mark) + len(mark)
        data, self.buffer = self.buffer[:at], self.buffer[at:]
        return data

    def exactly(self, size):
        """Reads this many bytes, or fewer if the connection ends."""
        while len(self.buffer) < size and self.more():
            pass
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def rest(self):
        """Reads until the server ends the connection."""
        while self.more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def more(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self.buffer += data
        return bool(data)

    def rest_of_one(self):
        """Reads the body of a response, or nothing if the server ends the connection instead."""
        return self.response().body if self.buffer or self.more() else b""

    def is_ended(self):
        """Whether the server ends the connection without another byte."""
        return self.rest() == b""
