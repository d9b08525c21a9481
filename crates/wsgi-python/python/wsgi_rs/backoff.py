"""Pauses before processes that die at once are started again."""

import time

# A process that has lived so long, in seconds, does not die at once.
LONG = 5

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10


class Backoff:
    """The pause after processes that died at once. It doubles with each of them in a row."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._pause = 0
        self._until = 0

    def note_end(self, started):
        """Notes that a process died, which was started at this time."""
        if self._clock() - started >= LONG:
            self.reset()
            return
        self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
        self._until = self._clock() + self._pause

    def reset(self):
        """Ends the pause."""
        self._pause = self._until = 0

    def is_over(self):
        """Whether a process may be started now."""
        return self._clock() >= self._until

    def times(self):
        """The end of the pause, if there is one."""
        return [] if self.is_over() else [self._until]
