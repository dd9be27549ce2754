"""Asks the network what the machine cannot know: who the winner is, whether it is accepted, what time it is there.

Three requests at the most, each bounded: the winner's own (a role is assumed, a process run, an endpoint asked), then
``GetCallerIdentity``, which every identity may call; and where nothing answers, the steps on the way there one by one.
Nothing that is fetched is kept or shared.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unexpired.causes._evidence import Keys, Online, Refusal
from unexpired.causes._files import Place
from unexpired.doctor.seal import kind_of, plain_address, seal
from unexpired.engine.credentials import masked
from unexpired.engine.errors import PersonNeeded, SourceUnavailable, UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.causes._evidence import Evidence
    from unexpired.engine.credentials import Credentials

_CONNECT_SECONDS, _READ_SECONDS = 3, 8
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "", None),
    "credentials_file": (None, None, "", None),
}
_FALLBACK_REGION = "us-east-1"  # only to ask who somebody is, which every Region answers alike


def instance_answers() -> str | None:
    """What the instance's metadata service says of its role, or None where there is no service, or no role."""
    from unexpired.sources import source_for

    try:
        credentials = source_for().fetch()
    except UnexpiredError:
        return None
    return f"the metadata service answers with {masked(credentials.access_key_id)}"


def ask(evidence: Evidence, *, profile: str | None) -> Online:
    """Fetch the winner's credentials, and ask STS whose they are.

    Args:
        evidence: of this very process: botocore reads its environment.
        profile: as it was named explicitly, or None.
    """
    from botocore.session import Session

    from unexpired.sources import source_for
    from unexpired.sources.aws.redaction import shown

    winner = evidence.chain.winner
    try:
        client, address = _client(profile, None)
    except Exception as error:  # noqa: BLE001 - ValueError, InvalidRegionError ...: an endpoint or Region that is none
        said = f"no client for STS can be made: {shown(error)}"
        return Online("STS", refusal=Refusal("config-invalid", said) if winner else None)
    if winner is None:
        return _without_credentials(client, address)
    began = datetime.now(timezone.utc)
    bounded = Session()
    bounded.set_default_client_config(_once())
    try:
        credentials = source_for(profile_name=profile, botocore_session=bounded).fetch()
    except UnexpiredError as error:
        base = winner.plan[0].keys
        found = Online(address, refusal=_refusal(error, base), offset_seconds=_offset(error, began))
        return _on_the_way(found, error)
    return _identified(Online(address, session=_sealed(credentials)), credentials, profile)


def _once() -> Any:
    """A single try of a few seconds: a person waits, and what fails is what they want to see."""
    from botocore.config import Config

    return Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": 1})


def _client(profile: str | None, credentials: Credentials | None) -> tuple[Any, str]:
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.session import Session

    try:
        session = Session(profile=profile)
        region = session.get_config_variable("region")
    except Exception:  # noqa: BLE001 - a broken file, a missing profile: the chain has said so; STS can be asked without
        session, region = Session(session_vars=_NO_FILES), None
    config = _once()
    signed: dict[str, Any] = {"config": config.merge(Config(signature_version=UNSIGNED))}
    if credentials is not None:
        signed = {
            "config": config,
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
    client = session.create_client("sts", region_name=region or _FALLBACK_REGION, **signed)
    return client, plain_address(client.meta.endpoint_url)


def _without_credentials(client: Any, address: str) -> Online:
    """Nobody to ask for; but whether STS can be reached, and what time it is there, shows all the same."""
    began = datetime.now(timezone.utc)
    try:
        client.get_caller_identity()
    except Exception as error:  # noqa: BLE001 - an answer is expected to be a refusal
        found = Online(address, offset_seconds=_offset(error, began))
        return found if found.offset_seconds is not None else replace(found, steps=tuple(_steps(address)))
    return Online(address)


def _identified(found: Online, credentials: Credentials, profile: str | None) -> Online:
    client, _ = _client(profile, credentials)
    began = datetime.now(timezone.utc)
    try:
        answer = client.get_caller_identity()
    except Exception as error:  # noqa: BLE001 - botocore's, the network's: understood by the one place that knows them
        meant = _meaning(error, credentials, profile)
        refusal = _refusal(meant, found.session)
        return _on_the_way(replace(found, refusal=refusal, offset_seconds=_offset(error, began)), meant)
    finally:
        client.close()
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return replace(found, identity=str(answer.get("Arn")), offset_seconds=_difference(headers.get("date"), began))


def _meaning(error: Exception, credentials: Credentials, profile: str | None) -> UnexpiredError:
    from unexpired.sources import source_for
    from unexpired.sources.aws.failures import Attempt, explained

    lookup = getattr(source_for(profile_name=profile), "lookup", None)
    if lookup is None:
        meant: UnexpiredError = SourceUnavailable("STS could not be asked", why=type(error).__name__)
    else:
        meant = explained(error, Attempt("sts", lookup, used=credentials))
    meant.__cause__ = error
    return meant


def _refusal(error: UnexpiredError, signed_with: Keys | None) -> Refusal:
    code = next((_code(inner) for inner in _causes(error) if _code(inner)), None)
    answered = code is not None or not isinstance(error, SourceUnavailable) or isinstance(error, PersonNeeded)
    said = f"{error.what}: {error.why}" if error.why else error.what
    return Refusal(error.cause, said, code, signed_with.identity if signed_with else None, answered)


def _on_the_way(found: Online, error: UnexpiredError) -> Online:
    if error.cause != "sts-unreachable" or found.offset_seconds is not None:
        return found
    return replace(found, steps=tuple(_steps(found.address)))


def _steps(address: str) -> Iterator[str]:
    """Name, connection, TLS: each one only if the one before went well."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(address)
    host = parts.hostname or ""
    proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
    if proxy:
        parts = urlsplit(proxy)
        yield f"a proxy stands between: {plain_address(proxy)}"
        host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield f"{host} has no address: {_why(error)}"
        return
    yield f"{host} is {found[0][4][0]}"
    try:
        connection = socket.create_connection((host, port), _CONNECT_SECONDS)
    except OSError as error:
        yield f"no connection to {host}:{port}: {_why(error)}"
        return
    with connection:
        yield f"{host}:{port} takes connections"
        if parts.scheme != "https":
            return
        try:
            with ssl.create_default_context().wrap_socket(connection, server_hostname=host):
                yield "its certificate is good"
        except OSError as error:
            yield f"TLS with it fails: {_why(error)}"


def _why(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()


def _sealed(credentials: Credentials) -> Keys:
    return Keys(
        Place("what was fetched just now"),
        masked(credentials.access_key_id),
        kind_of(credentials.access_key_id),
        seal(credentials.access_key_id),
        secret=seal(credentials.secret_access_key),
        token=seal(credentials.session_token) if credentials.session_token else None,
        expires_at=credentials.expires_at,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and all(inner is not one for one in seen):  # somebody's may be its own cause
        yield inner
        seen.append(inner)
        inner = inner.__cause__


def _code(error: BaseException) -> str | None:
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code) if code else None


def _offset(error: BaseException, began: datetime) -> float | None:
    for inner in _causes(error):
        response = getattr(inner, "response", None)
        if isinstance(response, dict):
            return _difference(response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date"), began)
    return None


def _difference(date: str | None, began: datetime) -> float | None:
    """The service's clock minus ours, in the middle of the request. An HTTP date is in whole seconds (RFC 9110)."""
    if not date:
        return None
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    now = datetime.now(timezone.utc)
    return (theirs - (began + (now - began) / 2)).total_seconds() + 0.5
