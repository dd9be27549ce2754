"""What Prometheus reads of an agent, by Prometheus' own parser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.agent.conftest import with_role

from unexpired import __version__
from unexpired.agent.views.metrics import exposition
from unexpired.engine.errors import SourceUnavailable
from unexpired.engine.horizon import Horizon

parser = pytest.importorskip("prometheus_client.parser", reason="a part of the agent extra")


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Value by name and labels."""
    families = parser.text_string_to_metric_families(text.decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def scraped(agent, **headers):
    token = (agent.agent.state.path / "tokens" / "_metrics").read_text()
    return agent.container("/metrics", **{"Authorization": f"Bearer {token}", **headers})


def test_the_numbers_are_the_agents(agent, issuer, clock):
    agent.container()
    agent.container(Authorization="guess")
    agent.agent.roles.get("etl").horizon = Horizon(clock.now() + timedelta(hours=8))
    found = samples(agent.unix("GET", "/metrics").body)
    noon = clock.wall()
    assert found["unexpired_role_renewals_total", "etl"] == 1
    assert found["unexpired_role_failures_total", "etl"] == 0
    assert found["unexpired_role_requests_total", "etl"] == 1
    assert found["unexpired_role_refused_total", "etl"] == 1
    assert found["unexpired_role_expires_timestamp_seconds", "etl"] == noon + 3600
    assert noon < found["unexpired_role_next_renewal_timestamp_seconds", "etl"] < noon + 3600
    assert found["unexpired_role_horizon_timestamp_seconds", "etl"] == noon + 8 * 3600
    assert found["unexpired_agent_roles", "serving"] == 1
    assert found["unexpired_agent_start_timestamp_seconds",] == noon
    assert found["unexpired_agent_configuration_refused",] == 0
    assert found["unexpired_agent_info", __version__] == 1


def test_what_nobody_knows_is_absent_and_what_never_ends_is_infinite(start, config, issuer):
    agent = start(with_role(config, "idle"))
    agent.container()
    agent.agent.roles.get("etl").horizon = Horizon(None)
    agent.agent.roles.get("idle").horizon = Horizon("unknown")
    agent.call(agent.agent.roles.get("idle").rest)
    found = samples(agent.unix("GET", "/metrics").body)
    assert found["unexpired_role_horizon_timestamp_seconds", "etl"] == float("inf")
    assert ("unexpired_role_horizon_timestamp_seconds", "idle") not in found
    assert ("unexpired_role_expires_timestamp_seconds", "idle") not in found
    assert found["unexpired_agent_roles", "resting"] == 1


def test_a_failure_is_counted(start, issuer):
    issuer.error = SourceUnavailable("STS cannot be reached")
    agent = start()
    agent.container()
    assert samples(agent.unix("GET", "/metrics").body)["unexpired_role_failures_total", "etl"] >= 1


def test_a_scraper_shows_the_token_of_the_state_folder(agent):
    answer = scraped(agent)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert ("unexpired_role_renewals_total", "etl") in samples(answer.body)
    assert (agent.agent.state.path / "tokens" / "_metrics").stat().st_mode & 0o777 == 0o600


def test_the_token_is_the_same_after_a_restart(agent, start):
    token = (agent.agent.state.path / "tokens" / "_metrics").read_text()
    agent.stop()
    assert (start().agent.state.path / "tokens" / "_metrics").read_text() == token


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": ""}, "TokenRefused"),
        ({"Authorization": "Bearer guess"}, "TokenRefused"),
        ({"Host": "evil.example"}, "HostRefused"),
        ({"Origin": "https://evil"}, "BrowserRefused"),
        ({"X-Forwarded-For": "10.0.0.1"}, "ProxyRefused"),
    ],
)
def test_others_are_refused_and_written_down(agent, headers, code):
    answer = scraped(agent, **headers)
    assert answer.status == 403
    assert b"unexpired_role" not in answer.body
    assert len(agent.denials(code)) == 1


def test_a_roles_token_does_not_open_it_nor_this_one_a_role(agent):
    assert scraped(agent, Authorization=agent.token()).status == 403
    token = (agent.agent.state.path / "tokens" / "_metrics").read_text()
    assert agent.container(Authorization=token).status == 403


def test_no_secret_is_in_them(agent):
    agent.container()
    text = scraped(agent).body
    assert b"canary" not in text
    assert agent.token().encode() not in text
    assert (agent.agent.state.path / "tokens" / "_metrics").read_bytes() not in text


def test_ten_thousand_roles_are_a_scrape(agent):
    status = agent.status(None)
    status["roles"] = {f"role-{number}": status["roles"]["etl"] for number in range(10_000)}
    assert len(samples(exposition(status)[0])) > 60_000
