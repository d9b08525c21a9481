"""What a parent knows of its children."""

import os
import signal
import socket
import subprocess
import time

import pytest
from launch import PATIENCE
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
    children = Children(has_others=True, start_timeout=60)
    children.add(child)
    assert list(children.ended()) == []
    process.kill()
    process.wait()
    children.end(1)
    children.abort()
    assert list(children.ended()) == [(child, None)]
    assert not children


def test_a_child_that_retires_is_told_to_end(process, child):
    children = Children(has_others=True, start_timeout=60)
    children.add(child)
    children.retire(1000)
    latest = child.killed_at
    children.end(1)
    assert child.killed_at < latest and not child.is_retiring
    assert process.wait(PATIENCE) == -signal.SIGTERM
    assert len(list(children.ended())) == 1


def test_a_child_that_ends_is_not_told_so_again(process, child, monkeypatch):
    children = Children(has_others=True, start_timeout=60)
    children.add(child)
    sent = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    children.end(1)
    latest = child.killed_at
    children.end(1000)
    children.retire(1000)
    assert sent == [signal.SIGTERM] and child.killed_at == latest and not child.is_retiring


def test_a_child_that_does_not_end_yet_is_killed_again_after_a_while(child, monkeypatch, capfd):
    children = Children(has_others=True, start_timeout=60)
    children.add(child)
    sent = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    child.end(-1000)  # its time is long over
    for _ in range(3):
        children.kill_late_ones()
    assert sent == [signal.SIGTERM, signal.SIGKILL]
    assert capfd.readouterr().err.count("does not end, and is killed") == 1
    assert child.killed_at > time.monotonic()
