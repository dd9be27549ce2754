"""From whatever went wrong on the way to a session, to one error of ours: what happened, why, and what to do next.

This is the only place where botocore's exceptions are understood (by class name, since old versions lack some);
``refusals.py`` beside it has the codes with which AWS answers.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.engine.errors import (
    ConfigurationError,
    InternalError,
    PersonNeeded,
    RenewalRefused,
    SourceUnavailable,
    UnexpiredError,
)
from unexpired.sources.aws.redaction import shown
from unexpired.sources.aws.shared_config import unknown_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unexpired.engine.credentials import Credentials
    from unexpired.sources.aws.lookup import Lookup

# What a kind's credentials are asked of, in a sentence; and the cause when that cannot be reached.
_ISSUERS = {
    "sso": ("IAM Identity Center", "sts-unreachable"),
    "login": ("the sign-in service", "sts-unreachable"),
    "process": ("the credential_process", "process-without-expiration"),
    "container": ("the container's credentials endpoint", "metadata-stale"),
    "instance": ("the instance metadata service", "metadata-stale"),
}


_ENDPOINTS = ("container", "instance")
# Those whose answers botocore and we take apart, and what that raises where something is missing or no time.
_OVER_HTTP = ("assume_role", "web_identity", "github_actions", "session_token", "sso", "login", "sts")
_OF_ANOTHER_FORM = (LookupError, TypeError, ValueError, AttributeError)
# botocore's own words for an answer that has lapsed; for an address that a token must not be sent to, and for a token
# that is none.
_LAPSED = "refreshed credentials are still expired"
_MISCONFIGURED_ENDPOINT = ("Unsupported host", "Auth token value", "Invalid IMDS endpoint")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was being tried when it failed.

    Attributes:
        kind: the source, for the error's ``link``.
        lookup: whose credentials.
        role_arn: the role, where one was to be assumed.
        used: the credentials that signed the call, where one was signed; only their shape is looked at.
    """

    kind: str
    lookup: Lookup
    role_arn: str | None = None
    used: Credentials | None = None

    @property
    def what(self) -> str:
        """The first sentence of the error."""
        whose = f" for the profile {self.lookup.profile_name!r}" if self.lookup.profile_shown else ""
        if self.role_arn:
            return f"The role {self.role_arn} could not be assumed{whose}"
        if self.kind == "sts":
            of_whom = f"the credentials of the profile {self.lookup.profile_name!r}" if whose else "these credentials"
            return f"STS did not say whose {of_whom} are"
        return f"The {self.kind} source gave no session{whose}"

    @property
    def issuer(self) -> str:
        """Who was asked."""
        return _ISSUERS.get(self.kind, ("STS", ""))[0]


@contextmanager
def explaining(attempt: Attempt) -> Iterator[None]:
    """Whatever is raised inside is raised as one of our errors, ``from`` it.

    Ours go through as they are: raised from itself, an error would be its own cause, and the chain have no end.

    Args:
        attempt: what is being tried inside.
    """
    try:
        yield
    except UnexpiredError:
        raise
    except Exception as error:
        raise explained(error, attempt) from error


