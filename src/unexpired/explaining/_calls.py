"""Which operation of which service gave an answer, in the words of each SDK.

``ExpiredToken`` from ``PutObject`` and from ``AssumeRole`` are two causes. Every SDK prints the operation, each in its
own place; where several stand near, the nearest one is meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unexpired.explaining._text import Text

_BEFORE, _AFTER = 320, 260
"""Characters searched: Go 2.x puts operation, status and request id before the code, Java the service behind it."""

_SAME_MESSAGE = 120
"""Operation and service of one message stand no further from each other than this."""

_PRINTED = (
    r"calling the (?P<boto>\w+) operation"
    r"|operation error (?P<go_service>[\w .-]{2,30}): (?P<go>\w+)"
    r"|during (?P<cpp>\w+) operation"
    r"|\(service: (?P<java>[\w ]+?)[;,]"
    r"|aws::(?P<ruby>\w+)::errors"
    r"|error executing (?P<php>\w+) on "
    r"|de_(?P<js>\w+?)command(?:error)?\b"
    r"|operation: (?P<rust>\w+)"
    r"|amazon\.(?P<net>[a-z0-9]+)\.(?:model\.)?amazon\w+exception"
    r"|com\.amazonaws\.services\.(?P<java_package>\w+)\."
    r"|software\.amazon\.awssdk\.services\.(?P<java2_package>\w+)\."
    r"|(?P<exception>stsexception|awssecuritytokenserviceexception|ssoexception|ssooidcexception)"
    r"|action=(?P<query>\w+)"
    r"|post https?://(?P<host>sts)[\w.-]*\.amazonaws"
    r"|(?<![\w/-])(?P<word>assumerole\w*|getsessiontoken|getfederationtoken|getrolecredentials|createtoken)(?![\w/-])"
    r"|(?<![\w/-])(?P<snake>assume_role_with_web_identity|assume_role_with_saml|assume_role)(?![\w/-])"
)

_SAME = {
    "awssecuritytokenservice": "sts",
    "securitytoken": "sts",
    "awssecuritytokenserviceexception": "sts",
    "stsexception": "sts",
    "ssoexception": "sso",
    "ssooidcexception": "ssooidc",
    "assume_role": "assumerole",
    "assume_role_with_saml": "assumerolewithsaml",
    "assume_role_with_web_identity": "assumerolewithwebidentity",
}
_OF_STS = ("assumerole", "getsessiontoken", "getfederationtoken", "getcalleridentity")


def calls(text: Text, place: int) -> frozenset[str]:
    """The operation, and the service where it is printed, that stand nearest to a place; lower case; may be empty."""
    around, middle = text.around(place, _BEFORE, _AFTER)
    nearest: dict[str, tuple[int, str]] = {}
    for found in re.finditer(_PRINTED, around):
        distance = (
            0 if found.start() <= middle < found.end() else min(abs(found.end() - middle), abs(found.start() - middle))
        )
        for kind, value in found.groupdict().items():
            if value:
                family = "service" if kind in _SERVICES else "operation"
                name = value.strip().removesuffix("async").removesuffix("response")
                if family not in nearest or distance < nearest[family][0]:
                    nearest[family] = (distance, _SAME.get(name, name))
    closest = min((distance for distance, _ in nearest.values()), default=0)
    named = {name for distance, name in nearest.values() if distance <= closest + _SAME_MESSAGE}
    if any(name.startswith(_OF_STS) for name in named):
        named.add("sts")
    return frozenset(named)


_SERVICES = frozenset({"go_service", "java", "ruby", "net", "java_package", "java2_package", "exception", "host"})
