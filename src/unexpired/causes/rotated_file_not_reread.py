"""The file was renewed, but this process still uses what it read at its start.

## What happened

Something does renew: a login tool writes a new session into `~/.aws/credentials`, a sidecar rewrites a mounted file,
a refresh hook runs. The program read the file once, when it made its session or client, and keeps that set for life.
Restarting it helps, for one more session.

## Why AWS says this

SDKs read the shared files when a session is created. boto3, the AWS CLI's long transfers, Go, JS and Rust keep what
they read; the token they go on sending lapses as always, and the service answers *ExpiredToken* although the file
next to it is fresh.

## How to recognise it

*ExpiredToken* from a program that runs while `aws sts get-caller-identity` with the same profile works in another
terminal; words such as *after refreshing the credentials it still*, *works again after a restart*, *the refresh hook
ran*; a sidecar (Vault Agent, `saml2aws`, `aws-okta`, `gimme-aws-creds`) that rewrites the file.

## Cure

Give the program a source that is asked again instead of a file that is read once: `credential_process` in the
profile, or the container endpoint that `unexpired exec` opens. Until then, restart it after each
renewal. Not done by `--fix`: the profile's meaning changes for every program that uses it.

## Confirm

`doctor --pid` compares the moment at which the process started with the file's last change and the session's end.

## Sources

- [boto/botocore#704: files are read once and never again](https://github.com/boto/botocore/issues/704)
- [aws/aws-cli#4562: `s3 cp` dies although the file was renewed](https://github.com/aws/aws-cli/issues/4562)
- [Process credentials](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._proofs import for_profile, is_session, moment, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The examined process began before the file that holds its session was written last."""
    process, steps = evidence.process, plan(evidence)
    if process is None or process.started_at is None or not steps or not is_session(steps[0].keys):
        return None
    for file in (evidence.credentials, evidence.config):
        if steps[0].location == file.path and file.changed_at is not None and file.changed_at > process.started_at:
            seen = (
                f"process {process.pid} ({process.command}) began at {moment(process.started_at)}",
                f"{file.path} was written at {moment(file.changed_at)}; SDKs read it once, at their start",
            )
            return CAUSE.found("warning", "likely", seen, for_profile(CAUSE.cure, steps[0].profile))
    return None


CAUSE = Cause(
    slug="rotated-file-not-reread",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.14,
            why="A session lapsed while the process was running; files are read only at its start.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
    ),
    clues=(
        Clue(
            text=(
                "after restart",
                "restarting",
                "restart fixes",
                "until restart",
                "until i restart",
                "have to restart",
                "need to restart",
                "must restart",
                "works again after",
                "credentials file was updated",
                "credentials file has been updated",
                "credentials were updated",
                "credentials updated",
                "updated credentials",
                "refreshed credentials",
                "credentials refreshed",
                "refreshed the credentials",
                "new credentials written",
                "wrote new credentials",
                "wrote credentials",
                "credentials rotated",
                "rotated credentials",
                "still using the old",
                "still uses the old",
                "old credentials",
                "not picked up",
                "does not pick up",
                "doesnt pick up",
                "not re-read",
                "not reread",
                "never re-reads",
                "until … is restarted",
                "doesnt take effect",
                "does not take effect",
                "stale cached credentials",
                "stale credentials",
                "after refreshing credentials",
                "refreshing aws credentials",
                "credential rotation",
                "rotate credentials on disk",
                "cached in memory",
            ),
            weight=3.0,
            why="The text speaks of credentials that were renewed beside the running program.",
            anywhere=True,
        ),
        Clue(
            text=(
                "awsauthrefresh",
                "awscredentialexport",
                "vault agent",
                "vault-agent",
                "sidecar",
                "saml2aws",
                "gimme-aws-creds",
                "aws-okta",
                "granted",
                "leapp",
                "inotify",
            ),
            weight=1.0,
            why="A tool that rewrites the credentials stands in the text.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Let the program ask a source again instead of reading a file once.",
        commands=everywhere(
            "unexpired exec --profile PROFILE --for 6h -- COMMAND",
            (
                'aws configure set credential_process "unexpired credential-process --profile PROFILE" --profile '
                "PROFILE-renewing"
            ),
        ),
    ),
    prove=prove,
)
