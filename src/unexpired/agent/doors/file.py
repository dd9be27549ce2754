"""The file door: for tools that know nothing but a credentials file, a section of one is kept renewed.

A file is asked by nobody: it is read when a program starts, and by some never again. So a session is written as soon as
it is there, and its end stands beside it. The section is taken away when its role is, and when its session has lapsed
and no other could be had; an agent that stops leaves what is still good, since its next start takes it over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unexpired.agent.doors._section_file import SectionFile, shared_credentials_file
from unexpired.agent.journal import log
from unexpired.disk.private import read_private, replace_private
from unexpired.engine.clock import moment
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from unexpired.agent.config import AgentConfig, RoleConfig
    from unexpired.agent.roles.role import Role
    from unexpired.agent.server import Agent
    from unexpired.engine.credentials import Credentials

NAME = "file"

# How soon a new session stands in the file.
_LOOK_SECONDS = 1.0
# How soon it is asked again for a role that has no session.
_ASK_AGAIN_SECONDS = 15.0
# In the state folder: which sections are ours, so that no start forgets one.
_REMEMBERED = "files.json"


@dataclass(slots=True)
class _Kept:
    """One role's section, and what stands in it."""

    file: SectionFile
    written: Credentials | None = None
    ends: datetime | None = None
    ask_at: float = float("-inf")
    error: str | None = None


class FileDoor:
    """Keeps the sections of every role whose ``doors`` hold ``file``."""

    name = NAME

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._kept: dict[str, _Kept] = {}
        self._leaving: dict[str, _Kept] = {}  # what could not be taken away when its role went, by role#path
        self._looking: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def apply(self, config: AgentConfig) -> None:
        """See :class:`unexpired.agent.doors.Door`."""
        wanted = {name: section_file(role) for name, role in config.roles.items() if NAME in role.doors}
        async with self._one_at_a_time:
            # Also what an agent before this one has written, for roles that have left the file meanwhile.
            for name, file in (self._left() if not (self._kept or self._leaving) else {}).items():
                kept = _Kept(file)
                await self._do(name, kept, partial(_see_end, kept))
                self._kept[name] = kept
            for name, kept in list(self._kept.items()):
                if wanted.get(name) != kept.file:
                    del self._kept[name]
                    if not await self._do(name, kept, kept.file.remove):
                        self._leaving[f"{name.partition('#')[0]}#{kept.file.path}"] = kept
            for name, file in wanted.items():
                self._kept.setdefault(name, _Kept(file))
            again = list(wanted.values())
            self._leaving = {name: kept for name, kept in self._leaving.items() if kept.file not in again}
            self._remember()
        if (self._kept or self._leaving) and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look_for_ever())

    def describe(self, role: str) -> Mapping[str, Any] | None:
        """``{"path", "profile", "error"}``."""
        kept = self._kept.get(role)
        if kept is None:
            return None
        return {"path": str(kept.file.path), "profile": kept.file.section, "error": kept.error}

    def close(self) -> None:
        """Write nothing any more. What has lapsed is taken away; what has not is left for those who use it."""
        for task in (*self._asking, *filter(None, (self._looking,))):
            task.cancel()
        self._looking = None
        for kept in self._kept.values():
            if self._lapsed(kept):
                with contextlib.suppress(UnexpiredError):
                    kept.file.remove()
        self._kept = {}

    async def look(self) -> None:
        """Bring every section up to date, once."""
        async with self._one_at_a_time:
            for name, kept in list(self._leaving.items()):
                if await self._do(name.partition("#")[0], kept, kept.file.remove):
                    del self._leaving[name]
                    self._remember()
            for name, kept in list(self._kept.items()):
                credentials = self._in_hand(name, kept)
                if credentials is not None and credentials is not kept.written:
                    if await self._do(name, kept, partial(kept.file.write, credentials)):
                        kept.written, kept.ends = credentials, credentials.expires_at
                elif credentials is None and self._lapsed(kept) and await self._do(name, kept, kept.file.remove):
                    kept.written = kept.ends = None

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - the other sections go on being renewed
                log.exception("writing credentials files failed and goes on; please report this")
            await asyncio.sleep(_LOOK_SECONDS)

    def _in_hand(self, name: str, kept: _Kept) -> Credentials | None:
        """The role's session. Where it has none it is asked for one, which a later look finds."""
        role = self._agent.roles.get(name)
        if role is None:
            return None
        ready = role.refresher.ready() if role.refresher is not None else None
        if ready is None and self._agent.clock.monotonic() >= kept.ask_at:
            kept.ask_at = self._agent.clock.monotonic() + _ASK_AGAIN_SECONDS
            asking = asyncio.get_running_loop().create_task(_obtained(role))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        return ready

    def _lapsed(self, kept: _Kept) -> bool:
        return kept.ends is not None and kept.ends <= moment(self._agent.clock.wall())

    def _left(self) -> dict[str, SectionFile]:
        """What the agent before this one has written, by role."""
        try:
            left = json.loads(read_private(self._agent.state.path / _REMEMBERED) or b"{}")
            return {str(name): SectionFile(Path(path), str(section)) for name, (path, section) in left.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    def _remember(self) -> None:
        path = self._agent.state.path / _REMEMBERED
        sections = {**self._kept, **self._leaving}
        if not sections and not path.exists():
            return
        files = {name: (str(kept.file.path), kept.file.section) for name, kept in sections.items()}
        with contextlib.suppress(UnexpiredError):  # a full disk: sections may be left behind, with their ends
            replace_private(path, json.dumps(files).encode())

    async def _do(self, name: str, kept: _Kept, change: Callable[[], object]) -> bool:
        """Change the file on a thread; a failure is told once for each reason, and tried again."""
        try:
            await asyncio.get_running_loop().run_in_executor(None, change)
        except UnexpiredError as error:
            if str(error) != kept.error:
                kept.error = str(error)
                self._agent.journal.say("file not written", level=logging.ERROR, role=name, error=kept.error)
            return False
        kept.error = None
        return True


def _see_end(kept: _Kept) -> None:
    kept.ends = kept.file.ends()


async def _obtained(role: Role) -> None:
    with contextlib.suppress(UnexpiredError):  # it stands in the status and in the log
        await role.obtain()


def section_file(role: RoleConfig, environ: Mapping[str, str] = os.environ) -> SectionFile:
    """Where a role is written: ``credentials_file``, or the shared one of these variables."""
    return SectionFile(role.credentials_file or shared_credentials_file(environ), role.file_profile or role.name)


def open_door(agent: Agent) -> FileDoor:
    """See :mod:`unexpired.agent.doors`."""
    return FileDoor(agent)
