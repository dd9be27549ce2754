"""What the agent's page shows."""

from __future__ import annotations

from datetime import timedelta

from unexpired.agent.views.history import Attempt
from unexpired.agent.views.page.html import MOST_ROLES, page
from unexpired.engine.errors import RenewalError
from unexpired.engine.horizon import Horizon, Link


def shown(agent, clock, status=None) -> str:
    return page(status or agent.status(None), agent.agent.history.of, clock.now()).decode()


def test_a_role_is_told_in_words(agent, clock):
    agent.container()
    found = shown(agent, clock)
    assert '<h2>etl <span class="state serving">serving</span></h2>' in found
    assert "<dt>expires</dt><dd>in 1h</dd>" in found
    assert "1 renewals, 0 failed; 1 clients, 1 requests, 0 refused" in found
    assert "canary" not in found


def test_its_renewals_are_a_picture_with_words_for_who_does_not_see_it(agent, clock, issuer):
    agent.container()
    clock.advance(minutes=20)
    issuer.error = RenewalError("STS is down")
    agent.unix("POST", "/renew/etl")
    found = shown(agent, clock)
    assert "<title>In the last 4 hours: 1 renewals, 1 failed; the session&#x27;s end: 40m</title>" in found
    assert found.count('<circle class="good"') == 1
    assert found.count('<path class="bad"') == 1


def test_what_is_longer_ago_than_the_picture_is_not_drawn(agent, clock):
    agent.container()
    status, past = agent.status(None), clock.wall() - 5 * 3600
    found = page(status, lambda _role: [Attempt(past, renewed=True)], clock.now()).decode()
    assert "<circle" not in found


def test_the_horizon_marks_the_link_that_ends_it_and_says_what_puts_it_off(agent, clock):
    agent.container()
    ends = clock.now() + timedelta(hours=8)
    limit = Link("sso-session", ends, "sso-session-expired", extend=("aws sso login --profile etl",), profile="etl")
    agent.agent.roles.get("etl").horizon = Horizon(ends, limit, (limit, Link("sso", None), Link("x", "unknown")))
    found = shown(agent, clock)
    assert "<title>Can be renewed with nobody present: 8h, ended by sso-session</title>" in found
    assert "◀ sso-session (etl): 8h</text>" in found
    assert 'class="limit" x="0" y="16" width="240.0"' in found
    assert "sso: no end</text>" in found
    assert "x: unknown</text>" in found
    assert "<code>aws sso login --profile etl</code>" in found


def test_an_error_cannot_write_into_the_page(start, issuer, clock):
    issuer.error = RenewalError("<script>alert(1)</script>", why="<b>", next_steps='"><img>')
    agent = start()
    agent.container()
    found = shown(agent, clock)
    assert "&lt;script&gt;" in found
    assert "<script" not in found
    assert "<img" not in found
    assert "<b>" not in found


def test_of_very_many_roles_the_first_are_shown(agent, clock):
    status = agent.status(None)
    status["roles"] = {f"role-{number:04d}": status["roles"]["etl"] for number in range(1000)}
    found = shown(agent, clock, status)
    assert found.count("<article>") == MOST_ROLES
    assert f"1000 roles; the {MOST_ROLES} that need a look first" in found


def test_what_is_wrong_with_the_agent_itself_stands_above(agent, clock):
    status = {**agent.status(None), "complaints": ["the disk is <full>"]}
    assert '<p class="wrong">the disk is &lt;full&gt;</p>' in shown(agent, clock, status)
