"""Requests that fork."""

import signal

import pytest
from launch import launched

# A request starts a child, and ends it as multiprocessing does. The child lives on if it ignores
# the signal.
APP = r"""
import multiprocessing, os, time

def rest():
    time.sleep(1000)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/fork":
        child = multiprocessing.get_context("fork").Process(target=rest)
        child.start()
        child.terminate()
        child.join(60)
        answer = str(child.exitcode)
        child.kill()
    else:
        answer = str(os.getpid())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
"""


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_a_signal_to_the_child_of_a_request_ends_the_child_alone(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        pid = site.get("/pid")
        assert site.get("/fork") == (200, str(-signal.SIGTERM).encode()), site.log()
        assert site.get("/pid") == pid
        assert site.stop() == 0, site.log()
        assert "another one takes its place" not in site.log()
