"""What ``doctor --fix`` and ``--undo`` say and ask."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unexpired.doctor.diagnosis import Diagnosis
    from unexpired.doctor.fix import Fix


def run_fix(
    diagnosis: Diagnosis, again: Callable[[Mapping[str, str]], Diagnosis], *, yes: bool, shell: bool, quiet: bool
) -> tuple[int, dict[str, Any]]:
    """Show what would be changed, ask, change it, and look again.

    Args:
        diagnosis: before.
        again: examines the machine anew, with that environment.
        yes: do not ask.
        shell: stdout is evaluated by a shell: only the lines for it go there.
        quiet: stdout is one JSON object: nothing else goes there.

    Returns:
        The exit status, and the JSON object: the diagnosis afterwards, with what was done.

    Raises:
        ConfigurationError: files would have to be changed, and nobody is there to be asked.
    """
    from unexpired.doctor.fix import apply, fix_of, unset_lines

    fix = fix_of(diagnosis)
    aside = shell or quiet

    def say(line: str, **style: Any) -> None:
        click.echo(click.style(line, **style), err=aside)

    for line in fix.shown:
        say(line, fg={"-": "red", "+": "green"}.get(line[:1]))
    backup = apply(fix, diagnosis, os.environ) if fix.changes and _agreed(yes=yes, aside=aside) else None
    if backup is not None:
        say(f"Changed. What was there is kept in {backup}; it comes back with: unexpired doctor --undo")
    elif fix.changes:
        say("Nothing was changed.")
    after = again({name: value for name, value in os.environ.items() if name not in fix.unset})
    commands = unset_lines(fix.unset, diagnosis.platform, os.environ.get("SHELL", ""))
    if commands and not shell:
        say('No program can change its parent\'s variables. Type this, or eval "$(unexpired doctor --fix --shell)":')
    for command in commands:
        click.echo(command if shell else click.style(f"  $ {command}", bold=True), err=quiet)
    cured = _cured(fix, after)
    for slug, is_cured in cured.items():
        done = "cured" if backup or shell or not fix.unset else "cured once that is typed"
        say(f"{slug}: {done if is_cured else 'still there'}", fg="green" if is_cured else "yellow")
    if not fix:
        say("Nothing here can be cured without you.")
    for line in _left(fix, after):
        say(line)
    waits = bool(fix.unset) and not shell
    shown = after.to_json() | {
        "fixes": [{"cause": slug, "cured": is_cured} for slug, is_cured in cured.items()],
        "changed": [str(change.path) for change in fix.changes] if backup else [],
        "unset": list(fix.unset),
        "backup": str(backup) if backup else None,
    }
    return (diagnosis.exit_code if waits else after.exit_code), shown


def _agreed(*, yes: bool, aside: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        from unexpired.engine.errors import ConfigurationError

        raise ConfigurationError(
            "Nothing was changed: nobody is there to be asked", next_steps="say so beforehand: --fix --yes"
        )
    return click.confirm("Change this?", err=aside)


def _cured(fix: Fix, after: Diagnosis) -> dict[str, bool]:
    left = {finding.cause: finding for finding in after.findings}
    return {finding.cause: finding.cause not in left or not left[finding.cause].edits for finding in fix.findings}


def _left(fix: Fix, after: Diagnosis) -> Iterator[str]:
    """The first thing that is wrong still and waits for a person, with the commands for it."""
    from unexpired.doctor.seal import shown

    mended = {finding.cause for finding in fix.findings}
    for finding in after.findings:
        if finding.severity != "note" and finding.cause not in mended:
            yield f"{'Left' if fix else 'First'}: {finding.cause}. {finding.cure.summary}"
            yield f"  - {shown(finding.evidence[0])}"
            yield from (f"  $ {shown(command)}" for command in finding.cure.commands[after.platform])
            return


def run_undo(*, as_json: bool) -> None:
    """Take the newest fix back, and say what it was."""
    from unexpired.doctor.journal import fixes_directory, undo

    restored = undo(fixes_directory(os.environ))
    if as_json:
        import json

        click.echo(json.dumps({"version": 1, "restored": [str(path) for path in restored]}, indent=2))
    for path in restored:
        click.echo(f"{path} is again as it was before the fix.", err=as_json)
