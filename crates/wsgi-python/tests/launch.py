"""Programs of tests: a site in a folder, served by the command."""

import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

# The seconds after which a test fails. Nothing takes as long, not even on a machine that is busy
# with many other things.
PATIENCE = 60

# Whether the threads of this Python share a lock (GIL), which a free-threaded one does without.
HAS_LOCK = not sysconfig.get_config_var("Py_GIL_DISABLED")

# The seconds in which a program ends. It would cut requests that do not end after 30.
ENDING = 25


class Program:
    """A running program of Python. It keeps what the program writes to standard error. At the end
    of its block, all of its processes are killed."""

    def __init__(self, arguments, cwd, env=None, pass_fds=(), stdin=None):
        self.process = subprocess.Popen(
            [sys.executable, *arguments], cwd=cwd, env=env, pass_fds=pass_fds, stdin=stdin,
            stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.lines = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.kill()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.lines.append(None)
            self._changed.notify_all()

    def log(self):
        return "\n".join(line for line in self.lines if line is not None)

    def wait_for(self, pattern, count=1, patience=PATIENCE):
        """The matches of the first `count` lines that match, once they are there."""
        deadline = time.monotonic() + patience
        with self._changed:
            while True:
                known = [line for line in self.lines if line is not None]
                found = [match for match in (re.search(pattern, line) for line in known) if match]
                if len(found) >= count:
                    return found[:count]
                assert None not in self.lines, f"it ended without {pattern!r}:\n{self.log()}"
                left = deadline - time.monotonic()
                assert left > 0, f"no {pattern!r} in:\n{self.log()}"
                self._changed.wait(left)

    @property
    def port(self):
        return int(self.wait_for(r"serving on https?://127\.0\.0\.1:(\d+)/")[0][1])

    def get(self, path="/", method="GET", body=None, headers=(), timeout=PATIENCE):
        """The status and the body of a response on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get_or_be_cut(self, path="/"):
        """As `get`, or `None` if the server ends the connection without an answer, as it may do
        when it ends, or has no time left, and the request is still on its way."""
        try:
            return self.get(path)
        except ConnectionError:
            return None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit code of the program, which ends."""
        code = self.process.wait(timeout=ENDING)
        self._reader.join(PATIENCE)
        return code

    def stop(self):
        """Ends the program with SIGTERM, and returns its exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """Ends the program, and all processes that it has started: workers that go on would hold
        its standard error open."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join(PATIENCE)
        self.process.stderr.close()


def eventually(holds, patience=PATIENCE):
    """Waits until this holds."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(pid):
    """The state of a process, which is Z after its end, until its parent has asked for it, and then
    empty."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid):
    """Whether a process has not ended. A parent that was killed asks for nothing."""
    return state(pid) not in ("", "Z")


def is_refused(port):
    """Whether nobody listens at a port. A client that comes at the very end is cut off instead."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    except ConnectionError:
        pass
    return False


def launched(folder, source, *arguments, env=None):
    """Serves `app` of a module with this source from a port that the system chooses."""
    (folder / "site_of_a_test.py").write_text(source)
    bind = () if any("--bind" in argument for argument in arguments) else ("--bind", "127.0.0.1:0")
    arguments = ["-m", "wsgi_rs", "site_of_a_test:app", *bind, *arguments]
    return Program(arguments, folder, env)


def run(folder, *arguments, env=None):
    """The exit code and standard error of a command that ends by itself."""
    command = [sys.executable, "-m", "wsgi_rs", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stderr
