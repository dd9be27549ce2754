"""Keeps secrets out of what is shown: an excerpt is somebody's log, and logs have everything in them.

Two nets, one behind the other. The first knows the places in which secrets stand (after ``SecretAccessKey``, in a
presigned URL, behind ``Bearer``); the second hides every long run of characters that looks like one, wherever it
stands, and lets through only shapes that are known to be harmless. A little too much hidden is the right mistake.
"""

from __future__ import annotations

import re

from unexpired.engine.credentials import masked

HIDDEN = "…"

_KEY_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{4,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)*")
# A password may hold a slash that nobody encoded; a port and a path before an "@" are then hidden as well.
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/:\s@\"']*(?::[^\s@\"']*)?@")

_QUOTE = r"""(?:\\*["'`]|&quot;|&#34;|&#39;)"""
_NAME = (
    r"[\w.-]*(?:secret|passw(?:or)?d|passphrase|private[_-]?key|api[_-]?key|session[_-]?key)[\w.-]*"
    r"|[\w.-]*(?:session|security|access|refresh|(?<![a-z])id|auth|bearer|identity|csrf|xsrf|api|personal)[_-]?token[\w-]*"
    r"|[\w.-]*[_-]token|token|pwd|pass|pw|[\w-]*signature|sig"
    r"|saml[_-]?(?:assertion|response)|(?:client[_-]?)?assertion|code[_-]?verifier|x-amz-(?:security-token|credential)"
)
_ASSIGNED = re.compile(
    rf"(?i)(?<!\w)((?:{_NAME}){_QUOTE}?\s*(?:=>|:=|[:=>]|%3D)\s*[bru]?)(?:({_QUOTE})(.*?)(?:\2|$)|([^\s\"'`&<]+))"
)
_TO_THE_END = re.compile(
    r"(?i)(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|credential)(\\*[\"']?\s*[:=]\s*)(?!\\*[\"'])(?=\S)[^\"'\r\n]*"
)
_QUOTED_HEADER = re.compile(
    rf"(?i)((?:proxy-)?authorization|(?:set-)?cookie|credential)({_QUOTE}?\s*(?:=>|[:=,])\s*[bru]?)({_QUOTE})(.*?)(?:\3|$)"
)
_AFTER_OPTION = re.compile(
    r"(?i)((?<!\w)--?[\w-]*(?:password|passwd|secret|token|api-key|access-key|signature)[\w-]*[ =]+)"
    r"(\"[^\"]*\"|'[^']*'|\S+)"
)
_AFTER_NAME = re.compile(
    r"(?i)\b(\w*secret_?(?:access_?)?key|(?:aws_?)?session_?token|aws_token)([\s,]+)(?=\S*[\d'\"+/=])(\S+)"
)
_SHORT_OPTION = re.compile(r"(?i)(\b(?:mysql|mysqldump|mongo|sshpass|curl)\b.*?\s-[pu] ?)(\S+)")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|digest|negotiate|token)\s+(?=\S*[\d+/=_-])[A-Za-z0-9+/=_.~:-]{8,}")
_ELEMENT = re.compile(rf"(?i)<({_NAME})>([^<]*)")

_RUN = re.compile(r"[A-Za-z0-9+/=_~%-]{20,}")
_PIECE = (
    r"(?:[a-z]{1,24}\d{0,4}|[A-Z]{1,24}\d{0,4}|\d{1,14}|[0-9a-f]{1,8}"
    r"|(?:[a-z]{2,})?(?:[A-Z]{0,4}[A-Z][a-z]{2,})+[A-Z]{0,4}\d{0,4})"
)
_HARMLESS = re.compile(
    r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"  # a request id
    rf"|[/_=-]*{_PIECE}(?:[/_=-]+{_PIECE})*[/_=-]*"  # a path, a name, a date, a rule
    r"|[/_=+-]+"
)


def redacted(text: str) -> str:
    """The text without anything that could be a secret; access key ids as first four … last four characters."""
    text = _KEY_ID.sub(lambda found: masked(found[0]), text)
    text = _JWT.sub(HIDDEN, text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    text = _QUOTED_HEADER.sub(rf"\1\2\3{HIDDEN}\3", text)
    text = _TO_THE_END.sub(rf"\1\2{HIDDEN}", text)
    text = _ASSIGNED.sub(_without_value, text)
    text = _AFTER_OPTION.sub(rf"\1{HIDDEN}", text)
    text = _AFTER_NAME.sub(rf"\1\2{HIDDEN}", text)
    text = _SHORT_OPTION.sub(rf"\1{HIDDEN}", text)
    text = _ELEMENT.sub(rf"<\1>{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _RUN.sub(lambda found: found[0] if _HARMLESS.fullmatch(found[0]) else HIDDEN, text)


def _without_value(found: re.Match[str]) -> str:
    name, quote, value, bare = found.group(1), found.group(2), found.group(3), found.group(4)
    if quote is not None:
        return f"{name}{quote}{HIDDEN if value else ''}{quote}"
    # ``Token: for`` is a sentence, ``token: hunter2`` is not.
    return name + (bare if bare.lower().rstrip(".:,") in _SENTENCE else HIDDEN)


_SENTENCE = frozenset(
    """
    a an the for is are was were has have had not no none null nil undefined true false expired invalid missing
    required token tokens of in from and or to with does did could can cannot error errors failed must this that your
    it be been unauthorized unable given provided security an access request signature
    """.split()  # noqa: SIM905 - words read as a sentence
)
