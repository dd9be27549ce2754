"""A page of docs/recipes, followed on this machine: its files are written, its commands are typed.

``follow("services")`` puts every fenced block with a title into the file of that name below a home of its own, and
types a command of the page as its reader would, with the sandbox for AWS. A command that no test types is to be named.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

collect_ignore_glob = ["test_*.py"] if sys.platform == "win32" else []  # they are typed into a POSIX shell

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
_BLOCK = re.compile(r'(?ms)^( *)```(\w+)(?: title="([^"]+)")?\n(.*?)^ *```$')

# What stands in for the reader's own program: some seconds of S3, and a line for each request.
JOB = Path(__file__).parents[1] / "clients" / "programs" / "boto.py"


@dataclass
class Page:
    """A recipe, and the machine on which it is followed.

    Attributes:
        home: what HOME is, and ``~`` in a title; the root directory is ``root`` in it.
        programs: what comes first on its PATH: ``unexpired``, ``python``, and ``my-job``, which uses S3 for a while.
        replaced: what is not the same on this machine: ports, folders of the system, images.
    """

    text: str
    home: Path
    programs: Path
    environment: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    started: list[subprocess.Popen] = field(default_factory=list)

    @property
    def blocks(self):
        """Its fenced blocks: (language, title or "", text)."""
        return [(language, title, textwrap.dedent(text)) for _, language, title, text in _BLOCK.findall(self.text)]

    def block(self, title):
        """The text of the file that the page shows under this title."""
        return self.here(next(text for _, its, text in self.blocks if its == title))

    def here(self, text):
        """The same, as it has to be on this machine."""
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text

    def write(self, *titles):
        """Write those files, or all that the page shows."""
        for _, title, _text in self.blocks:
            if title and (not titles or title in titles):
                path = self.place(title)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.block(title))

    def place(self, title):
        """Where a file of that title is."""
        if title.startswith("~/"):
            return self.home / title[2:]
        return self.home / "root" / title[1:] if title.startswith("/") else self.home / "work" / title

    @property
    def commands(self):
        """What its reader types: what follows a ``$`` in the consoles that it shows."""
        consoles = [text for language, _, text in self.blocks if language == "console"]
        return [line[2:] for text in consoles for line in text.replace("\\\n", " ").splitlines() if line[:2] == "$ "]

    def type(self, start, *, timeout=60, **variables):
        """Run the command of the page that starts so; what came of it."""
        process = self.start(start, **variables)
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(start, process.returncode, out, err)

    def start(self, start, **variables):
        """Start the command of the page that starts so."""
        found = [command for command in self.commands if command.startswith(start)]
        assert found, f"the page has no command {start!r}, but {self.commands}"
        self.typed.add(found[0])
        return self.run(["bash", "-c", self.here(found[0])], **variables)

    def run(self, command, *, environment=None, **variables):
        """Start a program where the page's files are."""
        work = self.home / "work"
        work.mkdir(exist_ok=True)
        process = subprocess.Popen(
            command,
            cwd=work,
            env={**(self.environment if environment is None else environment), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def agent(self, **variables):
        """Start `unexpired agent run`, and wait until it answers."""
        agent = self.run(["unexpired", "agent", "run"], **variables)
        end = time.monotonic() + 30
        while self.run(["unexpired", "agent", "status", "--json"], **variables).wait() != 0:
            assert agent.poll() is None, agent.stderr.read()
            assert time.monotonic() < end
        return agent

    def stand_in(self, name):
        """A program of that name that does what ``my-job`` does."""
        program = self.programs / name
        program.write_text((self.programs / "my-job").read_text())
        program.chmod(0o755)

    def not_typed(self):
        """Its commands that the test did not type."""
        return [command for command in self.commands if command not in self.typed]


@pytest.fixture
def follow(sandbox, tmp_path):
    """``follow("services")`` is that page on a machine with all the profiles in ~/.aws that the pages name.

    Its home has a short name: a unix socket's path has 103 bytes at the most.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    room = tempfile.TemporaryDirectory(prefix="recipe-")
    home = Path(room.name)
    for name, command in {
        "unexpired": f'{sys.executable} -m unexpired "$@"',
        "python": f'{sys.executable} "$@"',
        "my-job": f"{sys.executable} {JOB} bucket 3 50",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\nPYTHONPATH='{os.environ.get('PYTHONPATH', '')}' exec {command}\n")
        (programs / name).chmod(0o755)
    for role in ("etl", "deploy", "notebooks", "bedrock", "warehouse"):
        sandbox.role(role)
    profiles = sandbox.write_profiles(home / ".aws")
    kept = {name: value for name, value in sandbox.environment().items() if not name.startswith(("AWS_", "XDG_"))}
    kept |= {
        "HOME": str(home),
        "PATH": os.pathsep.join(
            (str(programs), str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")
        ),
        "AWS_ENDPOINT_URL": sandbox.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    assert profiles.config_file == home / ".aws" / "config"
    pages = []

    def begin(name):
        pages.append(Page((RECIPES / f"{name}.md").read_text(encoding="utf-8"), home, programs, kept))
        return pages[-1]

    yield begin
    for page in pages:
        for process in page.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in page.started:
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
    room.cleanup()


@pytest.fixture
def owner(sandbox):
    """S3 as somebody who may do everything, and the bucket ``bucket``."""
    key = sandbox.user("owner")
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    s3.create_bucket(Bucket="bucket")
    return s3


@pytest.fixture
def free_port():
    """A port that nothing listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def survived(sandbox):
    """``survived(out)``: every line of the job says ok, nothing was refused, and it outlived a session."""

    def judge(out):
        lines = out.splitlines()
        assert lines
        assert [line for line in lines if not line.startswith("ok ")] == []
        seen = [record for record in sandbox.requests if record.service == "s3"]
        assert [record for record in seen if not record.accepted] == []
        assert len({record.access_key_id for record in seen if ":assumed-role/" in record.arn}) >= 2

    return judge


def tool(name):
    """Where a program is; skips the test where it is not."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


@pytest.fixture(name="tool")
def _tool():
    return tool
