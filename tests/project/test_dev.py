"""`./dev`: a checkout that sets itself up once, tells what it does, and survives whatever interrupts it.

The checkouts here are small ones with the real script, and a `uv` on the PATH that makes a bare environment and notes
what it was asked to install: no network, and what the script does around the installer is all real.
"""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a POSIX script")

CHECKOUT = Path(__file__).parents[2]

UV = f"""#!{sys.executable}
import os, subprocess, sys, time
with open(os.environ["UV_ASKED"], "a") as asked:
    print(*sys.argv[1:], file=asked)
if sys.argv[1] == "venv":
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", sys.argv[-1]], check=True)
elif os.environ.get("UV_SAYS"):
    sys.exit(os.environ["UV_SAYS"])
elif os.environ.get("UV_HANGS"):
    time.sleep(60)
"""

PYPROJECT = """
[project]
name = "unexpired"

[project.scripts]
unexpired = "unexpired.cli:main"

[tool.ruff]
line-length = 120
"""

# `./dev bench` runs this: it says what it was given, waits for its input to end if asked to, and ends as told.
BENCH = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["PATH"].split(os.pathsep)[0], flush=True)
if "wait" in sys.argv:
    sys.stdin.read()
sys.exit(7)
"""


class Checkout:
    """A small checkout, and what its ./dev says and asks of uv."""

    def __init__(self, root: Path) -> None:
        self.root = root / "checkout"
        self.asked = root / "asked"
        self.tools = root / "tools"
        (self.root / "locks").mkdir(parents=True)
        (self.root / "bench").mkdir()
        self.tools.mkdir()
        shutil.copy(CHECKOUT / "dev", self.root / "dev")
        (self.root / "pyproject.toml").write_text(PYPROJECT)
        (self.root / "locks/bench.txt").write_text("some-package==1.0\nsome-other==2.0\n")
        (self.root / "bench/__main__.py").write_text(BENCH)
        (self.tools / "uv").write_text(UV)
        (self.tools / "uv").chmod(0o755)

    def environment(self, **variables: str) -> dict[str, str]:
        return {"PATH": f"{self.tools}:/usr/bin:/bin", "UV_ASKED": str(self.asked), **variables}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(self.root / "dev"), *arguments],
            env=self.environment(**variables),
            cwd=self.root.parent,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "dev"), *arguments],
            env=self.environment(**variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def asked_since_last_time(self) -> list[str]:
        """What uv was asked, one of `venv`, `packages`, `project` a line."""
        lines = self.asked.read_text().splitlines() if self.asked.exists() else []
        self.asked.unlink(missing_ok=True)
        return ["venv" if line.startswith("venv") else "project" if " -e " in line else "packages" for line in lines]


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_first_start_says_what_it_makes_and_hands_arguments_and_status_over(checkout):
    done = checkout.run("bench", "--json", "-k", "policy")
    assert done.returncode == 7
    assert done.stdout.split(" /")[0] == "['--json', '-k', 'policy']"
    told = done.stderr.splitlines()
    assert all(line.startswith("dev: ") for line in told)
    assert "Making .dev/bench (once)" in told[0]
    assert "the 2 packages of locks/bench.txt" in told[1]
    assert checkout.asked_since_last_time() == ["venv", "packages", "project"]


def test_the_tool_runs_in_the_checkout_with_the_environments_commands_first(checkout):
    said = checkout.run("bench").stdout.split()
    assert said[1] == str(checkout.root)
    assert said[2] == str(checkout.root / ".dev/bench/bin")


def test_the_second_start_says_nothing_and_asks_nothing(checkout):
    checkout.run("bench")
    checkout.asked_since_last_time()
    again = checkout.run("bench")
    assert (again.returncode, again.stderr) == (7, "")
    assert checkout.asked_since_last_time() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "asked"),
    [
        pytest.param("locks/bench.txt", "1.0", "1.1", ["venv", "packages", "project"], id="a lock makes it afresh"),
        pytest.param("pyproject.toml", "cli:main", "cli:run", ["project"], id="an entry point installs the project"),
        pytest.param("pyproject.toml", "120", "99", [], id="a linter's setting does nothing"),
    ],
)
def test_what_has_changed_is_made_again_and_no_more(checkout, file, old, new, asked):
    checkout.run("bench")
    checkout.asked_since_last_time()
    text = (checkout.root / file).read_text()
    (checkout.root / file).write_text(text.replace(old, new))
    checkout.run("bench")
    assert checkout.asked_since_last_time() == asked


def test_a_checkout_that_was_moved_makes_its_environment_afresh(checkout, tmp_path):
    checkout.run("bench")
    checkout.asked_since_last_time()
    checkout.root = checkout.root.rename(tmp_path / "elsewhere")
    assert checkout.run("bench").returncode == 7
    assert checkout.asked_since_last_time() == ["venv", "packages", "project"]


def test_a_set_up_that_was_killed_is_not_believed(checkout):
    killed = checkout.start("bench", UV_HANGS="yes")
    read_until(killed, "Installing the 2 packages")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    checkout.asked_since_last_time()
    assert checkout.run("bench").returncode == 7
    assert checkout.asked_since_last_time() == ["venv", "packages", "project"]


def test_a_change_that_failed_half_way_is_not_believed_either(checkout, tmp_path):
    checkout.run("bench")
    project = checkout.root / "pyproject.toml"
    before = project.read_text()
    project.write_text(before.replace("cli:main", "cli:run"))
    assert checkout.run("bench", UV_SAYS="no", **without(tmp_path, "ensurepip")).returncode == 2
    project.write_text(before)
    checkout.asked_since_last_time()
    assert checkout.run("bench").returncode == 7
    assert checkout.asked_since_last_time()[-1] == "project"


def test_ctrl_c_during_the_set_up_leaves_no_traceback(checkout):
    interrupted = checkout.start("bench", UV_HANGS="yes")
    read_until(interrupted, "Installing the 2 packages")
    os.killpg(interrupted.pid, signal.SIGINT)
    told = interrupted.communicate()[1]
    assert interrupted.returncode == 130
    assert "Traceback" not in told


def test_two_first_starts_at_once_make_one_environment(checkout):
    starts = [checkout.start("bench") for _ in range(3)]
    for start in starts:
        start.communicate()
    assert [start.returncode for start in starts] == [7, 7, 7]
    assert checkout.asked_since_last_time() == ["venv", "packages", "project"]


def test_an_environment_in_use_is_not_replaced_under_the_tool(checkout):
    using = checkout.start("bench", "wait")
    assert using.stdout.readline().startswith("['wait']")
    checkout.asked_since_last_time()
    (checkout.root / "locks/bench.txt").write_text("some-package==3.0\n")
    changing = checkout.start("bench")
    read_until(changing, "Waiting for another ./dev")
    assert checkout.asked_since_last_time() == []
    using.communicate()
    changing.communicate()
    assert (using.returncode, changing.returncode) == (7, 7)
    assert checkout.asked_since_last_time() == ["venv", "packages", "project"]


def test_no_network_is_one_line_with_the_installers_last_one(checkout):
    done = checkout.run("bench", UV_SAYS="Retrying\nerror: Temporary failure in name resolution\nhint: try later")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    failure = done.stderr.splitlines()[-1]
    assert failure.startswith("dev: could not install packages: error: Temporary failure in name resolution - ")
    assert "check the network" in failure
    assert "Retrying" in (checkout.root / ".dev/bench.log").read_text()


@pytest.mark.parametrize(
    "uv_says", ["invalid peer certificate: UnknownIssuer", "error: unexpected argument '--require-hashes' found"]
)
def test_a_uv_that_cannot_is_followed_by_pip(checkout, tmp_path, uv_says):
    done = checkout.run("bench", UV_SAYS=uv_says, **without(tmp_path, "ensurepip"))
    told = done.stderr.splitlines()
    assert uv_says in told[2]
    assert told[2].endswith("; starting over with pip ...")
    assert "pip" in told[3]
    assert "has no ensurepip" in told[4]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_cannot_make_environments_names_the_package(checkout, tmp_path, module):
    (checkout.tools / "uv").unlink()
    done = checkout.run("bench", **without(tmp_path, module))
    assert done.returncode == 2
    cure = "apt install python{}.{}-venv" if Path("/etc/debian_version").exists() else "your system's package"
    assert f"has no {module}" in done.stderr.splitlines()[-1]
    assert cure.format(*sys.version_info) in done.stderr.splitlines()[-1]


def test_a_python_that_is_too_old_is_told_so_in_one_line(checkout):
    program = (
        "import runpy, sys; sys.version_info = (3, 7, 16, 'final', 0); sys.argv = ['dev', 'test'];"
        f"runpy.run_path({str(checkout.root / 'dev')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "dev: Python 3.7 is too old, 3.10 or newer is needed: python3.12 dev ...\n"


def test_an_old_python_can_read_the_script_so_far_as_to_say_so():
    ast.parse((CHECKOUT / "dev").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_verb_and_makes_nothing(checkout, arguments):
    done = checkout.run(*arguments)
    assert done.returncode == 0
    assert all(f"\n  {verb} " in done.stdout for verb in ("demo", "test", "lowest", "clients", "lint", "bench", "lock"))
    assert not (checkout.root / ".dev").exists()


def test_an_unknown_verb_is_one_line(checkout):
    done = checkout.run("tset")
    assert done.returncode == 2
    verbs = "demo, test, lowest, clients, lint, bench, lock"
    assert done.stderr == f"dev: there is no verb 'tset', but {verbs}: ./dev --help\n"


def test_locking_without_uv_says_that_it_needs_it(checkout):
    (checkout.tools / "uv").unlink()
    done = checkout.run("lock")
    assert done.returncode == 2
    assert "pip install uv" in done.stderr


def without(tmp_path: Path, module: str) -> dict[str, str]:
    """The variables of a Python that lacks a module of the standard library, as Debian's does."""
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / f"{module}.py").write_text(f"raise ModuleNotFoundError(name={module!r})")
    return {"PYTHONPATH": str(tmp_path / "stubs")}


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Read the process's stderr up to and including the line with these words."""
    for line in process.stderr:
        if words in line:
            return
    pytest.fail(f"it ended without saying {words!r}")
