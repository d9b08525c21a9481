"""Compares the speed of servers: CPU time per request, requests per second, p99, and memory.

    python measure.py [--servers wsgi-rs,...] [--cases hello,...] [--rounds N] [--seconds S]

It needs `wrk`. Each server is one process, on one core, and the load is on another. Rounds are
interleaved, and ratios are to the first server, within a round.
"""

import argparse
import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE.parent / "conformance"))
os.environ.setdefault("THREADS", "32")

from servers import SERVERS, Server, version

TICK = os.sysconf("SC_CLK_TCK")

POST = 'wrk.method = "POST"\nwrk.body = string.rep("x", 10240)\n'

# A module, a path, the connections, a script of wrk, and a path that others visit meanwhile.
CASES = {
    "hello": ("speed_site:app", "/hello", 32, "", None),
    "flask": ("speed_flask:app", "/hello", 32, "", None),
    "django": ("speed_django:app", "/hello", 32, "", None),
    "post 10 KB": ("speed_site:app", "/post", 32, POST, None),
    "body 1 MB": ("speed_site:app", "/body", 8, "", None),
    "file 3 MB": ("speed_site:app", "/file", 8, "", None),
    "generator": ("speed_site:app", "/generator", 32, "", None),
    "sleep 10 ms": ("speed_site:app", "/sleep", 64, "", None),
    "beside 0.8 ms": ("speed_site:app", "/hello", 16, "", "/compute800"),
    "beside 4 ms": ("speed_site:app", "/hello", 16, "", "/compute4000"),
}

FIGURES = ["CPU us/request", "requests/s", "p99 ms", "memory MB", "resident MB", "own MB"]


def main():
    options = arguments()
    results = {case: {name: [] for name in options.servers} for case in options.cases}
    for number in range(1, options.rounds + 1):
        for case in options.cases:
            for name in options.servers:
                print(f"round {number}: {case}, {name}", file=sys.stderr, flush=True)
                results[case][name].append(measure(name, case, options.seconds))
    print(f"{datetime.date.today()}, {platform.python_implementation()} "
          f"{platform.python_version()}, {len(os.sched_getaffinity(0))} cores, {options.rounds} "
          f"rounds of {options.seconds} s.\n"
          "Medians, and times those of the first server, round by round.")
    for case, by_server in results.items():
        print(f"\n| {case} | " + " | ".join(f"{figure} | ratio" for figure in FIGURES) + " |")
        print("|---|" + "---|" * 2 * len(FIGURES))
        first = by_server[options.servers[0]]
        for name, rounds in by_server.items():
            print(f"| {name} {version(name)} | {cells(rounds, first)} |")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    options.servers = [name for name in options.servers.split(",") if is_installed(name)]
    options.cases = options.cases.split(",")
    return options


def is_installed(name):
    try:
        return bool(version(name))
    except metadata.PackageNotFoundError:
        return False


def cells(rounds, first):
    texts = []
    for at in range(len(FIGURES)):
        pairs = [(one[at], ours[at]) for one, ours in zip(rounds, first)
                 if one and ours and one[at] and ours[at]]
        if not pairs:
            texts += ["-", "-"]
            continue
        figure = statistics.median(one for one, _ in pairs)
        ratio = statistics.median(one / ours for one, ours in pairs)
        texts += [f"{figure:.4g}", f"{ratio:.2f}"]
    return " | ".join(texts)


def measure(name, case, seconds):
    """The figures of one run. None if the server answers nothing. Of one that gives errors, only
    the memory counts."""
    target, path, connections, script, beside = CASES[case]
    server = Server(name, target, folder=HERE)
    try:
        pin(server.process.pid, 0)
        load(server, path, connections, script, 1)
        before = cpu_time(server.process.pid)
        others = load_beside(server, beside, seconds) if beside else None
        output = load(server, path, connections, script, seconds)
        if others:
            others.wait()
        spent = cpu_time(server.process.pid) - before
        requests = re.search(r"(\d+) requests in", output)
        if not requests or int(requests[1]) == 0:
            print(output, file=sys.stderr)
            return None
        memories = [memory(server.process.pid, kind) for kind in ["Pss", "Rss", "Pss_Anon"]]
        if "Socket errors" in output:
            print(output, file=sys.stderr)
            return None, None, None, *memories
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
        # Beside others, their requests cost most of it.
        cpu = spent * 1e6 / int(requests[1]) if not beside else None
        return cpu, rate, latency(output), *memories
    finally:
        server.stop()


def pin(session, core):
    """Binds all threads of a session to a core, and so those that they will start."""
    for process in processes(session):
        subprocess.run(["taskset", "-acp", str(core), str(process)], stdout=subprocess.DEVNULL,
                       check=False)


def wrk(server, path, connections, seconds, extra=()):
    return ["taskset", "-c", "1", "wrk", "--threads", "1", "--connections", str(connections),
            "--duration", f"{seconds}s", "--latency", *extra,
            f"http://127.0.0.1:{server.port}{path}"]


def load(server, path, connections, script, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        extra = ["--script", file.name] if script else []
        command = wrk(server, path, connections, seconds, extra)
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def load_beside(server, path, seconds):
    """Slow calls on 16 other connections."""
    return subprocess.Popen(wrk(server, path, 16, seconds), stdout=subprocess.DEVNULL)


def latency(output):
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def processes(session):
    """The processes of a session: the server and its workers."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            yield int(folder.name)


def cpu_time(session):
    """The seconds that the processes have run, also their threads that have ended."""
    total = 0
    for process in processes(session):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory(session, kind):
    """The megabytes of resident memory of the processes. With `Pss`, each page that several
    processes of the machine share is counted in parts, and with `Rss` whole in each. `Pss_Anon` has
    no pages of files, so it does not depend on what else the machine runs."""
    total = 0
    for process in processes(session):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        total += int(re.search(rf"^{kind}:\s+(\d+)", rollup, re.M)[1]) * 1024
    return total / 1e6


if __name__ == "__main__":
    main()
