"""`unexpired agent install` and `uninstall`, with a `systemctl` that writes down what it is told."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systemd's machines")


class Machine:
    """A home with an unexpired.toml, and a service manager."""

    def __init__(self, folder):
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.config = self.home / ".config" / "unexpired" / "unexpired.toml"
        self.unit = self.home / ".config" / "systemd" / "user" / "unexpired-agent.service"
        self.log = folder / "log"
        self.config.parent.mkdir(parents=True)
        self.config.write_text('[roles.etl]\nprofile = "etl"\n')
        self.bin.mkdir()
        self.manager()

    def manager(self, failing="nothing"):
        program = self.bin / "systemctl"
        program.write_text(
            f'#!/bin/sh\necho "$*" >> {self.log}\n'
            f'case "$*" in *{failing}*) echo "Failed to connect to bus" >&2; exit 1;; esac\n'
        )
        program.chmod(0o755)

    def type(self, *arguments):
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(self.home),
            "PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin",
        }
        command = [sys.executable, "-m", "unexpired", "agent", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)

    @property
    def told(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    @property
    def files(self):
        return {path for path in self.home.rglob("*") if path.is_file()}


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_install_writes_one_file_and_starts_it_and_uninstall_takes_both_back(machine):
    before = machine.files
    done = machine.type("install")
    assert done.returncode == 0, done.stderr
    assert machine.files - before == {machine.unit}
    assert stat.S_IMODE(machine.unit.stat().st_mode) == 0o600
    assert str(machine.config) in machine.unit.read_text()
    unit = "unexpired-agent.service"
    assert machine.told == ["--user daemon-reload", f"--user enable {unit}", f"--user restart {unit}"]
    machine.log.unlink()
    done = machine.type("uninstall")
    assert done.returncode == 0, done.stderr
    assert machine.files == before
    assert machine.told == [f"--user disable --now {unit}", "--user daemon-reload"]
    assert machine.type("uninstall").stdout.startswith("There is nothing to uninstall")


def test_uninstalling_needs_no_configuration(machine):
    machine.type("install")
    machine.config.unlink()
    assert machine.type("uninstall").returncode == 0
    assert not machine.unit.exists()


def test_installing_again_brings_it_up_to_date(machine):
    machine.type("install")
    text = machine.unit.read_text()
    machine.unit.write_text(text.replace("WatchdogSec=60", "WatchdogSec=1"))
    assert machine.type("install").returncode == 0
    assert machine.unit.read_text() == text


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_somebody_elses_unit_of_that_name_is_not_touched(machine, command):
    machine.unit.parent.mkdir(parents=True)
    machine.unit.write_text("[Service]\nExecStart=/bin/mine\n")
    done = machine.type(command)
    assert done.returncode == 2
    assert "not written by unexpired" in done.stderr
    assert machine.unit.read_text() == "[Service]\nExecStart=/bin/mine\n"
    assert machine.told == []


def test_a_dry_run_shows_everything_and_changes_nothing(machine):
    before = machine.files
    done = machine.type("install", "--dry-run")
    assert done.returncode == 0
    assert "[Service]" in done.stdout
    assert "systemctl --user enable" in done.stderr
    assert machine.files == before
    assert machine.told == []
    assert "<plist" in machine.type("install", "--print", "--platform", "macos").stdout
    assert "<Task" in machine.type("install", "--print", "--platform", "windows").stdout
    assert machine.type("install", "--platform", "macos").returncode == 2


def test_a_wrong_configuration_is_told_before_anything_is_written(machine):
    machine.config.write_text('[roles.etl]\nprofil = "etl"\nrole_arn = "arn:aws:iam::123456789012:role/x"\n')
    done = machine.type("install")
    assert done.returncode == 2
    assert "did you mean 'profile'?" in done.stderr
    assert not machine.unit.exists()


def test_a_machine_without_a_service_manager_is_told_what_is_left_to_do(machine):
    machine.manager(failing="enable")
    done = machine.type("install")
    assert done.returncode == 2
    assert "Failed to connect to bus" in done.stderr
    assert "systemctl --user restart unexpired-agent.service" in done.stderr
    assert machine.unit.exists()
