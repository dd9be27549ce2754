"""The named profile does not exist in the files that were read.

## What happened

`--profile`, `AWS_PROFILE`, `source_profile` or a tool's setting names a profile that is not there: misspelt, in
another user's home, in `config` without the word `profile` before it, or left over in the environment.

## Why AWS says this

AWS is not asked. In `~/.aws/config` a section is `[profile NAME]`, in `~/.aws/credentials` it is `[NAME]`; a tool
that looks into one of the two only, or under another `HOME`, does not find it. Some tools then fall through to the
next provider and fail later, with other words.

## How to recognise it

    The config profile (NAME) could not be found                       (boto3, AWS CLI)
    failed to get shared config profile, NAME                          (Go 2.x, Terraform)
    SharedConfigProfileNotExistsError: failed to get profile, NAME     (Go 1.x)
    Profile file contained no credentials for profile 'NAME'           (Java 2.x)
    Could not resolve credentials using profile: [NAME]                (JS 3.x)

## Cure

See which profiles there are, and name one of them. Not done by `--fix`: which one is meant is yours to say.

## Confirm

`doctor` lists the files that were read, the profiles in them, and the name that was asked for.

## Sources

- [Shared config and credentials files](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html)
- [aws/aws-cli#370](https://github.com/aws/aws-cli/issues/370)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, by_platform, everywhere
from unexpired.causes._cures import opening, then
from unexpired.causes._differences import used_profiles
from unexpired.causes._proofs import broken

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The chain stops because a profile, or the profile that another one names as its source, is not there."""
    import difflib  # not for explain, which never comes here

    problem = evidence.chain.problem
    missing = evidence.chain.profile if evidence.chain.profile not in evidence.profiles else ""
    also = [
        f"{section.place} has [{missing}]; in the config file it must be [profile {missing}]"
        for section in evidence.config.sections
        if section.name == missing
    ]
    also += [
        f"{section.place} has [{section.name}]; in the credentials file it must be [{missing}]"
        for section in evidence.credentials.sections
        if section.name.split() == ["profile", missing]
    ]
    sought = missing or _missing_source(evidence)
    near = difflib.get_close_matches(sought, list(evidence.profiles), n=3, cutoff=0.5) if sought else []
    if problem is not None and problem.cause == CAUSE.slug and sought:
        also += [f"alike: {', '.join(near)}"] if near else []
        read = [file.path for file in (evidence.config, evidence.credentials) if file.state == "read"]
        also.append(f"read: {', '.join(read)}" if read else "neither of the two shared files is there")
    return broken(evidence, CAUSE, _cure(evidence), also=tuple(also))


def _missing_source(evidence: Evidence) -> str:
    """The name that a ``source_profile`` gives to no profile, or ""."""
    named = (profile.get("source_profile") or "" for profile in used_profiles(evidence))
    return next((name for name in named if name and name not in evidence.profiles), "")


def _cure(evidence: Evidence) -> Cure | None:
    """The cure where a file names the profile, and not the variable or the command line."""
    problem = evidence.chain.problem
    if problem is None or problem.place is None or not problem.place.line:
        return None
    listed = everywhere("aws configure list-profiles")
    return Cure("Name a source profile that exists.", then(listed, opening(problem.place.path)))


CAUSE = Cause(
    slug="profile-not-found",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.96,
            why="The SDK names the profile that it did not find.",
            text=(
                "the config profile (‥) could not be found",
                "config profile ‥ could not be found",
                "profilenotfound",
                "failed to get shared config profile",
                "sharedconfigprofilenotexist",
                "failed to get profile,",
                "no aws profile named",
                "profile file contained no credentials for profile",
                "profile file contained no information for profile",
                "no aws profile",
                "nosuchprofileerror",
                "could not resolve credentials using profile",
                "could not be found or parsed in shared credentials",
                "source_profile ‥ does not exist",
                "source profile ‥ does not exist",
                "referenced in the profile ‥ does not exist",
                "profile ‥ not found in ‥ credentials",
                "profile ‥ not found in shared credentials",
                "not found in credentials file",
                "not found in config file ‥ profile",
                "profile ‥ not found in ‥ .aws/config",
                "unable to find the ‥ profile",
                "could not find profile named",
                "cannot find profile",
                "can not find profile",
                "unable to find profile",
                "no profile named",
                "profile ‥ is not found",
                "no profile properties found",
                "could not find profile",
                "aws profile ‥ not found",
                "aws profile ‥ does not exist",
                "profile ‥ could not be found ‥ aws",
                "profile ‥ was not defined",
                "profile ‥ doesnt seem to be configured",
                "profile ‥ not defined in",
                "profile ‥ does not exist ‥ aws",
                "profile ‥ does not exist ‥ addprofilecredentials",
                "aws ‥ profile ‥ does not exist",
                "the specified profile ‥ does not exist",
                "profile ‥ is not configured ‥ aws",
                "credentials for ‥ profile ‥ not found",
                "could not find ‥ profile ‥ credentialprofilestorechain",
                "failed to find profile",
                "no such profile",
                "couldnotfindprofile",
                "missing credentials ‥ profile ‥ not found",
            ),
            unless=(
                "sso_region was missing",
                "was missing",
                "providers in the chain",
                "firefox",
                "chrome profile",
                "maven profile",
                "spring profile",
                "sso-session",
                "provisioning profile",
                "apparmor",
                "github profile",
                "user profile",
                "terminal profile",
            ),
        ),
        Sign(
            confidence=0.55,
            why="Amplify's words for a profile that is not in the files, or not whole.",
            text=("profileconfigurationerror", "failed to get profile credentials"),
        ),
        Sign(
            confidence=0.9,
            why="JavaScript's words for a profile that is not in the files.",
            text=("|profile ‥ not found", "|profile ‥ not found in", "awsprofile ‥ not found"),
            beside=("aws", "credentials", "sharedini", "fromini"),
            unless=(
                "firefox",
                "chrome profile",
                "maven",
                "provisioning profile",
                "apparmor",
                "user profile not found",
                "404 ‥ profile",
                "facebook",
            ),
        ),
    ),
    cure=Cure(
        summary="Name a profile that exists, or unset the name.",
        commands=by_platform(
            posix=("aws configure list-profiles", "unset AWS_PROFILE AWS_DEFAULT_PROFILE"),
            cmd=("aws configure list-profiles", "set AWS_PROFILE="),
            powershell=("aws configure list-profiles", "Remove-Item Env:AWS_PROFILE"),
        ),
    ),
    prove=prove,
)
