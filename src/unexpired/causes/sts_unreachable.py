"""The endpoint that renews cannot be reached.

## What happened

STS (or the sign-in service of Identity Center) did not answer: no route, a name that does not resolve, a proxy or a
certificate in the way, a VPC without an endpoint, or a Region where there is none. The old session then ran out.

## Why AWS says this

AWS was not reached. A private subnet reaches `sts.<Region>.amazonaws.com` only through a NAT or an interface
endpoint; the global `sts.amazonaws.com` needs the internet even then. An inspecting proxy shows a certificate of its
own, which the SDK refuses.

## How to recognise it

    Could not connect to the endpoint URL: "https://sts.us-west-2.amazonaws.com/"
    Connect timeout on endpoint URL: "https://sts.amazonaws.com/"
    Post "https://sts.amazonaws.com/": dial tcp …: i/o timeout     /     no such host
    SSL validation failed for https://sts.…  certificate verify failed

## Cure

Open the way: an interface endpoint for STS with private DNS, regional endpoints, `HTTPS_PROXY` and `NO_PROXY`,
`AWS_CA_BUNDLE`. Not done by `--fix`: it is the network's.

## Confirm

`doctor` resolves, connects and shakes hands with the very endpoint that renews, and says at which step it ends.

## Sources

- [STS Regions and endpoints](https://docs.aws.amazon.com/general/latest/gr/sts.html)
- [Interface VPC endpoints for STS](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_interface_vpc_endpoints.html)
- [Using an HTTP proxy](https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html)
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import NO_ANSWER, RENEWAL_HOSTS
from unexpired.causes._proofs import answered
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """Nobody answered, or not who was asked; the steps on the way say how far one gets."""
    online = evidence.online
    if online is None:
        return None
    return answered(evidence, CAUSE, _cure(online.address), also=(f"asked: {online.address}", *online.steps))


def _cure(address: str) -> Cure:
    """The cure for the very endpoint that was asked."""
    from urllib.parse import urlsplit  # not for explain, which never comes here

    host = urlsplit(address).hostname or address
    commands = by_platform(
        posix=(f"curl -sS -o /dev/null -w '%{{http_code}}\\n' {shlex.quote(address)}",),
        cmd=(f"curl -sS -o NUL -w %{{http_code}} {address}",),
        powershell=(f"Test-NetConnection {host} -Port {urlsplit(address).port or 443}",),
    )
    return replace(CAUSE.cure, commands=commands)


CAUSE = Cause(
    slug="sts-unreachable",
    family="unreachable",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.93,
            why="The endpoint that renews sessions did not answer.",
            text=NO_ANSWER,
            beside=RENEWAL_HOSTS,
            reach=400,
            unless=("too many requests", "invalid header field value", "invalid character in header"),
        ),
        Sign(
            confidence=0.8,
            why="A role was to be assumed, and the request did not get through.",
            text=(
                "webidentityerr … request send failed",
                "webidentityerr … requesterror",
                "webidentityerr … dial tcp",
                "assumerole … request send failed",
                "assumerolewithwebidentity … request send failed",
                "operation error sts| … request send failed",
                "operation error sts| … dial tcp",
                "operation error sts| … i/o timeout",
                "operation error sts| … no such host",
                "operation error sso| … request send failed",
                "operation error sso oidc … request send failed",
                "stsclient … unable to execute http request",
                "securitytoken … unable to execute http request",
                "unable to execute http request: sts",
                "unexpected response code for connect",
                "unable to reach sts",
                "assumerole … unable to connect to endpoint",
                "assume role … unable to connect to endpoint",
                "stsclient … unable to connect to endpoint",
                "|sts endpoint … unreachable",
                "|sts| … timed out",
                "determine the default aws account ‥ timed out",
                "determine the default aws account ‥ timeout",
                "determine the default aws account ‥ enotfound",
                "determine the default aws account ‥ econn",
                "failed to resolve sts",
                "cannot reach sts",
                "cant reach sts",
                "could not construct an endpoint for sts",
                "unable to construct an endpoint for sts",
                "unable to construct an endpoint for sso",
            ),
            unless=("invalid header field value", "invalid character in header"),
        ),
        Sign(
            confidence=0.6,
            why="A role was to be assumed, and in the same breath a connection failed.",
            text=(
                "assume role",
                "assuming role",
                "assuming the role",
                "assumerole",
                "assume_role",
                "determine the default aws account",
            ),
            beside=NO_ANSWER,
            reach=200,
            unless=(
                "authenticated as assumedroleid",
                "169.254.",
                "ec2imds",
                "imds",
                "accessdenied",
                "not authorized",
                "security token included",
                "expiredtoken",
                "verification key",
                "invalid header",
                "too many requests",
                "rate exceeded",
            ),
        ),
        Sign(
            confidence=0.8,
            why="What answered at the address does not understand the request, so it is not STS.",
            text=(
                "webidentityerr … could not find operation",
                "webidentityerr … unmarshalerror",
                "webidentityerr … serializationerror",
                "could not find operation assumerole",
                "assumerole ‥ is not valid for this endpoint",
                "assumerole … failed to unmarshal",
                "operation error sts| … deserialization failed",
                "operation error sts| … failed to decode",
                "calling the assumerole ‥ operation: could not find operation",
                "(methodnotallowed) when calling the assumerole",
                "(unknownoperationexception) when calling the assumerole",
            ),
        ),
        Sign(
            confidence=0.8,
            why="The SDK could not make out at which address STS is to be asked.",
            text=(
                "missingendpoint:",
                "unknownendpoint",
                "failed to resolve service endpoint",
                "could not resolve endpoint",
                "invalid endpoint: http",
            ),
            beside=("|sts|", "assumerole", "caller identity", "getcalleridentity"),
            reach=300,
        ),
        Sign(
            confidence=0.6,
            why="The provider that makes the session got no answer from the endpoint that it asks.",
            text=(
                "failed to source credentials with error ‥ aws_error_http_connection",
                "failed to source credentials with error ‥ aws_error_http_response",
                "failed to source credentials with error ‥ aws_io_",
            ),
            unless=("169.254.", "imds"),
        ),
        Sign(
            confidence=0.6,
            why="The connection broke off before STS was asked.",
            text=("sts assume role request failed",),
            beside=("connection initialization error", "[tls] ", "[net] ", "getaddrinfo", "broken pipe"),
            reach=400,
        ),
        Sign(
            confidence=0.6,
            why="AWS IoT's endpoint for credentials, which renews a device's session, did not answer.",
            text=("while fetching credentials … unable to get response", "credentials.iot"),
            beside=("unable to get response", *NO_ANSWER),
            reach=400,
        ),
        Sign(
            confidence=0.27,
            why="The text speaks of STS and of a failure in one breath.",
            text=failing("sts.amazonaws.com", "|sts.", "|sts endpoint"),
            beside=AWS,
            unless=(*NOT_CREDENTIALS, "/doc/2011-06-15", "audience: sts.", "audience=sts.", "aud: sts.", "aud:sts."),
            last_resort=True,
        ),
    ),
    clues=(Clue(text=("169.254.", "ec2imds"), weight=-1.0),),
    cure=Cure(
        summary="Open the way to STS: endpoint, DNS, proxy or certificate.",
        commands=by_platform(
            posix=(
                "curl -sS -o /dev/null -w '%{http_code}\\n' https://sts.REGION.amazonaws.com/",
                "aws configure set sts_regional_endpoints regional --profile PROFILE",
            ),
            cmd=(
                "curl -sS -o NUL -w %{http_code} https://sts.REGION.amazonaws.com/",
                "aws configure set sts_regional_endpoints regional --profile PROFILE",
            ),
            powershell=(
                "Test-NetConnection sts.REGION.amazonaws.com -Port 443",
                "aws configure set sts_regional_endpoints regional --profile PROFILE",
            ),
        ),
    ),
    prove=prove,
)
