"""Whether somebody rotates the file of a web identity token: what its place, its issuer and its times betray.

kubelet "requests a new token when it is older than 80 percent of its total TTL, or older than 24 hours" and writes it
into the same volume (Kubernetes, "Configure Service Accounts for Pods": Launch a Pod using service account token
projection). A file of kubelet's in which nothing has happened for longer than that is a copy, or its kubelet is gone.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from unexpired.engine.credentials import timestamp

# Where kubelet mounts projected tokens (EKS User Guide, "IAM roles for service accounts").
_PLACES = ("/var/run/secrets/", "/run/secrets/eks.amazonaws.com/")
# EKS's issuers: https://oidc.eks.us-east-1.amazonaws.com/id/… (and .com.cn).
_EKS_ISSUER = "oidc.eks."
_AFTER_FRACTION, _AFTER_AT_THE_MOST = 0.8, timedelta(hours=24)
# kubelet looks at its volumes every minute or two, and waits while its API server is away.
_GRACE_FRACTION, _GRACE = 0.1, timedelta(minutes=5)
# kubelet writes a token as soon as it has it. What was written long after it was issued, somebody copied.
_COPIED_AFTER = timedelta(minutes=10)


class Rotation(NamedTuple):
    """The judgement.

    Attributes:
        goes_on: whether the next token will be there in time.
        why: one sentence.
    """

    goes_on: bool
    why: str


def rotation_of(
    path: str,
    now: datetime,
    *,
    ends_at: datetime,
    issued_at: datetime | None = None,
    issuer: str | None = None,
    changed_at: datetime | None = None,
) -> Rotation:
    """Judge a token's file. Nothing is asked, and nothing read.

    Args:
        path: of the file, as it is named.
        now: aware, as are all others.
        ends_at: the token's ``exp``.
        issued_at: its ``iat``, where it has one.
        issuer: its ``iss``.
        changed_at: the file's time of modification.
    """
    slashes = path.replace(os.sep, "/")
    from_eks = (urlsplit(issuer or "").hostname or "").startswith(_EKS_ISSUER)
    if not from_eks and not any(place in slashes for place in _PLACES):
        return Rotation(False, f"the token in {path} ends then, and nothing shows that somebody rotates it")
    if ends_at <= now:
        return Rotation(False, f"the token in {path} has ended, and kubelet has put no other in its place")
    if issued_at is not None and issued_at < ends_at:
        if changed_at is not None and changed_at - issued_at > _COPIED_AFTER:
            return Rotation(
                False, f"the token in {path} ends then: the file was written long after it, so it is a copy"
            )
        life = ends_at - issued_at
        due_at = issued_at + min(_AFTER_FRACTION * life, _AFTER_AT_THE_MOST)
        if now > due_at + max(_GRACE_FRACTION * life, _GRACE):
            why = f"the token in {path} ends then: kubelet should have replaced it at {timestamp(due_at)}, and has not"
            return Rotation(False, why)
    return Rotation(True, f"kubelet rotates {path} before the token in it ends")
