"""The files that a worker looks at, so that it is replaced when one changes."""

import importlib
import os
import runpy
import sys
import time
from copy import copy
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import pytest
from wsgi_rs.changes import Changes
from wsgi_rs.rewrites import NAMES, Rewrites


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
    """Loads of the applications by workers of one parent."""

    def __init__(self):
        self._rewrites = Rewrites()
        self._generation = 0

    def load(self, write, is_other=False):
        """A load during which files are written, in a worker of the next generation, or in another
        one of the latest."""
        self._generation += not is_other
        return Load(self._rewrites, self._generation, write)


class Load:
    """A load, and the looks after it."""

    def __init__(self, rewrites, generation, write):
        self._rewrites = copy(rewrites)  # as a fork does, which shares the memory
        self._changes = Changes()
        self._rewrites.begin(generation)
        write()
        self.lines = self._rewrites.end(self._changes)

    def found(self):
        return self._rewrites.found(self._changes, self.lines.append)


@pytest.fixture
def clock(monkeypatch):
    """A time that goes on when it is told to, by halves of seconds, which are exact."""
    clock = SimpleNamespace(now=1000)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    return clock


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
        load = loads.load(lambda: save(made, "made"))
        assert not load.lines and load.found()
    for _ in range(2):
        load = loads.load(lambda: save(made, "made"))
        assert load.lines == [f"the application writes {made} whenever it is loaded; reloading at "
                              "the next change"]
        for _ in range(2):
            assert not load.found()
            save(made, "made")  # by another worker, also after a look without a change
        assert not load.found()
        save(made, "saved")
        assert load.found()
        assert not load.found()
        made.write_text("made")


def test_a_save_during_a_load_is_a_change_also_beside_a_file_that_settles(made):
    loads = Loads()
    other = made.with_name("other.py")
    for _ in range(4):
        loads.load(lambda: save(made, "made"))

    def write():
        save(made, "made")
        save(other, "saved")

    load = loads.load(write)
    assert "made.py" in load.lines[0]
    assert load.found()


def test_a_save_of_a_file_that_the_application_writes_is_a_change(made):
    loads = Loads()
    for _ in range(3):
        load = loads.load(lambda: save(made, "made"))
    save(made, "saved")  # while other workers may write it
    assert load.found()
    load = loads.load(lambda: save(made, "saved during the load"))
    assert not load.lines and load.found()
    load = loads.load(lambda: save(made, "saved during the load"))
    assert load.lines and not load.found()


def test_a_save_that_takes_back_one_during_the_load_is_a_change(made):
    loads = Loads()
    other = made.with_name("other.py")

    def write(text):
        save(made, "made")
        save(other, text)

    for _ in range(3):
        load = loads.load(lambda: write("before"))
    assert load.lines and not load.found()
    load = loads.load(lambda: write("during"))
    assert load.found()
    save(other, "before")
    assert load.found()


def test_a_generation_that_changes_nothing_interrupts_those_in_a_row(made):
    loads = Loads()
    for _ in range(2):
        loads.load(lambda: save(made, "made"))
    loads.load(lambda: None)
    load = loads.load(lambda: save(made, "made"))
    assert not load.lines and load.found()


def test_a_worker_that_changes_nothing_does_not_interrupt_those_in_a_row(made):
    loads = Loads()
    for _ in range(3):
        load = loads.load(lambda: save(made, "made"))
        other = loads.load(lambda: None, is_other=True)
    assert load.lines and not load.found()
    save(made, "made")
    assert not other.found()


def test_a_file_settles_that_the_application_writes_soon_after_loads(made, clock):
    loads = Loads()
    for _ in range(2):
        load = loads.load(lambda: None)
        save(made, "made")
        assert load.found()
    load = loads.load(lambda: None)
    save(made, "made")
    assert not load.found()


def write_other_contents(made, number):
    save(made, f"at {number}")


def write_other_names(made, number):
    made.with_name(f"made_{number}.py").touch()


