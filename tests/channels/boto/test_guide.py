"""The examples of docs/python.md are programs that run."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import botocore
import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "python.md"


@pytest.fixture
def etl(sandbox, monkeypatch, tmp_path):
    """The guide's profile ``etl`` and boto3's default session, in a sandbox."""
    sandbox.role("etl")
    profiles = sandbox.write_profiles(tmp_path / "aws")
    for name, value in profiles.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("UNEXPIRED_STORE_DIR", str(tmp_path / "sessions"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return sandbox


@pytest.mark.skipif(
    tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 31), reason="botocore reads no endpoint_url"
)
def test_every_example_runs(etl):
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(examples) == 6
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(GUIDE), "exec"), names)
    assert etl.count("sts", "AssumeRole") >= 1
