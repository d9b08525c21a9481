"""Reloads on SIGHUP of a process without workers. A new program loads the applications."""

import os
import signal
from http.client import HTTPConnection

from launch import PATIENCE, eventually, is_alive, launched
from test_restarts import Visitors, pid
from test_signals import APP, Held


def reload(site, count):
    """Reloads for the time with this number, and returns the id of the new program, which serves.
    The former one may still take a client."""
    assert site.port  # it has told that it serves, and obeys signals
    site.signal(signal.SIGHUP)
    site.wait_for("^wsgi-rs: reloading$", count)
    return int(site.wait_for("^wsgi-rs: restarted as process (.*)$", count)[-1][1])


def test_reloads_under_load_lose_no_request(tmp_path):
    with launched(tmp_path, APP) as site:
        first = pid(site)
        with Visitors(site) as visitors:
            for count in range(1, 6):
                before = visitors.count
                program = reload(site, count)
                eventually(lambda: visitors.count > before + 20)
        assert visitors.failures == []
        assert site.process.pid == first, "a service manager knows this process"
        eventually(lambda: pid(site) == program)
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
        serving = pid(site)
        for count in 1, 2:  # the first process serves, and then a program
            (tmp_path / "site_of_a_test.py").write_text("import nothing_of_that_name\n")
            site.signal(signal.SIGHUP)
            site.wait_for("before it served; nothing has changed", count)
            assert pid(site) == serving
            (tmp_path / "site_of_a_test.py").write_text(APP)
            site.signal(signal.SIGHUP)
            serving = int(site.wait_for("restarted as process (.*)$", count)[-1][1])
            eventually(lambda: pid(site) == serving)
            eventually(lambda: all(pid(site) == serving for _ in range(8)))
        assert site.stop() == 0, site.log()


def test_a_held_request_is_answered_and_an_idle_connection_stays(tmp_path):
    with launched(tmp_path, APP) as site:
        former = pid(site)
        client = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
        client.request("GET", "/pid")
        assert int(client.getresponse().read()) == former
        held = Held(site, tmp_path)
        program = reload(site, 1)
        eventually(lambda: pid(site) == program)

        def closes():
            client.request("GET", "/pid")
            response = client.getresponse()
            assert int(response.read()) == former
            return response.will_close

        # The new program already answers before the former one retires.
        eventually(closes)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.stop() == 0, site.log()


def test_a_program_that_was_replaced_ends(tmp_path):
    with launched(tmp_path, APP) as site:
        second = reload(site, 1)
        third = reload(site, 2)
        eventually(lambda: not is_alive(second))
        assert pid(site) == third and is_alive(site.process.pid)
        assert site.stop() == 0, site.log()


def test_a_hangup_of_every_process_kills_none(tmp_path):
    # A terminal that is closed sends it to all.
    with launched(tmp_path, APP) as site:
        former = reload(site, 1)
        os.killpg(site.process.pid, signal.SIGHUP)
        program = int(site.wait_for("restarted as process (.*)$", 2)[-1][1])
        eventually(lambda: pid(site) == program)
        assert program != former and "was killed" not in site.log()
        assert site.stop() == 0, site.log()
