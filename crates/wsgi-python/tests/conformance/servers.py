"""The servers that the suite can run against: ours, and those that a table compares with it.

Each is started as its documentation advises for one process with eight threads, and otherwise with
its defaults. `tests/peers.txt` has the versions.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60
THREADS = os.environ.get("THREADS", "8")


def script(name):
    """A program of the environment that runs the tests."""
    path = Path(sysconfig.get_path("scripts")) / name
    return str(path) if path.exists() else shutil.which(name) or name


def wsgi_rs(target, port):
    return [script("wsgi-rs"), target, "--bind", f"127.0.0.1:{port}"]


def gunicorn(target, port):
    return [script("gunicorn"), "--worker-class", "gthread", "--threads", THREADS,
            "--bind", f"127.0.0.1:{port}", target]


def waitress(target, port):
    return [script("waitress-serve"), "--listen", f"127.0.0.1:{port}", "--threads", THREADS, target]


def granian(target, port):
    return [script("granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--blocking-threads", THREADS, target]


def fastpysgi(target, port):
    module, name = target.split(":")
    return [sys.executable, "-c", f"import fastpysgi, {module}\n"
            f"fastpysgi.run({module}.{name}, host='127.0.0.1', port={port})"]


def bjoern(target, port):
    module, name = target.split(":")
    return [sys.executable, "-c", f"import bjoern, {module}\n"
            f"bjoern.run({module}.{name}, '127.0.0.1', {port})"]


def uwsgi(target, port):
    return [script("uwsgi"), "--http-socket", f"127.0.0.1:{port}", "--threads", THREADS,
            "--master", "--die-on-term", "--disable-logging", "--module", target]


def cheroot(target, port):
    return [script("cheroot"), "--bind", f"127.0.0.1:{port}", "--threads", THREADS, target]


# The distribution and the command of each server.
SERVERS = {
    "wsgi-rs": ("wsgi-rs", wsgi_rs),
    "gunicorn": ("gunicorn", gunicorn),
    "waitress": ("waitress", waitress),
    "granian": ("granian", granian),
    "fastpysgi": ("fastpysgi", fastpysgi),
    "uwsgi": ("uWSGI", uwsgi),
    "cheroot": ("cheroot", cheroot),
    "bjoern": ("bjoern", bjoern),
}


def version(name):
    """The installed version of a server."""
    return metadata.version(SERVERS[name][0])


class Server:
    """A running server of `module:name`, in a process group of its own."""

    def __init__(self, name, target, options=(), environment=(), folder=HERE):
        self.name = name
        self.log_file = tempfile.TemporaryFile()
        # Ours chooses a free port and prints it. The others need to be told one.
        self.port = 0 if name == "wsgi-rs" else free_port()
        command = SERVERS[name][1](target, self.port) + list(options)
        variables = dict(os.environ, PYTHONPATH=str(folder), PYTHONUNBUFFERED="1")
        self.process = subprocess.Popen(
            command, cwd=folder, env=variables | dict(environment), stdin=subprocess.DEVNULL,
            stdout=self.log_file, stderr=self.log_file, start_new_session=True)
        try:
            self.await_start()
        except BaseException:
            self.stop()
            raise

    def await_start(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(0.01)
        raise RuntimeError(f"{self.name} does not start:\n{self.log()}")

    def is_ready(self):
        if not self.is_alive():
            return False
        if self.port == 0:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.log())
            if not found:
                return False
            self.port = int(found[1])
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    def log(self):
        """The output so far."""
        end = self.log_file.seek(0, os.SEEK_END)
        return os.pread(self.log_file.fileno(), end, 0).decode(errors="replace")

    def is_alive(self):
        return self.process.poll() is None

    def stop(self):
        """Ends the server: by SIGTERM, and what is left of its group by SIGKILL."""
        if self.is_alive():
            self.process.terminate()
        try:
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
