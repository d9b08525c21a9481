"""Reloads on SIGHUP of a process without workers. A new program loads the applications."""

import os
import signal
from http.client import HTTPConnection

from launch import PATIENCE, eventually, launched
from test_restarts import Visitors, is_alive, pid
from test_signals import APP, Held


def reload(site, count):
    """Reloads for the time with this number, and waits until a new program serves."""
    assert site.port  # it has told that it serves, and obeys signals
    site.signal(signal.SIGHUP)
    site.wait_for("^wsgi-rs: reloading$", count)
    site.wait_for("^wsgi-rs: restarted as process", count)


def test_reloads_under_load_lose_no_request(tmp_path):
    with launched(tmp_path, APP, "--shutdown-timeout", "2") as site:
        first = pid(site)
        with Visitors(site) as visitors:
            for count in range(1, 6):
                before = visitors.count
                reload(site, count)
                eventually(lambda: visitors.count > before + 20)
        assert visitors.failures == []
        assert site.process.pid == first, "a service manager knows this process"
        eventually(lambda: pid(site) != first)
        assert site.log().count("serving on") == 1
        assert site.stop() == 0, site.log()


def test_the_application_is_loaded_anew(tmp_path):
    with launched(tmp_path, APP) as site:
        for count, text in enumerate(["changed", "again"], 1):
            (tmp_path / "site_of_a_test.py").write_text(APP.replace('"done"', f'"{text}"'))
            reload(site, count)
            eventually(lambda: site.get("/")[1] == text.encode())
        assert site.stop() == 0, site.log()


def test_an_application_that_cannot_be_loaded_changes_nothing(tmp_path):
    with launched(tmp_path, APP) as site:
        former = pid(site)
        for count in 1, 2:  # the first process serves, and then a program
            (tmp_path / "site_of_a_test.py").write_text("import nothing_of_that_name\n")
            site.signal(signal.SIGHUP)
            site.wait_for("before it served; nothing has changed", count)
            assert pid(site) == former
            (tmp_path / "site_of_a_test.py").write_text(APP)
            site.signal(signal.SIGHUP)
            site.wait_for("^wsgi-rs: restarted as process", count)
            eventually(lambda: pid(site) != former)
            former = pid(site)
        assert site.stop() == 0, site.log()


def test_a_held_request_is_answered_and_an_idle_connection_stays(tmp_path):
    with launched(tmp_path, APP) as site:
        former = pid(site)
        client = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
        client.request("GET", "/pid")
        assert int(client.getresponse().read()) == former
        held = Held(site, tmp_path)
        reload(site, 1)
        eventually(lambda: pid(site) != former)
        client.request("GET", "/pid")
        response = client.getresponse()
        assert int(response.read()) == former and response.will_close
        assert held.answer() == [(200, b"done")], site.log()
        assert site.stop() == 0, site.log()


def test_a_program_that_was_replaced_ends(tmp_path):
    with launched(tmp_path, APP) as site:
        reload(site, 1)
        eventually(lambda: pid(site) != site.process.pid)
        second = pid(site)
        reload(site, 2)
        eventually(lambda: pid(site) != second and not is_alive(second))
        assert site.stop() == 0, site.log()


def test_a_hangup_of_every_process_kills_none(tmp_path):
    # A terminal that is closed sends it to all.
    with launched(tmp_path, APP) as site:
        reload(site, 1)
        eventually(lambda: pid(site) != site.process.pid)
        former = pid(site)
        os.killpg(site.process.pid, signal.SIGHUP)
        eventually(lambda: pid(site) != former)
        assert "was killed" not in site.log()
        assert site.stop() == 0, site.log()
