"""Shows the story to whoever watches: a terminal, a pipe, a program that reads JSON, a picture."""

from __future__ import annotations

import io
import json
import re
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live

from unexpired.demo import report, screen
from unexpired.demo.plain import Narrator
from unexpired.demo.signals import ending_as_ctrl_c_does
from unexpired.demo.story import Story
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from pathlib import Path

    from unexpired.demo.plan import Plan
    from unexpired.demo.scene import Scene

_FRAMES_A_SECOND = 8


def perform(plan: Plan, *, as_json: bool = False, svg: Path | None = None) -> Scene:
    """Let the story run and show it on stdout; the last scene. Blocks for as long as it takes.

    Args:
        plan: what is to happen.
        as_json: print nothing but one JSON object, at the end.
        svg: a file for the closing screen, as a picture.

    Raises:
        ConfigurationError: the sandbox's packages are not installed.
    """
    console = Console()
    watched = console.is_terminal and not as_json
    with ending_as_ctrl_c_does(), ExitStack() as stage:
        try:
            with console.status("Starting an AWS of its own ...") if watched else nullcontext():
                story = stage.enter_context(Story(plan))
        except UnexpiredError as error:
            if as_json:
                _print_json({"error": {"cause": error.cause, "message": str(error)}})
            raise
        if as_json:
            *_, scene = story.scenes()
            _print_json(report.as_json(scene))
        else:
            scene = _live(story, console) if watched else _told(story)
    if svg is not None:
        paint(scene, svg)
    return scene


def paint(scene: Scene, file: Path) -> None:
    """Write a scene as an SVG picture of a terminal."""
    console = Console(record=True, file=io.StringIO(), width=screen.width_for(1000), force_terminal=True)
    console.print(screen.painted(scene))
    picture = console.export_svg(title="unexpired demo")
    # Without the fonts that rich has it fetch from elsewhere: a picture in a README asks nobody.
    file.write_text(re.sub(r" *@font-face \{.*?\}\n", "", picture, flags=re.DOTALL), encoding="utf-8")


def _live(story: Story, console: Console) -> Scene:
    console.width = screen.width_for(console.width)
    with Live(console=console, refresh_per_second=_FRAMES_A_SECOND, transient=False) as live:
        for scene in story.scenes():
            live.update(screen.painted(scene, encoding=console.encoding))
    return scene


def _told(story: Story) -> Scene:
    narrator = Narrator()
    for scene in story.scenes():
        for line in narrator.lines(scene):
            print(line, flush=True)  # noqa: T201 - the story itself
    return scene


def _print_json(result: dict[str, Any]) -> None:
    print(json.dumps(result, indent=2))  # noqa: T201 - what --json is for
