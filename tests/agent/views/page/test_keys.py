"""The keys of the agent's page: a link works once and for a minute, its cookie for twelve hours."""

from __future__ import annotations

from unexpired.agent.views.page.keys import Keys


def test_a_link_is_exchanged_once(clock):
    keys = Keys(clock)
    token = keys.link()
    cookie = keys.exchanged(token)
    assert cookie is not None
    assert keys.admits(cookie)
    assert keys.exchanged(token) is None


def test_a_link_lapses_after_a_minute(clock):
    keys = Keys(clock)
    token = keys.link()
    clock.advance(60)
    assert keys.exchanged(token) is None


def test_a_cookie_lapses_after_twelve_hours(clock):
    keys = Keys(clock)
    cookie = keys.exchanged(keys.link())
    clock.advance(12 * 3600 - 1)
    assert keys.admits(cookie)
    clock.advance(1)
    assert not keys.admits(cookie)


def test_a_link_is_no_cookie_and_a_guess_is_nothing(clock):
    keys = Keys(clock)
    token = keys.link()
    assert not keys.admits(token)
    assert keys.exchanged("guess") is None
