"""The file with the id of the process."""

import os


class PidFile:
    """A file with the id of this process, for as long as its block runs, if there is a path."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        if self._path:
            try:
                with open(self._path, "w", encoding="ascii") as file:
                    file.write(f"{os.getpid()}\n")
            except OSError as error:
                raise OSError(f"cannot write {self._path}: {error.strerror}") from None

    def __exit__(self, *exc_info):
        if self._path:
            try:
                os.remove(self._path)
            except FileNotFoundError:
                pass
