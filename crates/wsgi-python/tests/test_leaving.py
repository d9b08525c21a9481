"""The end of a process below a parent: what the application has begun is finished."""

import os
import signal

import pytest
from launch import eventually, is_alive, is_refused, launched

# `/job` leaves work behind for an executor or another thread. What `atexit` calls waits, too.
APP = r"""
import atexit, os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor

executor = ThreadPoolExecutor(1)

def say(text):
    print(text, file=sys.stderr, flush=True)

def wait_for(file):
    while not os.path.exists(file):
        time.sleep(0.01)

def job():
    say("working")
    wait_for("work")
    say("worked")

def leave():
    say("leaving")
    wait_for("leave")
    say("left")

atexit.register(leave)

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/executor":
        executor.submit(job)
    elif path == "/thread":
        threading.Thread(target=job, daemon=False).start()
    elif path == "/held":
        job()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""

WAYS = pytest.mark.parametrize("more", [
    ["--workers", "1"], ["--workers", "1", "--preload"], ["--reload"],
], ids=["workers", "preloaded", "reload"])


def pid(site, path="/"):
    return int(site.get(path)[1])


@WAYS
def test_a_second_signal_does_not_interrupt_the_end_of_a_worker(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        worker = pid(site)
        # A service manager sends the signal to every process, and the parent to its worker.
        os.kill(worker, signal.SIGTERM)
        site.wait_for("^leaving")
        os.kill(worker, signal.SIGTERM)
        (tmp_path / "leave").touch()
        site.wait_for("^left")
        eventually(lambda: not is_alive(worker))
        assert "was killed" not in site.log()
        assert site.stop() == 0, site.log()


def test_a_second_signal_does_not_interrupt_the_end_of_the_preloading_process(tmp_path):
    with launched(tmp_path, APP, "--workers", "1", "--preload") as site:
        worker = pid(site)
        (preloading,) = os.popen(f"pgrep -P {site.process.pid}").read().split()
        with site.connect() as client:
            client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            site.wait_for("^working")
            site.signal(signal.SIGTERM)
            eventually(lambda: is_refused(site.port))
            os.kill(worker, signal.SIGKILL)
            site.wait_for("^leaving")
            os.kill(int(preloading), signal.SIGTERM)
            (tmp_path / "leave").touch()
            site.wait_for("^left")
        assert site.wait() == 0, site.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
@pytest.mark.parametrize("path", ["/executor", "/thread"])
@WAYS
def test_a_job_that_goes_on_is_finished(tmp_path, path, number, more):
    (tmp_path / "leave").touch()
    with launched(tmp_path, APP, *more) as site:
        worker = pid(site, path)
        site.wait_for("^working")
        site.signal(number)
        if number == signal.SIGHUP:
            eventually(lambda: pid(site) != worker)
        (tmp_path / "work").touch()
        site.wait_for("^worked")
        eventually(lambda: not is_alive(worker))
        ended = site.wait() if number == signal.SIGTERM else site.stop()
        assert ended == 0, site.log()
        lines = site.log().splitlines()
        assert lines.index("worked") < lines.index("left"), site.log()


@WAYS
def test_a_thread_that_never_ends_does_not_hold_a_worker_up(tmp_path, more):
    (tmp_path / "leave").touch()
    with launched(tmp_path, APP, "--shutdown-timeout", "1", *more) as site:
        pid(site, "/thread")
        site.wait_for("^working")
        assert site.stop() == 0, site.log()
        assert "\nleft" in site.log() and "is killed" not in site.log()


def test_a_worker_that_is_ended_at_once_waits_for_no_job(tmp_path):
    (tmp_path / "leave").touch()
    with launched(tmp_path, APP, "--workers", "1") as site:
        worker = pid(site, "/executor")
        site.wait_for("^working")
        os.kill(worker, signal.SIGQUIT)
        site.wait_for("^left")
        eventually(lambda: not is_alive(worker))
        assert "worked" not in site.log()


# A thread of the module that never ends. The workers have it with the module, or the process that
# loads it for them.
ENDLESS = r"""
import atexit, os, sys, threading

atexit.register(lambda: print(f"{os.getpid()} left", file=sys.stderr, flush=True))
threading.Thread(target=threading.Event().wait, name="scheduler").start()

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/held":
        print("working", file=sys.stderr, flush=True)
        threading.Event().wait()
    return [str(os.getpid()).encode()]
"""


def test_a_worker_that_retires_gives_threads_one_timeout(tmp_path):
    with launched(tmp_path, ENDLESS, "--workers", "1", "--shutdown-timeout", "4") as site:
        worker = pid(site)
        site.signal(signal.SIGHUP)
        site.wait_for(f"worker {worker} waits up to [1-3] s for its threads: 'scheduler'$")
        site.wait_for(f"^{worker} left")
        assert site.stop() == 0, site.log()


def test_a_worker_that_ends_has_another_one_in_its_place_while_it_waits_for_threads(tmp_path):
    with launched(tmp_path, ENDLESS, "--workers", "1", "--shutdown-timeout", "1000") as site:
        worker = pid(site)
        os.kill(worker, signal.SIGTERM)
        site.wait_for(f"worker {worker} ends; another one takes its place")
        assert pid(site) != worker
        assert is_alive(worker)
        os.kill(worker, signal.SIGQUIT)
        site.wait_for(f"^{worker} left")
        eventually(lambda: not is_alive(worker))
        site.signal(signal.SIGTERM)
        site.wait_for("waits up to .* s for its threads: 'scheduler'$")
        site.signal(signal.SIGTERM)
        assert site.wait() == 1, site.log()
        site.wait_for("left$", 2)


def test_the_preloading_process_gives_threads_no_timeout_of_their_own(tmp_path):
    more = ["--workers", "1", "--preload", "--shutdown-timeout", "3"]
    with launched(tmp_path, ENDLESS, *more) as site:
        pid(site)
        with site.connect() as client:
            client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            site.wait_for("^working")
            site.signal(signal.SIGTERM)
            site.wait()
        assert " left" in site.log(), site.log()
        assert "waits up to" not in site.log()


# A request tells what a program does that gets the signal.
STARTING = r"""
import os, signal, subprocess

def app(environ, start_response):
    path, number = environ["PATH_INFO"], int(environ["QUERY_STRING"])
    if path == "/program":
        child = subprocess.Popen(["sleep", "1000"])
        child.send_signal(number)
        try:
            answer = child.wait(60)
        finally:
            child.kill()
    else:
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        os.kill(child, number)
        answer = -os.WTERMSIG(os.waitpid(child, 0)[1])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(answer).encode()]
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTERM"])
@pytest.mark.parametrize("path", ["/program", "/fork"])
@pytest.mark.parametrize("more", [[], ["--workers", "1"], ["--workers", "1", "--preload"]],
                         ids=["alone", "workers", "preloaded"])
def test_what_an_application_starts_ignores_no_signal(tmp_path, name, path, more):
    number = signal.Signals[name]
    with launched(tmp_path, STARTING, *more) as site:
        assert site.get(f"{path}?{number}", timeout=10) == (200, str(-number).encode())
        assert site.stop() == 0, site.log()
