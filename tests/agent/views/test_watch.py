"""The live screen, driven as a person drives it, on the status of an agent that really runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.agent.conftest import with_role

from unexpired.agent.views.status import ask
from unexpired.engine.errors import RenewalRefused
from unexpired.engine.horizon import Horizon, Link

pytest.importorskip("textual", reason="the screen is part of the agent extra")

from textual.widgets import DataTable, Static

from unexpired.agent.views.watch import Watch

SIZE = (80, 24)


class Refused:
    name, key, shareable = "assume_role", "1" * 64, False

    def fetch(self, prompter=None):
        raise RenewalRefused(
            "AccessDenied for Role/Nightly",
            why="no policy allows it",
            next_steps="ask its owner",
            cause="assume-role-denied",
        )


@pytest.fixture
def served(start, config, issuer):
    config = with_role(with_role(config, "nightly"), "zz-idle", rest_after_seconds=60.0)
    agent = start(config, source_for=lambda role: Refused() if role.name == "nightly" else issuer)
    for name in ("etl", "nightly", "zz-idle"):
        agent.unix("GET", f"/credentials/{name}")
    return agent


@pytest.fixture
def screen(served, clock):
    """Run steps on a screen of 80 x 24 that looks when it is told to."""

    def run(steps, size=SIZE):
        async def running():
            app = Watch(lambda *asked: ask(served.agent.socket, *asked), clock=clock, look_seconds=None)
            async with app.run_test(size=size) as pilot:
                await looked(app, pilot)
                await steps(app, pilot)

        asyncio.run(running())

    return run


async def looked(app, pilot):
    """Look, and wait until what was seen is shown."""
    await app.workers.wait_for_complete()
    app.look()
    await app.workers.wait_for_complete()
    await pilot.pause()


def rows(app) -> list[list[str]]:
    table = app.query_one(DataTable)
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]


def banner(app) -> str:
    return str(app.query_one("#banner", Static).content)


def drawn(app) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in app.screen._compositor.render_strips())


def test_each_role_has_a_row_and_what_needs_a_look_comes_first(screen):
    async def steps(app, pilot):
        assert [row[0] for row in rows(app)] == ["nightly", "etl", "zz-idle"]
        failed, serving, _ = rows(app)
        assert failed[1:3] == ["failed", "-"]
        assert "AccessDenied for Role/Nightly (no policy allows it)" in failed[7]
        assert serving[1] == "serving"
        assert serving[2] == "━━━━ 1h"
        assert "3 roles, what needs a look first" in banner(app)

    screen(steps)


def test_time_that_passes_is_seen(screen, clock):
    async def steps(app, pilot):
        clock.advance(minutes=20)
        await looked(app, pilot)
        assert next(row for row in rows(app) if row[0] == "etl")[2] == "━━━· 40m"

    screen(steps)


def test_s_sorts_by_name_and_the_cursor_stays_on_its_role(screen):
    async def steps(app, pilot):
        assert app._selected == "nightly"
        await pilot.press("s")
        assert [row[0] for row in rows(app)] == ["etl", "nightly", "zz-idle"]
        assert app._selected == "nightly"

    screen(steps)


def test_a_filter_is_typed_and_enter_goes_back_to_the_table(screen):
    async def steps(app, pilot):
        await pilot.press("slash", *"idle")
        assert [row[0] for row in rows(app)] == ["zz-idle"]
        await pilot.press("enter")
        assert app.focused is app.query_one(DataTable)
        await pilot.press("slash", *["backspace"] * 4, "enter")
        assert len(rows(app)) == 3

    screen(steps)


def test_enter_shows_everything_about_a_role_and_escape_goes_back(screen, served, clock):
    ends = clock.now() + timedelta(hours=8)
    limit = Link("sso-session", ends, "sso-session-expired", extend=("aws sso login --profile etl",))
    served.agent.roles.get("etl").horizon = Horizon(ends, limit, (limit, Link("sso", None)))

    async def steps(app, pilot):
        await looked(app, pilot)
        await pilot.press("down", "enter")
        await pilot.pause()
        shown = drawn(app)
        for words in (
            "etl: serving",
            "token_file",
            "sso-session: 8h",
            "aws sso login --profile etl",
            "1 renewals, 0 failed",
        ):
            assert words in shown
        await pilot.press("escape")
        await pilot.press("up", "enter")
        await pilot.pause()
        for words in ("why:  no policy allows it", "next: ask its owner", "unexpired doctor assume-role-denied"):
            assert words in drawn(app)

    screen(steps, size=(120, 40))


def test_r_renews_the_role_under_the_cursor(screen, served, issuer):
    calls = issuer.calls

    async def steps(app, pilot):
        await pilot.press("down", "r")
        await app.workers.wait_for_complete()
        await looked(app, pilot)
        assert issuer.calls == calls + 1
        assert served.status()["renewals"] == 2

    screen(steps)


def test_a_refused_renewal_is_said(screen):
    async def steps(app, pilot):
        await pilot.press("r")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert any("nightly: AccessDenied for Role/Nightly" in note.message for note in app._notifications)

    screen(steps)


def test_an_agent_that_goes_is_told_and_one_that_comes_back_is_taken_up(served, start, config, clock):
    where = [served.agent.socket]

    async def running():
        app = Watch(lambda *asked: ask(where[0], *asked), clock=clock, look_seconds=None)
        async with app.run_test(size=SIZE) as pilot:
            await looked(app, pilot)
            where[0] = served.agent.socket.with_name("gone.sock")
            await looked(app, pilot)
            assert "what is below was seen before; still trying" in banner(app)
            assert len(rows(app)) == 3
            where[0] = served.agent.socket
            await looked(app, pilot)
            assert "3 roles" in banner(app)

    asyncio.run(running())


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
def test_80_columns_and_24_lines_hold_what_matters_in_both_themes(screen, light):
    async def steps(app, pilot):
        if light:
            await pilot.press("t")
        await pilot.pause()
        shown = drawn(app)
        for words in (
            "role",
            "expires",
            "renewed",
            "horizon",
            "clients",
            "source",
            "nightly",
            "failed",
            "serving",
            "Quit",
        ):
            assert words in shown
        assert "nightly: AccessDenied for Role/Nightly (no policy allows it)" in shown
        await pilot.press("down")
        await pilot.pause()
        assert "no policy allows it" not in drawn(app)
        assert all(len(line) <= 80 for line in shown.splitlines())
        assert app.current_theme.dark is not light

    screen(steps)


def test_no_secret_is_on_the_screen(screen):
    async def steps(app, pilot):
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "canary" not in drawn(app)
        assert "canary" not in app.export_screenshot()

    screen(steps, size=(160, 50))


def test_of_ten_thousand_roles_the_first_are_shown_and_the_others_found(served, clock):
    status = served.status(None)
    one = status["roles"]["zz-idle"]
    status["roles"] = {f"role-{number:05d}": one for number in range(10_000)}

    async def running():
        app = Watch(lambda *_: (200, status), clock=clock, look_seconds=None)
        async with app.run_test(size=SIZE) as pilot:
            await looked(app, pilot)
            assert len(rows(app)) == 500
            assert "10000 roles" in banner(app)
            await pilot.press("slash", *"09999")
            assert [row[0] for row in rows(app)] == ["role-09999"]

    asyncio.run(running())


def test_what_is_wrong_with_the_agent_itself_stands_above(served, clock):
    broken = {**served.status(None), "config": {"path": "u.toml", "error": "u.toml has 2 mistakes"}}

    async def running():
        app = Watch(lambda *_: (200, broken), clock=clock, look_seconds=None)
        async with app.run_test(size=SIZE) as pilot:
            await looked(app, pilot)
            assert "the changed configuration is not in force: u.toml has 2 mistakes" in banner(app)

    asyncio.run(running())
