"""The file with the id of the process."""

import os

from wsgi_rs.pid_file import PidFile


def test_the_file_is_there_for_the_length_of_the_block(tmp_path):
    path = tmp_path / "site.pid"
    with PidFile(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"
    assert not path.exists()


def test_the_file_of_a_later_process_stays(tmp_path):
    path = tmp_path / "site.pid"
    with PidFile(str(path)):
        path.write_text("1\n")
    assert path.read_text() == "1\n"


def test_an_application_may_change_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with PidFile("site.pid"):
        os.chdir("elsewhere")
    assert not (tmp_path / "site.pid").exists()