def explained(error: Exception, attempt: Attempt) -> UnexpiredError:
    """What an error means; see :func:`explaining` for raising it.

    Args:
        error: from botocore, the network, the operating system, or ours (which is handed back as it is).
        attempt: what was being tried.
    """
    if isinstance(error, UnexpiredError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    if "ClientError" in names:
        from unexpired.sources.aws.refusals import refused

        return refused(error, attempt)
    for explain in (_unreachable, _sign_in, _configuration, _local, _answer):
        explanation = explain(error, names, attempt)
        if explanation is not None:
            return explanation
    # The class alone: the message of an exception that nobody expected may quote what it was given.
    return InternalError(
        attempt.what, why=f"{type(error).__name__} was not expected here", next_steps="report it", link=attempt.kind
    )


def _unreachable(error: Exception, names: set[str], attempt: Attempt) -> UnexpiredError | None:
    """The network, and answers that are no answers."""
    address = str(getattr(error, "kwargs", {}).get("endpoint_url") or "").split("?")[0]
    at = f" at {address}" if address else ""
    proxy = "look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY: a proxy may stand between"
    steps: tuple[str, ...]
    if "ProxyConnectionError" in names:
        why, steps = "the proxy cannot be reached", (proxy,)
    elif "SSLError" in names:
        why = f"the TLS connection{at} failed: {shown(getattr(error, 'kwargs', {}).get('error', 'no reason given'))}"
        steps = ("set AWS_CA_BUNDLE to the certificates of your network, if it has its own",)
    elif "ConnectTimeoutError" in names or "EndpointConnectionError" in names:
        why = f"no connection{at}: {'it timed out' if 'ConnectTimeoutError' in names else _reason(error)}"
        steps = (f"try it: curl -sS {address or 'https://sts.amazonaws.com'}", proxy)
    elif "ReadTimeoutError" in names:
        why, steps = f"no answer{at} in time", (f"try it: curl -sS {address or 'https://sts.amazonaws.com'}", proxy)
    elif "ResponseParserError" in names:
        return not_the_issuer(attempt)
    elif names & {"HTTPClientError", "ConnectionError", "MetadataRetrievalError", "IncompleteReadError"}:
        why, steps = shown(_reason(error)), (proxy,)
    else:
        return None
    cause = _ISSUERS.get(attempt.kind, ("", "sts-unreachable"))[1]
    return SourceUnavailable(
        attempt.what, why=f"{attempt.issuer}: {why}", next_steps=steps, cause=cause, link=attempt.kind
    )


def not_the_issuer(attempt: Attempt) -> SourceUnavailable:
    """Something answered, but not who was asked: HTML, an empty page, another service's JSON."""
    return SourceUnavailable(
        attempt.what,
        why=f"what answered is not {attempt.issuer}: no answer of AWS's looks like it (a proxy's or a login page?)",
        next_steps=(
            "look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
            "look at AWS_ENDPOINT_URL, and at endpoint_url in the config file",
        ),
        cause=_ISSUERS.get(attempt.kind, ("", "sts-unreachable"))[1],
        link=attempt.kind,
    )


def _sign_in(error: Exception, names: set[str], attempt: Attempt) -> UnexpiredError | None:
    """Sign-ins that have lapsed, or were never made."""
    if names & {"UnauthorizedSSOTokenError", "SSOTokenLoadError", "SSOError", "TokenRetrievalError"}:
        command = attempt.lookup.command("aws sso login")
        never = "SSOTokenLoadError" in names
        return PersonNeeded(
            "You are not signed in to IAM Identity Center" if never else "The IAM Identity Center sign-in has lapsed",
            why=shown(error),
            next_steps=command,
            cause="sso-session-expired",
            link="sso",
        )
    if "LoginInsufficientPermissions" in names:
        return RenewalRefused(
            attempt.what, why=shown(error), next_steps="allow signin:CreateOAuth2Token", link=attempt.kind
        )
    if "LoginError" in names:
        return PersonNeeded(
            "The sign-in of `aws login` has lapsed or is gone",
            why=shown(error),
            next_steps=attempt.lookup.command("aws login"),
            cause="login-session-expired",
            link="login",
        )
    if names & {"RefreshWithMFAUnsupportedError"}:
        return PersonNeeded(attempt.what, why=shown(error), cause="mfa-cannot-renew", link=attempt.kind)
    return None


def _configuration(error: Exception, names: set[str], attempt: Attempt) -> UnexpiredError | None:
    """What the files, the environment or the caller said."""
    if "ProfileNotFound" in names:
        config = attempt.lookup.config
        name = str(getattr(error, "kwargs", {}).get("profile"))
        return unknown_profile(name, tuple(config.profiles), (config.config_file, config.credentials_file))
    causes = {
        "PartialCredentialsError": "partial-credentials",
        "NoCredentialsError": "no-credentials",
        "MissingDependencyException": "sdk-too-old",
        "UnknownCredentialError": "sdk-too-old",
    }
    for name, cause in causes.items():
        if name in names:
            step = "pip install 'botocore[crt]'" if name == "MissingDependencyException" else "unexpired doctor"
            return ConfigurationError(attempt.what, why=shown(error), next_steps=step, cause=cause, link=attempt.kind)
    understood = {
        "ConfigParseError",
        "InvalidConfigError",
        "NoRegionError",
        "InvalidRegionError",
        "ParamValidationError",
        "InvalidRetryConfigurationError",
        "InvalidSTSRegionalEndpointsConfigError",
        "InvalidProxiesConfigError",
        "InvalidEndpointConfigurationError",
        "EndpointProviderError",
        "BaseEndpointResolverError",
        "InvalidDefaultsMode",
        "UnknownRegionError",
        "InvalidIMDSEndpointError",
        "InvalidIMDSEndpointModeError",
    }
    if names & understood or (isinstance(error, ValueError) and "endpoint" in str(error).lower()):
        why = "the file cannot be understood" if "ConfigParseError" in names else shown(error)
        next_steps = "unexpired doctor"
        if "NoRegionError" in names:
            profile = attempt.lookup.profile_shown
            where = f"a region line in the profile {profile!r}" if profile else "AWS_DEFAULT_REGION"
            next_steps = f"name one: --region us-east-1, or {where}"
        return ConfigurationError(attempt.what, why=why, next_steps=next_steps, link=attempt.kind)
    return None


def _local(error: Exception, names: set[str], attempt: Attempt) -> UnexpiredError | None:
    """The machine itself: files, processes, endpoints beside us."""
    if "CredentialRetrievalError" in names:
        said = shown(getattr(error, "kwargs", {}).get("error_msg", error))
        cause = _ISSUERS.get(attempt.kind, ("", None))[1]
        return SourceUnavailable(
            attempt.what,
            why=f"{attempt.issuer} said: {said}" if said else f"{attempt.issuer} gave no reason",
            next_steps="unexpired doctor",
            cause=cause,
            link=attempt.kind,
        )
    if attempt.kind in _ENDPOINTS and any(words in str(error) for words in _MISCONFIGURED_ENDPOINT):
        return ConfigurationError(attempt.what, why=shown(error), next_steps="unexpired doctor", link=attempt.kind)
    if attempt.kind == "environment" and isinstance(error, ValueError):
        return ConfigurationError(
            attempt.what,
            why="AWS_CREDENTIAL_EXPIRATION is no time",
            next_steps=("unset AWS_CREDENTIAL_EXPIRATION", "or write it like 2026-11-21T18:00:00Z"),
            link=attempt.kind,
        )
    if isinstance(error, OSError):
        return ConfigurationError(
            attempt.what, why=f"{_path(error)}{error.strerror or type(error).__name__}", link=attempt.kind
        )
    return None


def _answer(error: Exception, _names: set[str], attempt: Attempt) -> UnexpiredError | None:
    """An answer that cannot be used: lapsed on its way, or of another form than botocore takes for granted."""
    if isinstance(error, RuntimeError) and _LAPSED in str(error):
        return SourceUnavailable(
            attempt.what,
            why=f"what {attempt.issuer} gave had ended before it came",
            next_steps="compare the clock with `date -u`",
            cause=_ISSUERS.get(attempt.kind, ("", "sts-unreachable"))[1],
            link=attempt.kind,
        )
    if attempt.kind in _ENDPOINTS and isinstance(error, _OF_ANOTHER_FORM):
        missing = (
            f"it has no {shown(error.args[0])}" if isinstance(error, KeyError) and error.args else "of another form"
        )
        return SourceUnavailable(
            attempt.what,
            why=f"the answer of {attempt.issuer} cannot be used: {missing}",
            next_steps="look at what serves it: every SDK needs AccessKeyId, SecretAccessKey, Token and Expiration",
            cause=_ISSUERS[attempt.kind][1],
            link=attempt.kind,
        )
    if attempt.kind in _OVER_HTTP and isinstance(error, _OF_ANOTHER_FORM):
        return not_the_issuer(attempt)
    return None


def _path(error: OSError) -> str:
    return f"{error.filename}: " if error.filename else ""


def _reason(error: Exception) -> str:
    """The innermost words: ``Connection refused``, ``Name or service not known``."""
    inner: object = getattr(error, "kwargs", {}).get("error", error)
    while isinstance(inner, BaseException):
        reason = getattr(inner, "reason", None) or getattr(inner, "strerror", None) or inner.__cause__
        if reason is None or reason is inner:
            break
        inner = reason
    return shown(inner).rsplit(": ", 1)[-1]
