"""One command, kept in credentials from its start to its end: what ``unexpired exec`` does.

In this order: credentials are fetched and proven, so that a refused role is told now and not an hour in; a private room
is made for cleaned files; the channel's door is opened; the command runs; renewing stops with it, and the room goes.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

from unexpired.channels import boto2_config
from unexpired.channels.afterwards import lost_to
from unexpired.channels.boto2_config import boto2_config_copy
from unexpired.channels.child import located, run_child
from unexpired.channels.config_copies import (
    FROM_CONTAINER,
    FROM_DEFAULT,
    FROM_ENVIRONMENT,
    ConfigCopies,
    config_copies,
    written_sections,
)
from unexpired.channels.container import DOOR_RESERVE_SECONDS, ContainerDoor
from unexpired.channels.environment import (
    child_environment,
    container_variables,
    copied_variables,
    credential_variables_in,
    region_in_force,
)
from unexpired.channels.file import CredentialsFile, file_section
from unexpired.channels.foresight import Foresight
from unexpired.channels.preflight import too_short
from unexpired.channels.private_room import PrivateRoom
from unexpired.channels.proof import doubt
from unexpired.channels.supply import Supply
from unexpired.engine.credentials import Credentials, timestamp
from unexpired.engine.policy import RefreshPolicy
from unexpired.engine.refresher import Refresher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta

    from unexpired.engine.protocols import Prompter, Store
    from unexpired.sources.aws.plan import PlannedSource

_log = logging.getLogger("unexpired")

Channel = Literal["container", "file", "env"]

_HANDED = {"container": FROM_CONTAINER, "file": FROM_DEFAULT, "env": FROM_ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run, and how it gets its credentials.

    Attributes:
        command: the program and its arguments.
        channel: ``container`` (a door, asked again), ``file`` (kept renewed), ``env`` (a copy, not renewed).
        profile: whose settings are the child's, or None for the profile that the environment names.
        region: asked for by name, or None for what environment and profile say.
        keep_for: how long it runs: a lower bound to be kept, and an upper one for renewing.
        even_if_it_ends: start it although it cannot be kept alive that long.
    """

    command: tuple[str, ...]
    channel: Channel = "container"
    profile: str | None = None
    region: str | None = None
    keep_for: timedelta | None = None
    even_if_it_ends: bool = False


@dataclass(frozen=True, slots=True)
class JobResult:
    """How it went.

    Attributes:
        status: the command's exit status, 128 + n after signal n.
        renewals: sessions after the first one.
        failures: attempts that gave none.
        longest_wait_seconds: the longest that the child waited for an answer of the door; 0 for the other channels.
        lost_to: where it failed and its credentials had ended: a line with the cause and what to do; else None.
    """

    status: int
    renewals: int
    failures: int
    longest_wait_seconds: float
    lost_to: str | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a channel has put into the child's environment, and what can be told of it."""

    variables: dict[str, str]
    door: ContainerDoor | None = None
    warning: str | None = None


def run_job(
    job: Job,
    source: PlannedSource,
    environment: Mapping[str, str],
    *,
    say: Callable[[str], None],
    prompter: Prompter | None = None,
    store: Store | None = None,
) -> JobResult:
    """Run the command; blocks until it has ended. Call it on the main thread.

    Args:
        job: what to run.
        source: where its sessions come from.
        environment: what the child inherits.
        say: tells the person one line (a warning, or that renewing has ended).
        prompter: somebody to ask before the child starts; never after: the terminal is the child's then.
        store: shares sessions with other processes.

    Raises:
        ConfigurationError: the command cannot be started (see :mod:`unexpired.channels.child`), the shared files cannot
            be understood, or there is nowhere to keep their copies.
        RenewalError: no session could be had, or what there is has lapsed.
        HorizonTooShort: it cannot be kept alive as long as it was to run.
    """
    located(job.command[0], environment)
    policy = RefreshPolicy(reserve_seconds=DOOR_RESERVE_SECONDS)
    refresher = Refresher(source, store=store, policy=policy, prompter=prompter)
    try:
        credentials = refresher.credentials()
        refresher.prompter = None
        _examine(job, source, credentials, store, say, None if job.even_if_it_ends else prompter, environment)
        foresight = Foresight(refresher, job.keep_for, store=store) if job.keep_for else None
        with contextlib.ExitStack() as stack:
            if foresight is not None:
                foresight.start()
                stack.callback(foresight.close)
            return _run(job, refresher, source.plan()[-1].profile, environment, say)
    finally:
        refresher.close()


