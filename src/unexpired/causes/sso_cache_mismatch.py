"""The sign-in is fine, but this tool looks for it under another name.

## What happened

You are signed in to IAM Identity Center, and one tool works while another says that there is no token. The sign-in is
a file in `~/.aws/sso/cache` whose name is a hash: of the *name of the sso-session* in the newer form, of the *start
address* in the legacy form. The two tools compute different names, or the home directory differs (container, `sudo`,
another user).

## Why AWS says this

AWS is not asked at all. A tool that knows only `sso_start_url` hashes the address as it stands in the profile; one
that knows `sso_session` hashes the session's name; `…/start`, `…/start/` and `…/start#/` are three names.

## How to recognise it

    SSOProviderInvalidToken: the SSO session has expired or is invalid
    caused by: open /home/me/.aws/sso/cache/7ad….json: no such file or directory

right after a successful `aws sso login`; `Error loading SSO Token: Token for SESSION does not exist` in one tool
while the CLI works.

## Cure

Let both forms exist: repeat `sso_start_url` and `sso_region` in the profile beside `sso_session` for tools that know
only the old form, sign in with the very profile the tool uses, and upgrade the tool. Not done by `--fix`: it edits
your configuration's meaning.

## Confirm

`doctor` computes both names and shows which file exists and which is looked for.

## Sources

- [SSO token provider configuration](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html)
- [Legacy, non-refreshable configuration](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso-legacy.html)
- [hashicorp/terraform#32448](https://github.com/hashicorp/terraform/issues/32448)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._proofs import broken, for_profile

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """There is a live sign-in for the same start address, but under a name that this profile does not look for."""
    summary = "Sign in with the very profile that the tool uses."
    cure = replace(CAUSE.cure, summary=summary, commands=everywhere("aws sso login --profile PROFILE"))
    return broken(evidence, CAUSE, for_profile(cure, evidence.chain.profile))


CAUSE = Cause(
    slug="sso-cache-mismatch",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.85,
            why="The tool looked for the sign-in in a cache file of a name that does not exist.",
            text=(
                "sso/cache/… .json: no such file",
                "sso/cache/ … no such file",
                "no such file or directory … sso/cache/",
                "sso\\cache\\ … cannot find the file",
                "sso/cache/ … cannot find the file",
                "sso/cache … does not exist",
                "sso/cache … not found",
                "sso\\cache … not found",
            ),
        ),
        Sign(
            confidence=0.4,
            why="A sign-in of that name was not found; it may stand under another name.",
            text=(
                "error loading sso token",
                "exception in loading token",
                "failed to parse cached sso token",
                "|sso token … does not exist",
                "|sso session token associated with profile … was not found",
                "cached sso token file … not found",
                "no valid sso token",
            ),
        ),
        Sign(
            confidence=0.75,
            why="The profile and its sso-session contradict each other.",
            text=(
                "is inconsistent between profile … and sso-session",
                "token for … is invalid … |sso|",
                "does not match sso_start_url",
                "sso_start_url … differs",
            ),
        ),
    ),
    clues=(
        Clue(
            text=(
                "successfully logged in",
                "successfully logged into",
                "login succeeded",
                "already logged in",
                "cli works",
                "aws cli … works",
                "works with aws cli",
                "works in the aws cli",
                "after aws sso login",
            ),
            weight=1.7,
            why="A sign-in succeeded just before.",
            anywhere=True,
        ),
        Clue(
            text=("sso_session =", "sso_session=", "[sso-session"),
            weight=0.5,
            why="The profile uses the newer form, with an sso-session.",
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Sign in with the very profile the tool uses, and keep both forms of the SSO settings in it.",
        commands=everywhere(
            "aws configure set sso_start_url https://YOUR-START.awsapps.com/start --profile PROFILE",
            "aws configure set sso_region REGION --profile PROFILE",
            "aws sso login --profile PROFILE",
        ),
    ),
    prove=prove,
)
