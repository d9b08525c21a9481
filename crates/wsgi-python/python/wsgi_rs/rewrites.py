"""Applications that write their own modules whenever they are loaded.

A worker that sees a change has the applications loaded anew. If that alone changes a file, it would
go on without end.
"""

import time

# A change counts as one of the load if a worker sees it so soon after it serves, in seconds. It
# looks every half second.
SOON = 2

# The loads in a row that change a file before that is taken for the way of the application.
MOST = 3


class Rewrites:
    """The loads that have changed files, one after the other."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._in_a_row = 0

    def note_change(self, one):
        """Notes that a worker has seen a change."""
        if one.served_at is not None and self._clock() - one.served_at <= SOON:
            self._in_a_row += 1
        elif not one.rewrites:
            self._in_a_row = 0

    @property
    def are_known(self):
        """Whether the next worker shall not have it loaded anew for what its load writes."""
        return self._in_a_row >= MOST