def _examine(  # noqa: PLR0917 - what run_job has, in its order
    job: Job,
    source: PlannedSource,
    credentials: Credentials,
    store: Store | None,
    say: Callable[[str], None],
    prompter: Prompter | None,
    environment: Mapping[str, str],
) -> None:
    """What can be known to go wrong, before anything is started."""
    if job.keep_for is not None:
        short = too_short(source, credentials, job.keep_for, store=store, prompter=prompter, environ=environment)
        if short is not None and not job.even_if_it_ends:
            raise short
        if short is not None:
            say(f"{short.what}; it starts all the same ({short.why})")
    doubted = doubt(source, credentials)
    if doubted is not None:
        say(doubted)


def _run(
    job: Job, refresher: Refresher, served: str | None, environment: Mapping[str, str], say: Callable[[str], None]
) -> JobResult:
    settings_of = job.profile or _profile_of(environment)
    copies = config_copies(environment, settings_of=settings_of, served=served, handed=_HANDED[job.channel])
    region = job.region or region_in_force(environment, copies.region)
    before, first, began = refresher.status(), refresher.credentials(), datetime.now(timezone.utc)
    with contextlib.ExitStack() as stack:
        supply = Supply(refresher, renew_for=job.keep_for, on_end=lambda held: say(_over(held)))
        stack.callback(supply.close)
        room = stack.enter_context(PrivateRoom(environment))
        opened = stack.enter_context(_opened(job, supply, room, copies, served))
        if opened.warning:
            say(opened.warning)
        handed = {**opened.variables, "AWS_CONFIG_FILE": str(room.write("config", written_sections(copies.config)))}
        if region and not copies.needs_instance:
            # If the door has nothing valid, some SDKs (object_store, JavaScript) would go on to the machine's own role.
            # Without a Region the service stays: Java's SDK asks it for one.
            handed["AWS_EC2_METADATA_DISABLED"] = "true"
        boto2 = boto2_config_copy(environment)
        if boto2 is not None:
            handed[boto2_config.VARIABLE] = str(room.write("boto", written_sections(boto2)))
        taken_out = credential_variables_in(environment)
        if taken_out:
            _log.info("not handed on: %s", ", ".join(taken_out))
        child = child_environment(environment, handed=handed, region=region, explicit_region=job.region is not None)
        status = run_child(job.command, child)
    after = refresher.status()
    return JobResult(
        status,
        renewals=after.renewals - before.renewals,
        failures=after.failures - before.failures,
        longest_wait_seconds=opened.door.longest_wait_seconds if opened.door else 0.0,
        lost_to=lost_to(
            status,
            channel=job.channel,
            first=first,
            at_end=after,
            renewed_until=began + job.keep_for if job.keep_for else None,
            now=datetime.now(timezone.utc),
        ),
    )


def _profile_of(environment: Mapping[str, str]) -> str:
    """The profile that botocore takes where nobody names one; there ``AWS_DEFAULT_PROFILE`` wins."""
    return environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWS_PROFILE") or "default"


@contextlib.contextmanager
def _opened(job: Job, supply: Supply, room: PrivateRoom, copies: ConfigCopies, served: str | None) -> Iterator[_Opened]:
    """The job's channel, open for as long as the child lives."""
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(room.path / "credentials")}
    if job.channel == "file":
        names = ("default", served or "default")

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
