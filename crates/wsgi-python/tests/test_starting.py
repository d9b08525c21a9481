"""Processes that need too long to start."""

import signal

from launch import PATIENCE, eventually, is_alive, launched
from test_hanging import APP, pid
from test_restarts import HANGS


def test_the_first_workers_start_in_time_or_not_at_all(tmp_path):
    for more in [], ["--preload"]:
        with launched(tmp_path, HANGS, "--workers", "2", "--start-timeout", "1", *more) as site:
            site.wait_for(r"^wsgi-rs: error: worker \d+ needed more than 1 s to start$")
            assert site.wait() == 1
            assert site.log().count("error: ") == 1, site.log()
            assert "serving on" not in site.log()


def test_a_program_that_does_not_start_in_time_changes_nothing(tmp_path):
    with launched(tmp_path, APP, "--start-timeout", "1") as site:
        former = pid(site)
        (tmp_path / "site_of_a_test.py").write_text(HANGS)
        site.signal(signal.SIGHUP)
        hanging = site.wait_for(r"program (\d+) needed more than 1 s before it served; nothing has")
        eventually(lambda: not is_alive(int(hanging[0][1])))
        assert pid(site) == former
        assert site.stop() == 0, site.log()


def test_a_worker_that_does_not_start_in_time_leaves_the_old_ones(tmp_path):
    # The first ones need less time than this.
    with launched(tmp_path, APP, "--workers", "1", "--start-timeout", "20") as site:
        former = pid(site)
        (tmp_path / "site_of_a_test.py").write_text(HANGS)
        site.signal(signal.SIGHUP)
        site.wait_for("needed more than 20 s before it served; the old workers go on",
                      patience=20 + PATIENCE)
        assert pid(site) == former
        (tmp_path / "site_of_a_test.py").write_text(APP)
        site.signal(signal.SIGHUP)
        eventually(lambda: pid(site) != former)
        assert site.stop() == 0, site.log()
