"""Calls that do not return."""

from http.client import HTTPException

import pytest
from launch import launched

SITE = r"""
import sys, threading
release = threading.Event()

def stuck_here():
    release.wait(15)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/release":
        release.set()
    elif environ["PATH_INFO"] == "/stuck":
        stuck_here()
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/body":
        return blocks()
    return [b"done"]

def blocks():
    yield b"first"
    stuck_here()
    yield b"second"
"""


@pytest.fixture
def site(tmp_path):
    with launched(tmp_path, SITE, "--request-timeout", "0.2") as site:
        yield site
        site.get("/release")
        # The code tells whether the call has returned by then.
        assert site.stop() in (0, 1)


def wait_for_report(site):
    site.wait_for("its thread is here")
    site.wait_for("in stuck_here")
    site.wait_for(r"release\.wait\(15\)")


def test_the_report_of_a_stuck_call_has_its_traceback(site):
    assert site.get("/stuck")[0] == 504
    wait_for_report(site)


def test_the_report_of_a_stuck_body_has_its_traceback(site):
    with pytest.raises((HTTPException, OSError)):
        site.get("/body")
    wait_for_report(site)
