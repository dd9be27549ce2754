"""One command, kept in credentials from its start to its end: what ``unexpired exec`` does.

In this order: credentials are fetched and proven, so that a refused role is told now and not an hour in; a private room
is made for cleaned files; the channel's door is opened; the command runs; renewing stops with it, and the room goes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unexpired.channels.child import located, run_child
from unexpired.channels.config_copies import (
    FROM_CONTAINER,
    FROM_DEFAULT,
    FROM_ENVIRONMENT,
    ConfigCopies,
    config_copies,
    written_sections,
)
from unexpired.channels.container import ContainerDoor
from unexpired.channels.environment import (
    child_environment,
    container_variables,
    copied_variables,
    region_in_force,
)
from unexpired.channels.file import CredentialsFile, file_section
from unexpired.channels.private_room import PrivateRoom
from unexpired.channels.supply import Supply
from unexpired.engine.credentials import Credentials, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta

    from unexpired.engine.refresher import Refresher

Channel = Literal["container", "file", "env"]

_HANDED = {"container": FROM_CONTAINER, "file": FROM_DEFAULT, "env": FROM_ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run, and how it gets its credentials.

    Attributes:
        command: the program and its arguments.
        channel: ``container`` (a door, asked again), ``file`` (kept renewed), ``env`` (a copy, not renewed).
        settings_of: the profile whose settings are the child's ``[default]``.
        served: the profile whose credentials these are, or None for a role that no profile names.
        region: asked for by name, or None for what environment and profile say.
        renew_for: how long renewing goes on at the most.
    """

    command: tuple[str, ...]
    channel: Channel = "container"
    settings_of: str = "default"
    served: str | None = "default"
    region: str | None = None
    renew_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class JobResult:
    """How it went.

    Attributes:
        status: the command's exit status, 128 + n after signal n.
        renewals: sessions after the first one.
        failures: attempts that gave none.
        longest_wait_seconds: the longest that the child waited for an answer of the door; 0 for the other channels.
    """

    status: int
    renewals: int
    failures: int
    longest_wait_seconds: float


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a channel has put into the child's environment, and what can be told of it."""

    variables: dict[str, str]
    door: ContainerDoor | None = None
    warning: str | None = None


def run_job(job: Job, refresher: Refresher, environment: Mapping[str, str], *, say: Callable[[str], None]) -> JobResult:
    """Run the command; blocks until it has ended. Call it on the main thread, with a session fetched and proven.

    Args:
        job: what to run.
        refresher: the source of its sessions; closed at the end.
        environment: what the child inherits.
        say: tells the person one line (a warning, or that renewing has ended).

    Raises:
        ConfigurationError: the command cannot be started (see :mod:`unexpired.channels.child`), the shared files cannot
            be understood, or there is nowhere to keep their copies.
        RenewalError: there is no valid session.
    """
    located(job.command[0], environment)
    copies = config_copies(environment, settings_of=job.settings_of, served=job.served, handed=_HANDED[job.channel])
    region = job.region or region_in_force(environment, copies.region)
    supply = Supply(refresher, renew_for=job.renew_for, on_end=lambda held: say(_over(held)))
    before = refresher.status()
    with contextlib.ExitStack() as stack:
        stack.callback(supply.close)
        room = stack.enter_context(PrivateRoom(environment))
        opened = stack.enter_context(_opened(job, supply, room, copies))
        if opened.warning:
            say(opened.warning)
        handed = {**opened.variables, "AWS_CONFIG_FILE": str(room.write("config", written_sections(copies.config)))}
        if not copies.needs_instance:
            # If the door has nothing valid, some SDKs (object_store, JavaScript) would go on to the machine's own role.
            handed["AWS_EC2_METADATA_DISABLED"] = "true"
        child = child_environment(environment, handed=handed, region=region, explicit_region=job.region is not None)
        status = run_child(job.command, child)
    after = refresher.status()
    return JobResult(
        status,
        renewals=after.renewals - before.renewals,
        failures=after.failures - before.failures,
        longest_wait_seconds=opened.door.longest_wait_seconds if opened.door else 0.0,
    )


@contextlib.contextmanager
def _opened(job: Job, supply: Supply, room: PrivateRoom, copies: ConfigCopies) -> Iterator[_Opened]:
    """The job's channel, open for as long as the child lives."""
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(room.path / "credentials")}
    if job.channel == "file":
        names = ("default", job.served or "default")

        def write(credentials: Credentials) -> None:
            section = file_section(credentials)
            room.write("credentials", written_sections({**dict.fromkeys(names, section), **copies.credentials}))

        with CredentialsFile(supply, write):
            yield _Opened(files)
        return
    room.write("credentials", written_sections(copies.credentials))
    if job.channel == "env":
        credentials = supply()
        yield _Opened({**files, **copied_variables(credentials)}, warning=_copied(credentials))
        return
    with ContainerDoor(supply) as door:
        token_file = room.write("token", door.token)
        yield _Opened({**files, **container_variables(door.url, door.token, token_file)}, door)


def _copied(credentials: Credentials) -> str:
    end = "has no known end" if credentials.expires_at is None else f"ends {timestamp(credentials.expires_at)}"
    return f"--channel env hands over a copy that nothing renews; it {end}"


def _over(held: Credentials | None) -> str:
    end = f", which ends {timestamp(held.expires_at)}" if held and held.expires_at else ""
    return f"the time given with --for is over: nothing is renewed any more; the command keeps what it has{end}"
