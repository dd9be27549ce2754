"""A program of the user's that prints credentials: ``credential_process``.

We run it rather than botocore, which waits for ever, keeps whatever it prints, and raises a ``JSONDecodeError`` where
it printed something else.

SDKs and Tools Reference Guide, "Process credential provider":
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html

Renews: the program is run again when the ``Expiration`` that it printed comes near.
Ends: what the program itself needs, which cannot be seen from outside; unknown where it prints a session without
    ``Expiration``.
Extend: whatever the program needs; have it print ``Expiration``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from unexpired.engine.credentials import Credentials, masked, parse_timestamp
from unexpired.engine.errors import ConfigurationError, SourceUnavailable
from unexpired.engine.horizon import Link
from unexpired.sources.aws.about import About
from unexpired.sources.aws.chain import first
from unexpired.sources.aws.digest import digest
from unexpired.sources.aws.lookup import Lookup
from unexpired.sources.aws.plan import Step
from unexpired.sources.aws.program import Output, arguments_of, run
from unexpired.sources.aws.redaction import shown
from unexpired_start import asked_for

if TYPE_CHECKING:
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.outlook import Outlook
    from unexpired.sources.aws.plan import PlannedSource

# Never part of a key; the key id beside them is.
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
# "Version: … must be 1" (the page above).
_VERSION = 1


@dataclass(frozen=True)
class Process:
    """A profile's ``credential_process``."""

    command: str = field(repr=False)
    lookup: Lookup
    name = "process"
    shareable = True

    @property
    def key(self) -> str:
        """By command line, and by what of the surroundings decides what the program does."""
        environ = self.lookup.environ
        surroundings = {name: environ[name] for name in sorted(environ) if name.startswith("AWS_")}
        for secret in _SECRETS:
            surroundings.pop(secret, None)
        words = self.command.split()
        beside_us = bool(words) and os.path.dirname(words[0]) != "" and not os.path.isabs(words[0])  # noqa: PTH117, PTH120 - a word
        return digest(
            self.name,
            command=self.command,
            account_id=self.lookup.section.get("aws_account_id"),
            environment=surroundings or None,
            directory=os.getcwd() if beside_us else None,  # noqa: PTH109 - what a relative path starts from
        )

    def plan(self) -> tuple[Step, ...]:
        """One step; of the command line, only the program is shown."""
        words = self.command.split()
        return (Step(self.name, profile=self.lookup.profile_name, location=words[0] if words else "(blank)"),)

    def links(self, outlook: Outlook) -> tuple[Link, ...]:
        """The program is asked again at each ``Expiration``; what it needs itself cannot be seen from here."""
        given = outlook.asked(self) or outlook.kept(self.key)
        make = partial(Link, self.name, cause="process-without-expiration", profile=self.lookup.profile_name)
        if given is None:
            why = "only running the program tells whether it names an end (Expiration)"
            return (make(until="unknown", why=why, extend=(self.lookup.command("unexpired horizon"),)),)
        if given.expires_at is not None:
            why = "the program names an end and is asked again then; what it needs for that cannot be seen from here"
            return (make(until=None, why=why),)
        if given.session_token is None:
            return (make(until=None, why=f"the program gives a long-term key, {masked(given.access_key_id)}"),)
        why = "the program gives a session without naming its end (Expiration), so nobody asks for the next one"
        return (make(until="unknown", why=why, extend=("have the program print Expiration",)),)

    def fetch(self, prompter: Prompter | None = None) -> Credentials:
        """What the program prints now.

        Args:
            prompter: where somebody is there, the program may read the terminal.

        Raises:
            SourceUnavailable: it failed, took too long, or printed something else.
            ConfigurationError: it cannot be started.
        """
        what = f"credential_process of {self.lookup.profile_name!r}"
        arguments = arguments_of(self.command, what=what)
        output = run(arguments, what=what, link=self.name, interactive=prompter is not None)
        return printed(output, what=what, kind=self.name, account_id=self.lookup.section.get("aws_account_id"))


