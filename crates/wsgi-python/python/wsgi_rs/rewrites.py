"""Applications that write their own modules whenever they are loaded.

A worker that sees a change has the applications loaded anew. If that alone changes a file, it would
go on without end. But somebody may have saved the file during the load, which may have read the
former text. So a file that loads change is compared with what it was before the load: if it is the
same, no text of it is unread, and it settles. All other changes are loaded, but ever later if each
load brings some, until there is a change some time after a load, which is somebody's.

An application can also write some time after each load, and is loaded each time. Even if the file
has the same text as before, somebody may have touched it to have a file of data read again.
"""

import math
import os
import struct
import time

# The loads in a row that change files before that is taken for the way of the application.
MOST = 3

# The loads in a row that change files before what does not settle waits: for a second, and twice as
# long after each wait, but not longer than `LONGEST` seconds.
MOST_AT_ONCE = 10
LONGEST = 60

# The seconds after a load in which a change still counts as one of the load. Other workers may need
# longer for theirs, and an application may have threads that write.
SOON = 5

# The lines to say about the files of a load, or about those after it.
MOST_LINES = 10

# The bytes of memory for the names of files. The system gives those that are used.
SIZE = 1 << 20

# What is before them: a byte for the number of waits one after the other, and from `ROW` on the
# first and the last generation of workers in a row that has changed files, and the bytes of the
# names. Two workers can write at once, or one can be killed as it writes. A name is wrong then, and
# no file has it.
ROW, HEAD = 8, struct.Struct("@qqQ")
NAMES = ROW + HEAD.size


class Rewrites:
    """The files that loads in a row have changed. A parent shares this with its workers."""

    def __init__(self):
        import mmap  # it costs memory

        self._memory = mmap.mmap(-1, SIZE)
        HEAD.pack_into(self._memory, ROW, 0, -2, 0)
        self._generation = 0
        self._former = {}  # the contents that files had before the load
        self._waiting = set()  # the changes of the load that are not found yet
        self._wait = 0  # in seconds, from the end of the load
        self._ended = float("-inf")
        self._waits = 0

    def begin(self, generation):
        """Begins a load in a worker of this generation."""
        self._generation = generation
        self._former = {path: content_of(path) for path in self._row()[1]}
        self._waits = self._memory[0]

    def end(self, changes):
        """Ends a load. Returns the lines to say about the files that it has changed."""
        changed = changes.found()
        self._note(changed)
        number = self._generation - self._row()[0] + 1
        if number < MOST:
            self._former = {}
        # A file with another text than before may have been loaded with it.
        self._former = {path: text for path, text in self._former.items()
                        if content_of(path) == text}
        if number < MOST_AT_ONCE:
            self._memory[0] = self._waits = 0
        self._wait = min(2 ** self._waits, LONGEST) if number >= MOST_AT_ONCE else 0
        self._waiting = {path for path in changed if not self._settles(path)}
        self._ended = time.monotonic()
        lines = _lines(changed - self._waiting, "the application writes {} whenever it is loaded; "
                                                "reloading at the next change")
        if self._wait:
            lines += _lines(self._waiting, "{} changes whenever the application is loaded; "
                                           f"reloading at the next change, or in {self._wait} s")
        return lines

    def found(self, changes, say):
        """Whether a change is to be loaded. Says so if one waits."""
        changed = {path for path in changes.found() if not self._settles(path)}
        since = time.monotonic() - self._ended
        new = changed - self._waiting
        if since < SOON:
            self._note(changed)
            self._waiting |= changed
        waits = 0
        if since < min(SOON, self._wait):
            changed = set()
            seconds = math.ceil(self._wait - since)
            for line in _lines(new, "{} has changed just after a load, as after the loads before; "
                                    f"reloading in {seconds} s, or at a later change"):
                say(line)
        elif since >= self._wait and self._waiting:
            changed, self._waiting = changed | self._waiting, set()
            waits = min(self._waits + 1, 255)
        if changed and self._wait:
            self._memory[0] = waits
        return bool(changed)

    def _settles(self, path):
        """Whether a file that has changed is as it was before the load."""
        return path in self._former and self._former[path] == content_of(path)

    def _row(self):
        """The first generation in the row that this one continues, and the files that the row has
        changed."""
        first, last, size = HEAD.unpack_from(self._memory, ROW)
        if not first <= last <= self._generation <= last + 1:
            return self._generation, []
        names = self._memory[NAMES:NAMES + size]
        return first, [os.fsdecode(name) for name in names.split(b"\0") if name]

    def _note(self, changed):
        """Notes files that this generation has changed. The oldest are forgotten if there are too
        many."""
        if not changed:
            return
        first, former = self._row()
        paths = dict.fromkeys([*sorted(changed), *former])
        names = b"\0".join(os.fsencode(path) for path in paths)[:SIZE - NAMES]
        self._memory[NAMES:NAMES + len(names)] = names
        HEAD.pack_into(self._memory, ROW, first, self._generation, len(names))


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


def _lines(paths, line):
    """A line for each file, as somebody may have saved one beside those of the application."""
    paths = sorted(paths)
    if len(paths) > MOST_LINES:
        rest = len(paths) - MOST_LINES + 1
        paths[-rest:] = [f"each of {rest} more files"]
    return [line.format(path) for path in paths]
