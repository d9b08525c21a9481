"""Many clients at once."""

import threading


class Crowd:
    """Threads of clients, each with a way to visit, until the end of the block. A subclass has the
    ways, which return when `_ending` is set, and notes the failures."""

    def __init__(self, ways):
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=way) for way in ways]
        self.failures = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info):
        self._ending.set()
        for thread in self._threads:
            thread.join()
