"""Files of Python that change while a developer works."""

import os
import sys


class Changes:
    """Looks at the files of all modules, and at those of the present folder that are not loaded."""

    def __init__(self):
        self._seen = {}
        self._further = set()
        self.found()

    def add_traceback(self, error):
        """Also looks at the files in which a module could not be imported."""
        cause = error
        while cause is not None:
            frames = cause.__traceback__
            while frames is not None:
                self._further.add(frames.tb_frame.f_code.co_filename)
                frames = frames.tb_next
            if isinstance(cause, SyntaxError) and cause.filename:
                self._further.add(cause.filename)
            cause = cause.__cause__ or cause.__context__

    def found(self):
        """Whether a file has changed, or is gone, since the last look."""
        changed = False
        for path in self._files():
            try:
                stamp = os.stat(path).st_mtime_ns
            except OSError:
                stamp = None
            changed |= self._seen.setdefault(path, stamp) != stamp
            self._seen[path] = stamp
        return changed

    def _files(self):
        files = set(self._further)
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str):
                files.add(path)
        for name in os.listdir("."):
            if name.endswith(".py"):
                files.add(os.path.abspath(name))
        return files | self._seen.keys()
