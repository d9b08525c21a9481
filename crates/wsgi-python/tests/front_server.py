"""Requests as a front server sends them, by SCGI and FastCGI."""

import socket
import struct

from launch import PATIENCE


def scgi(variables, body):
    head = b"".join(f"{name}\0{value}\0".encode() for name, value in variables.items())
    return b"%d:%s,%s" % (len(head), head, body)


def fastcgi(variables, body):
    """A request whose names, values and body are short."""
    params = b"".join(bytes([len(name), len(value)]) + f"{name}{value}".encode()
                      for name, value in variables.items())
    return b"".join([
        _record(1, struct.pack("!HB5x", 1, 0)), _record(4, params), _record(4, b""),
        _record(5, body), _record(5, b""),
    ])


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
