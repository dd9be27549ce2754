"""The CI job ran longer than the session it took at its start.

## What happened

A step near the top of the pipeline assumed a role and put the session into the job's environment. One hour later (the
default) the session ended; the build, the tests or the deployment were still running, and the next AWS call failed.

## Why AWS says this

`AssumeRoleWithWebIdentity` gives one hour unless more is asked, and never more than the role's `MaxSessionDuration`.
The step hands over three strings and is done: nothing in the job keeps the issuer's token address, so nothing can
renew.

## How to recognise it

*ExpiredToken* in a log that also shows `aws-actions/configure-aws-credentials`, GitLab's `assume-role-with-web-
identity`, CircleCI's OIDC orb, or a pipeline's markers, about an hour after the first line.

## Cure

Ask for a session as long as the job (`role-duration-seconds`, and `MaxSessionDuration` on the role), sign in again
right before the late step, or run the long step under `unexpired exec`, which fetches a new token from the issuer
each time. Not done by `--fix`: it is a change of the pipeline.

## Confirm

`doctor` inside the job shows the variables as the winner and the issuer's token endpoint as the source that could
renew.

## Sources

- [aws-actions/configure-aws-credentials#359](https://github.com/aws-actions/configure-aws-credentials/issues/359)
- [Role session duration](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html#id_roles_update-session-duration)
- [OpenID Connect in GitHub Actions](https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._proofs import ended, is_session, lapsed, plan
from unexpired.causes._surroundings import CI

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


# What CI systems set: GitHub, GitLab and most others; Jenkins, CodeBuild and TeamCity do not set CI.
_SIGNS = ("GITHUB_ACTIONS", "GITLAB_CI", "CODEBUILD_BUILD_ID", "JENKINS_URL", "BUILDKITE", "TF_BUILD", "CI")


def prove(evidence: Evidence) -> Finding | None:
    """A CI job's environment holds the session that a step before has made."""
    variables, base = evidence.environment.variables, plan(evidence)[:1]
    sign = next((name for name in _SIGNS if variables.get(name)), None)
    if sign is None or not base or base[0].kind != "environment" or not is_session(base[0].keys):
        return None
    keys = base[0].keys
    assert keys is not None  # noqa: S101 - is_session has looked
    seen = [
        f"{sign} is set: this is a CI job",
        f"it uses {keys.key_id}, a session of its environment; nothing renews it",
    ]
    if "ACTIONS_ID_TOKEN_REQUEST_URL" in variables:
        seen.append("ACTIONS_ID_TOKEN_REQUEST_URL is set: the issuer would give the job a new token at any time")
    end = lapsed(evidence, keys)
    if end is not None:
        seen.append(ended(end, evidence.now))
    return CAUSE.found("error" if end else "warning", "proven" if end else "likely", tuple(seen))


CAUSE = Cause(
    slug="ci-job-outlives-session",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.15,
            why="A session lapsed, and nothing in the job could renew it.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=CI,
            weight=2.2,
            why="The text comes from a CI job; these take their session once, at the start.",
            anywhere=True,
        ),
        Clue(
            text=(
                "configure-aws-credentials",
                "role-to-assume",
                "role-duration-seconds",
                "assume-role-with-web-identity",
            ),
            weight=1.0,
            why="The step that takes the session stands in the log.",
            anywhere=True,
        ),
        Clue(text=("@after-1h", "@after-hours"), weight=0.6),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Ask for a session as long as the job, or renew it inside the job.",
        commands=everywhere(
            "aws iam update-role --role-name ROLE --max-session-duration 21600",
            "unexpired exec --role-arn ROLE_ARN --for 6h -- COMMAND",
        ),
    ),
    prove=prove,
)
