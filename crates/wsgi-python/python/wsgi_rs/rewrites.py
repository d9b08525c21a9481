"""Applications that write their own modules whenever they are loaded.

A worker that sees a change has the applications loaded anew. If that alone changes a file, it would
go on without end. But somebody may have saved the file during the load, which may have read the
former text. Only what the loads before have left tells the difference: a file that loads in a row
change and leave with the same content has no text that was not loaded.
"""

import os
import time

# The loads in a row that change a file before that is taken for the way of the application, if the
# last one has left it as it was.
MOST = 3

# Those that leave a file with ever another content, as do an application that writes the time into
# it, and somebody who saves again and again. Then it waits for so many seconds to be loaded.
MOST_OTHERS = 10
LATER = 60

# The bytes of memory for what the loads have left. The system gives those that are used.
SIZE = 1 << 20


class Rewrites:
    """The files that the latest loads have changed, one load after the other. A parent shares this
    with its workers."""

    def __init__(self):
        import mmap  # it costs memory

        self._memory = mmap.mmap(-1, SIZE)
        self._memory[:1] = b"\n"
        self._former = {}

    def begin(self):
        """Begins a load. What others leave during it does not precede it."""
        import json  # it costs memory

        text = self._memory[:self._memory.find(b"\n")]
        try:
            self._former = json.loads(text) if text else {}
        except ValueError:  # two have ended at the same time
            self._former = {}

    def end(self, changes):
        """Ends a load. Of the files that it has changed, those settle that each load is known to
        write, and those wait of which that is not certain. Returns the lines to say about that."""
        import json

        left, settled, waiting = {}, {}, {}
        for path in changes.so_far():
            former, loads, others = self._former.get(path, ("", 0, 0))
            content = content_of(path)
            loads, others = loads + 1, others + 1 if content != former else 0
            left[path] = (content, loads, others)
            if loads >= MOST and not others:
                settled[path] = content
            elif others >= MOST_OTHERS:
                waiting[path] = None
        text = json.dumps(left).encode() + b"\n"
        if len(text) > SIZE:
            text = b"\n"
        self._memory[:len(text)] = text
        changes.settle({**settled, **waiting})
        if waiting:
            changes.wait_until(time.monotonic() + LATER)
        return [*_line(settled, "the application writes {} whenever it is loaded; reloading at the "
                                "next change"),
                *_line(waiting, "{} changes whenever the application is loaded; reloading at the "
                                f"next change, or in {LATER} s")]


def content_of(path):
    """A text that stands for the content of a file, or for that it is missing."""
    import hashlib  # it costs memory

    try:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
    except (OSError, ValueError):
        pass
    return "missing"


def _line(paths, line):
    return [line.format(min(paths))] if paths else []