@pytest.mark.parametrize("write", [write_other_contents, write_other_names])
def test_what_loads_change_without_end_waits_ever_longer(made, clock, write):
    loads = Loads()
    for number in range(9):
        load = loads.load(lambda: write(made, number))
        assert not load.lines and load.found()
    for number in range(9, 29):
        load = loads.load(lambda: write(made, number))
        wait = min(2 ** (number - 9), 60)
        assert load.lines[0].endswith("changes whenever the application is loaded; reloading at "
                                      f"the next change, or in {wait} s")
        write(made, number + 100)  # by another worker
        assert not load.found()
        clock.now += wait - 0.5
        assert not load.found()
        clock.now += 0.5
        assert load.found()

    load = loads.load(lambda: write(made, 30))
    clock.now += 10
    assert not load.found()
    save(made.with_name("other.py"), "saved")
    assert load.found()
    load = loads.load(lambda: write(made, 31))
    assert load.lines[0].endswith("in 1 s")
    clock.now += 1
    assert load.found()


def test_a_save_is_named_beside_files_that_loads_change_without_end(made, clock):
    loads = Loads()
    other = made.with_name("other.py")
    for number in range(9):
        loads.load(lambda: write_other_names(made, number))

    def write():
        write_other_names(made, 9)
        save(other, "saved")

    load = loads.load(write)
    rest = " changes whenever the application is loaded; reloading at the next change, or in 1 s"
    assert load.lines == [f"{made.with_name('made_9.py')}{rest}", f"{other}{rest}"]
    clock.now += 0.5
    for number in range(10, 22):
        write_other_names(made, number)
    assert not load.found()
    names = [line.removeprefix(f"{made.parent}{os.sep}").partition(" has changed just")[0]
             for line in load.lines[2:]]
    assert names == [*(f"made_{number}.py" for number in range(10, 19)), "each of 3 more files"]


@pytest.fixture
def waiting(made, clock):
    """Loads that have changed a file each, and the latest of them, after which a change waits."""
    loads = Loads()
    for number in range(13):
        load = loads.load(lambda: save(made, f"at {number}"))
        clock.now += 8
        assert load.found()
    return loads, loads.load(lambda: save(made, "at 13"))


def test_a_save_some_time_after_a_load_is_loaded_at_once_whatever_waits(made, clock, waiting):
    loads, load = waiting
    clock.now += 6
    assert not load.found()
    save(made, "saved")
    assert load.found()
    load = loads.load(lambda: save(made, "at 14"))
    assert load.lines[0].endswith("in 1 s")
    clock.now += 1
    assert load.found()


def test_a_save_soon_after_a_load_that_waits_is_loaded_then(made, clock, waiting):
    _, load = waiting
    clock.now += 1
    save(made.with_name("other.py"), "saved")
    assert not load.found() and not load.found()
    assert len(load.lines) == 2, "of the load, and of the save"
    assert load.lines[1].endswith("other.py has changed just after a load, as after the loads "
                                  "before; reloading in 15 s, or at a later change")
    clock.now += 14.5
    assert not load.found()
    clock.now += 0.5
    assert load.found()


def test_more_names_than_the_memory_has_room_for_are_forgotten(made, clock, monkeypatch):
    monkeypatch.setattr("wsgi_rs.rewrites.SIZE", 200)
    loads = Loads()
    for number in range(9):
        for name in range(3):
            loads.load(lambda: write_other_names(made, 3 * number + name), is_other=name > 0)
    load = loads.load(lambda: write_other_names(made, 30))
    assert load.lines[0].endswith("in 1 s")
    assert not load.found()


def test_memory_that_is_torn_forgets_names_alone(made, clock):
    loads = Loads()
    for _ in range(9):
        loads.load(lambda: save(made, "made"))
    for at in range(NAMES, NAMES + 100):
        loads._rewrites._memory[at] = at % 3 * 127
    load = loads.load(lambda: save(made, "made"))
    assert load.lines[0].endswith("in 1 s") and not load.found()


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
        loads._generation += 1
    load = loads.load(lambda: save(made, "made"))
    assert load.lines and not load.found()
