"""The endpoint at which a GitHub Actions job gets its OIDC tokens; the sandbox's STS takes them.

GitHub Docs, "OpenID Connect reference", "Methods for requesting the OIDC token".
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from unexpired.sandbox.local_endpoint import LocalEndpoint, Reply, Visit, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping


class TokenMinter(Protocol):
    """What it needs of a sandbox."""

    def web_identity_token(self, subject: str = ..., *, audience: str = ..., lifetime: float = ...) -> str:
        """A token that the sandbox's STS takes."""


class GithubOidc(LocalEndpoint):
    """Gives a job tokens that live five minutes, as GitHub's do.

    Args:
        minter: The sandbox.
        repository: ``owner/name``.
        permitted: Whether the job has ``id-token: write``.
    """

    def __init__(self, minter: TokenMinter, *, repository: str = "acme/etl", permitted: bool = True) -> None:
        super().__init__()
        self._minter = minter
        self._repository = repository
        self.permitted = permitted
        self._request_token = secrets.token_urlsafe(60)

    @property
    def environment(self) -> Mapping[str, str]:
        """What GitHub sets in the job."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": self._repository,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_JOB": "nightly",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self._request_token,
        }

    def answer(self, visit: Visit) -> Reply:
        """A token for the audience that is asked for."""
        if visit.headers.get("authorization", "").lower() != f"bearer {self._request_token}".lower():
            return json_reply({"message": "Bad credentials"}, 401)
        if not self.permitted:
            return json_reply({"message": "Resource not accessible by integration"}, 403)
        subject = f"repo:{self._repository}:ref:refs/heads/main"
        audience = visit.query.get("audience", f"https://github.com/{self._repository.split('/')[0]}")
        return json_reply({"value": self._minter.web_identity_token(subject, audience=audience, lifetime=300)})
