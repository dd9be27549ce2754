"""The gate: a WSGI application in front of moto that lets through only what AWS would have let through."""

from __future__ import annotations

import io
import os
import secrets
import socket
import struct
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from unexpired.sandbox import request as wire_request
from unexpired.sandbox import wire
from unexpired.sandbox.examination import Examination
from unexpired.sandbox.journal import ACCEPTED, RequestRecord
from unexpired.sandbox.services import SERVICE
from unexpired.sandbox.wire import Kind, Protocol, RefusedError, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unexpired.sandbox.faults import Fault, Faults
    from unexpired.sandbox.journal import Journal
    from unexpired.sandbox.payload import Body
    from unexpired.sandbox.request import Request
    from unexpired.sandbox.sessions import Sessions
    from unexpired.sandbox.settings import Settings
    from unexpired.sandbox.sts import Sts

    Environ = dict[str, Any]
    Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_CHUNKING_HEADERS = ("HTTP_X_AMZ_TRAILER", "HTTP_X_AMZ_DECODED_CONTENT_LENGTH")
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""SO_LINGER with a timeout of zero: closing sends RST, as a crashed load balancer does."""


class _DroppedError(ConnectionError):
    """No answer. The server takes it for a client that went away, and says nothing either."""


@dataclass(frozen=True)
class Parts:
    """What the gate works with."""

    services: Application
    sessions: Sessions
    settings: Settings
    faults: Faults
    journal: Journal
    sts: Sts
    now: Callable[[], float]
    machine_now: Callable[[], float]


class Gate:
    """Examines each request, answers for STS, and hands the rest to moto."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        request = wire_request.read(environ)
        examination = Examination(request, self._parts.sessions, self._parts.settings)
        now = self._parts.now()
        # Written down before anything is sent: whoever has the answer finds the record.
        try:
            verdict, response = self._answer(examination, request, environ, now)
        except _DroppedError:
            self._parts.journal.add(_record(examination, now, "dropped", 0))
            _drop(environ)
            raise
        status = response.status
        self._parts.journal.add(_record(examination, now, verdict, status))
        head = _headers(response, examination.protocol, self._parts.machine_now())
        start_response(f"{status} {_phrase(status)}", head)
        return [response.body]

    def _answer(self, examination: Examination, request: Request, environ: Environ, now: float) -> tuple[str, Response]:
        refusal: RefusedError | None = None
        try:
            examination.run(now, self._parts.machine_now())
        except RefusedError as refused:
            refusal = refused
        try:
            failed = self._strike(examination, refused=refusal is not None)
            if failed is not None:
                return str(failed.status), failed
            if refusal is not None:
                raise refusal
            return ACCEPTED, self._serve(examination, request, environ)
        except RefusedError as refused:
            answer = refused.answer(examination.protocol)
            response = wire.render(answer, examination.protocol, request, _request_id(examination.protocol))
            return answer.code, response

    def _strike(self, examination: Examination, *, refused: bool) -> Response | None:
        """Do what the faults demand: wait, drop the connection, refuse, or answer in the service's place."""
        failed: Response | None = None
        for fault, lifted in self._parts.faults.striking(examination.service, examination.operation):
            if fault.misdeed == "slow":
                lifted.wait(fault.delay_s)
            elif fault.misdeed in ("hang", "drop"):
                if fault.misdeed == "hang":
                    lifted.wait()
                raise _DroppedError("dropped, as told")
            elif fault.misdeed == "fail" and failed is None:
                failed = _failure(fault)
            elif fault.misdeed == "throttle" and not refused:
                raise RefusedError(Kind.THROTTLED)
            elif fault.misdeed == "refuse" and not refused:
                raise _no_permission(examination)
        return failed

    def _serve(self, examination: Examination, request: Request, environ: Environ) -> Response:
        sts = self._parts.sts
        if examination.service == "sts" and sts.knows(examination.operation):
            request_id = _request_id(Protocol.QUERY)
            body = sts.answer(examination.operation, request.form, examination.caller, self._parts.now(), request_id)
            return Response(200, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body)
        _hand_over(environ, examination, request)
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        headers: tuple[tuple[str, str], ...] = ()

        def started(line: str, lines: list[tuple[str, str]], _error: object = None) -> None:
            nonlocal status, headers
            status, headers = int(line.split(None, 1)[0]), tuple(lines)

        body = b"".join(self._parts.services(environ, started))
        return Response(status, headers, body)


def _hand_over(environ: Environ, examination: Examination, request: Request) -> None:
    """Make the environment what moto expects: the body decoded and whole, and the account that acts."""
    body = examination.body
    content = body.content if body is not None else request.body
    environ[SERVICE] = examination.service
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))
    environ.pop("wsgi.input_terminated", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if examination.caller is not None:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = examination.caller.account_id
    if body is not None and body.decoded:
        _unchunk(environ, body)


def _unchunk(environ: Environ, body: Body) -> None:
    for name in _CHUNKING_HEADERS:
        environ.pop(name, None)
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"
    codings = [coding.strip() for coding in environ.pop("HTTP_CONTENT_ENCODING", "").split(",")]
    kept = ",".join(coding for coding in codings if coding and coding != "aws-chunked")
    if kept:
        environ["HTTP_CONTENT_ENCODING"] = kept
    for name, value in body.trailers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value


def _drop(environ: Environ) -> None:
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    # Only shut down: the server holds the connection too, and closes it when it reads its end.
    connection.shutdown(socket.SHUT_RDWR)


def _failure(fault: Fault) -> Response:
    body = fault.body if fault.body is not None else f"<html><body><h1>{fault.status}</h1></body></html>"
    return Response(fault.status, (("Content-Type", fault.content_type),), body.encode())


def _no_permission(examination: Examination) -> RefusedError:
    arn = examination.caller.arn if examination.caller else "anonymous"
    action = f"{examination.service}:{examination.operation}"
    why = f"because no identity-based policy allows the {action} action"
    message = f"User: {arn} is not authorized to perform: {action} {why}"
    return RefusedError(Kind.DENIED, message)


def _record(examination: Examination, now: float, verdict: str, status: int) -> RequestRecord:
    caller = examination.caller
    session = caller.session if caller else None
    return RequestRecord(
        at=now,
        service=examination.service,
        operation=examination.operation,
        access_key_id=examination.access_key_id,
        arn=caller.arn if caller else None,
        verdict=verdict,
        status=status,
        remaining_s=session.expires_at - now if session else None,
    )


def _request_id(protocol: Protocol) -> str:
    return secrets.token_hex(8).upper() if protocol is Protocol.S3 else str(uuid.uuid4())


def _headers(response: Response, protocol: Protocol, now: float) -> list[tuple[str, str]]:
    # The date is the sandbox's own: the JavaScript and Go SDKs correct their clock by it when they were refused for it.
    headers = [(name, value) for name, value in response.headers if name.lower() != "date"]
    present = {name.lower() for name, _ in headers}
    headers.append(("Date", formatdate(now, usegmt=True)))
    name = "x-amz-request-id" if protocol is Protocol.S3 else "x-amzn-RequestId"
    if name.lower() not in present:
        headers.append((name, _request_id(protocol)))
    if "content-length" not in present:
        headers.append(("Content-Length", str(len(response.body))))
    return headers


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
