"""A sign-in that only a person can make: offered where one sits at the terminal, and run there.

We do not sign anybody in ourselves: the AWS CLI does, with the sign-in pages, the caches and the settings that people
know. In the background nobody is asked; there the error names the same command.

AWS CLI Command Reference, "sso login" and "login": https://docs.aws.amazon.com/cli/latest/reference/
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from unexpired.engine.errors import PersonNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup

_COMMANDS = {"sso-session-expired": ("aws", "sso", "login"), "login-session-expired": ("aws", "login")}
# The first versions that know them: no version 1 signs anybody in. AWS CLI changelog, 2.0.0 and 2.32.0.
_SINCE = {"sso-session-expired": (2, 0), "login-session-expired": (2, 32)}
# For a person whose browser is on another machine. Since 2.22 ``aws sso login`` waits for a browser on this one, unless
# it is told to use a code ("AWS CLI Adds PKCE-based Authorization for SSO", AWS Developer Tools Blog).
_ELSEWHERE = {
    "sso-session-expired": ("--use-device-code", "--no-browser"),
    "login-session-expired": ("--remote",),
}
_PKCE_SINCE = (2, 22)
_VERSION_SECONDS = 10
_UNKNOWN = (99, 0)
_INSTALL = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def signed_in(fetch: Callable[[], Credentials], lookup: Lookup, prompter: Prompter | None) -> Credentials:
    """What ``fetch`` gives, after a sign-in where one is needed and a person makes it.

    Args:
        fetch: asks the issuer; called once more after a sign-in.
        lookup: whose profile is signed in.
        prompter: the person; None where nobody is there.

    Raises:
        PersonNeeded: the sign-in has lapsed, and nobody is there, wants to, or could.
        UnexpiredError: whatever else ``fetch`` raises.
    """
    try:
        return fetch()
    except PersonNeeded as error:
        if prompter is None or not offer_sign_in(
            error.what, cause=error.cause, profile=lookup.profile_shown, prompter=prompter, environ=lookup.environ
        ):
            raise
    return fetch()


def offer_sign_in(
    what: str, *, cause: str | None, profile: str | None, prompter: Prompter, environ: Mapping[str, str]
) -> bool:
    """Ask whether to sign in now, and do it in the person's terminal. Blocks until that has ended.

    Args:
        what: why, as the beginning of the question.
        cause: the slug of what has ended or will; any but a sign-in's is not offered.
        profile: whose sign-in; None for the default.
        prompter: the person.
        environ: what the AWS CLI is found and run with.

    Returns:
        Whether there is a new sign-in, as far as the AWS CLI says. Everything else has been told to the person.
    """
    command = _COMMANDS.get(cause or "")
    if cause is None or command is None:
        return False
    command = (*command, *(("--profile", profile) if profile else ()))
    program, version = _cli(environ, _SINCE[cause])
    if program is None or version < _SINCE[cause]:
        needed = ".".join(map(str, _SINCE[cause]))
        here = "is not installed here" if program is None else f"here is {'.'.join(map(str, version))}"
        prompter.tell(f"{what}.\n  The AWS CLI {needed} or newer could sign in; it {here}: {_INSTALL}")
        return False
    elsewhere = () if has_browser(environ) else _ELSEWHERE[cause]
    if elsewhere and version < _PKCE_SINCE:
        elsewhere = ("--no-browser",)
    name = command[0] if program == shutil.which(command[0], path=environ.get("PATH")) else program
    shown = shlex.join((name, *command[1:], *elsewhere))
    if not _wanted(f"{what}.\n  {shown}\nRun it and sign in? [Y/n] ", prompter):
        return False
    status = prompter.run((program, *command[1:], *elsewhere), environ)
    if status != 0:
        prompter.tell(f"`{shown}` ended with status {status}")
    return status == 0


def _cli(environ: Mapping[str, str], since: tuple[int, int]) -> tuple[str | None, tuple[int, int]]:
    """The first ``aws`` on the PATH that is new enough, else the first; a job's environment often has a version 1."""
    first: tuple[str | None, tuple[int, int]] = (None, (0, 0))
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        program = shutil.which("aws", path=directory)
        if program is None:
            continue
        version = _version(program, environ)
        if version >= since:
            return program, version
        first = first if first[0] else (program, version)
    return first


def _version(program: str, environ: Mapping[str, str]) -> tuple[int, int]:
    """What ``aws --version`` says; one that does not say it is taken for a new one."""
    command = [program, "--version"]
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_VERSION_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return _UNKNOWN
    said = re.match(rb"aws-cli/(\d+)\.(\d+)", done.stdout or done.stderr)
    return (int(said[1]), int(said[2])) if said else _UNKNOWN


def has_browser(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser can open on the machine that the person sits at: no SSH between, and a desktop."""
    if environ.get("SSH_CONNECTION"):
        return False
    return platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _wanted(question: str, prompter: Prompter) -> bool:
    try:
        return prompter.ask(question).strip().lower() in ("", "y", "yes")
    except PersonNeeded:  # the terminal was closed instead: what is needed is said by whoever asked
        return False
