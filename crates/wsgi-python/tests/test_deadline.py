"""Calls that do not return."""

from http.client import HTTPException

import pytest
from launch import eventually, launched

SITE = r"""
import sys, threading
release = threading.Event()

def stuck_here():
    release.wait(60)

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
    with launched(tmp_path, SITE, "--request-timeout", "0.5") as site:
        yield site
        site.get("/release")
        # The code tells whether the call has returned by then.
        assert site.stop() in (0, 1)


def wait_for_report(site, visit):
    """Visits until a call was late in the way that is meant, and a report shows where it is stuck.
    On a busy machine, the deadline may pass before a call is there."""
    eventually(lambda: visit() and "in stuck_here" in site.log())
    site.wait_for("its thread is here")
    site.wait_for(r"release\.wait\(60\)")


def test_the_report_of_a_stuck_call_has_its_traceback(site):
    wait_for_report(site, lambda: site.get("/stuck")[0] == 504)


def test_the_report_of_a_stuck_body_has_its_traceback(site):
    def is_cut():
        try:
            status, _ = site.get("/body")
        except (HTTPException, OSError):
            return True
        assert status == 504, "it was late before the first block"
        return False

    wait_for_report(site, is_cut)
