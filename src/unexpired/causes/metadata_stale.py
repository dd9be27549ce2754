"""The instance or container endpoint serves lapsed credentials, or cannot be reached.

## What happened

On EC2, ECS, EKS and their kin, credentials come from an address inside the machine (169.254.169.254, 169.254.170.2,
169.254.170.23, or a local agent). It did not answer, answered with an error, or went on serving a set that had ended.

## Why AWS says this

A container is one network hop away from the instance, and IMDSv2's answer dies after one by default. A proxy swallows
link-local addresses; an agent is down; the instance was suspended and its clock woke late; the role was detached. The
SDK then has nothing newer than what it holds, and the service answers *ExpiredToken*; or it has nothing at all, and
says *Unable to locate credentials*.

## How to recognise it

    failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata … context
        deadline exceeded
    Error when retrieving credentials from iam-role: Credential refresh failed, response did not contain: access_key,
        secret_key, …
    Unable to retrieve token for use in IMDSv2 call and IMDSv1 has been disabled
    Received non 200 response 500 from container metadata
    Attempting credential expiration extension due to a credential service availability issue

## Cure

Let the answer reach the container (hop limit 2), keep link-local addresses away from the proxy (`NO_PROXY`), start
the agent again. Not done by `--fix`: it changes the machine.

## Confirm

`doctor` asks the endpoint itself, with IMDSv2, and shows the end of what it serves.

## Sources

- [Retrieve instance metadata](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html)
- [Instance metadata options and the hop limit](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html)
- [Container credential provider](https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html)
- [boto/botocore#2670](https://github.com/boto/botocore/issues/2670)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._cures import in_shell, then, unsetting
from unexpired.causes._metadata import ADDRESS, OTHER_METADATA, SILENT
from unexpired.causes._proofs import LAPSED_CODES, broken, plan
from unexpired.causes._surroundings import AWS, CLOUD_MACHINE, HADOOP, JAVA, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._chain import Step
    from unexpired.causes._evidence import Evidence

_LET_CONTAINERS_ASK = (
    "aws ec2 modify-instance-metadata-options --instance-id INSTANCE_ID --http-put-response-hop-limit 2 "
    "--http-endpoint enabled"
)


def prove(evidence: Evidence) -> Finding | None:
    """The container's or the instance's endpoint cannot be asked, or hands out what a service then refuses."""
    online, last = evidence.online, plan(evidence)[-1:]
    refusal = online.refusal if online is not None else None
    if refusal is not None and refusal.code in LAPSED_CODES and last and last[0].kind in {"container", "instance"}:
        seen = (f"{last[0].location} handed out a session that has lapsed", refusal.said)
        return CAUSE.found("error", "proven", seen, _cure(last))
    return broken(evidence, CAUSE, _cure(last))


def _cure(last: tuple[Step, ...]) -> Cure | None:
    """The cure for a container's endpoint, which knows no hop limit: whoever serves it is asked to."""
    if not last or last[0].kind != "container" or not last[0].location or not last[0].place:
        return None
    commands = then(everywhere(f"curl -sS {in_shell(last[0].location)}"), unsetting(last[0].place.path))
    return Cure("Start or mend what serves this endpoint, or unset the variable that names it.", commands)


