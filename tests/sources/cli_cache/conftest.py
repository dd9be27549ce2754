"""A home with the AWS CLI's cache in it, and AWS behind it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.sources.cli_cache.scene import profile

from unexpired.stores.file import FileStore


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])


@pytest.fixture
def cache(home) -> Path:
    return home / ".aws" / "cli" / "cache"


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "store")


@pytest.fixture
def config(home):
    """Write one of the default files, and see that whatever is cached afterwards is newer."""

    def write(text: str, name: str = "config") -> Path:
        path = home / ".aws" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        past = time.time() - 2
        os.utime(path, (past, past))
        return path

    return write


@pytest.fixture
def job(sandbox, config, proxy):
    """AWS, played by the sandbox, and a profile ``job`` that names a role."""
    proxy.behind[""] = int(sandbox.endpoint_url.rpartition(":")[2])
    sandbox.role("job")
    key = sandbox.user("ann")
    keys = f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
    config(f"[base]\n{keys}", "credentials")
    config(profile("job"))
    return sandbox
