"""botocore's chain of providers, put together from the files of ``sources/``.

The order is that of ``botocore.credentials.create_credential_resolver``, checked against it by a test. Each file says
at which positions it is asked:

====  ====================================================================================
  10  environment            only where nobody named a profile
  20  assume_role            a section with ``role_arn``
  30  web_identity           ``AWS_WEB_IDENTITY_TOKEN_FILE``, or a section that names a token file
  35  github_actions         ``AWS_ROLE_ARN`` in a job with OIDC tokens; not botocore's
  40  sso                    a section with ``sso_account_id`` or ``sso_role_name``
  50  static_profile         keys in the credentials file
  60  login                  a section with ``login_session``
  70  process                a section with ``credential_process``
  80  static_profile         keys in the config file
  90  container              the ECS and EKS variables; not for a role's source profile
 100  instance               the metadata service; not for a role's source profile
====  ====================================================================================

Left out are botocore's two oldest, boto 2's file and ``AWS_CREDENTIAL_FILE``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from unexpired import sources
from unexpired.engine.errors import ConfigurationError
from unexpired.sources.aws.lookup import Lookup
from unexpired.sources.aws.plan import PlannedSource

if TYPE_CHECKING:
    from types import ModuleType

Finder = Callable[[Lookup], PlannedSource | None]


def kinds() -> tuple[str, ...]:
    """The names of the files in ``sources/``, in alphabetical order."""
    modules = iter_modules(sources.__path__)
    return tuple(sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_")))


@cache
def finders() -> tuple[tuple[int, str, Finder], ...]:
    """The chain: (position, kind, finder), in the order in which they are asked."""
    modules: dict[str, ModuleType] = {kind: import_module(f"unexpired.sources.{kind}") for kind in kinds()}
    return tuple(
        sorted(
            (position, kind, finder)
            for kind, module in modules.items()
            for position, finder in module.CHAIN.items()  # a file without it is not finished: let it be seen
        )
    )


def first(lookup: Lookup) -> PlannedSource | None:
    """The source that makes a profile's sessions: the first of the chain that has anything to offer.

    Raises:
        ConfigurationError: what that one is told does not exist or makes no sense.
    """
    for _, _, finder in finders():
        source = finder(lookup)
        if source is not None:
            return source
    return None


def nothing_found(lookup: Lookup) -> ConfigurationError:
    """What a person is told when no source has anything to offer."""
    half = [name for name in ("aws_secret_access_key", "aws_session_token") if name in lookup.section]
    named = f"profile {lookup.profile_name!r}"
    where = {"default": "This environment", "profile": f"The {named}", "source_profile": f"The source {named}"}[
        lookup.scope
    ]
    why = "no variable, no section of the shared files and no metadata service offers any"
    if half:
        why = f"it has {half[0]}, but no aws_access_key_id"
    return ConfigurationError(
        f"{where} has no credentials",
        why=why,
        next_steps=("see what was looked at: unexpired doctor", "configure some: aws configure sso, or aws configure"),
        cause="partial-credentials" if half else "no-credentials",
    )
