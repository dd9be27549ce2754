"""This SDK version does not know the provider that would renew.

## What happened

The configuration uses something newer than the tool: `sso_session`, `login_session`, EKS Pod Identity's address, a
`credential_source`, a container endpoint on another host. The tool ignores it, or stops at it.

## Why AWS says this

AWS is not asked. Providers arrived over the years: web identity in 2019, SSO in 2020, `sso-session` in 2022, Pod
Identity in 2023, `aws login` in 2025. A tool that bundles its own SDK (Terraform providers, backup agents, JDBC
drivers, the AWS CLI 1) is as old as that bundle. Some providers need an extra package as well (`botocore[crt]`).

## How to recognise it

    HTTP credential provider invalid endpoint host, "169.254.170.23", only loopback hosts are allowed.
    Unsupported host '169.254.170.23'. Can only retrieve metadata from these hosts: 169.254.170.2, localhost, 127.0.0.1
    Missing Dependency: Using the login credential provider requires an additional dependency. …  pip install
        "botocore[crt]"
    Profile default is configured to use SSO but … sso_session …

## Cure

Upgrade the tool or its SDK, install the extra, or hand it what it does know: an endpoint or a `credential_process`.
Not done by `--fix`: it changes installed software.

## Confirm

`doctor` compares the SDK versions that it finds with what the configuration needs.

## Sources

- [Minimum SDK versions for IRSA](https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts-minimum-sdk.html)
- [Minimum SDK versions for Pod Identity](https://docs.aws.amazon.com/eks/latest/userguide/pod-id-minimum-sdk.html)
- [kubernetes-sigs/external-dns#4353](https://github.com/kubernetes-sigs/external-dns/issues/4353)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Cure, Sign, everywhere
from unexpired.causes._proofs import plan

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


# The first botocore that knows a source (its change log), and the first AWS CLI v2 (its user guide).
_SINCE: dict[str, dict[str, tuple[int, ...]]] = {
    "botocore": {"sso": (1, 17, 0), "sso-session": (1, 29, 10), "eks": (1, 32, 0), "login": (1, 41, 0)},
    "aws-cli": {"sso": (2, 0, 0), "sso-session": (2, 9, 0), "eks": (2, 15, 0), "login": (2, 32, 0)},
}


def prove(evidence: Evidence) -> Finding | None:
    """An SDK of this machine is older than a source that the winner's chain needs."""
    seen = []
    for need in _needs(evidence):
        for tool in evidence.tools:
            since = _SINCE.get(tool.name, {}).get(need)
            if since is not None and _numbers(tool.version) < since:
                first = ".".join(str(number) for number in since)
                seen.append(f"{tool.name} {tool.version} in {tool.where} does not know {need}; {first} does")
    return CAUSE.found("warning", "proven", tuple(seen)) if seen else None


def _needs(evidence: Evidence) -> list[str]:
    needs = []
    for step in plan(evidence):
        profile = evidence.profiles.get(step.profile or "")
        if step.kind == "sso":
            needs.append("sso-session" if profile and "sso_session" in profile.settings else "sso")
        elif step.kind == "login":
            needs.append("login")
        elif step.kind == "container" and "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" in evidence.environment.variables:
            needs.append("eks")
    return needs


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


CAUSE = Cause(
    slug="sdk-too-old",
    family="unreachable",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.94,
            why="The SDK refuses an address, a provider or a setting that newer versions know.",
            text=(
                "only loopback hosts are allowed",
                "was not defined: sso_region was missing",
                "invalid endpoint host … loopback",
                "can only retrieve metadata from these hosts",
                "can only retrieve metadata from a loopback",
                "is not a valid host … container credentials",
                "not within the loopback cidr",
                "must be a loopback address",
                "the specified host … not allowed … container credential",
                "requires an additional dependency",
                "missingdependencyexception",
                "missing dependency:",
                "pip install botocore[crt]",
                "to use assume role … aws-java-sdk-sts … classpath",
                "the aws-java-sdk-sts library",
                "to use … the sts service module must be on the class path",
                "must be on the class path",
                "classnotfoundexception: software.amazon.awssdk.services.s",
                "noclassdeffounderror: software/amazon/awssdk/services/s",
                "classnotfoundexception: com.amazonaws.auth.",
                "noclassdeffounderror: com/amazonaws/auth/",
                "classnotfoundexception: class com.amazonaws.auth.",
                "classnotfoundexception: class software.amazon.awssdk.auth.",
                "classnotfoundexception: class org.apache.hadoop.fs.s3a.auth.",
                "classnotfoundexception: com.amazonaws.services.securitytoken",
                "software.amazon.awssdk:sso … classpath",
                "to use sso| … |sso| … module",
                "sso service module must be",
                "ssooidc module must be",
                "could not find … awssdk.sso … assembly",
                "awssdk.sso and awssdk.ssooidc",
                "assembly awssdk.sso",
                "no role assumption callback was provided",
                "assembly awssdk.securitytoken could not be found",
                "awssdk.securitytoken could not be found",
                "does not support sso_session",
                "sts/stsclient.php",
                "stsclient not found",
                "sso_session is not supported",
                "sso-session is not supported",
                "unknown key sso_session",
                "does not support sso",
                "sso is not supported",
                "unsupported … credential_source",
                "unknown credential provider",
                "not supported by this version … credential",
                "upgrade … to use … pod identity",
                "requires aws cli version 2",
                "aws cli version 2 … required",
                "invalid choice: sso",
                "invalid choice: login",
                "argument operation: invalid choice … |sso|",
                "argument command: invalid choice … login",
                "unsupported awsume credential_source",
                "profile … login_session … not supported",
            ),
            beside=("aws", "amazon", "credential", "botocore", "169.254", "sso", "sts", "awssdk"),
            unless=("mrap", "eventbridge multi-region", "s3 express"),
        ),
        Sign(
            confidence=0.93,
            why="Both settings that are missed stand in the sso-session, where an older SDK does not look.",
            text=(
                "missing required configuration: sso_region, sso_start_url",
                "missing required configuration: sso_start_url, sso_region",
                "was not a valid identifier … |sso|",
                "sso_start_url not found in profile … sso_session",
                "sso_start_url ‥ missing … sso_session",
                "required parameters sso_account_id, sso_region, sso_role_name, sso_start_url",
                "sso-session ‥ ignored because",
                "not using role-based, session-based, process-based, or basic credentials",
                "required parameters sso_account_id, sso_region, sso_role_name, sso_start_url. got … sso_session",
            ),
        ),
        Sign(
            confidence=0.8,
            why="Kubernetes and the tool that makes its token speak different versions.",
            text=(
                "no kind execcredential is registered for version",
                "client.authentication.k8s.io/v1alpha1 … exec",
                "invalid apiversion client.authentication.k8s.io",
            ),
        ),
        Sign(
            confidence=0.5,
            why="The program that would renew is not installed here.",
            text=(
                "exec: executable aws not found",
                "exec: aws: executable file not found",
                "exec: executable aws-iam-authenticator not found",
                "exec: aws-iam-authenticator: executable file not found",
            ),
        ),
        Sign(
            confidence=0.6,
            why="An older botocore reads partitions that a newer one described: two versions are mixed.",
            text=("|credentialscope|",),
            beside=("exec: exit status 255", "exit code 255", "keyerror"),
            reach=400,
        ),
    ),
    cure=Cure(
        summary="Upgrade the tool, or hand it an endpoint that it knows.",
        commands=everywhere(
            "pip install --upgrade boto3 'botocore[crt]'",
            "unexpired exec --profile PROFILE --channel container -- COMMAND",
        ),
    ),
    prove=prove,
)
