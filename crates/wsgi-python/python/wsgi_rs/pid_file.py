"""The file with the id of the process."""

import os


class PidFile:
    """A file with the id of this process, for as long as its block runs, if there is a path."""

    def __init__(self, path):
        self._path = path and os.path.abspath(path)  # the application may change the folder
        self._text = f"{os.getpid()}\n"

    def __enter__(self):
        if self._path:
            try:
                with open(self._path, "w", encoding="ascii") as file:
                    file.write(self._text)
            except OSError as error:
                raise OSError(f"cannot write {self._path}: {error.strerror}") from None

    def __exit__(self, *exc_info):
        if self._path:
            try:
                with open(self._path, encoding="ascii", errors="replace") as file:
                    text = file.read()
                if text == self._text:  # else it is that of a later process
                    os.remove(self._path)
            except OSError:
                pass  # the folder may be gone, and the process ends
