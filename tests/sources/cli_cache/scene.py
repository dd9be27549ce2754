"""What the tests of the AWS CLI's cache play with: a profile, and entries as the CLI writes them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from unexpired.engine.refresher import Refresher
from unexpired.sources import source_for

if TYPE_CHECKING:
    from pathlib import Path

    from unexpired.stores.file import FileStore

ROLE = "arn:aws:iam::123456789012:role/job"


def profile(name: str, *lines: str, base: str = "source_profile = base") -> str:
    return "\n".join((f"[profile {name}]", f"role_arn = {ROLE}", base, "region = us-east-1", *lines, ""))


def ours(store: FileStore, profile: str = "job") -> str:
    return Refresher(source_for(profile_name=profile), store=store).credentials().access_key_id


def held(store: FileStore, source) -> str | None:
    """What the store has for a source, without asking anybody."""
    found = store.for_source(source).load(source.key)
    return found.access_key_id if found else None


def entry_of(cache: Path) -> Path:
    return cache / f"{source_for(profile_name='job').named_in_cli_cache}.json"


def as_the_cli(cache: Path, source, **changes) -> Path:
    """An entry as the AWS CLI writes it: the answer of STS."""
    body = {
        "AccessKeyId": "ASIACLI0000000000001",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
    }
    user = {"AssumedRoleId": "AROA:n", "Arn": "arn:aws:sts::123456789012:assumed-role/job/n"}
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{source.named_in_cli_cache}.json"
    path.write_text(json.dumps({"Credentials": body, "AssumedRoleUser": user, **changes}))
    path.chmod(0o600)
    return path
