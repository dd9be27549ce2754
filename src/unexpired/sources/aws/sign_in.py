"""A sign-in that only a person can make: offered where one sits at the terminal, and run there.

We do not sign anybody in ourselves: the AWS CLI does, with the sign-in pages, the caches and the settings that people
know. In the background nobody is asked; there the error names the same command.

AWS CLI Command Reference, "sso login" and "login": https://docs.aws.amazon.com/cli/latest/reference/
"""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from unexpired.engine.errors import PersonNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unexpired.engine.credentials import Credentials
    from unexpired.engine.protocols import Prompter
    from unexpired.sources.aws.lookup import Lookup

_COMMANDS = {"sso-session-expired": ("aws", "sso", "login"), "login-session-expired": ("aws", "login")}
# For a person whose browser is on another machine. Since 2.22 ``aws sso login`` waits for a browser on this one, unless
# it is told to use a code ("AWS CLI Adds PKCE-based Authorization for SSO", AWS Developer Tools Blog).
_ELSEWHERE = {
    "sso-session-expired": ("--use-device-code", "--no-browser"),
    "login-session-expired": ("--remote",),
}
# The same for an older ``aws sso login``, which knows nothing but the code.
_ELSEWHERE_BEFORE = {"sso-session-expired": ("--no-browser",)}
# AWS CLI User Guide, "Command line return codes": an unknown option.
_UNKNOWN_OPTION = 252
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
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        prompter.tell(f"{what}. The AWS CLI could sign in, but is not installed here (version 2: {_INSTALL})")
        return False
    elsewhere = () if has_browser(environ) else _ELSEWHERE[cause]
    shown = shlex.join((*command, *elsewhere))
    if not _wanted(f"{what}. Sign in now with `{shown}`? [Y/n] ", prompter):
        return False
    status = prompter.run((program, *command[1:], *elsewhere), environ)
    if status == _UNKNOWN_OPTION and elsewhere and cause in _ELSEWHERE_BEFORE:
        status = prompter.run((program, *command[1:], *_ELSEWHERE_BEFORE[cause]), environ)
    if status != 0:
        prompter.tell(f"`{shlex.join(command)}` ended with status {status}")
    return status == 0


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
