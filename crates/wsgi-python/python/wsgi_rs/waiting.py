"""Files that can be read."""

import math
import select

# The longest wait in seconds. The system counts milliseconds, in 32 bits.
LONGEST = 1_000_000


def readable(files, timeout=None):
    """Waits until some of the files can be read, for this time in seconds at most, and returns
    them. A file that has ended can be read.

    The numbers of the files may be of any size, other than with `select.select`.
    """
    poll = select.poll()
    by_number = {}
    for file in files:
        number = file if isinstance(file, int) else file.fileno()
        by_number[number] = file
        poll.register(number, select.POLLIN)
    events = poll.poll(None if timeout is None else math.ceil(1000 * min(timeout, LONGEST)))
    return [by_number[number] for number, _ in events]
