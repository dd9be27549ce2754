"""A child's descriptors, signals, terminal and exit status are its own: real processes, a real terminal."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unexpired.channels.child import CommandNotExecutable, CommandNotFound, located, run_child

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, groups and terminals are POSIX's")

# `unexpired exec` without credentials: only what this module does.
WRAPPED = (
    "import os, sys\nfrom unexpired.channels.child import run_child\nsys.exit(run_child(sys.argv[1:], os.environ))\n"
)


def wrapped(*command):
    return [sys.executable, "-c", WRAPPED, *command]


def ended(*command, **options):
    """The wrapped command's end."""
    return subprocess.run(wrapped(*command), capture_output=True, text=True, timeout=20, check=False, **options)


def started(*command, **options):
    """The wrapped command, once it has said `ready`."""
    process = subprocess.Popen(wrapped(*command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("status", [0, 1, 3, 42, 255])
def test_the_exit_status_is_the_childs(status):
    assert run_child(["sh", "-c", f"exit {status}"], os.environ) == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_a_signal_ended_is_128_and_its_number(number):
    assert run_child(["sh", "-c", f"kill -{int(number)} $$"], os.environ) == 128 + number


def test_stdin_stdout_and_stderr_are_the_childs():
    done = ended("sh", "-c", "cat; echo oops >&2", input="through")
    assert (done.stdout, done.stderr) == ("through", "oops\n")


def test_other_descriptors_are_passed_on():
    """As `<(...)`, make's job server and systemd's sockets need."""
    reading, writing = os.pipe()
    os.write(writing, b"from descriptor\n")
    os.close(writing)
    done = ended("sh", "-c", f"cat /dev/fd/{reading}", pass_fds=[reading])
    os.close(reading)
    assert done.stdout == "from descriptor\n"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_no_descriptor_of_ours_is_passed_on():
    listening = "import socket\nkept = socket.create_server(('127.0.0.1', 0))\n"
    done = subprocess.run(
        [sys.executable, "-c", listening + WRAPPED, "sh", "-c", "ls -l /proc/self/fd"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert "socket:" not in done.stdout


def test_the_process_group_is_ours():
    done = ended(sys.executable, "-c", "import os; print(os.getpgrp() == os.getpgid(os.getppid()))")
    assert done.stdout == "True\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"])
def test_a_signal_sent_to_us_reaches_the_child(name):
    script = f"trap 'echo got {name}; exit 9' {name[3:]}; echo ready; while :; do sleep 0.05; done"
    process = started("sh", "-c", script)
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == (f"got {name}\n", 9)


@pytest.mark.parametrize("name", ["SIGINT", "SIGQUIT"])
def test_an_interrupt_that_no_terminal_sent_reaches_the_child(name):
    script = f"trap 'echo got {name}; exit 9' {name[3:]}; echo ready; while :; do sleep 0.05; done"
    process = started("sh", "-c", script, start_new_session=True)
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == (f"got {name}\n", 9)


def test_the_child_has_the_usual_dispositions():
    program = "import signal; print(int(signal.getsignal(signal.SIGTSTP)), int(signal.getsignal(signal.SIGTERM)))"
    done = subprocess.run(
        wrapped(sys.executable, "-c", program), capture_output=True, text=True, timeout=20, check=False
    )
    assert done.stdout.split() == ["0", "0"] or done.stdout.count("SIG_DFL") == 2


def test_what_was_ignored_stays_ignored():
    """Under `nohup`."""
    script = "echo ready; read line; echo alive"
    process = started("sh", "-c", script, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate("go\n", timeout=20)
    assert (out, process.returncode) == ("alive\n", 0)


def test_our_own_handlers_are_back_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    run_child(["true"], os.environ)
    assert signal.getsignal(signal.SIGTERM) is before


class Terminal:
    """A pseudo-terminal with a program in it."""

    def __init__(self, *command):
        import pty

        self.pid, self.keys = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "$ "
            os.execvp(command[0], command)
        self.seen = ""

    def type(self, text):
        os.write(self.keys, text.encode())

    def expect(self, pattern, seconds=20):
        """Read until a pattern comes; forget what was before it."""
        give_up_at = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.keys], [], [], max(0, give_up_at - time.monotonic()))
            assert ready, f"{pattern!r} did not come; seen: {self.seen!r}"
            try:
                self.seen += os.read(self.keys, 4096).decode(errors="replace")
            except OSError:
                pytest.fail(f"{pattern!r} did not come before the end; seen: {self.seen!r}")
        self.seen = self.seen[found.end() :]
        return found

    def close(self):
        os.close(self.keys)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal():
    opened = []

    def open_(*command):
        opened.append(Terminal(*command))
        return opened[-1]

    yield open_
    for one in opened:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGKILL)
        one.close()


