"""The group of commands: finds them, lists them in the order people meet them, and renders what went wrong."""

from __future__ import annotations

import difflib
import os
import pkgutil
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import unexpired.cli
from unexpired import __version__
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# First what somebody in trouble types, then what one sets up, then what one tries. A command that is not named here
# (nobody has to) comes after these, by name.
_ORDER = (
    *("demo", "exec", "doctor", "explain", "horizon"),
    *("credential-process", "env", "setup", "agent", "scan", "rehearse", "sandbox"),
)
_BUG_STATUS = 70  # EX_SOFTWARE of sysexits.h, as InternalError has it
_INTERRUPTED_STATUS = 130  # 128 + SIGINT, as a shell reports it
_NO_READER_STATUS = 141  # 128 + SIGPIPE


class FoundCommands(click.Group):
    """A group whose commands are files beside this one: ``a_b.py`` is ``a-b`` by being there and having a ``command``.

    Attributes:
        prefix: what the names of its files begin with.
        first: the commands that people meet first, in that order; the others come after them, by name.
    """

    prefix = ""
    first: Sequence[str] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command there is, in the order of the help."""
        files = (file.name for file in pkgutil.iter_modules(unexpired.cli.__path__))
        names = [file.removeprefix(self.prefix) for file in files if file.startswith(self.prefix)]
        found = [name.replace("_", "-") for name in names if not name.startswith("_")]
        first = self.first
        return sorted(found, key=lambda name: (first.index(name) if name in first else len(first), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"unexpired.cli.{self.prefix}{cmd_name.replace('-', '_')}").command
        command.name = cmd_name
        return command  # type: ignore[no-any-return]  # an imported module's attribute

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the name that was probably meant."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], known, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else f" '{ctx.command_path} --help' lists them."
            ctx.fail(f"There is no command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


class Commands(FoundCommands):
    """The whole of them, and what is done when one fails."""

    first = _ORDER

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As click does; ``--help`` and ``--version`` are answered in here."""
        with _reader_may_leave():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that is not click's own is told in the project's words, never as a traceback."""
        try:
            with _reader_may_leave():
                return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, KeyboardInterrupt):
            raise
        except UnexpiredError as error:
            _show_traceback(ctx)
            render(error)
            ctx.exit(error.exit_code)
        except Exception as error:  # noqa: BLE001 - the last place that can still say something useful
            _show_traceback(ctx)
            render_bug(error)
            ctx.exit(_BUG_STATUS)


def render(error: UnexpiredError) -> None:
    """*What happened — why — what to do next*, on stderr, one line each."""
    click.echo(f"{click.style('unexpired:', fg='red', bold=True)} {error.what}", err=True)
    if error.why:
        click.echo(f"  why:  {error.why}", err=True)
    for number, step in enumerate(error.next_steps):
        click.echo(f"  {'next:' if number == 0 else '     '} {step}", err=True)


def render_bug(error: BaseException) -> None:
    """Three lines about a fault of ours. The error's own text stays out: nobody has checked it for secrets."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""
    click.echo(
        f"{click.style('unexpired has a bug:', fg='red', bold=True)} {type(error).__name__}{where}\n"
        "  why:  this should never happen, whatever was asked; it is not your mistake\n"
        "  next: put --debug after 'unexpired' to see the whole of it, and report that, without secrets",
        err=True,
    )


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    epilog="Example:  unexpired exec --profile etl --for 6h -- python job.py",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="UNEXPIRED_DEBUG", help="Show the traceback of an error.")
@click.pass_context
def group(ctx: click.Context, *, debug: bool) -> None:  # noqa: ARG001 - Commands.invoke reads it from the context
    """Keeps AWS credentials fresh for every tool on the box, and tells why when they weren't."""
    if os.environ.get("NO_COLOR"):  # https://no-color.org: any value but the empty one
        ctx.color = False
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: Sequence[str] | None) -> int:
    """Run ``unexpired ARGUMENTS`` and return its exit status (see :func:`unexpired.cli.main`)."""
    try:
        status = group.main(None if arguments is None else list(arguments), "unexpired", standalone_mode=False)
        with _reader_may_leave():
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED_STATUS
    except click.exceptions.Exit as error:
        return error.exit_code
    return status if isinstance(status, int) else 0


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """``unexpired ... | head``: when nobody reads any more, end as a program does that SIGPIPE ended.

    Click would answer 1, which here means findings.
    """
    try:
        yield
    except BrokenPipeError:
        # The interpreter flushes stdout once more on its way out, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(_NO_READER_STATUS) from None


def _show_traceback(ctx: click.Context) -> None:
    if ctx.params.get("debug"):
        import traceback

        traceback.print_exc()
