"""Requests as a front server sends them, by SCGI, uwsgi and FastCGI."""

import socket
import struct

from launch import PATIENCE


def scgi(variables, body):
    head = b"".join(f"{name}\0{value}\0".encode() for name, value in variables.items())
    return b"%d:%s,%s" % (len(head), head, body)


def uwsgi(variables, body):
    parts = [part.encode() for pair in variables.items() for part in pair]
    head = b"".join(struct.pack("<H", len(part)) + part for part in parts)
    return struct.pack("<BHB", 0, len(head), 0) + head + body


def fastcgi(variables, body):
    """A request whose parameters fit in one record, and its body in another."""
    pairs = [(name.encode(), value.encode()) for name, value in variables.items()]
    params = b"".join(_length(name) + _length(value) + name + value for name, value in pairs)
    return b"".join([
        _record(1, struct.pack("!HB5x", 1, 0)), _record(4, params), _record(4, b""),
        _record(5, body), _record(5, b""),
    ])


def _length(text):
    """The length of a name or a value, in four bytes if it needs more than seven bits."""
    if len(text) < 1 << 7:
        return struct.pack("!B", len(text))
    return struct.pack("!I", len(text) | 1 << 31)


def _record(kind, content):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def exchange(address, request):
    """What the server answers until it closes the connection."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(PATIENCE)
        client.connect(address)
        client.sendall(request)
        return client.makefile("rb").read()
