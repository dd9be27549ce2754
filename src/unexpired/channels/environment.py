"""The environment that a program is started with, so that nothing it inherits beats what it is handed.

An environment is a copy: what stands in it when a program starts stands there when the program dies. So it carries no
session here (``--channel env`` excepted, which says so) but the address of a door and of cleaned files. Every variable
that holds credentials, or names where others are, is taken out. Out, not blank: ``AWS_PROFILE=''`` makes boto3 look for
a profile of that name (measured).

Whatever is not about credentials stays as it is: ``AWS_ENDPOINT_URL*``, ``AWS_CA_BUNDLE``, ``AWS_RETRY_MODE``,
``AWS_MAX_ATTEMPTS`` and the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from unexpired.engine.credentials import Credentials

# By the place in the SDKs' chains from which each would win over the door ("Settings reference", AWS SDKs and Tools
# Reference Guide; botocore 1.44 ``credentials.py``).
CREDENTIAL_VARIABLES = (
    # a session or key that somebody exported
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "AWS_SECURITY_TOKEN",  # boto's old name of the token; botocore reads it too
    *("AWS_ACCESS_KEY", "AWS_SECRET_KEY"),  # the names of the first SDKs for Java and Go
    *("AWS_ACCOUNT_ID", "AWS_CREDENTIAL_SCOPE"),  # of the exported session
    *("AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"),  # `aws configure export-credentials`; aws-vault
    # a profile in the files
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),  # the latter is botocore's alone, and wins there
    # a role that the SDK would assume with a token file
    *("AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    # boto 2's and the first EC2 tools' key file, before the container in botocore's chain
    "AWS_CREDENTIAL_FILE",
    # another door; the relative address wins over the full one, the token's file over the token
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
)

_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_LOOPBACK = ("127.0.0.1", "localhost")


def child_environment(
    inherited: Mapping[str, str], *, handed: Mapping[str, str], region: str | None = None, explicit_region: bool = False
) -> dict[str, str]:
    """The environment for a child: what was inherited, without any credentials, with what it is handed.

    Args:
        inherited: the environment of whoever starts the child.
        handed: the channel's variables; they are set last.
        region: the Region in force for the child, or None where nobody named one.
        explicit_region: it was asked for by name and beats variables that are there already.
    """
    child = {name: value for name, value in inherited.items() if name.upper() not in CREDENTIAL_VARIABLES}
    child.update(_region_variables(child, region, explicit=explicit_region))
    child.update(_around_the_proxy(child))
    child.update(handed)
    return child


def credential_variables_in(environment: Mapping[str, str]) -> list[str]:
    """The names, never the values, of what :func:`child_environment` takes out."""
    return sorted(name for name in environment if name.upper() in CREDENTIAL_VARIABLES)


def container_variables(url: str, token: str, token_file: Path) -> dict[str, str]:
    """What makes every SDK ask a container endpoint.

    The token is handed over in both forms: object_store (obstore, polars, deltalake) reads only the file, and SDKs from
    before EKS Pod Identity (2023) only the variable.

    Args:
        url: the door's address.
        token: what opens it; a secret.
        token_file: a file of mode 0600 that holds the token and no newline, which botocore refuses in a header.
    """
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token_file),
    }


def copied_variables(credentials: Credentials) -> dict[str, str]:
    """A session as variables: a copy, which nothing renews."""
    copied = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
    }
    if credentials.session_token:
        copied["AWS_SESSION_TOKEN"] = credentials.session_token
    if credentials.account_id:
        copied["AWS_ACCOUNT_ID"] = credentials.account_id
    return copied


def region_in_force(environment: Mapping[str, str], profile_region: str | None) -> str | None:
    """The Region that the environment names, else the profile's, else None.

    ``AWS_REGION`` before ``AWS_DEFAULT_REGION``, as the AWS CLI v2 and every SDK but boto3 have it.
    """
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or profile_region or None


def _region_variables(child: Mapping[str, str], region: str | None, *, explicit: bool) -> dict[str, str]:
    """Both names: boto3 and the AWS CLI v1 read only ``AWS_DEFAULT_REGION``, the other SDKs only ``AWS_REGION``.

    Two that are set and differ stay so, unless a Region was asked for by name: somebody meant it.
    """
    if not region:
        return {}
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    return {name: region for name in names if explicit or not child.get(name)}


def _around_the_proxy(child: Mapping[str, str]) -> dict[str, str]:
    """``no_proxy`` with loopback in it, where a proxy is set: the proxy could not reach the door, and must not see it.

    botocore asks the door without a proxy whatever is set (``ContainerMetadataFetcher`` makes its HTTP session with
    none), Go never uses one for loopback and Java's provider opens its connection with ``Proxy.NO_PROXY``; reqwest
    (object_store), curl, PHP and .NET, and Node.js under ``NODE_USE_ENV_PROXY``, do as the variables say.
    """
    if not any(child.get(name) for name in _PROXY_VARIABLES):
        return {}
    around = {}
    for name, other in (("no_proxy", "NO_PROXY"), ("NO_PROXY", "no_proxy")):
        # A list under one name only is given to both: whoever prefers the other name must not lose it.
        listed = child.get(name) or child.get(other) or ""
        if listed.strip() != "*":
            there = {host.strip() for host in listed.split(",")}
            around[name] = ",".join(filter(None, [listed, *(host for host in _LOOPBACK if host not in there)]))
    return around