CAUSE = Cause(
    slug="metadata-stale",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.93,
            why="The SDK says that the metadata service did not give it what it needs to renew.",
            text=(
                "attempting credential expiration extension due to a credential service availability issue",
                "imdsv1 has been disabled",
                "retrieving credentials from iam-role",
                "retrieving credentials from container-role",
                "credentials from container-role",
                "credential refresh failed, response did not contain",
                "from container metadata",
                "from ecs metadata",
                "retrieve container metadata",
                "error retrieving metadata",
                "failed to retrieve credentials from the instance metadata service",
                "failed to retrieve data from metadata service",
                "unable to retrieve credentials from the metadata service",
                "instance metadata service (imds) … failed",
                "failed to load credentials from metadata service",
                "failed to fetch credentials from container",
                "ecsmetadata … failed",
                "unable to fetch credentials from imds",
                "could not retrieve instance metadata",
                "received from instance metadata service",
                "hop limit",
                "hop-limit",
                "httpputresponsehoplimit",
                "metadata-http-put-response-hop-limit",
            ),
            unless=(
                "expiredtoken",
                "token is expired",
                "service account token failed",
                "providers in the chain",
                "no ec2 instance role found",
                "only loopback",
                "429",
                "too many requests",
                "throttl",
            ),
        ),
        Sign(
            confidence=0.72,
            why="The metadata service did not answer in time: on a machine that has one, that ends the renewal.",
            text=SILENT,
            beside=(*ADDRESS, "credentials"),
            unless=(
                *OTHER_METADATA,
                "no valid credential sources",
                "envaccesskeynotfound",
                "providers in the chain",
                "host is down",
                "ehostdown",
                "no route to host",
                "ehostunreach",
                "network is unreachable",
                "enetunreach",
                # A hop limit lets the connection through and drops the answer; no connection means no such service.
                "http connect timeout",
            ),
        ),
        Sign(
            confidence=0.84,
            why="The metadata service answered, with an error: so it is there, and cannot serve the role's session.",
            text=("ec2imds: ‥ statuscode: 5", "ec2imds … response error statuscode: 5", "security-credentials … (503)"),
        ),
        Sign(
            confidence=0.6,
            why="The code that asks the metadata service ran out of time.",
            text=("credential-provider-imds", "remoteprovider/httprequest", "credentials provider timed out"),
            beside=("timeouterror", "etimedout", "econnrefused", "econnreset", "timed out", "socket hang up"),
            reach=600,
            unless=("could not load credentials from any providers", "assumerole", "|sts|", "|sso|"),
        ),
        Sign(
            confidence=0.84,
            why="Where the metadata service should be, nobody listens.",
            text=(
                "ec2metadatacredentials … econnrefused",
                "econnrefused … ec2metadatacredentials",
                "connect etimedout 169.254.169.254",
                "instance profile metadata … connection refused",
                "instance profile metadata … timed out",
                "instance profile metadata … curl error 28",
                "instance profile metadata … curl error 7",
                "unexpected instance profile response code",
                "unable to find role for ip",
                "pod with specificed ip not found",
                "pod with specified ip not found",
                "security-credentials … (404)",
                "security-credentials … (500)",
                "error retrieving credentials: context canceled",
                "assumeroleforpodidentity … context canceled",
                "assumeroleforpodidentity … context deadline exceeded",
                "assumeroleforpodidentity … connection refused",
                "assumeroleforpodidentity … statuscode: 0",
                "error processing request … security-credentials",
                "credentialsv2request: id not found",
                "credentialsv2request … not found",
                "invalididinrequest",
                "lookup method: ecs",
                "task role credentials",
                "ecs task role … failed",
                "failed to … ecs credentials",
                "unable to contact ec2 metadata service",
                "ec2 metadata is not available",
                "metadata api not available",
                "put /latest/api/token ‥ 40",
                "can not retrieve resource from http://169.254",
                "failed to load credentials from imds",
                "no credentials found in credential_source",
            ),
            unless=("accessdenied", "access denied", "not authorized"),
        ),
        Sign(
            confidence=0.56,
            why="The metadata service was asked for the role's session, and did not give it.",
            text=(
                "retrieving credentials from the instance profile metadata",
                "imdscredentialsprovider: failed to load instance profile",
            ),
        ),
        Sign(
            confidence=0.82,
            why="It was the fetcher of the metadata service that failed, and no other provider is spoken of.",
            text=("unable to load credentials from service endpoint",),
            beside=("ec2credentialsfetcher", "containercredentialsprovider"),
            unless=("provider in the chain", "providers in the chain"),
        ),
        Sign(
            confidence=0.5,
            why="A refresh was tried, and the source of the credentials did not answer it.",
            text=(
                "refreshing temporary credentials failed during",
                "refreshing temporary credentials failed",
            ),
            unless=(
                "sso",
                "assumerole",
                "assume-role",
                "web_identity",
                "webidentity",
                "mfa",
                "custom-process",
                "invalidgrant",
                "object dict cant be used",
                "aiobotocore",
                "sts.",
                "expiredtoken",
                "accessdenied",
            ),
        ),
        Sign(
            confidence=0.25,
            why="A refresh failed; the commonest source that does not answer is the metadata service.",
            text=("failed to refresh cached credentials",),
            unless=("sso", "operation error sts", "profile", "process provider", "expiredtoken", "accessdenied"),
        ),
        Sign(
            confidence=0.3,
            why="The chain came down to the metadata service, and that gave nothing.",
            text=(
                "unable to load credentials from service endpoint",
                "failed to connect to service endpoint",
                "no ec2 imds role found",
                "no ec2 instance role found",
                "ec2rolerequesterror",
                "ec2metadataerror",
                "ec2metadatacredentials",
                "unable to get iam security credentials from ec2 instance metadata",
                "instance profile metadata",
                "instanceprofilecredentials",
                "iaminstancecredentialsprovider",
                "instanceprofilecredentialsprovider",
            ),
        ),
        Sign(
            confidence=0.17,
            why=(
                "A session lapsed; one from the metadata service lapses only when that cannot be reached or serves an "
                "old set."
            ),
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.85,
            why="The agent runs on an instance by definition, so the role it lost is the instance's.",
            text=(
                "error getting valid credentials (akid",
                "ecs-agent … credentials",
                "[processors.ec2tagger] … nocredentialproviders",
                "ssm-agent … unable to … credentials",
                "amazon-ssm-agent … credentials",
            ),
            unless=("status code: 404",),
        ),
        Sign(
            confidence=0.4,
            why="What the metadata service served was past its end.",
            text=(
                "refreshed credentials are still expired",
                "retrieved credentials have already expired",
            ),
        ),
        Sign(
            confidence=0.3,
            why="The text speaks of the metadata service and of a failure in one breath.",
            text=failing("meta-data/iam", "security-credentials", "instance metadata", "instance profile", "imds"),
            beside=AWS,
            unless=(*NOT_CREDENTIALS, *OTHER_METADATA, "create ‥ instance profile", "creating ‥ instance profile"),
            last_resort=True,
        ),
    ),
    clues=(
        Clue(
            text=CLOUD_MACHINE,
            weight=0.8,
            why="The machine gets its credentials from the metadata service.",
            anywhere=True,
        ),
        Clue(text=HADOOP, weight=0.2),
        Clue(text=JAVA, weight=0.2),
        Clue(text=("status code: 404", "404 - not found", "404 not found"), weight=-1.6),
        Clue(
            text=(
                "host is down",
                "ehostdown",
                "no route to host",
                "ehostunreach",
                "network is unreachable",
                "enetunreach",
            ),
            weight=-1.5,
        ),
        Clue(text=("/users/", "c:\\users", "macbook", "darwin", "localhost:3000"), weight=-0.5),
        Clue(text=("only loopback hosts are allowed", "invalid endpoint host"), weight=-2.5),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Make the metadata service reachable from where the program runs, then let it be asked again.",
        commands=by_platform(
            posix=(_LET_CONTAINERS_ASK, "export NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23"),
            cmd=(_LET_CONTAINERS_ASK, "set NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23"),
            powershell=(_LET_CONTAINERS_ASK, "$env:NO_PROXY = '169.254.169.254,169.254.170.2,169.254.170.23'"),
        ),
    ),
    prove=prove,
)
