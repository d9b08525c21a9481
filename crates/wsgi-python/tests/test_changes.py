"""The files that a worker looks at, so that it is replaced when one changes."""

import importlib
import os
import runpy
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from wsgi_rs.changes import Changes
from wsgi_rs.rewrites import Rewrites


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of modules, which is not the present one."""
    modules = set(sys.modules)
    monkeypatch.setattr(SourceFileLoader, "path_stats", SourceFileLoader.path_stats)
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


def write_now(path):
    """Writes an empty file with the present time, which the system notes less precisely."""
    path.touch()
    now = time.time_ns()
    os.utime(path, ns=(now, now))
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


def test_a_module_is_written_before_the_first_look_at_its_place(folder):
    changes = Changes()
    with pytest.raises(ImportError) as failure:
        importlib.import_module("missing")
    write_now(folder / "missing.py")
    changes.add_failure(failure.value)
    assert changes.found()
    assert not changes.found()


def test_a_package_fails_whose_folder_was_imported(folder):
    write(folder / "shop" / "__init__.py", "from . import parts; import missing")
    (folder / "shop" / "parts").mkdir()
    changes = fail("import shop")
    assert "shop.parts" in sys.modules and "shop" not in sys.modules
    write(folder / "missing.py")
    assert changes.found()


def test_a_module_has_code_for_attributes(folder):
    write(folder / "lazy.py", "def __getattr__(name): raise RuntimeError(name)")
    changes = Changes()
    del importlib.import_module("lazy").__file__
    assert not changes.found()


@pytest.mark.parametrize("saves_bytecode", [True, False])
def test_a_module_is_written_while_it_is_loaded(folder, monkeypatch, saves_bytecode):
    monkeypatch.setattr(sys, "dont_write_bytecode", not saves_bytecode)
    changes = Changes()
    path = folder / "made.py"
    write_now(path)
    spec = spec_from_file_location("made", path)
    sys.modules["made"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["made"])
    assert not changes.found()
    os.utime(path, (2**31, 2**31))
    assert changes.found()


def test_a_file_is_written_that_a_module_only_names(folder):
    changes = Changes()
    write_now(folder / "made.py")
    sys.modules["made"] = type(sys)("made")
    sys.modules["made"].__file__ = str(folder / "made.py")
    assert not changes.found()


@pytest.mark.parametrize("attribute", ["__cause__", "__context__"])
def test_an_error_is_its_own_cause(folder, attribute):
    changes = Changes()
    first, second = ValueError(), ModuleNotFoundError(name="missing")
    setattr(first, attribute, second)
    setattr(second, attribute, first)
    changes.add_failure(first)
    write(folder / "missing.py")
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


def test_a_module_is_new_in_the_present_folder(folder):
    changes = Changes()
    assert not changes.found()
    write(folder.parent / "present" / "local_settings.py")
    assert changes.found()
    assert not changes.found()


@pytest.mark.parametrize("in_present_folder", [True, False])
def test_a_module_is_loaded_from_a_new_file(folder, monkeypatch, in_present_folder):
    place = folder.parent / "present" if in_present_folder else folder
    monkeypatch.syspath_prepend(place)
    changes = Changes()
    write(place / "fresh.py")
    importlib.import_module("fresh")
    assert not changes.found()


def test_a_module_is_loaded_a_second_time_from_a_changed_file(folder):
    write(folder / "twice.py")
    changes = Changes()
    importlib.import_module("twice")
    assert not changes.found()
    os.utime(folder / "twice.py", (2, 2))
    runpy.run_module("twice")
    assert changes.found()
    assert not changes.found()


class Loads:
    """Loads of the applications, one after the other."""

    def __init__(self):
        self._rewrites = Rewrites()

    def load(self, write):
        """The changes that a worker looks at, and what it says, after a load during which files are
        written."""
        self._rewrites.begin()
        changes = Changes()
        write()
        return changes, self._rewrites.end(changes)


def save(path, source):
    """Writes a file so that its time differs from that of the former one."""
    former = path.stat().st_mtime
    path.write_text(source)
    os.utime(path, (former + 1, former + 1))


@pytest.fixture
def made(folder):
    """Two modules, of which an application writes one."""
    for name in ["made.py", "other.py"]:
        write(folder / "../present" / name)
    return folder.parent / "present" / "made.py"


def test_a_file_settles_that_three_loads_have_left_with_the_same_content(made):
    loads = Loads()
    for _ in range(2):
        changes, lines = loads.load(lambda: save(made, "made"))
        assert not lines and changes.found()
    for _ in range(2):
        changes, lines = loads.load(lambda: save(made, "made"))
        assert lines == [f"the application writes {made} whenever it is loaded; reloading at the "
                         "next change"]
        save(made, "made")  # by another worker
        assert not changes.found()
        assert not changes.found()
        save(made, "made")  # it has settled before
        assert changes.found()
        assert not changes.found()


def test_a_save_during_a_load_is_a_change_also_beside_a_file_that_settles(made):
    loads = Loads()
    other = made.with_name("other.py")
    for _ in range(4):
        loads.load(lambda: save(made, "made"))

    def write():
        save(made, "made")
        save(other, "saved")

    changes, lines = loads.load(write)
    assert "made.py" in lines[0]
    assert changes.found()


def test_a_save_of_a_file_that_the_application_writes_is_a_change(made):
    loads = Loads()
    for _ in range(3):
        changes, lines = loads.load(lambda: save(made, "made"))
    save(made, "saved")  # while other workers may write it
    assert changes.found()
    changes, lines = loads.load(lambda: save(made, "saved during the load"))
    assert not lines and changes.found()
    changes, lines = loads.load(lambda: save(made, "saved during the load"))
    assert lines and not changes.found()


def test_a_load_that_changes_nothing_interrupts_those_in_a_row(made):
    loads = Loads()
    for _ in range(2):
        loads.load(lambda: save(made, "made"))
    loads.load(lambda: None)
    changes, lines = loads.load(lambda: save(made, "made"))
    assert not lines and changes.found()


def test_a_file_waits_that_ten_loads_have_left_with_other_contents(made, monkeypatch):
    loads = Loads()
    for number in range(9):
        changes, lines = loads.load(lambda: save(made, f"at {number}"))
        assert not lines and changes.found()
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    changes, lines = loads.load(lambda: save(made, "at 9"))
    assert lines == [f"{made} changes whenever the application is loaded; reloading at the next "
                     "change, or in 60 s"]
    save(made, "at 10")  # by another worker
    assert not changes.found()
    assert not changes.found()
    now += 59
    assert not changes.found()
    now += 1
    assert changes.found()

    changes, _ = loads.load(lambda: save(made, "at 11"))
    assert not changes.found()
    save(made, "saved")
    assert changes.found()


def test_what_loads_have_left_is_known_to_the_forks_of_a_parent(made):
    loads = Loads()
    for _ in range(2):
        pid = os.fork()
        if not pid:
            try:
                loads.load(lambda: save(made, "made"))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
    changes, lines = loads.load(lambda: save(made, "made"))
    assert lines and not changes.found()
