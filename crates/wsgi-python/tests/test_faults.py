"""A parent whose surroundings fail, and children that do not obey."""

import os
import select
import signal
import subprocess
import sys
import urllib.request

from launch import PATIENCE, eventually, is_alive, launched

APP = r"""
import os

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""

# Python runs this when it starts.
NO_FORKS = r"""
import errno, os

def fork(real=os.fork):
    if os.path.exists("no-forks"):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return real()

os.fork = fork
"""

PARENT = [sys.executable, "-m", "wsgi_rs", "site_of_a_test:app", "--bind", "127.0.0.1:0",
          "--workers", "1"]


def check_that_it_goes_on(parent, url):
    """Checks that a worker that dies is replaced, and that the parent ends when it is told to."""

    def pid():
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return int(response.read())

    former = pid()
    os.kill(former, signal.SIGKILL)
    assert pid() != former
    parent.terminate()
    assert parent.wait(PATIENCE) == 0


def test_a_parent_outlives_the_reader_of_its_standard_error(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    with subprocess.Popen(PARENT, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = process.stderr.readline().split()[-1]
            process.stderr.close()
            check_that_it_goes_on(process, url)
        finally:
            process.kill()


def test_a_parent_does_not_wait_for_a_reader_of_standard_error_that_hangs(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    reader, writer = os.pipe()
    with subprocess.Popen(PARENT, cwd=tmp_path, stderr=writer) as process:
        try:
            line = b""
            while not line.endswith(b"\n"):
                line += os.read(reader, 1)
            url = line.split()[-1].decode()
            taking = select.poll()
            taking.register(writer, select.POLLOUT)
            while taking.poll(0):
                os.write(writer, b"x" * select.PIPE_BUF)
            check_that_it_goes_on(process, url)
        finally:
            process.kill()
            os.close(reader)
            os.close(writer)


def test_a_parent_that_cannot_fork_tries_again(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NO_FORKS)
    environment = dict(os.environ, PYTHONPATH=str(tmp_path))
    with launched(tmp_path, APP, "--workers", "2", env=environment) as site:
        pids = set()
        eventually(lambda: pids.add(int(site.get()[1])) or len(pids) == 2)
        former, other = pids
        (tmp_path / "no-forks").touch()
        os.kill(former, signal.SIGKILL)
        site.wait_for("cannot start a worker: Resource temporarily unavailable", 2)
        assert int(site.get()[1]) == other
        (tmp_path / "no-forks").unlink()
        eventually(lambda: int(site.get()[1]) not in (former, other))
        assert site.stop() == 0


def test_a_preloaded_application_keeps_its_own_child(tmp_path):
    source = r"""
import os, subprocess, threading, time

child = subprocess.Popen(["sh", "-c", "exit 7"])
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

def collect():
    while not os.path.exists("collect"):
        time.sleep(0.01)
    code = child.wait()
    with open("code", "w") as file:
        file.write(f"{code}.")

threading.Thread(target=collect, daemon=True).start()
""" + APP
    with launched(tmp_path, source, "--workers", "1", "--preload") as site:
        os.kill(int(site.get()[1]), signal.SIGKILL)
        site.wait_for("another one takes its place")
        (tmp_path / "collect").touch()
        code = tmp_path / "code"
        eventually(lambda: code.exists() and code.read_text().endswith("."))
        assert code.read_text() == "7."
        assert site.stop() == 0


def test_a_preloaded_worker_that_does_not_end_is_killed_before_its_parent(tmp_path):
    arguments = ["--workers", "1", "--preload", "--shutdown-timeout", "0"]
    with launched(tmp_path, APP, *arguments) as site:
        worker = int(site.get()[1])
        os.kill(worker, signal.SIGSTOP)
        try:
            assert site.stop() == 0, site.log()
            assert not is_alive(worker), site.log()
        finally:
            if is_alive(worker):
                os.kill(worker, signal.SIGKILL)

