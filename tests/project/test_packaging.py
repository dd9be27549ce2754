"""What the package promises as a package: cheap to import, whole without its extras, complete as a wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "src"
MODULES = sorted(SOURCE.glob("unexpired/**/*.py"))

# What costs tens of milliseconds or more to import, or is an extra.
HEAVY = [
    "boto3",
    "botocore",
    "asyncio",
    "click",
    "cryptography",
    "flask",
    "moto",
    "pytest",
    "requests",
    "rich",
    "urllib3",
]
EXTRAS = ["flask", "flask_cors", "moto", "werkzeug"]
# Rooms that are an extra, or that only a test run imports; and the demo's jobs, which are programs to be started.
NEED_EXTRAS = ("unexpired.sandbox", "unexpired.testing", "unexpired.demo.jobs")


def imported_by(program: str) -> list[str]:
    """The modules that a Python has after the program, beyond those that every Python has."""
    script = (
        f"import json, sys\nbefore = set(sys.modules)\n{program}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_the_package_imports_nothing_else():
    ours_alone = [name for name in imported_by("import unexpired") if name.partition(".")[0] != "unexpired"]
    assert set(ours_alone) <= {"typing", "importlib"} | set(imported_by("import typing, importlib"))


def test_the_help_imports_nothing_heavy_but_click():
    found = imported_by("from unexpired.cli import main; main(['--help'])")
    assert sorted(set(found) & set(HEAVY)) == ["click"]


def test_everything_but_the_sandbox_does_without_the_extras():
    names = [module_name(path) for path in MODULES if not module_name(path).startswith(NEED_EXTRAS)]
    program = (
        f"import importlib, sys\nsys.modules.update(dict.fromkeys({EXTRAS}))\n"
        f"for name in {names}:\n    if name != 'unexpired.__main__': importlib.import_module(name)"
    )
    assert "unexpired.engine.refresher" in imported_by(program)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_file_is_short_enough_to_be_about_one_thing(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("lock", sorted((CHECKOUT / "locks").glob("*.txt")), ids=lambda path: path.name)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock):
    text = lock.read_text(encoding="utf-8")
    pins = [entry for entry in text.split("\n\n")[0].replace("\\\n", "").splitlines() if entry[:1].isalnum()]
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.skipif(find_spec("hatchling") is None, reason="builds with the project's own backend, without network")
def test_the_wheel_holds_the_whole_package_its_licence_and_nothing_else(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        entry_points = packed.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    package = {name for name in names if name.startswith("unexpired/")}
    assert {path.relative_to(SOURCE).as_posix() for path in MODULES} <= package
    assert "unexpired/py.typed" in package
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"unexpired", "unexpired_start.py"}
    assert "unexpired = unexpired_start:main" in entry_points


def module_name(path: Path) -> str:
    """``unexpired.engine`` for ``src/unexpired/engine/__init__.py``."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
