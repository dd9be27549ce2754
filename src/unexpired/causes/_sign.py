"""How a cause shows in text: the words of the language that a cause's file uses.

A `Sign` is a message that can have this cause; a `Clue` is anything else in the text that makes the cause more or less
likely. Both are data: `unexpired.explaining` does the looking, so that a cause needs no code, does no I/O, and any
subset of the catalogue gives the same answer in any order.

**Phrases.** Text is compared after it was made plain: lower case; quotation marks, colour codes and box drawing gone;
escaped line breaks and every run of blanks one space (so a message wrapped over three lines, or carried inside JSON, is
still one sentence). A phrase is written in that plain form, with three marks of its own:

* ``…`` between two parts: the second follows the first within `GAP` characters, somewhere in the same message;
* ``‥`` between two parts: within `NAME_GAP` characters, as when a name or a number stands between them;
* ``|`` at either end, of the phrase or of a part of it: the edge of a word.

**Facts.** A phrase that begins with ``@`` is not looked for but worked out (`FACTS`): how long the run lasted, which
kind of key was used, what a presigned URL says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass

Phrases = tuple[str, ...]
"""Any one of these is enough."""

GAP = 240
"""Characters that may lie between the parts of ``first … second``: a request id and a host id fit, or a stack frame."""

NAME_GAP = 60
"""Characters that may lie between the parts of ``first ‥ second``: a profile's name, or a short role ARN."""

FACTS = {
    "@session-key": "an access key id of a session (ASIA…) stands in the text",
    "@long-term-key": "an access key id of a user (AKIA…) stands in the text",
    "@session-token": "a session token is set, passed or sent somewhere in the text",
    "@presigned": "a presigned URL or POST policy stands in the text",
    "@presigned-lapsed": "by its own X-Amz-Date and X-Amz-Expires, the presigned URL was past its end",
    "@presigned-live": "by its own X-Amz-Date and X-Amz-Expires, the presigned URL still had time",
    "@after-15m": "the failure came about 15 minutes after the first line with a time",
    "@after-1h": "the failure came about one hour after the first line with a time",
    "@after-hours": "the failure came two hours or more after the first line with a time",
    "@late-by-minutes": "the signature reached AWS less than an hour after it had to",
    "@renewal-host": "the address of STS, or of a sign-in service, stands in the text",
    "@cache-key": "a line holds nothing but the quoted name of an entry of the AWS CLI's cache",
    "@opt-in-region": "a Region that must be switched on for an account stands in the text",
}
"""What a phrase beginning with ``@`` can ask for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that AWS services say for more than one cause, in every spelling the SDKs give it.

    Attributes:
        codes: Error codes as the services spell them (``ExpiredToken``); compared without regard to case, and also in
            the C++ SDK's spelling (``EXPIRED_TOKEN``).
        phrases: The messages that go with them, for the tools that print no code.
        unless: None of these may stand near: others who copied the interface copied its words.
    """

    codes: Phrases
    phrases: Phrases = ()
    unless: Phrases = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A message that shows the cause.

    Attributes:
        confidence: How sure this message alone makes us, 0 to 1. From 0.9 on it is reported as *proven*, so give that
            only to words which can mean nothing else; from 0.5 *likely*; below *possible*.
        why: One or two sentences for the reader: what these words betray.
        text: Phrases, any of which is the message.
        answer: Instead of, or as well as, `text`: one of the shared answers of `unexpired.causes._answers`.
        calling: If given, one of these operations (``AssumeRole``) or services (``sts``) must have been called.
        not_calling: None of these may have been called.
        beside: If given, one of these phrases must stand near the message.
        reach: Characters that count as near for `beside`; None is the judge's usual measure, a stack trace or so.
        unless: None of these phrases may stand near the message.
        last_resort: Whether to ask for it only in a text in which no cause has any other sign.
    """

    confidence: float
    why: str
    text: Phrases = ()
    answer: Answer | None = None
    calling: Phrases = ()
    not_calling: Phrases = ()
    beside: Phrases = ()
    reach: int | None = None
    unless: Phrases = ()
    last_resort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """Something else in the text that makes the cause more or less likely.

    Attributes:
        text: Phrases, any of which is the clue.
        weight: Added to the log-odds of the cause: +1 takes an even chance to 73 %, -1 to 27 %.
        why: A sentence for the reader if the clue speaks for the cause; may be empty.
        anywhere: Whether the whole text counts, or only what stands near the sign.
    """

    text: Phrases
    weight: float
    why: str = ""
    anywhere: bool = False
