"""Reads the tokens that AWS signs for others: registry logins, Kubernetes and database tokens, each with its own end.

They are no part of the chain of credentials, and a lapsed one that nobody uses is nothing: they are looked at only when
their cause is asked for by name. Each says itself when it ends; none is kept.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from unexpired.causes._evidence import Bearer, Registries
from unexpired.causes._files import Place
from unexpired.doctor.paths import read_file
from unexpired.engine.credentials import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from unexpired.doctor.paths import Paths

_LARGEST_BYTES = 8 * 2**20
_ECR = re.compile(r"(\d{12}\.dkr\.ecr[\w.-]*\.amazonaws\.com[\w.]*)")
# EKS User Guide and aws-iam-authenticator: good for 15 minutes from X-Amz-Date, whatever X-Amz-Expires says.
_EKS_TOKEN = re.compile(r"""^\s*token:\s*["']?k8s-aws-v1\.([\w-]+)""")
_EKS_LIFETIME = timedelta(minutes=15)
_PASSWORD_VARIABLES = ("PGPASSWORD", "MYSQL_PWD", "REDISCLI_AUTH")
_PGPASS_FIELDS = 5


def read_bearers(environ: Mapping[str, str], paths: Paths) -> tuple[Bearer, ...]:
    """Every such token that stands in Docker's, kubectl's or PostgreSQL's files, or in a password variable."""
    return (*_registries(environ, paths), *_clusters(environ, paths), *_databases(environ, paths))


def read_registries(environ: Mapping[str, str], paths: Paths) -> Registries:
    """Which registries of ECR Docker has a login or a helper for, and whether the helper is there."""
    path, config = _docker(environ, paths)
    own = {
        found[1]: helper
        for address, helper in _object(config, "credHelpers").items()
        if (found := _ECR.search(address))
    }
    logins = [found[1] for address in _object(config, "auths") if (found := _ECR.search(address))]
    store = config.get("credsStore")
    # ecr-login answers for every registry of ECR; another store only for what was put into it, which auths lists.
    named = [*own.values(), *([store] if store == "ecr-login" else [])]
    helpers = tuple(dict.fromkeys(f"docker-credential-{name}" for name in named if isinstance(name, str)))
    search = environ.get("PATH", "")
    absent = tuple(helper for helper in helpers if shutil.which(helper, path=search) is None)
    return Registries(Place(paths.show(path)), tuple(dict.fromkeys([*logins, *own])), helpers, absent)


def _docker(environ: Mapping[str, str], paths: Paths) -> tuple[str, dict[str, Any]]:
    directory = environ.get("DOCKER_CONFIG") or paths.expand("~/.docker")
    path = f"{directory}/config.json"
    return path, _json(read_file(path, _LARGEST_BYTES).data)


def _registries(environ: Mapping[str, str], paths: Paths) -> Iterator[Bearer]:
    path, config = _docker(environ, paths)
    logins, helpers = _object(config, "auths"), _object(config, "credHelpers")
    for address, login in logins.items():
        found = _ECR.search(address)
        auth = login.get("auth") if isinstance(login, dict) else None
        if found and isinstance(auth, str) and found[1] not in helpers:
            password = _decoded(auth).partition(b":")[2]
            yield Bearer("ecr", Place(paths.show(path)), found[1], _time(_json(_decoded(password)).get("expiration")))


def _clusters(environ: Mapping[str, str], paths: Paths) -> Iterator[Bearer]:
    for path in (environ.get("KUBECONFIG") or paths.expand("~/.kube/config")).split(os.pathsep):
        text = read_file(path, _LARGEST_BYTES).data.decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), start=1):
            token = _EKS_TOKEN.match(line)
            if token:
                signed_at, _ = _signed(_decoded(token[1]).decode("ascii", "replace"))
                end = signed_at + _EKS_LIFETIME if signed_at else None
                yield Bearer("eks", Place(paths.show(path), number), "the cluster", end)


def _databases(environ: Mapping[str, str], paths: Paths) -> Iterator[Bearer]:
    for name in _PASSWORD_VARIABLES:
        yield from _database(environ.get(name, ""), Place(name))
    path = environ.get("PGPASSFILE") or paths.expand("~/.pgpass")
    text = read_file(path, _LARGEST_BYTES).data.decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        fields = re.split(r"(?<!\\):", line, maxsplit=_PGPASS_FIELDS - 1)
        if len(fields) == _PGPASS_FIELDS:
            yield from _database(fields[-1].replace("\\:", ":"), Place(paths.show(path), number))


def _database(password: str, place: Place) -> Iterator[Bearer]:
    """RDS User Guide, "IAM database authentication": ``host:port/?Action=connect&...``, a presigned request."""
    if "X-Amz-Signature" not in password:
        return
    signed_at, seconds = _signed(f"https://{password}")
    host = password.partition("/")[0]
    yield Bearer("database", place, host, signed_at + seconds if signed_at else None)


def _signed(address: str) -> tuple[datetime | None, timedelta]:
    """When a presigned request was signed, and for how long."""
    try:
        query = parse_qs(urlsplit(address).query)
        seconds = timedelta(seconds=int(query.get("X-Amz-Expires", ["900"])[0]))
        date = query["X-Amz-Date"][0]  # 20261121T120000Z
        return parse_timestamp(f"{date[:4]}-{date[4:6]}-{date[6:11]}:{date[11:13]}:{date[13:]}"), seconds
    except (ValueError, KeyError, OverflowError):
        return None, timedelta()


def _decoded(text: str | bytes) -> bytes:
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        return base64.urlsafe_b64decode(data.replace(b"+", b"-").replace(b"/", b"_") + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _object(entry: dict[str, Any], key: str) -> dict[str, Any]:
    inner = entry.get(key)
    return inner if isinstance(inner, dict) else {}


def _time(value: object) -> datetime | None:
    try:
        return parse_timestamp(value) if isinstance(value, (int, float)) else None
    except ValueError:
        return None
