"""A session of a user's own long-term key, with their MFA device: ``GetSessionToken``.

For keys that may do nothing (or little) without MFA. The session lasts up to 36 hours, so that a code is asked for once
a day; a role assumed with it is not chained.

STS API Reference, "GetSessionToken": https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html

Renews: a session is made anew with the long-term key.
Ends: nothing; with an MFA device and no ``mfa_process``, the session in hand.
Extend: ``mfa_process`` in the profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.failures import Attempt, explaining
from unexpired.sources.aws.mfa import MfaDevice, mfa_link
from unexpired.sources.aws.plan import PlannedSource, Step
from unexpired.sources.aws.sts import sts_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

# "The default is 43,200 seconds (12 hours)" for a user.
DEFAULT_SECONDS = 43_200


class SessionToken:
    """A user's session.

    Args:
        base: where the user's long-term key is.
        device: the MFA device; None for a session without, which may do what the key may, except for most of IAM.
        duration_seconds: 900 to 129,600; None for STS's twelve hours.
        lookup: whose Region, endpoint and proxy settings the call has.
    """

    name = "session_token"
    shareable = True

    def __init__(
        self, base: PlannedSource, device: MfaDevice | None, duration_seconds: int | None, lookup: Lookup
    ) -> None:
        self.base, self.device, self.duration_seconds, self.lookup = base, device, duration_seconds, lookup

    @property
    def key(self) -> str:
        """The key id, the device, the duration, and which STS."""
        serial = self.device.serial if self.device else None
        return digest(
            self.name, base=self.base.key, mfa=serial, seconds=self.duration_seconds, sts=self.lookup.sts_inputs()
        )

    def plan(self) -> tuple[Step, ...]:
        """The key's step, and this one."""
        step = Step(
            self.name,
            profile=self.lookup.profile_shown,
            mfa_serial=self.device.serial if self.device else None,
            duration_seconds=self.duration_seconds or DEFAULT_SECONDS,
        )
        return (*self.base.plan(), step)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The key's; the person who types a code, if one must; and the session, which is made anew."""
        seconds = self.duration_seconds or DEFAULT_SECONDS
        device = mfa_link(self.device, self.key, outlook, self.lookup, profile=self.lookup.profile_shown)
        link = Link(self.name, None, why="made anew with the key", session_seconds=seconds)
        return (*self.base.links(outlook), *device, link)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """A new session of the user.

        Args:
            prompter: asks for the MFA code.

        Raises:
            PersonNeeded: a code is needed and nobody is there.
            RenewalRefused, SourceUnavailable, ConfigurationError: see the error's cause.
        """
        base = self.base.fetch(prompter)
        parameters = self._parameters(prompter)
        with explaining(Attempt(self.name, self.lookup, used=base)):
            return sts_call("get_session_token", parameters, self.lookup, signed_with=base, kind=self.name)

    def _parameters(self, prompter: Prompter | None) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.duration_seconds:
            given["DurationSeconds"] = self.duration_seconds
        if self.device is not None:
            given |= {
                "SerialNumber": self.device.serial,
                "TokenCode": self.device.code("a session of your own key", prompter, link=self.name),
            }
        return given


ABOUT = About(
    title="A user's own session",
    found="`serial_number` given for a user's key, and no role",
    renews="STS `GetSessionToken`, for twelve hours or as asked (up to 36)",
    ends="the session in hand, unless `mfa_process` prints the code",
    extend="`mfa_process = PROGRAM` in the profile",
)

# Never found by looking: asked for by naming an MFA device without a role.
CHAIN: Mapping[int, Any] = {}
