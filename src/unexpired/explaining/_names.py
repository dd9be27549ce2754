"""The names in a text that a cure can use: which profile, which Region, which registry.

``aws sso login --profile etl`` can be typed as it stands, ``--profile PROFILE`` cannot. Only names of a harmless shape
are taken, since they end up in a command line.
"""

from __future__ import annotations

import re

_NAME = r"([A-Za-z0-9][A-Za-z0-9_.@-]{0,63})(?![^\s'\")\],.:])"
_PATTERNS = {
    "PROFILE": (
        rf"--profile[= ]['\"]?{_NAME}",
        rf"\bAWS_(?:DEFAULT_)?PROFILE=['\"]?{_NAME}",
        rf"config profile \({_NAME}\)",
        rf"shared config profile, {_NAME}",
        rf"associated with profile=\[?{_NAME}",
        rf"using profile: \[{_NAME}\]",
        rf"\bprofile_name=['\"]{_NAME}['\"]",
        rf"(?i:for|with|the) profile ['\"]{_NAME}['\"]",
    ),
    "ACCOUNT": (r"\b(\d{12})\.dkr\.ecr\.",),
    "REGION": (
        r"\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.",
        r"\bsts\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws",
        r"--region[= ]([a-z]{2}(?:-[a-z]+)+-\d)\b",
        r"\bAWS_(?:DEFAULT_)?REGION=['\"]?([a-z]{2}(?:-[a-z]+)+-\d)\b",
    ),
    "CLUSTER": (rf"--cluster(?:-name)?[= ]{_NAME}", rf"update-kubeconfig .{{0,80}}--name[= ]{_NAME}"),
}


def names(raw: str) -> dict[str, str]:
    """Placeholder → the name that stands first in the text for it; only those that do."""
    found = {}
    for placeholder, patterns in _PATTERNS.items():
        for pattern in patterns:
            match = re.search(pattern, raw)
            if match and match[1] not in _NO_NAMES:
                found[placeholder] = match[1].rstrip(".")
                break
    return found


_NO_NAMES = frozenset({"PROFILE", "NAME", "your", "my", "the", "None", "null"})


def filled(command: str, known: dict[str, str]) -> str:
    """The command with what is known in the place of the words in capitals."""
    for placeholder, name in known.items():
        command = re.sub(rf"(?<![A-Z_-]){placeholder}(?![A-Z_-])", name, command)
    return command
