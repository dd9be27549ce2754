"""The chain lasts as long as its shortest link, and nothing is guessed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unexpired.engine.horizon import Link, horizon_of

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


ROLE = Link("assume_role", None, session_seconds=3600)
SIGN_IN = Link("sso-session", at(6), "sso-session-expired", "the sign-in ends", ("aws sso login",))
EXPORTED = Link("environment", "unknown", "static-env-session")
LAPSED = Link("web-identity-token", at(-1), "web-identity-token-expired")


@pytest.mark.parametrize(
    ("links", "until", "limited_by"),
    [
        ((), None, None),
        ((Link("static_profile", None), ROLE), None, None),
        ((SIGN_IN, ROLE), at(6), SIGN_IN),
        ((SIGN_IN, LAPSED), at(-1), LAPSED),
        ((EXPORTED,), "unknown", EXPORTED),
        ((EXPORTED, SIGN_IN), "unknown", EXPORTED),
        ((EXPORTED, LAPSED), at(-1), LAPSED),
    ],
    ids=["nothing", "static key and role", "sign-in", "lapsed", "exported", "exported and sign-in", "both, one lapsed"],
)
def test_the_shortest_link_ends_it(links, until, limited_by) -> None:
    horizon = horizon_of(links, NOW)
    assert (horizon.until, horizon.limited_by) == (until, limited_by)


@given(st.lists(st.sampled_from([ROLE, SIGN_IN, EXPORTED, LAPSED])), st.randoms())
def test_the_order_of_the_links_changes_nothing(links, random) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)
    assert horizon_of(tuple(links), NOW).until == horizon_of(tuple(shuffled), NOW).until


def test_what_is_unknown_is_no_promise() -> None:
    assert horizon_of((SIGN_IN,), NOW).covers(NOW, 6 * 3600)
    assert not horizon_of((SIGN_IN,), NOW).covers(NOW, 6 * 3600 + 1)
    assert horizon_of((ROLE,), NOW).covers(NOW, 1e9)
    assert not horizon_of((EXPORTED,), NOW).covers(NOW, 1)


def test_the_json_is_the_contracts() -> None:
    assert horizon_of((SIGN_IN, ROLE), NOW).to_json() == {
        "until": "2026-11-21T18:00:00Z",
        "limited_by": {
            "link": "sso-session",
            "cause": "sso-session-expired",
            "why": "the sign-in ends",
            "extend": ["aws sso login"],
        },
        "links": [
            {
                "link": "sso-session",
                "until": "2026-11-21T18:00:00Z",
                "cause": "sso-session-expired",
                "why": "the sign-in ends",
                "extend": ["aws sso login"],
                "session_seconds": None,
                "profile": None,
            },
            {
                "link": "assume_role",
                "until": None,
                "cause": None,
                "why": "",
                "extend": [],
                "session_seconds": 3600,
                "profile": None,
            },
        ],
    }
