"""The pages of the documentation, made from the causes: ``docs/causes/<slug>.md`` and the index.

A page is the module's docstring with what the object knows put in its place: the commands of the cure per platform, and
the command that confirms. Nothing is written twice, and a test fails when the files differ from what this makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import SECTIONS, catalogue

if TYPE_CHECKING:
    from unexpired.causes import Cause, Cure, Family, Platform

_PLATFORM_NAMES: dict[Platform, str] = {
    "linux": "Linux",
    "macos": "macOS",
    "cmd": "Windows (cmd)",
    "powershell": "Windows (PowerShell)",
}
_FENCES: dict[Platform, str] = {"linux": "sh", "macos": "sh", "cmd": "bat", "powershell": "powershell"}

FAMILIES: dict[Family, str] = {
    "expired": "was good, and has lapsed",
    "invalid": "never was good for this call",
    "skew": "the time disagrees",
    "denied": "understood, and refused",
    "unreachable": "could not be renewed",
    "other": "a lapsed credential that is not an STS session",
    "unrelated": "looks like it, and is not AWS's",
}
"""The families in the order of the index, each with what the service meant."""

_INDEX = """\
# Causes

A cause is one reason why an AWS request was, or will be, refused for its credentials. `unexpired explain` recognises
one in a text, `unexpired doctor` proves one on a machine. The names are a contract: they do not change.

These pages are made from the catalogue in `src/unexpired/causes/` by `python -m unexpired.causes docs/causes`.
"""


def pages() -> dict[str, str]:
    """File name → text, for every cause and ``index.md``."""
    made = {f"{cause.slug}.md": page(cause) for cause in catalogue()}
    return {"index.md": index()} | made


def page(cause: Cause) -> str:
    """One cause's page.

    Raises:
        ValueError: Its docstring lacks a section, or has them in another order.
    """
    sections = cause.sections()
    if tuple(sections) != SECTIONS:
        raise ValueError(f"{cause.slug}: sections {tuple(sections)}, not {SECTIONS}")
    sections["Cure"] += "\n\n" + _commands(cause.cure)
    sections["Confirm"] += f"\n\n```sh\n{cause.confirm}\n```"
    family = f"family *{cause.family}* ({FAMILIES[cause.family]})"
    head = f"# {cause.title}\n\n`{cause.slug}` · {family} · [all causes](index.md)"
    return "\n\n".join([head, *(f"## {name}\n\n{body}" for name, body in sections.items())]) + "\n"


def index() -> str:
    """The list of all causes, by family."""
    parts = [_INDEX]
    for family, meaning in FAMILIES.items():
        rows = [
            f"| [`{cause.slug}`]({cause.slug}.md) | {cause.title} |" for cause in catalogue() if cause.family == family
        ]
        parts.append(
            "\n".join([f"## {family}: {meaning}\n", "| cause | what went wrong |", "| --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def _commands(cure: Cure) -> str:
    """The commands, one block for all platforms that share them."""
    shared: dict[tuple[str, ...], list[Platform]] = {}
    for platform, commands in cure.commands.items():
        shared.setdefault(commands, []).append(platform)
    blocks = []
    for commands, platforms in shared.items():
        name = (
            "Everywhere" if len(platforms) == len(cure.commands) else ", ".join(_PLATFORM_NAMES[p] for p in platforms)
        )
        blocks.append(f"{name}:\n\n```{_FENCES[platforms[0]]}\n" + "\n".join(commands) + "\n```")
    return f"**{cure.summary}**\n\n" + "\n\n".join(blocks)
