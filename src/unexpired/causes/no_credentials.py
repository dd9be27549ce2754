"""No provider of the chain has anything to offer.

## What happened

The SDK asked every place where credentials could be: variables, files, web identity, sign-ins, processes, the
container and the instance endpoint. None had any, so nothing was sent to AWS at all.

## Why AWS says this

AWS says nothing: the message is the SDK's own. Usually something was expected to be there and is not: the profile was
not named (`AWS_PROFILE`), the home directory is another one (`sudo`, a service, a container), the variables were not
exported, the step that signs in did not run, or the machine has no role.

## How to recognise it

    Unable to locate credentials. You can configure credentials by running "aws configure".      (boto3, AWS CLI)
    NoCredentialProviders: no valid providers in chain                                           (Go 1.x)
    no EC2 IMDS role found, operation error ec2imds: GetMetadata                                  (Go 2.x: the last of
        the chain)
    Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain (Java 2.x)
    CredentialsProviderError: Could not load credentials from any providers                      (JS 3.x)
    Missing credentials in config                                                                (JS 2.x)
    No valid credential sources found                                                            (Terraform)

## Cure

Name the profile, or sign in. Not done by `--fix`: which identity is meant is yours to say.

## Confirm

`doctor` shows every provider of the chain, and what each one lacks.

## Sources

- [Credential provider chain](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
- [Configuring the AWS CLI](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-quickstart.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform, everywhere
from unexpired.causes._answers import NO_PROVIDER
from unexpired.causes._proofs import for_profile
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """Nobody in the chain has anything, and nothing is broken either."""
    chain = evidence.chain
    if chain.winner is not None or chain.problem is not None:
        return None
    nothing = [candidate.source for candidate in chain.candidates if candidate.state == "absent"]
    seen = [f"not configured: {', '.join(nothing)}"]
    seen += [f"{other.source}: {other.detail}" for other in chain.candidates if other.state == "skipped"]
    others = [name for name in evidence.profiles if name != chain.profile]
    if others:
        seen.append(f"{evidence.config.path} has other profiles: {', '.join(others[:5])}{' …' if others[5:] else ''}")
    cure = for_profile(CAUSE.cure, others[0]) if len(others) == 1 else CAUSE.cure
    if not evidence.profiles:
        cure = Cure("Make a profile that signs in, or one that assumes a role.", everywhere("aws configure sso"))
    return CAUSE.found("error", "proven", tuple(seen), cure)


_OTHERS = (
    "gcloud",
    "google",
    "azure",
    "default credentials … cloud.google",
    "kubeconfig",
    "jenkins credentials plugin",
    "git credential",
    "svn",
    "valid credentials and",
    "check if you have valid credentials",
    "make sure your credentials",
    "task role credentials",
    "credentials provider timed out",
    "maven",
)
"""Whose words about credentials these are too."""

CAUSE = Cause(
    slug="no-credentials",
    family="invalid",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.78,
            why="Every provider of the chain was asked, and none had anything.",
            answer=NO_PROVIDER,
        ),
        Sign(
            confidence=0.8,
            why="The SDK says that it has nothing to sign with.",
            text=(
                "no aws credentials found",
                "no aws credentials were found",
                "no aws credentials provided",
                "no aws credentials",
                "nocredentialserror",
                "noauthwithawsexception",
                "credentialsnotloaded",
                "the credential provider was not enabled",
                "provider in chain did not provide credentials",
                "nomatchingauthscheme",
                "failed to select an auth scheme to sign the request",
                "unable to load credentials from system settings",
                "unable to load aws credentials",
                "unable to load credentials",
                "could not load credentials from any provider",
                "could not load credentials",
                "cannot load credentials",
                "could not find credentials",
                "failed to load credentials",
                "unable to find credentials",
                "unable to find aws credentials",
                "could not find aws credentials",
                "aws credentials not found",
                "aws credentials missing",
                "missing aws credentials",
                "credentials could not be loaded",
                "failed to resolve aws credentials",
                "failed to resolve credentials",
                "failed to locate aws credentials",
                "failed to find aws credentials",
                "failed to get aws credentials",
                "failed to retrieve credentials … no ec2 imds role",
                "resolved credential object is not valid",
                "unable to sign request without credentials set",
                "missingcredentialserror",
                "no valid credential sources found",
                "no valid credential sources",
                "unable to get iam security credentials from ec2 instance metadata",
                "unable to get iam security credentials",
                "failed to resolve any aws credentials",
                "the following attempts to load … credentials … failed",
                "credentials must be provided to",
                "no awsaccesskey was presented",
                "no aws access key was presented",
                "aws access key id and secret access key must be specified",
                "cannot read credentials from /",
                "request is missing authentication token",
                "no handler was ready to authenticate",
                "noauthhandlerfound",
                "credentialsprovider has no credentials",
                "unable to locate authorization token",
                "no credentials specified or obtained",
                "missing authentication token … |sts|",
                "missingauthenticationtoken … |sts|",
                "must provide … aws credentials",
                "anonymous … credentials … |sts|",
                "error retrieving credentials from the instance profile",
                "you must provide an access key",
                "no credentials present in this context",
                "|credential is missing|",
                "no cognito identity pool provided",
                "nor any aws env vars found",
                "iam role must be associated with service account",
                "unauthenticated access is not supported for this identity pool",
                "credentials not found in context",
                "could not determine how to establish security credentials",
                "got no creds",
                "an error occurred while loading credentials",
                "aws provider credentials not found",
                "environment variables … were not set with aws credentials",
                "unable to get actions_id_token_request_url",
                "unable to get id token",
                "write permissions for id-token",
                "oidc token cannot be found",
                "oidc token not found",
                "oidc token is empty",
                "with oidc: error: system.accesstoken is undefined",
                "unable to find environment variable credentials",
                "requires credentials to be passed as environment variables",
                "it looks like you might be trying to authenticate with oidc",
                "instance profile credentials not found",
                "was unable to locate credentials",
                "requires an aws provider",
                "configure credentials for that provider",
                "you need to configure aws credentials",
                "aws credentials are not configured",
                "insufficient boto credentials",
                "no aws account configured",
            ),
            unless=_OTHERS,
        ),
        Sign(
            confidence=0.8,
            why="Credentials are missing, in a text about AWS.",
            text=(
                "no credentials have been configured",
                "must provide credentials",
                "credentials are required for",
                "credentials are required to",
                "credentials not configured",
                "insufficient credentials found",
                "credentials not found",
            ),
            beside=AWS,
            unless=(*_OTHERS, "class aws ‥ not found"),
        ),
        Sign(
            confidence=0.78,
            why="The tool could not tell which account it works for.",
            text=(
                "unable to resolve aws account to use",
                "unable to discover aws accesskeyid",
                "|but the current credentials are for",
                "need to perform aws calls for account",
            ),
            unless=("security token included in the request", "expiredtoken", "invalidclienttokenid"),
        ),
        Sign(
            confidence=0.55,
            why="A request was made without anybody's credentials.",
            text=(
                "missing authentication token",
                "missingauthenticationtoken",
                "missing authentication header",
                "non-empty access key (akid) must be provided",
            ),
            unless=("execute-api", "api gateway", "apigateway", "jwt"),
            beside=("aws", "amazon", "sts", "s3", "sigv4", "iam"),
        ),
        Sign(
            confidence=0.5,
            why="The signer was given nothing to sign with.",
            text=(
                "credentialsprovidererror",  # what it wraps says more, where another cause knows those words
                "failed to source credentials",
                "failed to create saslclient with mechanism aws_msk_iam",
                "failed to find aws iam credentials",
                "missing credentials - please check",
                "aws_auth_credentials_provider",
                "aws_auth_signing_no_credentials",
                "could not get credentials from",
                "no cached credentials are available",
                "failed to get iam role name",
                "envaccesskeynotfound",
                "aws_access_key_id or aws_access_key not found in environment",
                "failed to retrieve aws credentials",
                "cannot retrieve aws credentials",
                "unable to retrieve aws credentials",
            ),
        ),
        Sign(
            confidence=0.3,
            why="Terraform asked for the account in every way it knows, and none was answered.",
            text=("account id not previously found and failed retrieving",),
            last_resort=True,
        ),
        Sign(
            confidence=0.3,
            why="The AWS CLI, which makes the token for Kubernetes, failed before it could.",
            text=(
                "getting credentials: exec: executable aws ‥ exit code",
                "getting credentials: exec: executable aws-iam-authenticator ‥ exit code",
                "getting credentials: exec: exit status 25",
                "getting token: exec: exit status 25",
            ),
            last_resort=True,
        ),
        Sign(
            confidence=0.26,
            why="The text speaks of credentials and of a failure in one breath.",
            text=failing("credentials", "credential"),
            beside=AWS,
            unless=(
                *NOT_CREDENTIALS,
                "valid credentials",
                "input required and not supplied",
                "unexpected input",
                "credentials: false",
                "credentials: true",
            ),
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=("host is down", "ehostdown", "no route to host", "ehostunreach", "network is unreachable"),
            weight=0.8,
            why="The last provider asked is the metadata service, which exists only on AWS's own machines.",
        ),
        Clue(text=("too many requests", "status code: 429"), weight=-1.2),
        Clue(text=("status code: 404", "404 - not found"), weight=0.5, why="The machine has no role."),
        Clue(text=("context deadline exceeded", "i/o timeout", "timed out"), weight=-0.9),
        # The chain says first that it came to nothing, and then which provider had something and could not use it.
        Clue(text=("operation error sso", "operation error sts| … request send failed"), weight=-0.8),
        Clue(
            text=(
                "169.254.169.254 … refused",
                "refused … 169.254.169.254",
                "ec2metadatacredentials … econnrefused",
                "econnrefused … ec2metadatacredentials",
            ),
            weight=-0.9,
        ),
        Clue(text=("ecs agent", "amazon-ecs-agent", "error getting valid credentials (akid"), weight=-1.2),
        Clue(
            text=("security token included in the request is expired", "the provided token has expired"),
            weight=-1.0,
        ),
        Clue(
            text=(
                "sso session",
                "sso token",
                "ssoproviderinvalidtoken",
                "sso/cache",
                "expiredtoken",
                "is expired",
                "partial credentials",
                "only loopback hosts",
            ),
            weight=-1.6,
        ),
        Clue(
            text=("profile … could not be found", "failed to get shared config profile", "sharedconfigprofilenotexist"),
            weight=-1.2,
        ),
    ),
    cure=Cure(
        summary="Name the profile that is meant, or sign in.",
        commands=by_platform(
            posix=("export AWS_PROFILE=PROFILE", "aws configure list"),
            cmd=("set AWS_PROFILE=PROFILE", "aws configure list"),
            powershell=("$env:AWS_PROFILE = 'PROFILE'", "aws configure list"),
        ),
    ),
    prove=prove,
)
