"""Turns a secret into a `Sealed` at the moment it is read, and decides what may be shown in the clear.

Whatever is not known to be harmless is sealed: somebody has pasted a secret behind every key there is.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from typing import TYPE_CHECKING

from unexpired.causes._files import Sealed
from unexpired.engine.credentials import masked
from unexpired_start import asked_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.causes._evidence import KeyKind

_KEY = os.urandom(16)  # digests are compared within one examination only, and say nothing to anybody else
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_SHOWN = 200
# What stands for ``credential_process = unexpired credential-process --profile P``, before P.
OUR_PROCESS = "unexpired credential-process --profile "
_OURS = ("unexpired", "unexpired.exe")
# Secret access keys and session tokens are base64, of either alphabet.
_ODD = re.compile(r"[^A-Za-z0-9+/=_-]")

# Settings of the shared files whose values are shown. AWS SDKs and Tools Reference Guide, "Settings reference".
PLAIN_SETTINGS = frozenset(
    {
        *("role_arn", "source_profile", "credential_source", "mfa_serial", "external_id", "role_session_name"),
        *("duration_seconds", "web_identity_token_file", "login_session", "aws_account_id", "region", "output"),
        *("sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "sso_session"),
        *("sso_registration_scopes", "services", "ca_bundle", "sts_regional_endpoints", "defaults_mode", "retry_mode"),
        *("max_attempts", "ec2_metadata_v1_disabled", "ec2_metadata_service_endpoint_mode"),
        *("metadata_service_timeout", "metadata_service_num_attempts"),
        *("x_security_token_expires", "expiration", "aws_expiration", "aws_session_expiration"),
        *("aws_session_token_expiration", "aws_credential_expiration", "x_principal_arn"),
    }
)
PLAIN_VARIABLES = frozenset(
    {
        *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION"),
        *("AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        *("AWS_EC2_METADATA_DISABLED", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWSUME_EXPIRATION"),
        *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ACCOUNT_ID"),
        *("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_LOGIN_CACHE_DIRECTORY", "AWS_CREDENTIAL_FILE", "BOTO_CONFIG"),
        *("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_STS_REGIONAL_ENDPOINTS"),
        *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_EC2_METADATA_V1_DISABLED", "AWS_CA_BUNDLE"),
        *("AWS_VAULT", "AWS_SDK_LOAD_CONFIG", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "NO_PROXY", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "HOME", "USERPROFILE", "CI", "GITHUB_ACTIONS"),
        *("GITLAB_CI", "CODEBUILD_BUILD_ID", "JENKINS_URL", "BUILDKITE", "TF_BUILD", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    }
)
SECRET_VARIABLES = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
)
_USER_IN_URL = re.compile(r"(?<=//)[^/@]*@")
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)


def seal(text: str) -> Sealed:
    """A secret's stand-in."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=_KEY, digest_size=16).digest()
    return Sealed(digest, len(text), odd=_ODD.search(text) is not None)


def sealed_setting(key: str, value: str) -> tuple[str, Sealed | None]:
    """What of a setting's value may be kept, and the seal of the rest."""
    if key in PLAIN_SETTINGS or not value:
        first, more, _ = value.partition("\n")
        # An indented line below belongs to the value, and may well be the secret that was meant as a setting.
        return (f"{first}\n<sealed>", seal(value)) if more else (value, None)
    if key == "aws_access_key_id":
        return masked(value), seal(value)
    if key == "credential_process":
        return _program(value), seal(value)
    if key == "endpoint_url":
        return plain_address(value.partition("\n")[0]), seal(value)
    return "", seal(value)


def plain_address(address: str) -> str:
    """An address without what could be a secret in it: user, query and fragment."""
    return _USER_IN_URL.sub("", _AFTER_PATH.sub("", address))


def sealed_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that decide about credentials, with ``<sealed>`` in the place of secrets."""
    kept = {
        name: plain_address(value) if "://" in value else value
        for name, value in environ.items()
        if name in PLAIN_VARIABLES
    }
    kept.update({name: "<sealed>" if environ[name] else "" for name in SECRET_VARIABLES if name in environ})
    if "AWS_ACCESS_KEY_ID" in environ:
        key_id = environ["AWS_ACCESS_KEY_ID"]
        kept["AWS_ACCESS_KEY_ID"] = masked(key_id) if key_id else ""
    return kept


def kind_of(key_id: str) -> KeyKind:
    """What an access key id's prefix says."""
    return "session" if key_id.startswith("ASIA") else "long-term" if key_id.startswith("AKIA") else "unknown"


def shown(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """A name out of somebody's file, safe for a terminal: no control characters, and at most so many others."""
    text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _program(command: str) -> str:
    """The program of a ``credential_process``, without its arguments; "" where it cannot be split into words.

    Of our own command the profile is kept too, since it says where the credentials come from.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    program = words[0].replace("\\", "/").rpartition("/")[2] if words else ""
    profile = asked_for(words[1:]) if program.lower() in _OURS else None
    return f"{OUR_PROCESS}{profile}" if profile else program
