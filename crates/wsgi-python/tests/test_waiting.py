"""Files that can be read."""

import os

from wsgi_rs.waiting import readable


def test_a_file_with_content_and_one_that_has_ended_can_be_read():
    empty, keeps_it_open = os.pipe()
    full, writer = os.pipe()
    ended, closed = os.pipe()
    os.write(writer, b"a")
    os.close(closed)
    try:
        assert set(readable([empty, full, ended])) == {full, ended}
        assert readable([empty], 0) == []
        assert readable([full], 1e10) == [full]
    finally:
        for file in empty, keeps_it_open, full, writer, ended:
            os.close(file)
