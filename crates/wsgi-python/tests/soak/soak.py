"""A long visit of many clients, after which a process must be as small as before.

    python tests/soak/soak.py --minutes 60

Clients ask for everything that a response can be, and some leave in the middle. Each answer is
checked. The memory, the objects, the threads and the descriptors of the server are counted after a
tenth of the time, and at the end, each time without clients. A debug build of Python also counts
references.
"""

import argparse
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60
CLIENTS = 6
THREADS = 8
BODY = b"a line of a body\n" * 2000

# The growth that is no leak: caches that fill up, blocks of the allocator that are not given back.
ALLOWED = {
    "traced bytes": 64 * 1024,
    "objects": 200,
    "references": 1000,
    "resident bytes": 6 << 20,
    "threads": 2,
    "descriptors": 2,
}

# What an answer must be: the method, the status, and the body or its length.
with open(os.path.join(HERE, "soak_site.py"), "rb") as file:
    OWN_SOURCE = file.read()
ANSWERS = {
    "/hello": ("GET", 200, b"Hello world!\n"),
    "/post": ("POST", 200, str(len(BODY)).encode()),
    "/lines": ("POST", 200, b"2000"),
    "/generator": ("GET", 200, 50 * 16384),
    "/file": ("GET", 200, OWN_SOURCE),
    "/memory_file": ("GET", 200, 16384),
    "/fails": ("GET", 500, None),
    "/fails_late": ("GET", 200, IncompleteRead),
    "/exc_info": ("GET", 503, b"replaced"),
    "/late_exc_info": ("GET", 200, IncompleteRead),
    "/written": ("GET", 200, 10 * 16384 + 8),
}


class Client(threading.Thread):
    """A client that asks for this and that until it is told to end."""

    def __init__(self, port, ending):
        super().__init__()
        self._port = port
        self._ending = ending
        self._connection = None
        self.counts = dict.fromkeys([*ANSWERS, "left"], 0)
        self.failure = None

    def run(self):
        try:
            while not self._ending.is_set():
                if random.random() < 0.1:
                    self._leave()
                else:
                    self._ask(random.choice(list(ANSWERS)))
        except Exception as error:
            self.failure = error
            self._ending.set()
        finally:
            self._close()

    def _ask(self, path):
        method, status, expected = ANSWERS[path]
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        chunked = method == "POST" and random.random() < 0.5
        body = None if method == "GET" else iter([BODY]) if chunked else BODY
        self._connection.request(method, path, body=body, encode_chunked=chunked)
        response = self._connection.getresponse()
        try:
            content = response.read()
        except IncompleteRead:
            content = IncompleteRead
        matches = expected in (None, content) or (
            isinstance(expected, int) and content is not IncompleteRead
            and len(content) == expected)
        if response.status != status or not matches:
            raise AssertionError(f"{path}: {response.status}, {str(content)[:200]}")
        self.counts[path] += 1
        if response.will_close or content is IncompleteRead or random.random() < 0.05:
            self._close()

    def _leave(self):
        """Leaves in the middle of a response, or of a request's body, without a goodbye."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as client:
            path = random.choice(["/generator", "/written", "/post", "/lines"])
            method = ANSWERS[path][0]
            length = len(BODY) if method == "POST" else 0
            head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
            client.sendall(head.encode() + BODY[:length // 2])
            if method == "GET":
                client.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.counts["left"] += 1

    def _close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def visit(port, seconds):
    """Lets clients come for this time, and returns their numbers of visits."""
    ending = threading.Event()
    clients = [Client(port, ending) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    ending.wait(seconds)
    ending.set()
    for client in clients:
        client.join()
    for client in clients:
        if client.failure is not None:
            raise client.failure
    return {kind: sum(client.counts[kind] for client in clients) for kind in clients[0].counts}


def crowd(port):
    """Sends more requests at once than the server has threads, so that it starts all of them.
    Otherwise their number depends on the load of the machine."""
    with ThreadPoolExecutor(2 * THREADS) as pool:
        list(pool.map(wait_often, [port] * 2 * THREADS))


def wait_often(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for _ in range(200):
        connection.request("GET", "/waits")
        response = connection.getresponse()
        if (response.status, response.read()) != (200, b"waited"):
            raise AssertionError(f"/waits: {response.status}")
    connection.close()


def numbers(port):
    """The numbers of the server, once two of them in a row are the same, or after some time."""
    found = None
    for _ in range(20):
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/numbers", headers={"Connection": "close"})
        former, found = found, json.loads(connection.getresponse().read())
        connection.close()
        if former == found:
            break
        time.sleep(0.5)
    return found


def soak(seconds, arguments):
    """Returns the numbers before and after, and those of the visits."""
    command = [sys.executable, "-m", "wsgi_rs", "soak_site:app", "--bind", "127.0.0.1:0",
               "--threads", str(THREADS), *arguments]
    with subprocess.Popen(command, cwd=HERE, stderr=subprocess.PIPE, text=True) as server:
        try:
            port = port_of(server)
            # The rest of the log has the failures that are on purpose.
            threading.Thread(target=drain, args=[server.stderr], daemon=True).start()
            visit(port, seconds / 10)
            crowd(port)
            before = numbers(port)
            counts = visit(port, seconds * 9 / 10)
            crowd(port)
            after = numbers(port)
            server.terminate()
            code = server.wait(PATIENCE)
        finally:
            server.kill()
    if code != 0:
        raise AssertionError(f"the server ended with code {code}")
    return before, after, counts


def drain(file):
    for _ in file:
        pass


def port_of(server):
    """The port of a server that starts."""
    for line in server.stderr:
        if "serving on" in line:
            return int(line.rstrip("/\n").rpartition(":")[2])
    raise AssertionError("the server does not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15)
    options, arguments = parser.parse_known_args()
    before, after, counts = soak(60 * options.minutes, arguments)
    print("requests:", ", ".join(f"{kind} {count}" for kind, count in counts.items()))
    print(f"all requests: {sum(counts.values())}")
    failed = False
    for name, allowed in ALLOWED.items():
        if name not in before:
            continue
        growth = after[name] - before[name]
        grown = growth > allowed
        failed |= grown
        print(f"{name}: {before[name]} -> {after[name]} ({growth:+})" + grown * ": grown")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
