"""An MFA device: a person who reads it, or a program that knows its seed.

``mfa_process`` in a profile names such a program (aws-vault's word for it: ``op item get AWS --otp``, ``oathtool …``);
it prints the six digits, and makes a role that wants MFA one that renews with nobody present.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unexpired.engine.errors import PersonNeeded, SourceUnavailable
from unexpired.engine.horizon import Link
from unexpired.sources.aws.program import arguments_of, run
from unexpired.sources.aws.redaction import shown

if TYPE_CHECKING:
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.outlook import Outlook

# "TokenCode … Length Constraints: Fixed length of 6. Pattern: [\d]*" (STS API Reference, AssumeRole).
_CODE = re.compile(rb"\d{6}")
_PROGRAM_SECONDS = 60.0


@dataclass(frozen=True)
class MfaDevice:
    """A device and how its code is come by.

    Attributes:
        serial: its ARN, or a hardware device's number.
        process: the program that prints the code; None to ask a person.
    """

    serial: str
    process: str | None = field(default=None, repr=False)

    def code(self, what_for: str, prompter: Prompter | None, *, link: str) -> str:
        """The code that it shows now.

        Args:
            what_for: what a person is told it is for (a role's ARN).
            prompter: the person; None in the background.
            link: the source, for the errors.

        Raises:
            PersonNeeded: nobody is there, and there is no program.
            SourceUnavailable, ConfigurationError: the program gave none.
        """
        if self.process is not None:
            return self._printed(link, interactive=prompter is not None)
        if prompter is None:
            raise PersonNeeded(
                f"An MFA code is needed for {what_for}",
                why=f"{self.serial} shows it to a person, and nobody is here to be asked",
                next_steps=(
                    "run it in a terminal",
                    "or name a program in the profile that prints the code: mfa_process = …",
                    "or use a profile that renews without a person (SSO, no MFA)",
                ),
                cause="mfa-cannot-renew",
                link=link,
            )
        return prompter.ask(f"MFA code of {self.serial} for {what_for}: ").strip()

    def _printed(self, link: str, *, interactive: bool) -> str:
        assert self.process is not None  # noqa: S101 - the caller's condition, told to the type checker
        what = f"mfa_process of {self.serial}"
        output = run(
            arguments_of(self.process, what=what),
            what=what,
            link=link,
            interactive=interactive,
            seconds=_PROGRAM_SECONDS,
        )
        text = output.stdout.strip()
        if output.status != 0 or not _CODE.fullmatch(text):
            said = shown(output.stderr.decode(errors="replace")) or "nothing"
            raise SourceUnavailable(
                f"The {what} gave no MFA code",
                why=f"status {output.status}; it said: {said}" if output.status else "it printed no six digits",
                next_steps="run it by hand, and look at what it prints",
                cause="mfa-cannot-renew",
                link=link,
            )
        return text.decode()


def mfa_link(
    device: MfaDevice | None, key: str, outlook: Outlook, lookup: Lookup, *, profile: str | None
) -> tuple[Link, ...]:
    """How long a chain goes on that needs the device: until the session in hand ends, or for ever with a program.

    Args:
        device: None for a chain without one.
        key: of the source whose session was made with a code.
        outlook: knows what is kept.
        lookup: whose command to show.
        profile: that names the device.
    """
    if device is None:
        return ()
    if device.process is not None:
        return (Link("mfa", None, why="a program gives the codes (mfa_process)", profile=profile),)
    kept = outlook.kept(key)
    until = kept.expires_at if kept is not None else None
    why = f"the session in hand was made with a code of {device.serial}, and the next one needs another"
    if until is None or until <= outlook.now:
        until, why = outlook.now, f"a person must type a code of {device.serial} first"
    extend = (lookup.command("unexpired exec"), "or use a sign-in that renews itself: aws configure sso")
    return (Link("mfa", until, "mfa-cannot-renew", why, extend, profile=profile),)
