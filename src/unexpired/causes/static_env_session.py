"""An exported session lapsed, and nothing renews what was exported.

## What happened

`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` hold a session that somebody or something
exported once. Its end was fixed when it was issued. The process that inherited the three variables outlived it, and
no SDK asks again for what it was handed this way.

## Why AWS says this

A session from STS carries its end inside the token. From that second on every service answers *ExpiredToken* (S3) or
*The security token included in the request is expired* (most others). The SDKs take variables as static credentials:
there is no `Expiration` beside them and no source to ask, so they are sent until the process ends.

## How to recognise it

    An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.

together with `Found credentials in environment variables.` in a debug log, `export AWS_SESSION_TOKEN=…` in a script,
an `.env` file, or a wrapper that exports (`aws-vault exec`, `saml2aws exec`, `assume`, `eval $(aws configure
export-credentials --format env)`). A new shell works; the old one does not.

## Cure

Drop the variables and let a profile or a role renew, or start the program under something that goes on renewing. Not
done by `--fix`: a process cannot change the environment of the shell that started it, and what comes next in the
chain may be another identity than the one you meant.

## Confirm

`doctor` looks which provider wins in this environment, whether it is the three variables, and whether they have
lapsed.

## Sources

- [Environment variables of the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html)
- [Using temporary credentials](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html)
- [hashicorp/terraform#5579: a lapsed `aws_session_token`](https://github.com/hashicorp/terraform/issues/5579)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import HEAD_REFUSED, RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._cures import opening, then
from unexpired.causes._proofs import end_of, ended, for_profile, is_session, lapsed, moment, plan
from unexpired.causes._surroundings import AWS, AWS_CLI, CLOUD_MACHINE, NOT_CREDENTIALS, TERRAFORM, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence, ProcessView


_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"  # Lambda exports a session itself, and ends the process with it


def prove(evidence: Evidence) -> Finding | None:
    """What is used begins with a session that was exported, which nothing renews."""
    base = plan(evidence)[:1]
    ours = base and base[0].kind == "environment" and is_session(base[0].keys)
    if not ours or _LAMBDA in evidence.environment.variables:
        return _dead_elsewhere(evidence)
    keys = base[0].keys
    assert keys is not None  # noqa: S101 - is_session has looked
    seen = [f"AWS_ACCESS_KEY_ID of {_whose(evidence)} is {keys.key_id}, a session; nothing renews it"]
    written = [line for line in evidence.startup if line.sealed == keys.identity]
    seen += [f"{line.place} sets {line.variable}" for line in written]
    past = lapsed(evidence, keys)
    end = past or end_of(evidence, keys)
    cure = _cure(evidence, tuple(dict.fromkeys(line.place.path for line in written)))
    if end is None:
        seen.append("nothing on this machine says when it ends")
        return CAUSE.found("warning", "likely", tuple(seen), cure)
    seen.insert(1, ended(end, evidence.now) if past else f"it lapses at {moment(end[0])}: {end[1]}")
    seen += _holders(evidence)
    return CAUSE.found("error" if past else "warning", "proven", tuple(seen), cure)


def _dead_elsewhere(evidence: Evidence) -> Finding | None:
    """Here nothing of the kind is used, but a process that runs was started with a session that has lapsed."""
    seen = _holders(evidence)
    return CAUSE.found("warning", "proven", tuple(seen), _restart(CAUSE.cure)) if seen else None


def _cure(evidence: Evidence, files: tuple[str, ...]) -> Cure:
    """The cure with the profile that was meant; for a process that runs, and for files that export it again."""
    meant = evidence.chain.profile if evidence.chain.profile in evidence.profiles else None
    cure = for_profile(CAUSE.cure, meant)
    if evidence.process is not None:
        return _restart(cure)
    if not files:
        return cure
    summary = f"Unset the three variables, take them out of {', '.join(files)}, and run under a profile that renews."
    return replace(cure, summary=summary, commands=then(cure.commands, *(opening(path) for path in files)))


def _restart(cure: Cure) -> Cure:
    """What was handed to a process at its start stays with it."""
    commands = {platform: typed[-1:] for platform, typed in cure.commands.items()}
    summary = "Start the process anew under a profile or role that renews; its variables cannot be changed."
    return Cure(summary, commands)


def _whose(evidence: Evidence) -> str:
    return evidence.environment.owner if evidence.process is None else _named(evidence.process)


def _named(process: ProcessView) -> str:
    since = f", running since {moment(process.started_at)}," if process.started_at else ""
    return f"process {process.pid} ({process.command}){since}"


def _holders(evidence: Evidence) -> list[str]:
    """A sentence for each other process that was started with a session which is known to have lapsed."""
    seen = []
    for process in evidence.holders:
        if evidence.process is not None and process.pid == evidence.process.pid:
            continue
        end = lapsed(evidence, process.keys)
        if process.keys is not None and is_session(process.keys) and end is not None:
            seen.append(f"{_named(process)} holds {process.keys.key_id}, which lapsed at {moment(end[0])}")
    return seen


CAUSE = Cause(
    slug="static-env-session",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.33,
            why=(
                "A session lapsed and was not renewed. Exported variables are the commonest reason: no SDK renews "
                "those."
            ),
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.34,
            why="The session that was asked about has itself lapsed, and nothing renewed it.",
            answer=SESSION_EXPIRED,
            calling=("getcalleridentity", "getsessiontoken"),
        ),
        Sign(
            confidence=0.3,
            why="S3 answers HEAD without a body, and a lapsed session with 400; one that is merely denied with 403.",
            answer=HEAD_REFUSED,
        ),
        Sign(
            confidence=0.55,
            why="EC2 says *RequestExpired* of a lapsed session as well as of a clock that is off.",
            text=("requestexpired",),
            unless=("<expires>", "x-amz-expires", "timestamp"),
        ),
        Sign(
            confidence=0.25,
            why="The text speaks of something that expired and of AWS.",
            text=failing("expired token", "token expired", "session expired", "credentials expired", "has expired"),
            beside=AWS,
            unless=NOT_CREDENTIALS,
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=("found credentials in environment variables",),
            weight=2.2,
            why="The log says that the credentials came from environment variables.",
            anywhere=True,
        ),
        Clue(
            text=(
                "export aws_session_token",
                "set aws_session_token",
                "$env:aws_session_token",
                "setx aws_session_token",
            ),
            weight=1.6,
            why="A session token is exported.",
            anywhere=True,
        ),
        Clue(
            text=("environmentvariablecredentialsprovider", "envprovider", "fromenv", "environmentcredentials"),
            weight=0.8,
            why="The provider named is the one that reads the environment.",
        ),
        Clue(
            text=(
                "aws-vault exec",
                "saml2aws exec",
                "aws-okta exec",
                "|assume |",
                "awsume",
                ".env",
                "dotenv",
                "--env aws_session_token",
                "-e aws_session_token",
            ),
            weight=0.9,
            why="A wrapper that exports a session stands in the text.",
            anywhere=True,
        ),
        Clue(text=("an error occurred (",), weight=0.25),
        Clue(text=TERRAFORM, weight=0.3),
        Clue(text=AWS_CLI, weight=0.3),
        Clue(
            text=(
                "found credentials in shared credentials file",
                "~/.aws/credentials",
                "shared-credentials-file",
                "--profile ",
            ),
            weight=-0.6,
        ),
        Clue(text=CLOUD_MACHINE, weight=-0.5),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Unset the three variables and run the program under a profile or role that renews.",
        commands=by_platform(
            posix=(
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
                "unexpired exec --profile PROFILE --for 6h -- COMMAND",
            ),
            cmd=(
                "set AWS_ACCESS_KEY_ID=",
                "set AWS_SECRET_ACCESS_KEY=",
                "set AWS_SESSION_TOKEN=",
                "unexpired exec --profile PROFILE --for 6h -- COMMAND",
            ),
            powershell=(
                "Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY, Env:AWS_SESSION_TOKEN",
                "unexpired exec --profile PROFILE --for 6h -- COMMAND",
            ),
        ),
    ),
    prove=prove,
)
