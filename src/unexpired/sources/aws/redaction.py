"""Other people's words, made fit to be shown: what AWS, a process or a proxy said, without what must stay secret."""

from __future__ import annotations

import re

from unexpired.engine.credentials import masked

_LONGEST_SHOWN = 400

# IAM User Guide, "Understanding unique ID prefixes": the key ids, which are shown shortened.
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}\b")
# How every session token begins that STS has been seen to issue.
_TOKEN = re.compile(r"\b(?:FwoGZXIvYXdz|IQoJb3JpZ2lu|FQoDYXdz|FQoGZXIvYXdz|AQoDYXdz)[\w/+=-]*")
_JWT = re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]+){0,4}")
# After a colon comes prose as often as a value ("ExpiredToken: Token expired"): only what is long or has a digit goes.
_NAMED = re.compile(
    r"""(?ix)
    ( \w* (?: secret | token | password | passwd | pwd | assertion | authorization | api[_-]?key | signature ) \w*
      ["']? \s* (?: = | : (?= \s* ["']? (?: bearer \s+ )? (?: [^\s"',;&<>]{16} | [^\s"',;&<>]*\d ) ) )
      \s* ["']? (?: bearer \s+ )? )
    [^\s"',;&<>]{4,}"""
)
# A secret access key is 40 characters of base64, a token hundreds. ARNs, addresses and file names have other characters
# among theirs, or are made of words: a run must mix capitals, small letters and digits.
_RUN = re.compile(r"\barn:\S+|(?<![\w/+=-])[A-Za-z0-9/+_=-]{32,}(?![\w/+=-])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")


def shown(text: object) -> str:
    """Text that may be shown: on one line, at most 400 characters, key ids shortened and secrets blanked.

    Errs on the side of blanking: what looks like a secret is ``***``, also where it was none.
    """
    words = _CONTROL.sub(" ", str(text))
    words = _NAMED.sub(r"\1***", words)
    words = _TOKEN.sub("***", words)
    words = _JWT.sub("***", words)
    words = _KEY_ID.sub(lambda key: masked(key.group()), words)
    words = _RUN.sub(lambda run: "***" if _mixed(run.group()) else run.group(), words)
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"


def _mixed(run: str) -> bool:
    return not run.startswith("arn:") and all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
