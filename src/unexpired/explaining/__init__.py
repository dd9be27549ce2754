"""Reads text, asks every cause: what `unexpired explain` does, and ``unexpired.explain(...)`` in Python.

The room is called *explaining* because the function is called `explain`: were the package ``unexpired/explain/``, then
importing anything out of it would set the attribute ``explain`` of ``unexpired`` to the module, and
``unexpired.explain(error)`` would work or not depending on who imported what before. The function lives here, and the
package's face takes it from here.

    >>> explain("An error occurred (ExpiredToken) when calling the AssumeRole operation: The security token ...").cause
    'source-credentials-expired'

The steps, one file each: `_stream` keeps the lines worth understanding, `_plain` takes off their dress, `_text` answers
questions about them, `_judge` asks those of every cause, `_redaction` hides what nobody may see.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, BinaryIO

from unexpired.explaining._explanation import Cure, Explanation, Suspect

if TYPE_CHECKING:
    from unexpired.causes import Platform
    from unexpired.explaining._judge import Suspicion
    from unexpired.explaining._text import Text

__all__ = ["Cure", "Explanation", "Suspect", "explain"]

EXCERPT = 320
"""Characters of an excerpt: a message with its request id, not the page of XML around it."""


def explain(what: str | bytes | BaseException | BinaryIO, *, platform: Platform | None = None) -> Explanation:
    """Say why AWS refused, from what it (or the SDK, or the tool) said.

    Args:
        what: The text; or an exception, with its traceback and what caused it; or a binary stream, which is read to its
            end in constant memory.
        platform: Where the commands of the cure will be typed; None is this machine.

    Returns:
        The causes that fit, likeliest first. False in a condition when nothing was recognised.

    Raises:
        OSError: The stream cannot be read.
    """
    from unexpired.explaining._judge import suspicions
    from unexpired.explaining._names import names
    from unexpired.explaining._stream import read
    from unexpired.explaining._text import Text

    text = Text(read(_opened(what)))
    found = suspicions(text)
    if not found:
        return Explanation("none", ())
    known = names(text.raw)
    where = platform or _this_platform()
    return Explanation(found[0].cause.family, tuple(_suspect(one, text, known, where) for one in found))


def _opened(what: str | bytes | BaseException | BinaryIO) -> BinaryIO:
    if isinstance(what, BaseException):
        import traceback  # brings tokenize along

        what = "".join(traceback.format_exception(what))
    if isinstance(what, str):
        what = what.encode("utf-8", "replace")
    return io.BytesIO(what) if isinstance(what, bytes | bytearray | memoryview) else what


def _suspect(one: Suspicion, text: Text, known: dict[str, str], platform: Platform) -> Suspect:
    from unexpired.explaining._names import filled

    cause, line = one.cause, text.line_at(one.place)
    profile = f" --profile {known['PROFILE']}" if "PROFILE" in known and cause.family != "unrelated" else ""
    return Suspect(
        cause=cause.slug,
        title=cause.title,
        confidence=one.confidence,
        why=" ".join(one.why),
        excerpt=_excerpt(line.text, text.plain[one.place : one.place + 24]),
        line=line.number,
        cure=Cure(
            summary=cause.cure.summary,
            commands=tuple(filled(command, known) for command in cause.cure.commands[platform]),
            auto=cause.cure.auto,
        ),
        confirm=cause.confirm + profile,
        docs=cause.docs,
    )


def _excerpt(line: str, sign: str) -> str:
    """The line as it may be shown: without secrets or control characters, and if it is long, the part with the sign."""
    from unexpired.explaining._redaction import redacted

    # Redacted before it is cut: half a secret would not be recognised.
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", " ", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line))
    shown = redacted(" ".join(shown.split()))
    if len(shown) <= EXCERPT:
        return shown
    word = max(re.findall(r"[a-z0-9]+", sign) or [""], key=len)
    place = max(0, shown.lower().find(word))
    begin = max(0, min(place - EXCERPT // 3, len(shown) - EXCERPT))
    return (
        ("… " if begin else "")
        + shown[begin : begin + EXCERPT].strip()
        + (" …" if begin + EXCERPT < len(shown) else "")
    )


def _this_platform() -> Platform:
    if sys.platform == "win32":
        # PowerShell adds its own module path to what its children see; cmd does not.
        return "powershell" if "documents\\powershell" in os.environ.get("PSMODULEPATH", "").lower() else "cmd"
    return "macos" if sys.platform == "darwin" else "linux"
