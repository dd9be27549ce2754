"""What is written for systemd, launchd and the Task Scheduler is what those read, and closed as far as can be."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from unexpired.agent.config import AgentConfig, RoleConfig
from unexpired.agent.service import Wanted, service_for, wanted_here

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
NAMESPACE = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}


@pytest.fixture
def wanted(tmp_path):
    return Wanted(
        command=(sys.executable, "-m", "unexpired", "agent", "run", "--config", str(tmp_path / 'a "b" %h $x.toml')),
        environment={"AWS_REGION": "eu-west-1", "PATH": "/opt/my tools:/usr/bin"},
        writes=(tmp_path / "state", tmp_path / "my aws"),
        foreign_uids=False,
        home=tmp_path,
        uid=1000,
        user="CORP\\ann",
    )


@pytest.fixture
def unit(wanted, tmp_path):
    service = service_for("linux", wanted)
    path = tmp_path / service.path.name
    path.write_bytes(service.content)
    return path


@needs_systemd
def test_systemd_reads_the_unit_without_a_word(unit, tmp_path):
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(unit)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_the_unit_closed(unit):
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if "Unknown option" in done.stderr or "unrecognized option" in done.stderr:
        pytest.skip("an older systemd-analyze")
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)[1])
    assert exposure <= 4.0, done.stdout


def test_the_unit_is_hardened_and_watched(unit):
    lines = unit.read_text().splitlines()
    for line in (
        *("Type=notify", "WatchdogSec=60", "NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict"),
        *("ProtectHome=read-only", "LimitCORE=0", "UMask=0077", "RestartPreventExitStatus=2"),
    ):
        assert line in lines


def test_what_systemd_would_take_for_its_own_is_quoted(unit):
    lines = unit.read_text().splitlines()
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith('a \\"b\\" %%h $$x.toml"')
    assert 'Environment="PATH=/opt/my tools:/usr/bin"' in lines
    (writes,) = [line for line in lines if line.startswith("ReadWritePaths=")]
    assert writes.endswith('/my aws"')


def test_where_other_users_may_ask_there_is_no_user_namespace_that_would_hide_who_they_are(wanted):
    text = service_for("linux", replace(wanted, foreign_uids=True)).content.decode()
    assert not re.search(r"(?m)^(Private|Protect)", text)
    assert "NoNewPrivileges=yes" in text


def test_launchd_reads_the_property_list(wanted):
    service = service_for("macos", wanted)
    read = plistlib.loads(service.content)
    assert read["ProgramArguments"] == list(wanted.command)
    assert read["EnvironmentVariables"]["AWS_REGION"] == "eu-west-1"
    assert read["KeepAlive"] == {"SuccessfulExit": False}
    assert read["HardResourceLimits"] == {"Core": 0}
    assert service.path == wanted.home / "Library" / "LaunchAgents" / "unexpired.agent.plist"


def test_the_task_scheduler_gets_the_encoding_it_reads_and_arguments_it_splits_alike(wanted):
    service = service_for("windows", wanted)
    assert service.content.startswith(b"\xff\xfe")
    text = service.content.decode("utf-16")
    task = ET.fromstring(text.partition("\n")[2])
    assert task.findtext("t:Actions/t:Exec/t:Command", namespaces=NAMESPACE) == wanted.command[0]
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", namespaces=NAMESPACE)
    assert arguments == subprocess.list2cmdline(wanted.command[1:])
    assert task.findtext("t:Principals/t:Principal/t:UserId", namespaces=NAMESPACE) == "CORP\\ann"
    assert task.findtext("t:Principals/t:Principal/t:RunLevel", namespaces=NAMESPACE) == "LeastPrivilege"
    assert task.findtext("t:Settings/t:ExecutionTimeLimit", namespaces=NAMESPACE) == "PT0S"


def test_a_service_is_given_places_and_no_secret(tmp_path):
    environ = {
        "PATH": "/usr/bin",
        "AWS_CONFIG_FILE": "/etc/aws",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_PROFILE": "etl",
        "HTTPS_PROXY": "http://ann:canary@proxy:3128",
        "NO_PROXY": "10.0.0.1",
        "UNEXPIRED_STORE_DIR": str(tmp_path / "store"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    file = RoleConfig("b", profile="x", doors=frozenset({"file"}), credentials_file=tmp_path / "out" / "credentials")
    config = AgentConfig(tmp_path / "unexpired.toml", {"a": RoleConfig("a", profile="x"), "b": file})
    wanted = wanted_here(config, environ)
    assert set(wanted.environment) == {"PATH", "AWS_CONFIG_FILE", "NO_PROXY", "UNEXPIRED_STORE_DIR", "XDG_STATE_HOME"}
    assert "canary" not in str(wanted)
    assert wanted.writes == (
        tmp_path / "state" / "unexpired" / "agent",
        tmp_path / "store",
        Path.home() / ".aws",
        tmp_path / "out",
    )
    assert not wanted.foreign_uids
    assert Path(wanted.command[0]).is_absolute()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="user ids are POSIX's")
def test_another_users_id_in_the_configuration_is_seen(tmp_path):
    role = RoleConfig("a", profile="x", allow_uids=frozenset({os.geteuid(), 4242}))
    assert wanted_here(AgentConfig(tmp_path / "u.toml", {"a": role}), {}).foreign_uids
