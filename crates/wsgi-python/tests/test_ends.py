"""The end of a site with workers: what new clients and held requests see of it."""

import os
import signal

from launch import eventually, is_refused, launched
from test_signals import APP, PRELOADED, Held

# Python runs this when it starts. The parent dies when a worker asks to be replaced.
DYING_PARENT = r"""
import os, signal, time

def write(file, data, real=os.write):
    if data == b"o":
        parent = os.getppid()
        os.kill(parent, signal.SIGKILL)
        while os.getppid() == parent:
            time.sleep(0.01)
        open("parent-is-dead", "w").close()
    return real(file, data)

os.write = write
"""


@PRELOADED
def test_new_clients_are_refused_while_requests_finish(tmp_path, more):
    with launched(tmp_path, APP, "--workers", "2", *more) as site:
        held = Held(site, tmp_path)
        site.signal(signal.SIGTERM)
        eventually(lambda: is_refused(site.port))
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0, site.log()


def test_a_socket_file_is_gone_while_requests_finish(tmp_path):
    with launched(tmp_path, APP, "--workers", "1", "--bind", "127.0.0.1:0",
                  "--bind", "unix:app.sock") as site:
        held = Held(site, tmp_path)
        assert (tmp_path / "app.sock").exists()
        site.signal(signal.SIGTERM)
        eventually(lambda: not (tmp_path / "app.sock").exists())
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0, site.log()


def test_a_worker_whose_parent_died_just_now_finishes_its_request(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(DYING_PARENT)
    environment = dict(os.environ, PYTHONPATH=str(tmp_path))
    arguments = ["--workers", "1", "--max-requests", "1", "--max-requests-jitter", "0"]
    with launched(tmp_path, APP, *arguments, env=environment) as site:
        held = Held(site, tmp_path)
        eventually((tmp_path / "parent-is-dead").exists)
        site.wait_for("the parent of worker")
        assert held.answer() == [(200, b"done")], site.log()


# A worker that loads this neither serves nor ends.
HANGS = r"""
import signal, sys, time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("hangs", file=sys.stderr, flush=True)
time.sleep(1000)
"""


@PRELOADED
def test_a_reload_replaces_a_worker_that_hangs_at_its_start(tmp_path, more):
    arguments = ["--workers", "1", "--shutdown-timeout", "0", *more]
    with launched(tmp_path, APP, *arguments) as site:
        former = site.get("/pid")
        (tmp_path / "site_of_a_test.py").write_text(HANGS)
        site.signal(signal.SIGHUP)
        site.wait_for("^hangs")
        (tmp_path / "site_of_a_test.py").write_text(APP + "# fixed\n")
        site.signal(signal.SIGHUP)
        eventually(lambda: site.get_or_be_cut("/pid") not in (None, former))
        site.wait_for("does not end, and is killed")
        assert site.stop() == 0, site.log()


def test_a_reload_replaces_the_first_worker_that_hangs(tmp_path):
    with launched(tmp_path, HANGS, "--workers", "1", "--shutdown-timeout", "0") as site:
        site.wait_for("^hangs")
        (tmp_path / "site_of_a_test.py").write_text(APP + "# fixed\n")
        site.signal(signal.SIGHUP)
        assert site.get("/pid")[0] == 200
        assert site.stop() == 0, site.log()