def printed(output: Output, *, what: str, kind: str, account_id: str | None = None) -> Credentials:
    """The credentials that a program printed in the form of ``credential_process``.

    Args:
        output: what it said.
        what: how messages call it.
        kind: the source's name.
        account_id: where the program does not say.

    Raises:
        SourceUnavailable: it failed, or what it printed is of another form.
    """

    def unusable(happened: str, why: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"The {what} {happened}",
            why=why,
            next_steps=(
                "run it by hand, and look at what it prints",
                (
                    'it must print {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …, '
                    '"Expiration": …}'
                ),
            ),
            cause="process-without-expiration",
            link=kind,
        )

    if output.status != 0:
        said = shown(output.stderr.decode(errors="replace"))
        ended = f"ended with status {output.status}" if output.status > 0 else f"was ended by signal {-output.status}"
        raise unusable(ended, f"it said: {said}" if said else "it gave no reason on standard error")
    try:
        body: Any = json.loads(output.stdout)
    except (ValueError, RecursionError):
        raise unusable("printed no JSON", f"its output has {len(output.stdout)} bytes of something else") from None
    if not isinstance(body, dict):
        raise unusable("printed JSON that is no object", f"it is a {type(body).__name__}")
    if body.get("Version") != _VERSION:
        raise unusable("printed no Version 1", f'"Version" is {shown(body.get("Version"))}')
    missing = [name for name in ("AccessKeyId", "SecretAccessKey") if not isinstance(body.get(name), str)]
    if missing:
        raise unusable(f"printed no {missing[0]}", "both halves of the key pair are needed")
    try:
        expiration = body.get("Expiration")
        return Credentials(
            body["AccessKeyId"],
            body["SecretAccessKey"],
            body.get("SessionToken") or None,
            None if expiration is None else parse_timestamp(expiration),
            account_id=body.get("AccountId") or account_id,
            source=kind,
        )
    except ValueError as error:
        raise unusable("printed an Expiration that is no time", shown(error)) from None
    except ConfigurationError as error:
        raise unusable("printed half a key pair", error.what) from None


def profile_behind(command: str) -> str | None:
    """The profile that our own ``unexpired credential-process --profile P`` asks for; None for every other program."""
    if "credential-process" not in command:
        return None
    try:
        words = arguments_of(command, what="credential_process")
    except ConfigurationError:
        return None
    return asked_for(words[1:]) if PurePath(words[0]).stem.lower() == "unexpired" else None


def find(lookup: Lookup) -> PlannedSource | None:
    """A section with ``credential_process``; where that is ours, what it would ask, without starting it.

    Raises:
        ConfigurationError: ours, and it leads back to a profile that it came from: one would start the other for ever.
    """
    command = lookup.section.get("credential_process")
    if command is None:
        return None
    name = profile_behind(command)
    seen = (*lookup.visited, lookup.profile_name)
    if name is None or name not in lookup.config.profiles:
        return Process(command, lookup)
    if name in seen:
        way = " → ".join((*seen, name))
        raise ConfigurationError(
            f"The credential_process of the profile {lookup.profile_name!r} asks for itself: {way}",
            why="each would start the next, and none has credentials of its own",
            next_steps=f"let one of them name a profile with credentials (edit {lookup.config.config_file})",
            cause="config-invalid",
            link="process",
        )
    # As the command itself would be asked, which hears nothing of what its caller was given.
    behind = Lookup(
        config=lookup.config,
        environ=lookup.environ,
        profile_name=name,
        scope="profile",
        session_profile=name,
        settings_profile=name,
        visited=seen,
    )
    return first(behind) or Process(command, lookup)


ABOUT = About(
    title="A program",
    found="a profile with `credential_process`",
    renews="running the program again before its `Expiration`; 100 s are waited for it",
    ends=("what the program needs itself; without `Expiration` it is run once, and again when the session is refused"),
    extend="have it print `Expiration`",
)

CHAIN = {70: find}
