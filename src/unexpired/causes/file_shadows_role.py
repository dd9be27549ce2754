"""A static profile wins over the role that would have renewed.

## What happened

The machine has a renewing source (a container or instance role, a web identity, an SSO or process profile), but a
static `[default]` in the credentials file comes before it in the chain. The keys in the file are used; when they
lapse, the role next door is never asked.

## Why AWS says this

The shared files stand before the container and instance endpoints in every SDK's chain, and static keys in
`~/.aws/credentials` beat `credential_process`, `sso_session` and `role_arn` settings of the same profile in
`~/.aws/config` in several of them. The service only sees that the token it got has expired.

## How to recognise it

*ExpiredToken* or *InvalidClientTokenId* on an instance, in a task or in a pod that has a role, with `Found
credentials in shared credentials file` in the log; an image or a home directory with an old `~/.aws/credentials` in
it.

## Cure

Take the static keys out of that profile, or rename it. Not done by `--fix` without asking: what wins next is another
identity.

## Confirm

`doctor` shows the static profile as *used* and the renewing source as *shadowed*.

## Sources

- [Credential provider chain](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
- [aws/aws-cli#5109: stale keys shadow `credential_process`](https://github.com/aws/aws-cli/issues/5109)
- [Versent/saml2aws#895](https://github.com/Versent/saml2aws/issues/895)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED, TOKEN_INVALID
from unexpired.causes._proofs import ended, is_session, lapsed, plan
from unexpired.causes._surroundings import CLOUD_MACHINE

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


_RENEWING = ("sso", "login", "process", "container", "instance", "web_identity")


def prove(evidence: Evidence) -> Finding | None:
    """Static keys in a shared file win, and a source that renews stands behind them."""
    steps = plan(evidence)
    if [step.kind for step in steps] != ["static_profile"] or steps[0].keys is None:
        return None
    hidden = [
        candidate
        for candidate in evidence.chain.candidates
        if candidate.state == "shadowed" and candidate.source in _RENEWING
    ]
    if not hidden:
        return None
    keys = steps[0].keys
    seen = [f"{keys.place} ({keys.key_id}) wins over {candidate.source}: {candidate.detail}" for candidate in hidden]
    end = lapsed(evidence, keys)
    if end is not None:
        seen.append(f"the file holds a session, and {ended(end, evidence.now)}")
        return CAUSE.found("error", "proven", tuple(seen))
    return CAUSE.found("warning", "likely" if is_session(keys) else "possible", tuple(seen))


CAUSE = Cause(
    slug="file-shadows-role",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.14,
            why="A lapsed session was used although a role could have renewed.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.4,
            why="The file's keys were used, and the service does not accept them.",
            answer=TOKEN_INVALID,
            beside=("found credentials in shared credentials file",),
        ),
    ),
    clues=(
        Clue(
            text=(
                "aws_container_credentials",
                "aws_web_identity_token_file",
                "instance profile",
                "instance role",
                "task role",
                "irsa",
                "pod identity",
                "service account",
                "eks.amazonaws.com/role-arn",
                "ecs task",
                "ecstask",
            ),
            weight=1.3,
            why="A role that renews stands in the text as well.",
            anywhere=True,
        ),
        Clue(
            text=(
                "found credentials in shared credentials file",
                "static credentials in … .aws/credentials",
                "[default] … aws_session_token",
            ),
            weight=1.2,
            why="The log says that the static file won.",
            anywhere=True,
        ),
        Clue(
            text=(
                "credential_process … found credentials in shared credentials file",
                "credential_process … aws_access_key_id",
                "shadow",
                "instead of the role",
                "instead of instance",
                "not using the role",
                "ignores the role",
            ),
            weight=1.4,
            why="The text speaks of a renewing source that was passed over.",
            anywhere=True,
        ),
        Clue(text=CLOUD_MACHINE, weight=0.5),
        Clue(text=("@presigned", "found credentials in environment variables"), weight=-1.5),
    ),
    cure=Cure(
        summary="Take the static keys out of the profile that wins, so that the role behind it is asked.",
        commands=by_platform(
            posix=("mv ~/.aws/credentials ~/.aws/credentials.before", "aws sts get-caller-identity"),
            cmd=("ren %USERPROFILE%\\.aws\\credentials credentials.before", "aws sts get-caller-identity"),
            powershell=("Rename-Item $HOME\\.aws\\credentials credentials.before", "aws sts get-caller-identity"),
        ),
    ),
    prove=prove,
)
