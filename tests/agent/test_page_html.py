"""What the agent's page shows."""

from __future__ import annotations

from unexpired.agent.page.html import page
from unexpired.engine.errors import RenewalError


def test_the_page_shows_a_role(agent, clock):
    agent.container()
    shown = page(agent.status(None), clock.now()).decode()
    assert '<th scope="row">etl</th><td>serving</td>' in shown
    assert "canary" not in shown


def test_an_error_cannot_write_into_the_page(agent, issuer, clock):
    issuer.error = RenewalError("<script>alert(1)</script>", why="<b>", next_steps='"><img>')
    agent.container()
    shown = page(agent.status(None), clock.now()).decode()
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "<img" not in shown
