"""A role assumed with an OIDC token from a file: EKS's IRSA, CI runners, ``web_identity_token_file``.

The file is read again on each renewal, because whoever issues the token rotates it there (kubelet at 80 % of its life).
The call is ours rather than botocore's provider's, which ignores ``duration_seconds``.

STS API Reference, "AssumeRoleWithWebIdentity":
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

Renews: the role is assumed anew with the token in the file, which is read again each time.
Ends: the token, at its ``exp``, unless it is rotated (kubelet does).
Extend: have the token written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unexpired.engine.clock import moment
from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.errors import ConfigurationError
from unexpired.engine.horizon import Link
from unexpired.engine.rotation import rotation_of
from unexpired.sources.aws.about import About
from unexpired.sources.aws.cli_cache_name import web_identity_cache_name
from unexpired.sources.aws.cli_entry import CliEntry, of_a_session, shared_entry
from unexpired.sources.aws.digest import claims_of, digest, subject
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.role import DEFAULT_DURATION_SECONDS, Role, role_from_section
from unexpired.sources.aws.sts import sts_call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

# botocore's pairs (AssumeRoleWithWebIdentityProvider): each is looked up by itself, the variable first.
_VARIABLES = {
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
    "role_arn": "AWS_ROLE_ARN",
    "role_session_name": "AWS_ROLE_SESSION_NAME",
}
# "WebIdentityToken … Maximum length of 20000."
_LONGEST_TOKEN = 20_000


@dataclass(frozen=True)
class WebIdentity:
    """A role and the file of the token that assumes it."""

    role: Role
    token_file: str
    lookup: Lookup
    name = "web_identity"
    shareable = True

    @property
    def key(self) -> str:
        """The role's parameters, the token's issuer and subject (or, where it has none, its file), and which STS."""
        whose = subject(self._token_or_nothing()) or str(Path(self.token_file).absolute())
        return digest(self.name, role=self.role.parameters(), identity=whose, sts=self.lookup.sts_inputs())

    @property
    def named_in_cli_cache(self) -> str | None:
        """What the AWS CLI calls this profile's session in its cache; None where no profile says all of it."""
        if self.role.profile is None or self.role.policy or self.role.policy_arns:
            return None
        return web_identity_cache_name(self.role)

    @property
    def made_of(self) -> str:
        """The token's file."""
        return digest(self.name, token_file=self.token_file)

    @property
    def cli_entry(self) -> CliEntry | None:
        """The AWS CLI's entry for the same session, where it can be no other's."""
        role = self.role

        def fits(content: Mapping[str, Any]) -> bool:
            # Pods of a shared home have one path and a token each: the answer says whose it was.
            whose = subject(self._token_or_nothing())
            same = whose is not None and content.get("SubjectFromWebIdentityToken") == whose.get("sub")
            return same and of_a_session(content, role_arn=role.arn, session_name=role.session_name)

        return shared_entry(self, self.lookup, {"role_arn": role.arn}, fits)

    def plan(self) -> tuple[Step, ...]:
        """One step."""
        return (
            Step(
                self.name,
                profile=self.role.profile,
                location=self.token_file,
                role_arn=self.role.arn,
                duration_seconds=self.role.duration_seconds or DEFAULT_DURATION_SECONDS,
            ),
        )

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The token, which ends at its ``exp`` unless somebody rotates the file; and the role."""
        seconds = self.role.duration_seconds or DEFAULT_DURATION_SECONDS
        role = Link(
            self.name, None, why="assumed anew with the token", session_seconds=seconds, profile=self.role.profile
        )
        return (self._token_link(outlook.now), role)

    def _token_link(self, now: datetime) -> Link:
        link, cause, file = "web-identity-token", "web-identity-token-expired", self.token_file
        extend = (f"have the token written anew to {file}", "or run the job where it is rotated (EKS, a CI's OIDC)")
        try:
            claims = claims_of(self._token())
        except ConfigurationError as error:
            return Link(link, now, cause, error.what, extend, profile=self.role.profile)
        if not isinstance(claims.get("exp"), (int, float)):
            return Link(link, "unknown", cause, f"{file} holds no token that names its end", extend)
        end, issued = parse_timestamp(claims["exp"]), claims.get("iat")
        rotation = rotation_of(
            file,
            now,
            ends_at=end,
            issued_at=parse_timestamp(issued) if isinstance(issued, (int, float)) else None,
            issuer=str(claims.get("iss", "")),
            changed_at=self._changed_at(),
        )
        if rotation.goes_on:
            return Link(link, None, why=rotation.why, profile=self.role.profile)
        return Link(link, end, cause, rotation.why, extend, profile=self.role.profile)

    def _changed_at(self) -> datetime | None:
        try:
            return moment(Path(self.token_file).expanduser().stat().st_mtime)
        except (OSError, ValueError, OverflowError):
            return None

    def fetch(self, prompter: Prompter | None = None) -> Credentials:  # noqa: ARG002 - nobody is asked
        """A new session of the role, with the token that is in the file now.

        Raises:
            ConfigurationError: the file is missing, unreadable or empty.
            RenewalRefused, SourceUnavailable: see the error's cause.
        """
        parameters = {**self.role.parameters(), "WebIdentityToken": self._token()}
        with explaining(Attempt(self.name, self.lookup, self.role.arn)):
            return sts_call("assume_role_with_web_identity", parameters, self.lookup, signed_with=None, kind=self.name)

    def _token_or_nothing(self) -> str:
        try:
            return self._token()
        except ConfigurationError:
            return ""

    def _token(self) -> str:
        why = ""
        try:
            with Path(self.token_file).expanduser().open(encoding="utf-8") as file:
                token = file.read(_LONGEST_TOKEN + 1).strip()
            if not token:
                why = "it is empty"
            elif len(token) > _LONGEST_TOKEN:
                why = f"it is longer than the {_LONGEST_TOKEN} characters that STS takes"
            else:
                return token
        except OSError as error:
            why = error.strerror or type(error).__name__
        except ValueError:  # UnicodeDecodeError, or a NUL in the path
            why = "it is no text"
        raise ConfigurationError(
            f"The web identity token file {self.token_file} cannot be used",
            why=why,
            next_steps=f"see what should write it: ls -l {self.token_file}",
            link=self.name,
        )


def find(lookup: Lookup) -> WebIdentity | None:
    """A token file in the environment (where nobody named a profile) or in the profile's section.

    Raises:
        ConfigurationError: a token file without a role.
    """
    section = dict(lookup.section)
    from_environment = False
    if lookup.scope == "default":
        for setting, variable in _VARIABLES.items():
            if variable in lookup.environ:
                section[setting] = lookup.environ[variable]
                from_environment |= setting == "web_identity_token_file"
    token_file = section.get("web_identity_token_file")
    if not token_file:
        return None
    if not section.get("role_arn"):
        where = "AWS_WEB_IDENTITY_TOKEN_FILE" if from_environment else f"the profile {lookup.profile_name!r}"
        raise ConfigurationError(
            f"{where} names a token file, but no role is named to assume with it",
            next_steps="set AWS_ROLE_ARN" if from_environment else "add role_arn to the profile",
            cause="partial-credentials",
            link="web_identity",
        )
    settings = {**section, "mfa_serial": None, "external_id": None}
    role = role_from_section(settings, None if from_environment else lookup.profile_name)
    return WebIdentity(role, token_file, lookup)


ABOUT = About(
    title="A web identity token",
    found=("`AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN` (EKS IRSA), or `web_identity_token_file` in a profile"),
    renews="STS `AssumeRoleWithWebIdentity`, with what is in the file at that moment",
    ends="the token's `exp`, unless somebody rotates the file (kubelet does)",
    extend="have the file rotated",
)

CHAIN = {30: find}
