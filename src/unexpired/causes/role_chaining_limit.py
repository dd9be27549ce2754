"""A role assumed by a role lives one hour at the most.

## What happened

The session was made by assuming a role with the session of another role. Such a chain is cut to one hour, whatever
was asked for and whatever the role's maximum is. A job that ran longer, or a request for more, met that limit.

## Why AWS says this

STS limits role chaining to 3600 seconds. Asking for more is refused at once (*The requested DurationSeconds exceeds
the 1 hour session limit for roles assumed by role chaining*); asking for nothing gives the hour, and then
*ExpiredToken*.

## How to recognise it

    ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.

or a death at almost exactly 1:00:00 in a set-up with `source_profile` → role → role, with SSO as the base, or with an
instance's role that assumes another.

## Cure

Do not ask for more than 3600 in a chain; let something renew every hour instead, or assume the second role from a
base that is not a role session. Not done by `--fix`: it is a decision about who may be what.

## Confirm

`doctor` draws the plan of the winner and counts the roles in it; `horizon` shows whether the chain can go on
renewing.

## Sources

- [Role chaining](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining)
- [Methods to assume a role](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html)
- [ByteNess/aws-vault#263](https://github.com/99designs/aws-vault/issues/263)
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._proofs import answered, for_profile, is_session, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


# IAM User Guide, "Methods to assume a role": a role assumed by a role lasts an hour at the most.
_LONGEST_CHAINED_SECONDS = 3600


def prove(evidence: Evidence) -> Finding | None:
    """A role that is assumed with a role's session asks for more than an hour."""
    steps = plan(evidence)
    for base, role in itertools.pairwise(steps):
        chained = base.kind not in {"static_profile", "environment"} or is_session(base.keys)
        if role.kind == "assume_role" and chained and (role.duration_seconds or 0) > _LONGEST_CHAINED_SECONDS:
            seen = (
                f"{role.place}: {role.role_arn} asks for {role.duration_seconds} s",
                f"assumed with the session of {base.role_arn or base.kind}, it gets {_LONGEST_CHAINED_SECONDS} s",
            )
            return CAUSE.found("error", "proven", seen, for_profile(CAUSE.cure, role.profile))
    return answered(evidence, CAUSE)


CAUSE = Cause(
    slug="role-chaining-limit",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.97,
            why="STS says that the role was assumed by a role, and that such a session lasts one hour at the most.",
            text=(
                "session limit for roles assumed by role chaining",
                "roles assumed by role chaining",
                "1 hour session limit for roles",
            ),
        ),
        Sign(
            confidence=0.7,
            why="The text speaks of role chaining and its hour.",
            text=(
                "role chaining … 1 hour",
                "role chaining … one hour",
                "role chaining … 3600",
                "chained role … hour",
                "role-chaining … limit",
                "role chaining … limit",
            ),
        ),
        Sign(
            confidence=0.08,
            why="A session lapsed; one that was made by a chain of roles lasts an hour at the most.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=("@after-1h",),
            weight=1.2,
            why="It failed about one hour after the first line: the life of a chained session.",
            anywhere=True,
        ),
        Clue(
            text=("role chaining", "chained role", "role-chaining", "chained assume", "assumed by role"),
            weight=1.6,
            why="A chain of roles stands in the text.",
            anywhere=True,
        ),
        Clue(
            text=("source_profile … source_profile", "role_arn … role_arn", "assume_role … assume_role"),
            weight=0.8,
            why="More than one role stands in the text.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Ask for one hour, and renew every hour.",
        commands=everywhere(
            "aws configure set duration_seconds 3600 --profile PROFILE",
            "unexpired exec --profile PROFILE --for 6h -- COMMAND",
        ),
    ),
    prove=prove,
)
