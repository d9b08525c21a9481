"""The service manager that has started this program, such as systemd.

By the protocol of sd_notify(3) it hears when the server is ready, reloads, ends, and lives. Only
the first process tells it anything. The variables that name it are removed, so that no program that
an application starts passes for this one.
"""

import os
import time

from .serving import say

SOCKET = "NOTIFY_SOCKET"
WATCHDOG_USEC = "WATCHDOG_USEC"
WATCHDOG_PID = "WATCHDOG_PID"

# The seconds that a message may wait for a service manager that does not read.
PATIENCE = 5


class ServiceManager:
    """A service manager with this address, or none. `interval` has the seconds between two signs of
    life, if it wants them."""

    def __init__(self, address=None, interval=None):
        self._address = address
        self._interval = interval
        self._next_sign = None  # the time
        self._has_failed = False
        self.awaits_ready = False  # since the begin of a reload

    @classmethod
    def of(cls, environment):
        """The service manager of this environment, which loses its variables."""
        address, microseconds, pid = (
            environment.pop(name, "") for name in (SOCKET, WATCHDOG_USEC, WATCHDOG_PID))
        if not address:
            return cls()
        if address.startswith("@") and len(address) > 1:
            address = "\0" + address[1:]  # an abstract socket
        elif not address.startswith("/"):
            raise ValueError(
                f"{SOCKET} is neither an absolute path nor an abstract socket: {address!r}")
        if not microseconds or pid not in ("", str(os.getpid())):
            return cls(address)
        if not (microseconds.isascii() and microseconds.isdecimal() and int(microseconds)):
            raise ValueError(f"{WATCHDOG_USEC} is not a time: {microseconds!r}")
        return cls(address, int(microseconds) / 2e6)

    def serving(self, places):
        """Tells that the server serves at these places, and begins to give signs of life."""
        self._tell(f"STATUS=serving on {', '.join(places)}")
        self.ready()
        if self._address is not None and self._interval is not None:
            self._next_sign = time.monotonic()

    def reloading(self):
        """Tells that something new is loaded. Afterwards, it is `ready`."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={now}")
        self.awaits_ready = True

    def ready(self):
        """Tells that the server is ready, after its start or a reload."""
        self.awaits_ready = False
        self._tell("READY=1")

    def stopping(self):
        """Tells that the server ends."""
        self.awaits_ready = False
        self._tell("STOPPING=1")

    def times(self):
        """The time of the next sign of life, if there is one."""
        return [] if self._next_sign is None else [self._next_sign]

    def live(self):
        """Gives a sign of life, if it is time, and returns whether it was."""
        now = time.monotonic()
        if self._next_sign is None or self._next_sign > now:
            return False
        self._next_sign = now + self._interval
        self._tell("WATCHDOG=1")
        return True

    def _tell(self, message):
        if self._address is None:
            return
        import socket  # it costs memory, and not every server has such a manager

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
                telling.settimeout(PATIENCE)
                telling.sendto(f"{message}\n".encode(), self._address)
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                say(f"the service manager cannot be told: {error.strerror or error}")
