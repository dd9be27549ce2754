"""The shared files cannot be understood.

## What happened

`~/.aws/config` or `~/.aws/credentials` (or what `AWS_CONFIG_FILE` points at) has a broken line, a section that refers
to itself, contradicting settings, or a value that the SDK does not know. It gave up while reading.

## Why AWS says this

AWS is not asked. Every SDK parses these files by itself: a line before the first section, a stray indentation, a
byte-order mark or a smart quote is enough; so are `source_profile` and `credential_source` together, a
`source_profile` that leads back to its own beginning, an `sso_session` that is not there, or an endpoint that is no
URL.

## How to recognise it

    Unable to parse config file: /home/me/.aws/credentials
    Infinite loop in credential configuration detected. …
    The profile "x" contains both source_profile and credential_source.
    SharedConfigLoadError: failed to load config file, …
    The specified sso-session does not exist: "corp"

## Cure

Look at the file at the place that is named. Not done by `--fix`: what was meant is yours to say.

## Confirm

`doctor` parses the files strictly and gives file, line and what was expected.

## Sources

- [Shared config and credentials files](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html)
- [Assume-role settings](https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, by_platform
from unexpired.causes._cures import in_shell, opening, unsetting
from unexpired.causes._proofs import broken, plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence
    from unexpired.causes._files import Place, SharedFile


def prove(evidence: Evidence) -> Finding | None:
    """A file, or a profile that is asked, says something that cannot be followed."""
    files = (evidence.config, evidence.credentials)
    faults = [f"{fault.place} {fault.said}" for file in files for fault in file.faults]
    finding = broken(evidence, CAUSE, _where_it_stands(evidence), also=tuple(faults[1:6]))
    if finding is not None:
        return finding
    for file in files:
        if file.state in {"unreadable", "not-a-file"}:
            seen = f"{file.path} cannot be read ({file.why}); SDKs pass it over in silence"
            return CAUSE.found("warning", "proven", (seen,), _readable(file))
    return None


def _where_it_stands(evidence: Evidence) -> Cure | None:
    """The cure with the variable, or the file, that says it; None where that is not known."""
    place = _place(evidence)
    if place is None:
        return None
    if place.path.startswith("AWS_"):
        return Cure(f"Mend the variable {place.path}, or take it away.", unsetting(place.path))
    file = next((file for file in (evidence.config, evidence.credentials) if file.path == place.path), None)
    if file is not None and file.state in {"unreadable", "not-a-file"}:
        return _readable(file)
    return replace(CAUSE.cure, commands=opening(place.path))


def _place(evidence: Evidence) -> Place | None:
    if evidence.chain.problem is not None:
        return evidence.chain.problem.place
    hidden = (other.problem for other in evidence.chain.candidates if other.problem is not None)
    first = next((problem for problem in hidden if problem.cause == CAUSE.slug), None)
    if first is not None:
        return first.place
    last = plan(evidence)[-1:]
    return last[0].place if last and last[0].place and last[0].place.line else None


def _readable(file: SharedFile) -> Cure:
    """The cure for a file that the system does not let be read, or that is none."""
    path = in_shell(file.path)
    commands = by_platform(posix=(f"ls -ld {path}",), cmd=(f'dir "{file.path}"',), powershell=(f"Get-Item {path}",))
    return Cure("Put a file there that you may read, or take away what is there.", commands)


CAUSE = Cause(
    slug="config-invalid",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.95,
            why="The SDK says what it could not understand in the shared files.",
            text=(
                "unable to parse config file",
                "configparseerror",
                "infinite loop in credential configuration detected",
                "infiniteloopconfigerror",
                "source_profile requires role_arn",
                "credential_source requires role_arn",
                "credentialrequiresarnerror",
                "contains both source_profile and credential_source",
                "invalidconfigerror",
                "sharedconfigloaderror",
                "sharedconfigassumeroleerror",
                "failed to load shared config file",
                "failed to load config file",
                "failed to parse config file",
                "failed to load assume role for",
                "only one credential type may be specified per profile",
                "source profile chain … loop",
                "cycle … source_profile",
                "circular … source_profile",
                "circular role-chain",
                "circular relationship detected",
                "circular reference … profile",
                "profile ‥ circular",
                "circular ‥ profile",
                "source_profile … circular",
                "detected a cycle",
                "credential source … is not valid",
                "credential_source … is not valid",
                "no source provider was configured",
                "unsupported credential_source",
                "unsupported value for credential_source",
                "invalid credential_source",
                "specified sso-session does not exist",
                "sso_session configuration does not exist",
                "is configured to use sso but is missing required configuration",
                "is missing the following configuration",
                "no role arn configured",
                "invalid type in json from credential process",
                "unsupported version … credential process",
                "invalid endpoint: ",
                "invalid configuration … role_arn",
                "failed to parse shared credentials",
                "invalid credentials file:",
                "permission denied: ‥ .aws/config",
                "permission denied: ‥ .aws/credentials",
                ".aws/config: permission denied",
                ".aws/credentials: permission denied",
                "credential process command must not be empty",
                "missing the following required sso configuration",
                "profile property … was not configured",
                "properly configured to use sso",
                "failed to find sso session section",
                "error parsing … .aws/config",
                "error parsing … .aws/credentials",
                "error parsing config file … aws",
                "invalid property … .aws/",
                "expected an = sign defining a property",
                "profile definition must end with ]",
                "encountered a … before … profile",
                "line … .aws/config … invalid",
                "invalid line … .aws/",
                "source contains parsing errors",
                "file contains no section headers",
                "missingsectionheadererror",
                "configparser.parsingerror",
                "aws_config_file … could not be found",
                "the specified config file (…) could not be found",
                "malformed … .aws/config",
                "malformed … aws credentials file",
                "unable to parse … .aws/credentials",
                "section … missing … .aws/config",
            ),
            beside=("aws", "credential", "source_profile", "sso", "role", "profile"),
            unless=(
                "missing required configuration: sso_region, sso_start_url",
                "missing required configuration: sso_start_url, sso_region",
                "mypy.ini",
                "setup.cfg",
                "tox.ini",
                "supervisord.conf",
                "alembic.ini",
            ),
        ),
        Sign(
            confidence=0.8,
            why="The credential process printed something else than the JSON that is expected.",
            text=(
                "invalid json … credential_process",
                "credential_process … invalid json",
                "credential process … invalid json",
                "credential process … returned invalid",
                "credential process exited with",
                "credential_process … unexpected end of json",
                "credential_process returned invalid",
                "credential_process … exit status",
                "process provider error: exit status",
                "processprovidererror",
                "error in credential_process",
                "credential_process … jsondecodeerror",
                "_retrieve_credentials_using … jsondecodeerror",
                "credential_process … expecting value",
                "credential_process … unexpected token",
                "error executing credential_process",
                "credential_process … failed",
                "profile … credential_process returned",
            ),
        ),
        Sign(
            confidence=0.5,
            why="The credential process failed; what it said stands behind its name.",
            text=(
                "retrieving credentials from custom-process",
                "error in credential_process",
                "processprovidererror",
                "command returned non-zero exit value",  # Java's, which names nothing else
            ),
        ),
        Sign(
            confidence=0.6,
            why="A profile for Identity Center lacks settings that the tool wants.",
            text=(
                "invalid sso credentials",
                "does not have valid sso credentials",
                "startdeviceauthorization … invalidrequestexception",
                "required parameters sso_account_id",
            ),
        ),
        Sign(
            confidence=0.7,
            why="The AWS CDK trips over a name that stands twice in the files.",
            text=("aws account ‥ cannot redefine property",),
        ),
    ),
    cure=Cure(
        summary="Mend the file at the place that is named.",
        commands=by_platform(
            posix=("aws configure list-profiles", '"${EDITOR:-vi}" ~/.aws/config'),
            cmd=("aws configure list-profiles", "notepad %USERPROFILE%\\.aws\\config"),
            powershell=("aws configure list-profiles", "notepad $HOME\\.aws\\config"),
        ),
    ),
    prove=prove,
)
