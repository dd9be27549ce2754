"""What the sources' tests share: shared files of their own, and the secret that must never show."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canarySecret0123456789canarySecret012345"


@pytest.fixture(autouse=True)
def _no_aws_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def canary() -> str:
    return CANARY


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write the shared files and point this process at them; ``KEYS`` in them is a key pair with the canary."""

    def write(config: str = "", credentials: str = "") -> tuple[Path, Path]:
        written = []
        for variable, name, text in (
            ("AWS_CONFIG_FILE", "config", config),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
        ):
            path = tmp_path / name
            keys = f"aws_access_key_id = AKIATESTKEY000000001\naws_secret_access_key = {CANARY}"
            path.write_text(textwrap.dedent(text).replace("KEYS", keys))
            monkeypatch.setenv(variable, str(path))
            written.append(path)
        return written[0], written[1]

    return write
