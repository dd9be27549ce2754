"""What can be worked out from a text, beyond its words: the facts that a phrase beginning with ``@`` asks for.

`unexpired.causes.FACTS` says what each means. A fact has places in the text, or stands for the whole of it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Texts, not compiled patterns: most are never asked for, and compiling them all would cost more than an answer.
_SESSION_KEY = r"(?<![A-Za-z0-9])ASIA(?=[A-Z0-9*x.…]{4})[A-Z0-9*x.…]+"
_LONG_TERM_KEY = r"(?<![A-Za-z0-9])AKIA(?=[A-Z0-9*x.…]{4})[A-Z0-9*x.…]+"
_SESSION_IS_SET = (
    r"(?i)(?:aws_session_token|aws_security_token|x-amz-security-token|session_?token)\\?[\"']?\s*[=:]\s*\\?[\"']?"
    r"(?!null|none|undefined|[\"',}\s]|$)"
)
_PRESIGNED = r"(?i)x-amz-(?:signature|expires|credential)=|[?&](?:signature|awsaccesskeyid|expires)=[^\s&]+&"
_SIGNED_AT = r"(?i)x-amz-date=(\d{8}T\d{6}Z)"
_SIGNED_FOR = r"(?i)x-amz-expires=(\d{1,7})"
_SERVER_TIME = r"(?i)<ServerTime>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"
_TOO_OLD = r"(?i)Signature expired: (\d{8}T\d{6}Z) is now earlier than (\d{8}T\d{6}Z)"
_OPT_IN_REGION = (
    # https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html, read 2026-11
    r"(?<![a-z0-9])(?:af-south-1|ap-east-[12]|ap-south-2|ap-southeast-[34567]|ca-west-1|eu-central-2|eu-south-[12]"
    r"|il-central-1|me-central-1|me-south-1|mx-central-1)(?![0-9])"
)
_RENEWAL_HOST = (
    # Whom a token is for is not who was called: `audience: sts.amazonaws.com` stands in every log of GitHub's action.
    r"(?i)(?<!audience: )(?<!audience=)(?<!audience: \")(?<!aud\": \")(?<!aud\":\")"
    r"(?<![a-z0-9])(?:sts(?:-fips)?(?:\.[a-z0-9-]+)?\.(?:amazonaws|api\.aws)|portal\.sso\.|oidc\.[a-z0-9-]+\.amazonaws"
    r"|(?:rolesanywhere|eks-auth|cognito-identity)\.[a-z0-9-]+\."
    r"|[a-z0-9-]+\.awsapps\.com/start|[a-z0-9.-]*signin\.aws\.amazon|[a-z0-9-]+\.sts\.[a-z0-9-]+\.vpce)"
    r"|(?<![a-z0-9])sts\.us-gov|unable to connect to sts\."
)
_CACHE_KEY = r"(?m)^\s*'[0-9a-f]{40}'\s*$"
_COMPACT = "%Y%m%dT%H%M%SZ"

_MOMENT = r"(?P<date>\d{4}[-/]\d\d[-/]\d\d|\d\d/\d\d/\d\d)[T ](?P<time>\d\d:\d\d:\d\d)|^\W{0,3}(?P<bare>\d\d:\d\d:\d\d)"
_FAILING = r"(?i)expired|unauthorized|provide credentials|PAM authentication"

# Around the lives that AWS gives sessions and tokens; a little before for renewals that begin early, more after for
# whatever the program did before it failed.
_AFTER = {
    "@after-15m": (timedelta(minutes=13), timedelta(minutes=20)),
    "@after-1h": (timedelta(minutes=57), timedelta(minutes=70)),
    "@after-hours": (timedelta(hours=2), timedelta(days=400)),
}


def places(fact: str, raw: str) -> Iterable[int]:
    """Where the fact stands in the text; 0 for one about the whole of it; nothing when it does not hold.

    Raises:
        KeyError: No such fact.
    """
    if fact in _AFTER:
        lived = elapsed(raw)
        shortest, longest = _AFTER[fact]
        return (0,) if lived and shortest <= lived <= longest else ()
    return _PLACES[fact](raw)


def elapsed(raw: str) -> timedelta | None:
    """From the first line with a time to the first that speaks of a failure; None when either is missing."""
    start: datetime | None = None
    latest: datetime | None = None
    for line in raw.split("\n"):
        moment = _moment(line)
        if moment is not None:
            start, latest = start or moment, moment
        if start and latest and re.search(_FAILING, line):
            lived = latest - start
            return lived + timedelta(days=1) if lived < timedelta() and start.year == _NO_DATE.year else lived
    return None


_NO_DATE = datetime(1900, 1, 1)  # noqa: DTZ001 - only differences between times of one log are taken


def _moment(line: str) -> datetime | None:
    found = re.search(_MOMENT, line[:200])
    if found is None:
        return None
    if found["bare"]:
        date, time, shape = "1900-01-01", found["bare"], "%Y-%m-%d"
    else:
        date, time = found["date"].replace("/", "-"), found["time"]
        shape = "%Y-%m-%d" if date[2] != "-" else "%y-%m-%d"  # Spark's log begins with a year of two digits
    try:
        return datetime.strptime(f"{date} {time}", f"{shape} %H:%M:%S")  # noqa: DTZ007 - as above
    except ValueError:
        return None


def _found(pattern: str) -> Callable[[str], Iterable[int]]:
    return lambda raw: [match.start() for match in re.finditer(pattern, raw)]


def _presigned_judged(*, lapsed: bool) -> Callable[[str], Iterable[int]]:
    def judge(raw: str) -> Iterable[int]:
        signed_at, signed_for, now = (
            re.search(_SIGNED_AT, raw),
            re.search(_SIGNED_FOR, raw),
            re.search(_SERVER_TIME, raw),
        )
        if not (signed_at and signed_for and now):
            return ()
        try:
            end = datetime.strptime(signed_at[1], _COMPACT) + timedelta(seconds=int(signed_for[1]))  # noqa: DTZ007
            past = datetime.strptime(now[1], "%Y-%m-%dT%H:%M:%S") > end  # noqa: DTZ007 - both are UTC
        except ValueError:
            return ()
        return (signed_at.start(),) if past is lapsed else ()

    return judge


def _late_by_minutes(raw: str) -> Iterable[int]:
    found = re.search(_TOO_OLD, raw)
    if found is None:
        return ()
    try:
        sent, limit = (datetime.strptime(part, _COMPACT) for part in found.groups())  # noqa: DTZ007 - both are UTC
    except ValueError:
        return ()
    return (found.start(),) if limit - sent < timedelta(hours=1) else ()


_PLACES: dict[str, Callable[[str], Iterable[int]]] = {
    "@session-key": _found(_SESSION_KEY),
    "@long-term-key": _found(_LONG_TERM_KEY),
    "@session-token": _found(_SESSION_IS_SET),
    "@presigned": _found(_PRESIGNED),
    "@presigned-lapsed": _presigned_judged(lapsed=True),
    "@presigned-live": _presigned_judged(lapsed=False),
    "@late-by-minutes": _late_by_minutes,
    "@opt-in-region": _found(_OPT_IN_REGION),
    "@cache-key": _found(_CACHE_KEY),
    "@renewal-host": _found(_RENEWAL_HOST),
}
