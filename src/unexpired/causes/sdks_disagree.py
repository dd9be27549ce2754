"""botocore and the other SDKs read this configuration differently.

## What happened

The same files and variables make one tool take one identity and another tool another, or none. There are two sections
of one name, `[profile default]` beside `[default]`, a variable that is set but empty, a comment behind a value, a
setting in the file that only some SDKs look into.

## Why AWS says this

The file format is described, but every SDK has its own parser and its own chain. Python's parser joins duplicate
sections or refuses them, Go takes the last, Java warns and ignores; a set-but-empty `AWS_PROFILE` is a name in boto3
and nothing in JS; JS prefers a named profile to variables; object_store reads no files at all.

## How to recognise it

    Ignoring profile '[default]' on line 1 because '[profile default]' was also found
    DuplicateSectionError: While reading from '…/.aws/credentials' [line 7]: section 'default' already exists
    Warning: Duplicate property 'region' detected …

or *it works with the CLI, but not with …*.

## Cure

Write it so that all read it alike: every section once, `[default]` without `profile`, no empty variables, comments on
lines of their own. Not done by `--fix`: it has to guess which of the two was meant.

## Confirm

`doctor` says what botocore does, and in a note what the others do.

## Sources

- [Shared config and credentials files](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html)
- [Settings that each SDK supports](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, by_platform
from unexpired.causes._cures import opening, then, unsetting
from unexpired.causes._differences import blank_variables, differences

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """Something on the way to the credentials reads differently in botocore and in the other SDKs."""
    told = differences(evidence)
    return CAUSE.found("note", "proven", told, _cure(evidence, told)) if told else None


def _cure(evidence: Evidence, told: tuple[str, ...]) -> Cure:
    """Unset what is set to nothing, and open the files, as far as either is a difference."""
    blank = blank_variables(evidence)
    read = [file.path for file in (evidence.config, evidence.credentials) if file.state in {"read", "broken"}]
    files = [path for path in read if any(path in said for said in told)]
    commands = then(*([unsetting(*blank)] if blank else []), *(opening(path) for path in files))
    if blank or files:
        return replace(CAUSE.cure, commands=commands)
    return Cure("Set only what every SDK reads alike: the keys, or one AWS_PROFILE.", commands)


CAUSE = Cause(
    slug="sdks-disagree",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.85,
            why="The same thing stands twice in the files, and SDKs differ in which of the two they take.",
            text=(
                "duplicatesectionerror … .aws",
                "duplicatesectionerror … credentials",
                "duplicateoptionerror … .aws",
                "duplicateoptionerror … credentials",
                ".aws … section … already exists",
                ".aws … already exists … section",
                "duplicate property … detected",
                "duplicate profile",
                "duplicate section … .aws",
                "ignoring profile [default]",
                "[profile default] was also found",
                "default profile … found … both",
                "multiple profiles … same name",
                "profile … defined more than once",
                "two sections … default … .aws",
            ),
        ),
        Sign(
            confidence=0.72,
            why="An empty name was taken for a profile's name.",
            text=(
                "the config profile () could not be found",
                "failed to get shared config profile, ,",
                "failed to load profile, .",
            ),
            unless=("nocredentialproviders",),
        ),
        Sign(
            confidence=0.5,
            why="One tool accepts what another does not.",
            text=(
                "works with the aws cli but not",
                "works with aws cli but not",
                "aws cli works but",
                "works in the cli but not",
                "boto3 works but",
                "works with boto3 but",
            ),
            beside=("credential", "profile", "config"),
        ),
    ),
    cure=Cure(
        summary="Write it so that every SDK reads it alike.",
        commands=by_platform(
            posix=('"${EDITOR:-vi}" ~/.aws/config ~/.aws/credentials',),
            cmd=("notepad %USERPROFILE%\\.aws\\config", "notepad %USERPROFILE%\\.aws\\credentials"),
            powershell=("notepad $HOME\\.aws\\config", "notepad $HOME\\.aws\\credentials"),
        ),
    ),
    prove=prove,
)
