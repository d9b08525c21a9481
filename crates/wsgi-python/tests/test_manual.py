"""The manual page and the help."""

import shutil
import subprocess
import sys

import pytest
from launch import PATIENCE
from wsgi_rs.options import ALL


def printed(option):
    command = [sys.executable, "-m", "wsgi_rs", option]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_page_has_every_option():
    page = printed("--manual").replace("\\-", "-")
    for option in ALL:
        value = f" \\fI{option.value}\\fR" if option.value else ""
        assert f"\n\\fB{option.flag}\\fR{value}\n{option.help}" in page


def test_the_page_has_the_options_of_the_command_line_alone():
    page = printed("--manual").replace("\\-", "-")
    for name in "config", "check-config", "help", "manual", "version":
        assert f"\n.TP\n\\fB--{name}\\fR" in page


def test_every_command_of_the_page_is_known():
    known = {".TH", ".SH", ".SS", ".B", ".TP", ".PP"}
    lines = printed("--manual").splitlines()
    assert {line.split()[0] for line in lines if line.startswith((".", "'"))} <= known


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no `groff`")
def test_the_page_is_shown_without_a_warning():
    command = ["groff", "-man", "-Tascii", "-ww", "-P-cbou"]
    done = subprocess.run(command, input=printed("--manual"), capture_output=True, text=True,
                          timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--bind ADDR" in done.stdout and "/PREFIX=APP" in done.stdout


def test_the_help_has_every_option():
    shown = " ".join(printed("--help").split())
    for option in ALL:
        assert f"{option.flag} {option.value or ''}".strip() in shown
        assert " ".join(option.help.split()[:3]) in shown
