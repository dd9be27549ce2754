"""The control API: JSON over HTTP, on the sandbox's own port under ``/_unexpired/``.

For whoever drives a sandbox in another process: a test in another language, the demo, a shell with curl. It answers
loopback addresses under a loopback name only, and nothing that a web page could send: the ``Host`` check is against DNS
rebinding, the ``Origin`` check against forms. Beyond that it is open, as the sandbox guards nothing real.
"""

from __future__ import annotations

import dataclasses
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from unexpired.sandbox.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from unexpired.sandbox.sandbox import Sandbox

    Environ = dict[str, Any]
    Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

PREFIX = "/_unexpired/"
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class _UnfitError(Exception):
    """The call cannot be followed; its text says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Control:
    """A WSGI application that takes the control calls and passes everything else on."""

    def __init__(self, sandbox: Sandbox, otherwise: Application) -> None:
        self._sandbox = sandbox
        self._otherwise = otherwise
        self._calls: dict[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
            ("GET", ""): self._about,
            ("GET", "requests"): self._requests,
            ("GET", "count"): lambda given: {"count": sandbox.count(**_checked(given))},
            ("GET", "sessions"): lambda _given: {"sessions": [_shown(each) for each in sandbox.sessions]},
            ("GET", "faults"): lambda _given: {"faults": {n: _plain(f) for n, f in sandbox.faults.items()}},
            ("POST", "faults"): lambda given: {"number": sandbox.tell(Fault(**given)).number},
            ("DELETE", "faults"): self._lift,
            ("POST", "skew"): lambda given: sandbox.skew(float(given["seconds"])),
            ("POST", "revoke"): lambda given: {"sessions": sandbox.revoke(**given)},
            ("POST", "expire"): lambda given: sandbox.expire(**given),
            ("POST", "user"): lambda given: _plain(sandbox.user(**given)),
            ("POST", "mfa-device"): lambda given: _plain(sandbox.mfa_device(**given)),
            ("POST", "mfa-code"): lambda given: {"code": sandbox.mfa_code(str(given["serial"]))},
            ("POST", "role"): lambda given: {"arn": sandbox.role(**given)},
            ("POST", "web-identity-token"): lambda given: {"token": sandbox.web_identity_token(**given)},
            ("POST", "reset"): lambda _given: sandbox.reset(),
        }

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path: str = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._otherwise(environ, start_response)
        try:
            status, answer = HTTPStatus.OK, self._call(environ, path.removeprefix(PREFIX)) or {}
        except _UnfitError as unfit:
            status, answer = unfit.status, {"error": str(unfit)}
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _call(self, environ: Environ, name: str) -> Any:
        _require_local(environ)
        call = self._calls.get((environ["REQUEST_METHOD"], name))
        if call is None:
            known = ", ".join(f"{method} {PREFIX}{path}" for method, path in self._calls)
            raise _UnfitError(HTTPStatus.NOT_FOUND, f"no such call; there are {known}")
        try:
            return call(_given(environ))
        except (LookupError, TypeError, ValueError, RuntimeError) as error:
            raise _UnfitError(HTTPStatus.BAD_REQUEST, f"{type(error).__name__}: {error}") from error

    def _about(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        return {"endpoint_url": self._sandbox.endpoint_url, "issuer": self._sandbox.issuer}

    def _requests(self, given: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {name: value for name, value in given.items() if name in ("service", "operation", "verdict")}
        records = [_plain(record) for record in self._sandbox.requests]
        return {"requests": [each for each in records if wanted.items() <= each.items()]}

    def _lift(self, given: Mapping[str, Any]) -> None:
        if "number" in given:
            self._sandbox.lift(int(given["number"]))
        else:
            self._sandbox.behave()


def _require_local(environ: Environ) -> None:
    host = str(environ.get("HTTP_HOST", "")).rpartition(":")[0] or str(environ.get("HTTP_HOST", ""))
    if environ["REMOTE_ADDR"] not in ("127.0.0.1", "::1") or host not in _LOOPBACK_NAMES or "HTTP_ORIGIN" in environ:
        raise _UnfitError(HTTPStatus.FORBIDDEN, "the control API answers local programs only, under a loopback name")


def _given(environ: Environ) -> dict[str, Any]:
    if environ["REQUEST_METHOD"] == "GET" or environ.get("QUERY_STRING"):
        return dict(parse_qsl(environ.get("QUERY_STRING", "")))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    given = json.loads(environ["wsgi.input"].read(length) or b"{}")
    if not isinstance(given, dict):
        raise TypeError("the body must be a JSON object")
    return given


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    if "accepted" not in given:
        return dict(given)
    return {**given, "accepted": given["accepted"] == "true"}


def _plain(record: Any) -> dict[str, Any]:
    return dataclasses.asdict(record)


def _shown(session: Any) -> dict[str, Any]:
    hidden = ("secret_access_key", "session_token")
    return {name: value for name, value in _plain(session).items() if name not in hidden}
