"""The key file of boto 2, which botocore still reads before it asks a container endpoint.

``~/.boto`` and ``/etc/boto.cfg`` are gsutil's files today, and ``BOTO_CONFIG`` names another. AWS keys in one of them
would shadow the door in boto3 and the AWS CLI v1 (botocore's ``BotoProvider``), so a child is given a copy without
them; the rest is gsutil's and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.shared_config import read_sections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sources.aws.shared_config import Section

VARIABLE = "BOTO_CONFIG"
_USUAL = ("/etc/boto.cfg", "~/.boto")
_KEYS = ("aws_access_key_id", "aws_secret_access_key")


def boto2_config_copy(environment: Mapping[str, str]) -> dict[str, Section] | None:
    """The sections of all these files together without AWS keys, for ``BOTO_CONFIG``; None where no file has any."""
    merged: dict[str, Section] = {}
    for name in (environment[VARIABLE],) if VARIABLE in environment else _USUAL:
        try:
            sections = read_sections(name)
        except ConfigurationError:
            continue  # gsutil's affair; botocore will say what is wrong with it, if it gets there
        for section, settings in sections.items():
            merged.setdefault(section, {}).update(settings)
    keys = merged.get("Credentials", {})
    if _KEYS[0] not in keys:
        return None
    return {**merged, "Credentials": {key: value for key, value in keys.items() if key not in _KEYS}}
