"""``unexpired env``: a copy of a session for the shell, with its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unexpired.channels.shell_lines import Shell


@click.command(
    short_help="Put a copy of a session into the shell, with its end.",
    epilog='Example:  eval "$(unexpired env --profile etl)"',
)
@click.option("--profile", metavar="NAME", help="Whose credentials; without it, what the AWS CLI would take here.")
@click.option(
    "--shell",
    "named_shell",
    type=click.Choice(["sh", "fish", "powershell", "cmd"]),
    help="Who reads it; sh is bash and zsh too. Without it, the shell that SHELL names.",
)
@click.option("--show", is_flag=True, help="Print the secrets even onto a terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for a shell.")
def command(profile: str | None, named_shell: Shell | None, *, show: bool, as_json: bool) -> None:
    """Print the lines that put a session into this shell's variables.

    What stands in a shell is a copy: nothing renews it, and it ends when it ends; a line on stderr says when. Variables
    that would get in its way, AWS_PROFILE for one, are unset. For what is to run longer: unexpired exec.
    """
    import os
    import shlex
    import sys

    from unexpired import stores
    from unexpired.channels.copied_session import copied_session
    from unexpired.channels.shell_lines import how_to_evaluate, shell_in_use, shell_lines
    from unexpired.cli._terminal import controlling_terminal, say, say_what_the_engine_reports
    from unexpired.engine.errors import ConfigurationError

    shell = named_shell or shell_in_use(os.environ)
    own = " ".join(("unexpired env", *((f"--profile {shlex.quote(profile)}",) if profile else ())))
    if sys.stdout.isatty() and not show:
        raise ConfigurationError(
            "Nothing was printed: these are secrets, and this is a terminal",
            why="what stands on a screen stands in its scrollback, and nothing is set by printing it",
            next_steps=(how_to_evaluate(shell, own), f"{own} --show"),
        )
    debug = bool(click.get_current_context().find_root().params.get("debug"))
    say_what_the_engine_reports(debug=debug)
    copied = copied_session(profile, os.environ, prompter=controlling_terminal(), store=stores.chosen())
    say(copied.warning)
    if as_json:
        import json

        click.echo(json.dumps(copied.to_json(), indent=2))
        return
    for line in shell_lines(shell, copied.variables, unset=copied.unset, comment=copied.warning):
        click.echo(line)
