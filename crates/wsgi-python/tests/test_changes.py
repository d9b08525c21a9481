"""The files that a worker looks at, so that it is replaced when one changes."""

import importlib
import os
import sys

import pytest
from wsgi_rs.changes import Changes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of modules, which is not the present one."""
    modules = set(sys.modules)
    (tmp_path / "present").mkdir()
    monkeypatch.chdir(tmp_path / "present")
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def write(path, source=""):
    """Writes a file, which is older than any `Changes`."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    os.utime(path, (1, 1))
    importlib.invalidate_caches()


def fail(statement):
    """The changes after an import that fails."""
    changes = Changes()
    with pytest.raises(ImportError) as failure:
        exec(statement, {})
    changes.add_failure(failure.value)
    assert not changes.found()
    return changes


@pytest.mark.parametrize("statement, path", [
    ("import missing", "missing.py"),
    ("import missing", "missing/__init__.py"),
    ("import missing", "missing"),
    ("import missing.part", "missing/__init__.py"),
    ("import parts.missing", "parts/missing.py"),
    ("from parts import missing", "parts/missing.py"),
    ("from parts import missing", "parts/missing/__init__.py"),
])
def test_a_module_is_no_longer_missing(folder, statement, path):
    write(folder / "parts" / "__init__.py")
    changes = fail(statement)
    write(folder / "other.py")
    assert not changes.found()
    write(folder / path)
    assert changes.found()
    assert not changes.found()


def test_a_module_imports_one_that_is_missing_and_is_gone_itself(folder):
    write(folder / "parts" / "__init__.py", "from . import missing")
    changes = fail("import parts")
    write(folder / "parts" / "missing.py")
    assert changes.found()


def test_a_module_is_saved_before_the_first_look_at_it(folder):
    write(folder / "module.py")
    changes = Changes()
    importlib.import_module("module")
    (folder / "module.py").touch()
    assert changes.found()
    assert not changes.found()


def test_the_time_of_a_file_is_in_the_future(folder):
    write(folder / "module.py")
    os.utime(folder / "module.py", (2**32, 2**32))
    changes = Changes()
    importlib.import_module("module")
    assert not changes.found()
    (folder / "module.py").touch()
    assert changes.found()


def test_a_folder_becomes_a_package(folder):
    (folder / "parts").mkdir()
    changes = Changes()
    importlib.import_module("parts")
    assert not changes.found()
    write(folder / "parts" / "__init__.py")
    assert changes.found()
