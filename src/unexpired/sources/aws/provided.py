"""Credentials by one of botocore's own providers, asked anew each time.

A new ``botocore.session.Session`` for each fetch, the one provider that is meant, ``load()``, freeze, and only then the
expiry: botocore's refreshable objects keep what they fetched and would hand the same keys back after a service has
refused them, and a deferred object knows no expiry before it is frozen. A new session also reads the files again, so
that what another program rotated is taken up.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, parse_timestamp
from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.botocore_needed import too_old
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.sign_in_cache import SignInCache, login_cache_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sources.aws.lookup import Lookup

# botocore waits 60 s for a connection and 60 s for an answer, three times over. Whoever renews behind everybody's back
# may try again soon, so be told sooner; STS answers within a second.
CONNECT_SECONDS = 5
READ_SECONDS = 15

# botocore's METHODs, by our names for them. ``static_profile`` has two; see there.
_METHODS: Mapping[str, str] = {
    "environment": "env",
    "login": "login",
    "container": "container-role",
}
# These ask at once. What is asked again is asked in vain: within 15 minutes of the end, freezing would fetch a second
# time, and raise where the answer has lapsed, which the engine says better.
_ASK_AT_ONCE = ("environment", "container")
_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - a variable's name


def botocore_session(lookup: Lookup) -> Any:
    """A new botocore session that sees the files, the profile and the Region of a lookup, and answers soon."""
    from botocore.config import Config
    from botocore.session import Session

    session = Session(profile=lookup.session_profile)
    session.set_config_variable("config_file", lookup.config.config_file)
    session.set_config_variable("credentials_file", lookup.config.credentials_file)
    if lookup.region_name is not None:
        session.set_config_variable("region", lookup.region_name)
    session.register_component("data_loader", _service_models(session.get_config_variable("data_path")))
    # The package's face names the channels, which are above us: its version is taken without importing it.
    session.user_agent_extra = f"unexpired/{sys.modules['unexpired'].__version__}"
    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
    session.set_default_client_config(config.merge(lookup.client_config) if lookup.client_config else config)
    return session


@lru_cache(maxsize=4)
def _service_models(data_path: str | None) -> Any:
    """The loader of botocore's own data files, one a process: the only part of a session that cannot grow old.

    Parsing them is two thirds of what a fetch computes, in pieces that hold the interpreter for 10 to 20 ms each, which
    every other thread's request would wait for.
    """
    from botocore.loaders import create_loader

    return create_loader(data_path)


def fetched(
    lookup: Lookup, kind: str, *, gone: str, next_steps: tuple[str, ...] | str = (), method: str | None = None
) -> Credentials:
    """What botocore's provider of one kind has for this profile now: the ``fetch`` of most sources.

    Args:
        lookup: whose.
        kind: the source's name.
        gone: what to say when it has nothing, although it was chosen because it had.
        next_steps: what to do then.
        method: see :func:`provided`.

    Raises:
        UnexpiredError: see ``failures.py``.
    """
    with explaining(Attempt(kind, lookup)):
        found = provided(lookup, kind, method=method)
    if found is None:
        raise ConfigurationError(gone, next_steps=next_steps, cause="no-credentials", link=kind)
    return found


def provided(lookup: Lookup, kind: str, *, method: str | None = None) -> Credentials | None:
    """What botocore's provider of one kind has for this profile now; None when it has nothing.

    Args:
        lookup: whose.
        kind: the source's name; stands on the credentials.
        method: botocore's name for the provider, where the kind alone does not say.

    Raises:
        Exception: whatever botocore raises; see ``failures.py``.
    """
    loaded = _provider(lookup, kind, method or _METHODS[kind]).load()
    if loaded is None:
        return None
    frozen = getattr(loaded, "_frozen_credentials", None) if kind in _ASK_AT_ONCE else None
    frozen = frozen or loaded.get_frozen_credentials()
    expiry = getattr(loaded, "_expiry_time", None)  # private, but no public name says when a session ends
    return Credentials(
        frozen.access_key,
        frozen.secret_key,
        frozen.token or None,
        None if expiry is None else parse_timestamp(expiry),
        account_id=getattr(frozen, "account_id", None),  # since botocore 1.35
        source=kind,
    )


def _provider(lookup: Lookup, kind: str, method: str) -> Any:
    from botocore import credentials

    # These need no session, and a session is half of what a role's renewal computes.
    if kind == "environment":
        return credentials.EnvProvider(environ=lookup.environ)
    if kind == "container":
        by_file = _TOKEN_FILE in lookup.environ and "AWS_CONTAINER_AUTHORIZATION_TOKEN" not in lookup.environ
        if by_file and not hasattr(credentials.ContainerProvider, "ENV_VAR_AUTH_TOKEN_FILE"):
            raise too_old(f"{_TOKEN_FILE} (EKS Pod Identity)", since="1.32", link=kind)
        return credentials.ContainerProvider(environ=lookup.environ)
    if method == credentials.SharedCredentialProvider.METHOD:
        return credentials.SharedCredentialProvider(lookup.config.credentials_file, lookup.profile_name)
    if method == credentials.ConfigProvider.METHOD:
        return credentials.ConfigProvider(lookup.config.config_file, lookup.profile_name)
    session = botocore_session(lookup)
    # The builder that botocore's own role provider uses for source profiles: any section, this session's settings.
    caches: dict[str, Any] = {}
    if kind == "login" and hasattr(credentials, "LoginProvider"):  # since botocore 1.41
        caches["login_token_cache"] = SignInCache(login_cache_directory(lookup.environ))
    builder = credentials.ProfileProviderBuilder(session, region_name=lookup.region_name, **caches)
    for provider in builder.providers(profile_name=lookup.profile_name, disable_env_vars=True):
        if method == provider.METHOD:
            return provider
    # `login` is the only one that came after our lower bound.
    raise too_old(f"the {kind} sign-in that {lookup.profile_name!r} needs", since="1.41", link=kind, extra="login")
