"""What a parent knows of its children."""

import socket
import subprocess

import pytest
from wsgi_rs.child import Child
from wsgi_rs.children import Children


@pytest.fixture
def process():
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


@pytest.fixture
def child(process):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Child(process.pid, ours, 0)


def test_a_child_that_the_application_has_collected_has_ended(process, child):
    children = Children(has_others=True)
    children.add(child)
    assert list(children.ended()) == []
    process.kill()
    process.wait()
    children.end(1)
    children.abort()
    assert list(children.ended()) == [(child, None)]
    assert not children