def test_ctrl_c_reaches_the_child_once_and_we_outlive_it(terminal):
    script = (
        "import signal, sys, time\n"
        "got = []\n"
        "signal.signal(signal.SIGINT, lambda *_: got.append(1))\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 10\n"
        "while not got and time.monotonic() < end: time.sleep(0.05)\n"
        "time.sleep(0.3)\n"
        "print('interrupts:', len(got), flush=True)\n"
        "sys.exit(5)\n"
    )
    shell = terminal("sh")
    shell.type(shlex.join(wrapped(sys.executable, "-c", script)) + "; echo status=$?\n")
    shell.expect(r"ready\r\n")
    shell.type("\x03")
    assert shell.expect(r"interrupts: (\d)")[1] == "1"
    shell.expect("status=5")


def test_the_child_reads_the_terminal(terminal):
    one = terminal(*wrapped("sh", "-c", "test -t 0 && test -t 1 && echo terminal; read line; echo said $line"))
    one.expect("terminal")
    one.type("hello\n")
    one.expect("said hello")


def test_ctrl_z_stops_the_job_and_fg_goes_on_with_it(terminal):
    shell = terminal("bash", "--norc", "-i")
    shell.type(shlex.join(wrapped("sh", "-c", "echo ready; read line; echo said $line; exit 6")) + "\n")
    shell.expect(r"ready\r\n")
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.type("fg\n")
    shell.type("hello\n")
    shell.expect("said hello")
    shell.type("echo status=$?\n")
    shell.expect("status=6")


def test_a_child_that_ignores_ctrl_z_is_left_alone(terminal):
    shell = terminal("bash", "--norc", "-i")
    shell.type(shlex.join(wrapped("sh", "-c", "trap '' TSTP; echo ready; read line; echo said $line")) + "\n")
    shell.expect(r"ready\r\n")
    shell.type("\x1a")
    shell.type("hello\n")
    shell.expect("said hello")


@pytest.fixture
def script(tmp_path):
    def write(text, mode):
        path = tmp_path / "script"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def test_a_command_that_does_not_exist_is_127():
    for attempt in (lambda: located("no-such-command", os.environ), lambda: run_child(["no-such-command"], os.environ)):
        with pytest.raises(CommandNotFound) as caught:
            attempt()
        assert caught.value.exit_code == 127


def test_a_path_that_may_not_be_executed_is_126(script):
    path = script("#!/bin/sh\n", 0o600)
    with pytest.raises(CommandNotExecutable) as caught:
        located(path, os.environ)
    assert caught.value.exit_code == 126
    with pytest.raises(CommandNotExecutable):
        run_child([path], os.environ)


def test_a_directory_is_126(tmp_path):
    with pytest.raises(CommandNotExecutable, match="directory"):
        located(str(tmp_path), os.environ)


def test_a_script_without_its_interpreter_is_127_and_says_which_is_missing(script):
    with pytest.raises(CommandNotFound, match="interpreter"):
        run_child([script("#!/no/such/interpreter\n", 0o700)], os.environ)


def test_a_file_that_is_no_program_is_126_and_says_so(script):
    with pytest.raises(CommandNotExecutable, match="#! line"):
        run_child([script("echo hello\n", 0o700)], os.environ)
