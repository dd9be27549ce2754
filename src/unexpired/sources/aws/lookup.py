"""Where one source is looked for: a profile's section, the environment, and the settings that reach STS."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sources.aws.shared_config import Section, SharedConfig

# What decides which endpoint answers, beside the region and the service (SDKs and Tools Reference Guide,
# "Service-specific endpoints" and "AWS STS Regional endpoints"). All of it enters a source's key: a global endpoint's
# token is no regional one's.
ENDPOINT_VARIABLES = (
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
ENDPOINT_SETTINGS = (
    "endpoint_url",
    "ignore_configured_endpoint_urls",
    "sts_regional_endpoints",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
)
# The same, said in a ``botocore.config.Config``.
_CLIENT_SETTINGS = ("ignore_configured_endpoint_urls", "use_fips_endpoint", "use_dualstack_endpoint")
_REGION_VARIABLE = "AWS_DEFAULT_REGION"

# ``default``: the whole chain. ``profile``: somebody named the profile, so the environment's keys are set aside.
# ``source_profile``: a role's base, for which botocore asks only what profiles can name.
Scope = Literal["default", "profile", "source_profile"]


@dataclass(frozen=True)
class Lookup:
    """One question: who makes the sessions of this profile?

    Attributes:
        config: both shared files.
        environ: the environment that names files, tokens and endpoints.
        profile_name: the section that is looked at; ``default`` where nobody named one.
        scope: see above.
        session_profile: the profile that a botocore session is made with; None where nobody named one, so that it goes
            by ``AWS_PROFILE`` itself.
        settings_profile: the profile whose region, endpoint, proxy and retry settings hold for every call: the one that
            was asked for, by name or by ``AWS_PROFILE``, also for the bases of its role.
        region_name, endpoint_url: given by the caller, ahead of any setting; ``endpoint_url`` is that of STS.
        client_config: a ``botocore.config.Config`` of the caller's; what it sets goes ahead of our time-outs.
        visited: the profiles on the way here, the first one first.
    """

    config: SharedConfig = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    profile_name: str = "default"
    scope: Scope = "default"
    session_profile: str | None = None
    settings_profile: str = "default"
    region_name: str | None = None
    endpoint_url: str | None = None
    client_config: Any = None
    visited: tuple[str, ...] = ()

    @property
    def section(self) -> Section:
        """The profile's settings from both files; empty when there is no such section."""
        return self.config.profiles.get(self.profile_name, {})

    @property
    def settings(self) -> Section:
        """The section whose Region, endpoint and retry settings hold; empty when there is none."""
        return self.config.profiles.get(self.settings_profile, {})

    @property
    def profile_shown(self) -> str | None:
        """The profile as a person would name it; None where there is none."""
        return self.profile_name if self.profile_name in self.config.profiles else None

    def for_source_profile(self, name: str) -> Lookup:
        """The same question about the base of this profile's role."""
        return replace(self, profile_name=name, scope="source_profile", visited=(*self.visited, self.profile_name))

    def command(self, command: str) -> str:
        """A command to show, with the looked-at profile where there is one: ``aws sso login --profile NAME``."""
        return f"{command} --profile {shlex.quote(self.profile_name)}" if self.profile_shown else command

    def sts_inputs(self) -> dict[str, Any]:
        """Everything that decides which STS answers, for a source's key."""
        named = self.region_name or self.environ.get(_REGION_VARIABLE) or self.settings.get("region")
        region = named or getattr(self.client_config, "region_name", None)
        return {**self.endpoint_inputs("sts"), **({"region": region} if region else {})}

    def endpoint_inputs(self, *services: str) -> dict[str, Any]:
        """Everything that decides at which endpoint a service of AWS's is asked, beside the Region.

        Args:
            services: as the config file's ``services`` section names them: ``sts``, ``sso``, ``sso_oidc``.
        """
        section = self.settings
        of_services = self.config.services.get(section.get("services", ""), {})
        variables = (*ENDPOINT_VARIABLES, *(f"AWS_ENDPOINT_URL_{service.upper()}" for service in services))
        found: dict[str, Any] = {"endpoint": self.endpoint_url}
        found |= {f"services {service}": of_services.get(service) for service in services}
        found |= {name: self.environ[name] for name in variables if name in self.environ}
        found |= {name: section[name] for name in ENDPOINT_SETTINGS if name in section}
        found |= {f"config {name}": getattr(self.client_config, name, None) for name in _CLIENT_SETTINGS}
        return {name: value for name, value in found.items() if value}
