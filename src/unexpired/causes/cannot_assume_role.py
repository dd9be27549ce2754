"""The role may not be assumed by whoever asked.

## What happened

The credentials that asked were good, and STS refused them: the role's trust policy does not name them, they lack
`sts:AssumeRole`, an external id is missing or wrong, or a condition (organisation, branch, tag, source address, MFA)
is not met. What could be renewed yesterday cannot be today.

## Why AWS says this

To assume a role, both sides must agree: the caller's own policies and the role's trust policy. STS does not say which
of them refused, nor whether the role exists: it is *AccessDenied* in every case.

## How to recognise it

    An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:… is not authorized to perform:
        sts:AssumeRole on resource: arn:…
    Not authorized to perform sts:AssumeRoleWithWebIdentity
    Not authorized to perform sts:TagSession
    InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc.eks.…  (see also
        identity-provider-unverified)

## Cure

Compare the caller's ARN in the message with the trust policy's principal and conditions, letter by letter; for GitHub
and GitLab the `sub` claim with its condition. Not done by `--fix`: nobody but the role's owner should.

## Confirm

`doctor` names caller, role and external id of the winner's plan, and asks STS for the caller's identity.

## Sources

- [Troubleshooting IAM roles](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html)
- [The confused deputy problem and the external id](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html)
- [Configuring a role for GitHub's OIDC provider](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, by_platform
from unexpired.causes._answers import ACCESS_DENIED, NO_ANSWER
from unexpired.causes._proofs import answered, for_profile, plan
from unexpired.causes._surroundings import AWS, NOT_CREDENTIALS, failing

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_CALLS = (
    "assumerole",
    "assumerolewithwebidentity",
    "assumerolewithsaml",
    "assumeroot",
    "tagsession",
    "setsourceidentity",
    "assumeroleforpodidentity",
    "getrolecredentials",
)


def prove(evidence: Evidence) -> Finding | None:
    """STS understood who asks for the role, and refused. The plan says what was asked, and with what."""
    roles = [step for step in plan(evidence) if step.role_arn is not None]
    also = [f"{step.place}: {step.role_arn}, external id {step.external_id or 'none'}" for step in roles]
    cure = for_profile(CAUSE.cure, roles[-1].profile) if roles else CAUSE.cure
    return answered(evidence, CAUSE, cure, tuple(also))


CAUSE = Cause(
    slug="cannot-assume-role",
    family="denied",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.93,
            why="STS understood the request to assume the role, and refused it.",
            text=(
                "not authorized to perform sts:",
                "not authorized to perform: sts:assume",
                "not authorized to perform: sts:tagsession",
                "not authorized to perform: sts:setsourceidentity",
                "is not authorized to perform: sts:",
                "not authorized to perform assumerole",
                "not authorised to perform sts:",
                "access denied … sts:assumerole",
                "cannot assume iam role",
                "could not assume role with",
                "could not assume role with oidc",
                "could not assume role with user credentials",
                "roles may not be assumed by root accounts",
                "unable to assume the role",
                "unable to assume role",
                "failed to assume role",
                "role cannot be assumed",
                "the role ‥ cannot be assumed",
                "could not assume role in target account",
                "could not be used to assume",
                "|iam role ‥ cannot be assumed",
                "not authorized to assume iam role",
                "not authorized to get credentials of role",
                "is not authorized to assume iam role",
                "is not authorized to assume the role",
                "error assuming aws role",
                "cannot be assumed by",
                "unable to assume iam role",
                "does not have permissions to assume",
                "do not have permission to assume",
                "no permission to assume",
                "error fetching credentials … accessdenied",
                "could not assume role with web identity",
                "no access … getrolecredentials",
                "could not get token: accessdenied",
            ),
            unless=(
                "expiredtoken",
                "is expired",
                "rate exceeded",
                "no openidconnect provider",
                "verification key",
                "maxsessionduration",
                "invalidclienttokenid",
                "credentials are required",
                "no credentials",
                "unable to locate credentials",
                "could not load credentials",
                "parameter validation failed",
                "is undefined",
                "oidc token cannot",
                "security token included in the request is invalid",
                "no access … |mfa|",
                *NO_ANSWER,
            ),
        ),
        Sign(
            confidence=0.92,
            why="The operation that makes the session was itself refused.",
            answer=ACCESS_DENIED,
            calling=_CALLS,
        ),
        Sign(
            confidence=0.8,
            why="STS makes no session for one that is a session itself: this call takes a user's key.",
            text=(
                "cannot call getsessiontoken with session credentials",
                "cannot call getfederationtoken with session credentials",
            ),
        ),
        Sign(
            confidence=0.8,
            why="STS understood the request and refused it; those that anybody is refused there are for a role.",
            answer=ACCESS_DENIED,
            calling=("sts",),
            not_calling=("getsessiontoken", "getfederationtoken", "decodeauthorizationmessage", "getcalleridentity"),
            unless=("is not authorized to perform",),
        ),
        Sign(
            confidence=0.95,
            why="No identity provider of the account that holds the role matches the token's issuer or audience.",
            text=(
                "no openidconnect provider found",
                "no openid connect provider found",
                "incorrect token audience",
                "idprejectedclaim",
                "saml provider ‥ not found",
                "specified provider doesnt exist",
                "specified provider does not exist",
            ),
            unless=("verification key",),
        ),
        Sign(
            confidence=0.92,
            why="IAM Roles Anywhere would not take the certificate, or what was signed with it.",
            text=(
                "rolesanywhere … accessdenied",
                "createsession … accessdenied … certificate",
                "createsession … accessdenied … signature",
                "untrusted signing certificate",
                "untrusted certificate … insufficient certificate",
                "trust anchor … not found",
            ),
            unless=("not authorized to perform rolesanywhere: list", "not authorized to perform: rolesanywhere"),
        ),
        Sign(
            confidence=0.88,
            why="Cognito's identity pool gives this identity no role.",
            text=(
                "invalid identity pool configuration",
                "invalididentitypoolconfigurationexception",
                "access to identity ‥ is forbidden",
                "couldnt verify signed token",
                "token is not from a supported provider of this identity pool",
            ),
        ),
        Sign(
            confidence=0.75,
            why="Identity Center has no such role for you in that account.",
            text=(
                "forbiddenexception: no access",
                "forbiddenexception … no access",
                "getrolecredentials … forbidden",
                "forbidden … getrolecredentials",
                "calling the getrolecredentials operation: no access",
            ),
        ),
        Sign(
            confidence=0.6,
            why="The token's claims do not meet the role's conditions.",
            text=(
                "trust policy",
                "trust relationship",
                "external id … mismatch",
                "externalid … invalid",
                "packedpolicytoolarge",
            ),
            beside=("assumerole", "assume role", "sts", "invalididentitytoken", "oidc"),
            unless=("expiredtoken", "is expired"),
        ),
        Sign(
            confidence=0.5,
            why="STS gave no session for the role, and the tool does not say why; the commonest reason is a refusal.",
            text=("sts assume role request failed", "webidentityerr: failed to retrieve credentials"),
            unless=(*NO_ANSWER, "expired"),
        ),
        Sign(
            confidence=0.45,
            why="The identity provider's token was refused when the role was assumed with it.",
            text=(
                "webidentityerr: failed to retrieve credentials … accessdenied",
                "webidentityerr … accessdenied",
                "assume_role_with_web_identity … denied",
            ),
        ),
        Sign(
            confidence=0.29,
            why="The text speaks of assuming a role and of a failure in one breath.",
            text=failing("assume role", "assumerole", "assume_role", "assuming role", "assume the role"),
            beside=AWS,
            unless=(*NOT_CREDENTIALS, "malformedpolicydocument", "assume role policy", "assume_role_policy"),
            last_resort=True,
        ),
    ),
    clues=(
        Clue(text=("|mfa|", "mfa_serial", "multifactorauth"), weight=-0.3),
        Clue(text=("explicit deny … voc-cancel-cred", "awsrevokeoldersessions"), weight=-3.0),
    ),
    cure=Cure(
        summary="Bring the caller and the role's trust policy together.",
        commands=by_platform(
            posix=(
                "aws sts get-caller-identity",
                "aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument",
            ),
            cmd=(
                "aws sts get-caller-identity",
                "aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument",
            ),
            powershell=(
                "aws sts get-caller-identity",
                "aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument",
            ),
        ),
    ),
    prove=prove,
)
