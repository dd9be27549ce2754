"""A role assumed with a GitHub Actions job's own OIDC token, fetched anew for each session.

A step that assumes a role once, at its start, leaves a session that the job can outlive, because the token is gone by
then (configure-aws-credentials#359). GitHub gives the job a new one for as long as it runs, wherever ``id-token:
write`` is among its permissions; so this is taken for a role in such a job, ahead of the keys that an earlier step
exported.

GitHub Docs, "OpenID Connect reference": https://docs.github.com/en/actions/reference/security/oidc

Renews: the role is assumed anew with a new token of the job's.
Ends: the job.
Extend: start another job.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.errors import ConfigurationError, RenewalRefused, SourceUnavailable
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import claims_of, digest
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.redaction import shown
from unexpired.sources.aws.role import DEFAULT_DURATION_SECONDS, Role, role_from_section
from unexpired.sources.aws.sts import sts_call

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

URL_VARIABLE, TOKEN_VARIABLE = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
# Whose job it is, for the key: a runner's home may be shared by many.
_JOB_VARIABLES = ("GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_ENVIRONMENT", "GITHUB_JOB")
_ROLE_VARIABLE, _SESSION_NAME_VARIABLE = "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"
# The client id that AWS's own action registers and asks for; China's partition has another.
_AUDIENCE, _AUDIENCE_IN_CHINA = "sts.amazonaws.com", "sts.amazonaws.com.cn"
_SECONDS = 15
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OK, _DENIED = 200, (401, 403)


@dataclass(frozen=True)
class GithubActions:
    """A role, and the job that this runs in."""

    role: Role
    lookup: Lookup
    name = "github_actions"
    shareable = True

    @property
    def key(self) -> str:
        """The role's parameters, the job, and which STS."""
        job = {name: self.lookup.environ[name] for name in _JOB_VARIABLES if name in self.lookup.environ}
        return digest(self.name, role=self.role.parameters(), job=job, sts=self.lookup.sts_inputs())

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        duration = self.role.duration_seconds or DEFAULT_DURATION_SECONDS
        return (Step(self.name, location=URL_VARIABLE, role_arn=self.role.arn, duration_seconds=duration),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:  # noqa: ARG002 - the job's own end is all there is
        """The job, which is given new tokens for as long as it runs; and the role."""
        end = claims_of(self.lookup.environ.get(TOKEN_VARIABLE, "")).get("exp")
        job = Link(
            "github-actions-job",
            parse_timestamp(end) if isinstance(end, (int, float)) else None,
            "ci-job-outlives-session",
            "GitHub gives the job new tokens for as long as it runs",
            ("start another job: a run on GitHub's own runners ends after six hours",),
        )
        seconds = self.role.duration_seconds or DEFAULT_DURATION_SECONDS
        return (job, Link(self.name, None, why="assumed anew with a new token", session_seconds=seconds))

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """A new session of the role, with a new token.

        Raises:
            ConfigurationError: GitHub's address is none that a token may be sent to.
            RenewalRefused, SourceUnavailable: GitHub or STS; see the error's cause.
        """
        parameters = {**self.role.parameters(), "WebIdentityToken": self._token()}
        with explaining(Attempt(self.name, self.lookup, self.role.arn)):
            return sts_call("assume_role_with_web_identity", parameters, self.lookup, signed_with=None, kind=self.name)

    def _token(self) -> str:
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        address = self.lookup.environ.get(URL_VARIABLE, "")
        try:
            parts = urlsplit(address)
        except ValueError:  # a bracket that does not close
            parts = urlsplit("")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ConfigurationError(
                f"{URL_VARIABLE} is no https address",
                why="the job's own token would go over the network in the clear",
                next_steps="run it in a job of GitHub Actions, which sets it",
                link=self.name,
            )
        audience = _AUDIENCE_IN_CHINA if self.role.arn.startswith("arn:aws-cn:") else _AUDIENCE
        token = self.lookup.environ.get(TOKEN_VARIABLE, "")
        request = AWSRequest(
            method="GET", url=address, params={"audience": audience}, headers={"Authorization": f"bearer {token}"}
        )
        try:
            answer = URLLib3Session(timeout=_SECONDS, proxies=get_environ_proxies(address)).send(request.prepare())
        except (BotoCoreError, OSError, ValueError) as error:
            raise self._unavailable(f"no answer from {parts.hostname}: {type(error).__name__}") from error
        if answer.status_code in _DENIED:
            raise RenewalRefused(
                "GitHub gave the job no OIDC token",
                why=f"it answered {answer.status_code}: {shown(answer.text)}",
                next_steps="add to the job: permissions: {id-token: write, contents: read}",
                cause="ci-job-outlives-session",
                link=self.name,
            )
        try:
            value = json.loads(answer.content)["value"] if answer.status_code == _OK else None
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str) or not value:
            raise self._unavailable(f"it answered {answer.status_code}, and no token")
        return value

    def _unavailable(self, why: str) -> SourceUnavailable:
        return SourceUnavailable(
            "GitHub gave the job no OIDC token",
            why=why,
            next_steps="GitHub's own state: https://www.githubstatus.com",
            cause="identity-provider-unverified",
            link=self.name,
        )


def in_a_job(lookup: Lookup) -> bool:
    """Whether this is a job of GitHub Actions that may have OIDC tokens, and nobody named a profile."""
    named = all(lookup.environ.get(name) for name in (URL_VARIABLE, TOKEN_VARIABLE))
    return lookup.scope == "default" and named


def find(lookup: Lookup) -> GithubActions | None:
    """``AWS_ROLE_ARN`` in such a job."""
    arn = lookup.environ.get(_ROLE_VARIABLE)
    if not arn or not in_a_job(lookup):
        return None
    section = {"role_arn": arn, "role_session_name": lookup.environ.get(_SESSION_NAME_VARIABLE)}
    return GithubActions(role_from_section(section, None), lookup)


ABOUT = About(
    title="A job of GitHub Actions",
    found=("`role_arn` (or `AWS_ROLE_ARN`) in a job with `permissions: id-token: write`, where no profile is named"),
    renews="STS `AssumeRoleWithWebIdentity`, with a new token from GitHub each time",
    ends="the job",
    extend="start another job",
)

# Not botocore's: between what names a token file and what a profile says.
CHAIN = {35: find}
