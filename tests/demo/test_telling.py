"""What a person, a pipe and a program are shown of one and the same scene."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from rich.console import Console

from unexpired.demo import report, screen
from unexpired.demo.perform import paint
from unexpired.demo.plain import Narrator
from unexpired.demo.plan import Plan, clock
from unexpired.demo.scene import Scene


def seen(scene: Scene, *, width: int = 92, encoding: str = "utf-8") -> str:
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding), width=width)
    console.print(screen.painted(scene, encoding=encoding))
    console.file.flush()
    return console.file.buffer.getvalue().decode(encoding)


def test_json_keeps_its_shape(closing_scene):
    told = report.as_json(closing_scene)
    assert list(told) == ["naive", "unexpired", "exec"]
    assert told["naive"] == {
        "completed": False,
        "died_at": "1:00:11",
        "error": "ExpiredToken: The provided token has expired.",
        "renewals": 0,
        "failed_requests": 1,
        "objects": 58,
        "longest_wait_ms": 31,
    }
    assert told["exec"] == {
        "completed": True,
        "died_at": None,
        "error": None,
        "renewals": 3,
        "failed_requests": 0,
        "objects": 360,
        "longest_wait_ms": 42,
    }


def test_words_that_are_not_botocores_are_told_as_they_are():
    assert report.service_words("Error: no such profile") == "Error: no such profile"


def test_the_middle_shows_the_death_and_who_lives_on(middle_scene):
    shown = seen(middle_scene)
    assert "1:00:11  died" in shown
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[lines.index("The provided token has expired.") - 1].endswith(
        "(ExpiredToken) when calling the PutObject operation:"
    )
    assert "2 ●   1:30:00" in shown
    assert "On your own job" not in shown


def test_a_mark_stands_where_the_renewal_was(middle_scene):
    bar = [line.strip() for line in seen(middle_scene).splitlines() if line.strip().startswith("━")][1]
    width = len(bar)
    assert [place for place, sign in enumerate(bar) if sign == "●"] == [
        int(moment / 21600 * width) for moment in (2300, 4700)
    ]
    assert bar.count("─") == pytest.approx(0.75 * width, abs=1)


def test_the_end_shows_the_table_and_the_lines_to_take_home(closing_scene):
    shown = seen(closing_scene)
    assert "died at 1:00:11" in shown
    assert "360 of 360" in shown
    for code, _ in report.THREE_LINES:
        assert code in shown


def test_a_terminal_without_unicode_is_spared_it(closing_scene):
    seen(closing_scene, encoding="ascii").encode("ascii")


@pytest.mark.parametrize("width", [60, 80, 92])
def test_no_line_is_wider_than_the_terminal(closing_scene, middle_scene, opening_scene, width):
    for scene in (opening_scene, middle_scene, closing_scene):
        assert max(map(len, seen(scene, width=width).splitlines())) <= width


def test_a_pipe_is_told_each_thing_once(opening_scene, middle_scene, closing_scene):
    narrator = Narrator()
    told = [
        line for scene in (opening_scene, opening_scene, middle_scene, closing_scene) for line in narrator.lines(scene)
    ]
    assert [line for line in told if "  exec  " in line] == [
        "0:00:00  exec       with exec",
        "0:00:00  exec       has its first session",
        "0:38:20  exec       renewed, 1",
        "1:00:00  exec       88 objects",
        "1:18:20  exec       renewed, 2",
        "1:56:40  exec       renewed, 3",
        "6:00:00  exec       done, 360 objects",
    ]
    assert sum("died: An error occurred (ExpiredToken)" in line for line in told) == 1
    assert told[-3].split() == [*report.THREE_LINES[0][0].split(), *report.THREE_LINES[0][1].split()]


def test_a_lane_that_never_got_a_session_is_told_too(opening_scene):
    dead = replace(opening_scene.lanes[1], died_at=0.0, error="Error: no such profile")
    scene = Scene(opening_scene.plan, (opening_scene.lanes[0], dead))
    assert "0:00:00  exec       died: Error: no such profile" in list(Narrator().lines(scene))
    assert "-:--:--  died" in seen(scene)
    assert not scene.kept_its_promise


def test_the_picture_is_one(closing_scene, tmp_path):
    paint(closing_scene, tmp_path / "demo.svg")
    picture = ET.parse(tmp_path / "demo.svg").getroot()
    assert picture.tag.endswith("svg")
    assert "ExpiredToken" in "".join(picture.itertext())


def test_six_hours_are_a_minute_and_an_upload_a_minute_of_the_jobs():
    assert (Plan().real_seconds, Plan().results) == (60.0, 360)


def test_a_long_story_stays_within_what_the_sandbox_remembers():
    assert Plan(hours=48, speed=1).results <= 3000


def test_the_clock_reads_as_people_say_it():
    assert [clock(seconds) for seconds in (0, 3599.6, 36125)] == ["0:00:00", "1:00:00", "10:02:05"]
