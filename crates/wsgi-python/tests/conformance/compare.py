"""Runs the suite against several servers, and prints a table of the behaviours of each.

    python -m pip install -r peers.txt
    python compare.py [--servers wsgi-rs,gunicorn,...] [--summary]

A row is a test, with all of its cases. `yes` means that all passed, `2/5` that two of five did.
With `--summary`, a row is a section of PEP 3333 or the tests of what it demands, recommends, or
does not ask for.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib import metadata
from pathlib import Path

from servers import version

HERE = Path(__file__).parent
DEFAULT = ["wsgi-rs", "gunicorn", "waitress", "granian", "fastpysgi", "uwsgi", "cheroot"]

LEVELS = {"must": "PEP 3333 demands", "should": "PEP 3333 recommends", "beyond": "beyond PEP 3333"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--servers", default=",".join(DEFAULT))
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    names = [name for name in options.servers.split(",") if is_installed(name)]
    results = {name: run(name) for name in names}
    print(f"\n{datetime.date.today()}, {platform.python_implementation()} "
          f"{platform.python_version()}\n")
    if not options.summary:
        print_rows(results)
    print_table("level", by_level(results), names)
    print_table("section", by_section(results), names)


def is_installed(name):
    try:
        version(name)
    except metadata.PackageNotFoundError:
        print(f"{name} is not installed", file=sys.stderr)
        return False
    return True


def run(name):
    """The outcomes of a server."""
    print(f"{name} {version(name)}", file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile() as file:
        command = [sys.executable, "-m", "pytest", str(HERE), "--quiet", "--tb=no", "-p",
                   "no:cacheprovider", "-m", "not ours", "--server", name, "--results", file.name]
        # A test that fails should do so soon.
        output = subprocess.run(command, capture_output=True, text=True,
                                env={**os.environ, "PATIENCE": "3"})
        text = Path(file.name).read_text()
        assert text, output.stdout + output.stderr
        return json.loads(text)


def section(row):
    return re.search(r"test_(\w+)\.py", row["id"])[1].replace("_", " ")


def behaviour(row):
    return re.search(r"::test_(\w+)", row["id"])[1].replace("_", " ")


def grouped(results, key):
    """The outcomes of each server, by a key of the row."""
    groups = defaultdict(lambda: defaultdict(list))
    for name, rows in results.items():
        for row in rows:
            groups[key(row)][name].append(row["passed"])
    return groups


def by_section(results):
    return grouped(results, section)


def by_level(results):
    return {LEVELS[key]: value for key, value in grouped(results, lambda row: row["level"]).items()}


def print_rows(results):
    names = list(results)
    groups = grouped(results, lambda row: (section(row), row["level"], behaviour(row)))
    last = None
    for (name, level, text), outcomes in groups.items():
        if name != last:
            print(f"\n### {name}\n")
            print_head("behaviour", names, extra="level")
            last = name
        cells = " | ".join(cell(outcomes[server]) for server in names)
        print(f"| {text} | {level} | {cells} |")


def print_table(title, groups, names):
    print()
    print_head(title, names)
    for key, outcomes in groups.items():
        cells = (f"{sum(outcomes[name])}/{len(outcomes[name])}" for name in names)
        print(f"| {key} | {' | '.join(cells)} |")


def print_head(title, names, extra=None):
    titles = [title, *([extra] if extra else []), *(f"{name} {version(name)}" for name in names)]
    print("| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles))


def cell(passed):
    if all(passed):
        return "yes"
    return f"{sum(passed)}/{len(passed)}" if any(passed) else "no"


if __name__ == "__main__":
    main()
