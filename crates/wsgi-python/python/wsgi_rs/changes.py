"""Files of Python that change while a developer works."""

import os
import sys
import time


class Changes:
    """Looks at the files of all modules, and at those of the present folder that are not loaded.

    A module may be loaded some time before the first look at its file, and be saved in between. So
    a file counts as changed at its first look if it is younger than this object.
    """

    def __init__(self):
        self._seen = {}
        self._has_changed = False
        self._since = time.time_ns()
        self.found()

    def add_failure(self, error):
        """Also looks at the files in which a module could not be imported, and at those in which
        one would be that is missing."""
        cause = error
        while cause is not None:
            frames = cause.__traceback__
            while frames is not None:
                self._look(frames.tb_frame.f_code.co_filename)
                frames = frames.tb_next
            if isinstance(cause, SyntaxError) and cause.filename:
                self._look(cause.filename)
            missing = _missing(cause)
            if isinstance(missing, str):
                for path in _places(missing):
                    self._look(path)
            cause = cause.__cause__ or cause.__context__

    def found(self):
        """Whether a file has changed, has gone, or is no longer missing, since the last look."""
        for path in self._files():
            self._look(path)
        changed, self._has_changed = self._has_changed, False
        return changed

    def _look(self, path):
        try:
            stamp = os.stat(path).st_mtime_ns
        except (OSError, ValueError):
            stamp = None  # missing, or not a name of a file
        if path in self._seen:
            changed = self._seen[path] != stamp
        else:  # the time of another machine may be in the future, and would count at each load
            changed = stamp is not None and self._since <= stamp <= time.time_ns()
        self._seen[path] = stamp
        self._has_changed |= changed

    def _files(self):
        files = set(self._seen)
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str):
                files.add(path)
            elif type(module) is type(sys):  # a folder without an `__init__.py` may get one
                for folder in getattr(module, "__path__", None) or ():
                    if isinstance(folder, str):
                        files.add(os.path.join(folder, "__init__.py"))
        for name in os.listdir("."):
            if name.endswith(".py"):
                files.add(os.path.abspath(name))
        return files


def _missing(error):
    """The name of the module that an import has not found, if there may be one."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    if isinstance(error, ImportError) and error.name:
        name = getattr(error, "name_from", None)  # before Python 3.12, only the text has it
        quoted = str(error).split("'")
        if name is None and len(quoted) > 1:
            name = quoted[1]
        return f"{error.name}.{name}" if name else None
    return None


def _places(module):
    """The paths at which a missing module would be found."""
    from importlib.machinery import all_suffixes  # it costs memory

    package, _, name = module.rpartition(".")
    folders = getattr(sys.modules.get(package), "__path__", None)
    if folders is None:
        folders, name = sys.path, module.replace(".", os.sep)
    for folder in folders:
        if isinstance(folder, str):
            path = os.path.abspath(os.path.join(folder, name))
            yield path
            for suffix in all_suffixes():
                yield path + suffix
                yield os.path.join(path, f"__init__{suffix}")
