r"""Makes text plain, so that one phrase fits every way in which tools dress the same message.

Lower case; no quotation marks, colour codes or box drawing; escaped characters and HTML entities undone; no names of
what does not exist in a program; every run of blanks one space. ``│ \x1b[31mError:\x1b[0m "The SSO\nsession…`` and
``{"message":"error: the sso session…`` become the same words. See `unexpired.causes._sign` for the phrases that are
compared with it.
"""

from __future__ import annotations

import re

_COLOUR = r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07"
_GUTTER = r"\s*(?:- )?\|(?=\s)"
"""The bar that a tool draws before every line of a message that it folds."""
_COLLECTED = re.compile(
    r"""(?: \s* (?:
    # GitHub Actions; the container runtimes of Kubernetes
    \d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d (?:[.,]\d+)? (?:z|[+-]\d\d:?\d\d)? \s (?:std(?:out|err)\s[fp]\s)?
    # syslog and journalctl
    | [a-z]{3}\s+\d+\s\d\d:\d\d:\d\d \s \S+ \s [\w./-]+(?:\[\d+\])?:\s
    # docker compose
    | [\w.-]+[-_]\d+ \s+\|\s
    # Airflow's operators, of what they run
    | \[[^\]]{19,40}\] \s \{(?:subprocess|process_utils|pod_manager)\.py:\d+\} \s [a-z]+\s-\s
    ))+""",
    re.VERBOSE,
)
"""What a collector of logs puts before every line of somebody else's output; a message goes on across it."""
_ESCAPED = r"\\+(u[0-9a-f]{4}|[\"'/nrt])?"
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"} | dict.fromkeys(("quot", "apos", "#34", "#39", "#x22", "#x27"), "'")
_ENTITY = "&(" + "|".join(_ENTITIES) + ");"
_DRESS = {ord(mark): None for mark in "\"'`\u2018\u2019\u201c\u201d\u00b4"} | {
    ord(mark): " " for mark in "│┃║╷╵╭╰╮╯─━═┌└┐┘├┤┬┴┼\u00a0\ufeff\u200b"
}

_UNKNOWN = re.compile(
    r"(\b(?:cannot import name|cannot find name|has no attribute|uninitialized constant|undeclared type) )[\w.:]+"
    r"|(\bname )[\w.]+(?= is not defined)"
)
"""A name of which a compiler or interpreter says that there is no such thing; what it would mean has not happened."""


def plain(text: str) -> str:
    """The text in the form in which phrases are compared. Idempotent but for entities that were escaped twice."""
    text = text.lower()
    if "\x1b" in text:
        text = re.sub(_COLOUR, " ", text)
    if (collected := _COLLECTED.match(text)) is not None:
        text = text[collected.end() :]
    if "\\" in text:
        text = re.sub(_ESCAPED, _unescaped, text)
    if "&" in text:
        text = re.sub(_ENTITY, lambda entity: _ENTITIES[entity[1]], text)
    if "|" in text:
        text = re.sub("^" + _GUTTER, " ", text)
    words = " ".join(text.translate(_DRESS).split())
    return _UNKNOWN.sub(r"\1\2_", words)


def _unescaped(escape: re.Match[str]) -> str:
    escaped = escape[1]
    if escaped is None:
        return "\\"
    if escaped[0] == "u":
        return chr(int(escaped[1:], 16)).lower()
    return " " if escaped in "nrt" else escaped
