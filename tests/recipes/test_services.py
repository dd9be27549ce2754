"""docs/recipes/services.md: the crontab's line as cron would run it, and the units as systemd reads them."""

from __future__ import annotations

import configparser
import re
import subprocess

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


@pytest.fixture
def page(follow, owner, free_port):
    page = follow("services")
    page.replaced |= {"8099": str(free_port), "/usr/local/bin": str(page.programs)}
    return page


def bare(page, **variables):
    """What cron and systemd give: next to nothing. The address of the sandbox stands in the profile."""
    return {"HOME": str(page.home), "PATH": "/usr/bin:/bin", **variables}


def test_the_horizon_is_asked_beforehand(page):
    done = page.type("unexpired horizon")
    assert done.returncode == 0, done.stderr


def test_the_crontabs_line_runs_in_crons_environment(page, survived):
    path, line = page.block("crontab").splitlines()
    command = re.fullmatch(r"(?:\S+ ){5} *(.*)", line).group(1)
    environment = bare(page, PATH=path.partition("=")[2], SHELL="/bin/sh", LOGNAME="ann")
    out, err = page.run(["/bin/sh", "-c", command], environment=environment).communicate(timeout=60)
    survived(out)
    assert "0 failures" in err


def unit(page, name):
    """The ``[Service]`` of a unit: (its variables, its command)."""
    text = page.block(f"~/.config/systemd/user/{name}")
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(text)
    variables = dict(re.findall(r"(?m)^Environment=(\w+)=(.*)$", text.replace("%h", str(page.home))))
    return variables, parser["Service"]["ExecStart"].split()


def test_the_jobs_unit_runs_in_systemds_environment(page, survived):
    _, command = unit(page, "etl.service")
    path = f"{page.programs}:/usr/bin:/bin"
    survived(page.run(command, environment=bare(page, PATH=path)).communicate(timeout=60)[0])


def test_a_unit_comes_through_the_agents_door(page, survived):
    variables, command = unit(page, "export.service")
    page.write("~/.config/unexpired/unexpired.toml")
    page.agent()
    variables["AWS_ENDPOINT_URL"] = page.environment["AWS_ENDPOINT_URL"]
    survived(page.run(command, environment=bare(page, **variables)).communicate(timeout=60)[0])


def test_systemd_reads_the_units(page, tool, tmp_path):
    page.write()
    units = [path for path in (page.home / ".config/systemd/user").iterdir() if "Wants=" not in path.read_text()]
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--user", "--man=no", *units],
        env={**page.environment, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_agents_unit_is_the_one_that_the_jobs_want(page):
    page.write("~/.config/unexpired/unexpired.toml")
    shown = page.run(["unexpired", "agent", "install", "--dry-run", "--platform", "linux"]).communicate()[0]
    assert re.search("Wants=(.*)", page.text).group(1) in shown


def test_what_changes_the_users_services_is_known(page):
    page.type("unexpired horizon")
    assert page.not_typed() == [
        "systemctl --user enable --now etl.timer",
        "loginctl enable-linger",
        "unexpired agent install",
    ]
