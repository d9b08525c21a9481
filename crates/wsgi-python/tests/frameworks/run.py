"""Runs the functional tests of Flask, Werkzeug, WebTest and Django through the server.

    python run.py FOLDER

FOLDER has the wheel in `wheels`. It gets a virtual environment, and the sources of the frameworks
from PyPI. The tests of Flask, Werkzeug and WebTest call applications by test clients, whose calls
`bridge.py` turns into requests to the server. The tests of Django start a live server, which
`live_django.py` replaces.
"""

import os
import re
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

HERE = Path(__file__).parent

# Tests that are left out, with the reason for each.
FLASK = {
    # The test's own context must be that of the call, which is on another thread.
    "tests/test_appctx.py::test_app_tearing_down_with_handled_exception_by_app_handler",
    "tests/test_appctx.py::test_app_tearing_down_with_unhandled_exception",
    # It fails without a server too, with this Werkzeug.
    "tests/test_reqctx.py::test_bad_environ_raises_bad_request",
}
WERKZEUG = {
    # The application returns a list of text.
    "tests/test_test.py::test_path_info_script_name_unquoting",
}
WEBTEST = {
    # The application is given an input of the test's own class.
    "tests/test_lint.py::TestInputWrapper::test_read",
    "tests/test_lint.py::TestInputWrapper::test_readline",
    "tests/test_lint.py::TestInputWrapper::test_readlines",
    # The application gives `("stuff",)` as exc_info.
    "tests/test_lint.py::TestMiddleware2::test_exc_info",
}

# Tests of Django with a live server. Others in these modules are about the classes of its own.
DJANGO = [
    *(f"servers.tests.LiveServer{name}" for name in [
        "Address", "Database", "InMemoryDatabaseLockTest", "Port", "ThreadedTests", "Views"]),
    "staticfiles_tests.test_liveserver",
]

# Name, variable BRIDGE, tests that are left out, files that test no application.
SUITES = [
    ("flask", "werkzeug", FLASK, ["tests/test_cli.py"]),
    ("werkzeug", "werkzeug", WERKZEUG, ["tests/test_serving.py"]),
    ("webtest", "webob", WEBTEST, []),
]


def main():
    folder = Path(sys.argv[1]).resolve()
    home = folder / "frameworks"
    python = environment(home / "environment", folder / "wheels")
    failed = []
    for name, bridge, left_out, ignored in SUITES:
        source = unpacked(name, home, python)
        command = [python, "-m", "pytest", "--quiet", "-p", "bridge", "-p", "no:cacheprovider",
                   "tests", *(f"--deselect={test}" for test in sorted(left_out)),
                   *(f"--ignore={file}" for file in ignored)]
        variables = {"BRIDGE": bridge, "PYTHONPATH": str(HERE)}
        run(name, command, source, variables, failed)
    tests = unpacked("django", home, python) / "tests"
    command = [python, HERE / "live_django.py", tests, *DJANGO]
    run("django", command, tests, {}, failed)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def run(name, command, folder, variables, failed):
    print(f"\n{name}", flush=True)
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout[-20_000:], flush=True)
    through = re.search(r"(\d+) requests went through the server", done.stdout)
    if done.returncode or not through or through[1] == "0":
        failed.append(name)


def environment(path, wheels):
    """A virtual environment with the frameworks and the wheel."""
    if not path.exists():
        venv.create(path, with_pip=True)
    python = path / "bin/python"
    pip(python, "install", "--requirement", HERE / "requirements.txt")
    pip(python, "install", "--no-index", "--no-deps", "--force-reinstall", "--find-links", wheels,
        "wsgi-rs")
    return python


def unpacked(name, home, python):
    """The folder of the sources of a framework, in the version that is installed."""
    requirements = (HERE / "requirements.txt").read_text()
    version = re.search(rf"^{name}==(\S+)", requirements, re.M | re.I)[1]
    source = home / f"{name}-{version}"
    if not source.exists():
        pip(python, "download", "--no-deps", "--no-binary", ":all:", "--dest", home,
            f"{name}=={version}")
        with tarfile.open(home / f"{name}-{version}.tar.gz") as archive:
            archive.extractall(home, filter="data")
    return source


def pip(python, command, *arguments):
    command = [python, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
