"""Files of Python that change while a developer works."""

import os
import sys
import time


class Changes:
    """Looks at the files of all modules, and at those of the present folder that are not loaded.

    A module may be loaded some time before the first look at its file, and be saved in between. So
    the time that its file had when it was loaded counts as the last look. There should be one such
    object in a process, which is told of all later loads.
    """

    def __init__(self):
        self._seen = {}  # the times of files at the last look
        self._loaded = {}  # those of files when they were loaded first, and `None` after a look
        self._changed = set()  # since the last look
        self._since = time.time()
        _note_loads(self._loaded)
        for path in {*self._files(), *_present()}:
            self._look(path)

    def add_failure(self, error):
        """Also looks at the files in which a module could not be imported, and at those in which
        one would be that is missing."""
        cause = error
        seen = set()  # causes can form a circle
        while cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            frames = cause.__traceback__
            while frames is not None:
                self._look(frames.tb_frame.f_code.co_filename)
                frames = frames.tb_next
            if isinstance(cause, SyntaxError) and cause.filename:
                self._look(cause.filename)
            missing = _missing(cause)
            if isinstance(missing, str):
                for path in _places(missing):
                    self._look_for(path)
            cause = cause.__cause__ or cause.__context__

    def found(self):
        """The files that have changed, have gone, are no longer missing, or are new in the present
        folder, since the last time that this was asked."""
        self._look_at_all()
        changed, self._changed = self._changed, set()
        return changed

    def _look_at_all(self):
        """Notes the files that have changed since the last look."""
        files = self._files()
        for path in files:
            self._look(path)
        for path in _present() - files:
            self._look(path, is_new=True)

    def _look(self, path, is_new=False):
        """Compares the time of a file with that of the last look, or of its load before. A file
        that was neither looked at nor loaded has changed if it is new."""
        stamp = _stamp(path)
        former = self._loaded.get(path)
        if former is None:
            former = self._seen.get(path, None if is_new else stamp)
        else:
            self._loaded[path] = None
        self._seen[path] = stamp
        if former != stamp:
            self._changed.add(path)

    def _look_for(self, path):
        """Looks for a file that was missing. It may be there already."""
        stamp = _stamp(path)
        # The time of another machine may be in the future, and would count at each load.
        is_new = stamp is not None and self._since <= stamp <= time.time()
        self._look(path, is_new)

    def _files(self):
        files = set(self._seen)
        for module in list(sys.modules.values()):
            path = _attribute(module, "__file__")
            if isinstance(path, str):
                files.add(path)
            elif type(module) is type(sys):  # a folder without an `__init__.py` may get one
                for folder in _folders(module):
                    files.add(os.path.join(folder, "__init__.py"))
        return files


def _present():
    """The files of Python in the present folder."""
    return {os.path.abspath(name) for name in os.listdir(".") if name.endswith(".py")}


def _stamp(path):
    """The time of a file. `None` if it is missing, or if this is not the name of a file."""
    try:
        return os.stat(path).st_mtime
    except (OSError, ValueError):
        return None


def _note_loads(times):
    """Has the time of each file of Python put here before it is loaded first."""
    from importlib.machinery import SourceFileLoader  # it costs memory

    find = SourceFileLoader.path_stats

    def path_stats(loader, path):
        stats = find(loader, path)
        times.setdefault(path, stats["mtime"])
        return stats

    SourceFileLoader.path_stats = path_stats


def _attribute(module, name):
    """An attribute, or `None`. A module may have code of its own for those that it does not
    have."""
    try:
        return getattr(module, name, None)
    except Exception:
        return None


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
    folders = _folders(sys.modules.get(package))
    if not folders:
        folders, name = _texts(sys.path), module.replace(".", os.sep)
    for folder in folders:
        path = os.path.abspath(os.path.join(folder, name))
        yield path
        for suffix in all_suffixes():
            yield path + suffix
            yield os.path.join(path, f"__init__{suffix}")


def _folders(package):
    """The folders in which the modules of a package are looked for."""
    try:
        return _texts(package.__path__)
    except Exception:  # it is not a package, or one without a file whose parent is gone
        return []


def _texts(folders):
    return [folder for folder in folders if isinstance(folder, str)]
