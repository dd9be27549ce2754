"""The session was revoked, or its role was changed or deleted.

## What happened

The session's time is not over, but it may do nothing any more: an administrator pressed *Revoke active sessions*, a
lab or a budget ended, or the role behind it was deleted or made anew.

## Why AWS says this

AWS cannot take a session back. Revoking attaches a policy that denies everything to sessions older than a moment
(`AWSRevokeOlderSessions`, a condition on `aws:TokenIssueTime`), so every answer is an *explicit deny in an identity-
based policy*. A deleted role gives *InvalidClientTokenId* or *AccessDenied* at once.

## How to recognise it

    … is not authorized to perform: ec2:DescribeImages with an explicit deny in an identity-based policy:
        …AWSRevokeOlderSessions
    … with an explicit deny in an identity-based policy: arn:aws:iam::…:policy/voc-cancel-cred      (AWS Academy: the
        lab has ended)

## Cure

Take a new session: sign in or assume the role again; it is younger than the moment, and works. If it was revoked
because it leaked, find the leak first. In a lab, start the lab again. Not done by `--fix`.

## Confirm

`doctor` assumes the role anew: if that is refused, and the CLI's cache holds a session of the same role, its trust was
changed since. A revoked session still answers `get-caller-identity`, and is denied elsewhere.

## Sources

- [Revoking IAM role temporary credentials](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html)
- [`aws:TokenIssueTime`](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._cached import is_of
from unexpired.causes._proofs import moment, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The role is refused, and the CLI's cache holds a session of it: it could be assumed before."""
    refusal = evidence.online.refusal if evidence.online is not None else None
    roles = [step for step in plan(evidence) if step.role_arn is not None]
    profile = evidence.profiles.get(roles[-1].profile or "") if roles else None
    if refusal is None or refusal.cause != "cannot-assume-role" or profile is None:
        return None
    for entry in evidence.cached_roles:
        if entry.state == "read" and is_of(entry, profile):
            until = f", good until {moment(entry.expires_at)}" if entry.expires_at else ""
            seen = (refusal.said, f"{entry.place} holds a session of that role{until}: it could be assumed before")
            return CAUSE.found("warning", "likely", seen)
    return None


CAUSE = Cause(
    slug="session-revoked",
    family="denied",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.96,
            why="The denying policy is the one that revokes sessions.",
            text=(
                "awsrevokeoldersessions",
                "voc-cancel-cred",
                "aws:tokenissuetime",
                "revokeoldersessions",
                "revoke-older-sessions",
            ),
        ),
        Sign(
            confidence=0.8,
            why="The text says that the session was revoked.",
            text=(
                "session has been revoked",
                "session was revoked",
                "sessions were revoked",
                "session is revoked",
                "credentials have been revoked",
                "credentials were revoked",
                "credentials are revoked",
                "session token has been revoked",
                "security token … revoked",
                "temporary credentials … revoked",
                "token has been revoked … |sts|",
                "active sessions … revoked",
                "lab has ended",
                "lab session has ended",
            ),
            beside=("|aws|", "|sts|", "|iam|", "amazon", "arn:aws", "assumed-role", "accessdenied", "s3", "lab"),
            unless=("oauth", "github", "google"),
        ),
        Sign(
            confidence=0.6,
            why="The role behind the session is gone.",
            text=(
                "role … has been deleted",
                "role … was deleted",
                "nosuchentity … role with name … cannot be found",
                "the role with name … cannot be found",
                "role … no longer exists",
            ),
            beside=("assumed-role", "assumerole", "session", "instance profile", "sts"),
        ),
    ),
    cure=Cure(
        summary="Take a new session; only those from before the moment are refused.",
        commands=everywhere("aws sso login --profile PROFILE", "aws sts get-caller-identity --profile PROFILE"),
    ),
    prove=prove,
)
