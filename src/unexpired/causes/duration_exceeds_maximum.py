"""A longer session was asked for than the role allows.

## What happened

`DurationSeconds` in the request (or `duration_seconds` in the profile, `role-duration-seconds` in the pipeline) is
more than the role's `MaxSessionDuration`. Nothing was issued.

## Why AWS says this

A role's maximum is one hour unless somebody raised it (to twelve at the most). STS does not shorten: it refuses with
*ValidationError*. A chained role is bound to one hour whatever its maximum is; that has a cause of its own.

## How to recognise it

    ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.

## Cure

Ask for less, or raise the role's maximum. Not done by `--fix`: raising it is a security decision.

## Confirm

`doctor` compares the profile's `duration_seconds` with what the role allows, where it may look.

## Sources

- [API reference: AssumeRole, DurationSeconds](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
- [Update the maximum session duration](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html#id_roles_update-session-duration)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._proofs import answered, for_profile, for_role, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


# API reference, AssumeRole, DurationSeconds: 900 to 43200. What a role itself allows is known only to IAM.
_LONGEST_SECONDS = 43200


def prove(evidence: Evidence) -> Finding | None:
    """A role is asked for longer than any role may last."""
    for role in plan(evidence):
        if role.kind == "assume_role" and (role.duration_seconds or 0) > _LONGEST_SECONDS:
            seen = f"{role.place}: {role.role_arn} asks for {role.duration_seconds} s; the most is {_LONGEST_SECONDS}"
            cure = for_role(for_profile(CAUSE.cure, role.profile), role.role_arn)
            return CAUSE.found("error", "proven", (seen,), cure)
    return answered(evidence, CAUSE)


CAUSE = Cause(
    slug="duration-exceeds-maximum",
    family="denied",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.97,
            why="STS says that more was asked for than the role's maximum.",
            text=(
                "exceeds the maxsessionduration",
                "exceeds maxsessionduration",
                "exceeds the maximum session duration",
                "durationseconds exceeds",
                "durationseconds … exceed",
                "durationseconds failed to satisfy constraint",
                "duration_seconds … must be less than or equal",
                "value … at durationseconds failed",
                "requested duration … exceeds",
                "durationseconds … less than or equal to 43200",
                "durationseconds … less than or equal to 129600",
                "role-duration-seconds … exceed",
                "expected duration_seconds to be in the range",
                "session duration … exceeds the maximum",
                "session duration was too long",
                "session duration is too long",
                "session duration ‥ too long for",
                "maximum duration for assumed roles",
                "maximum duration for ‥ sessions is",
            ),
            unless=("role chaining",),
        ),
        Sign(confidence=0.5, why="The hour of a chained role was exceeded.", text=("1 hour session limit for roles",)),
    ),
    cure=Cure(
        summary="Ask for a shorter session, or raise the role's maximum.",
        commands=everywhere(
            "aws configure set duration_seconds 3600 --profile PROFILE",
            "aws iam update-role --role-name ROLE --max-session-duration 43200",
        ),
    ),
    prove=prove,
)
