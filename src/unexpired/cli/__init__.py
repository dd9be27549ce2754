"""The ``unexpired`` command. Each file of this folder is a subcommand: parse, call, render; no logic.

``cli/credential_process.py`` becomes ``unexpired credential-process`` by being here and having a ``command``
(a :class:`click.Command`); the first sentence of its docstring is its line in ``unexpired --help``, or its
``short_help=`` where that is longer than the 58 characters which fit. A file whose name begins with an underscore is
shared by commands and is none itself.

Importing a command's file must stay cheap, since ``--help`` imports them all: click at the top, everything else inside
the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: what follows the program's name; None takes the process's own.

    Returns:
        What ``docs/contracts.md`` promises: 0 fine, 1 findings, 2 usage or configuration, 3 could not renew, 70 our
        bug, 130 interrupted. ``exec`` and ``rehearse`` pass on the status of the command they ran.
    """
    # Not at the top: whoever needs only this package (a faster path to one command) has not asked for click.
    from unexpired.cli._group import run

    return run(arguments)
