"""Each cause is recognised in texts that show it, and silent in near misses: ``texts/<slug>.txt``.

A file holds several texts, each behind a line ``=== shows: …`` or ``=== near miss: …``. Dropping in a file is all there
is to do; a cause without one fails here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from unexpired.causes import catalogue
from unexpired.explaining import explain

TEXTS = Path(__file__).with_name("texts")
_HEAD = re.compile(r"^=== (shows|near miss): (.+)\n", re.MULTILINE)
_LINE_OF_A_HEALTHY_LOG = "2026-03-01 10:00:00.{:03} INFO [worker-{}] wrote part-{:05}.parquet in {} ms, 200 OK\n"


class Sample(NamedTuple):
    slug: str
    kind: str
    name: str
    text: str


def samples(kind: str) -> list[Sample]:
    found = []
    for path in sorted(TEXTS.glob("*.txt")):
        parts = _HEAD.split(path.read_text(encoding="utf-8"))[1:]
        found += [Sample(path.stem, *parts[i : i + 3]) for i in range(0, len(parts), 3)]
    return [sample for sample in found if sample.kind == kind]


def named(sample: Sample) -> str:
    return f"{sample.slug}: {sample.name}"


def healthy(number: int) -> str:
    return "".join(_LINE_OF_A_HEALTHY_LOG.format(i % 1000, i % 7, i, i * 7 % 911) for i in range(number))


def test_every_cause_has_a_text_that_shows_it_and_a_near_miss():
    slugs = [cause.slug for cause in catalogue()]
    assert sorted({sample.slug for sample in samples("shows")}) == slugs
    assert sorted({sample.slug for sample in samples("near miss")}) == slugs


@pytest.mark.parametrize("sample", samples("shows"), ids=named)
def test_a_text_that_shows_a_cause_is_explained_by_it(sample: Sample):
    explanation = explain(sample.text)
    assert explanation.cause == sample.slug
    assert explanation.causes[0].why
    assert 1 <= explanation.causes[0].line <= len(sample.text.splitlines())


@pytest.mark.parametrize("sample", samples("near miss"), ids=named)
def test_a_near_miss_is_not_explained_by_the_cause(sample: Sample):
    assert sample.slug not in [suspect.cause for suspect in explain(sample.text).causes]


@pytest.mark.parametrize("sample", samples("shows"), ids=named)
def test_a_cause_is_found_in_the_middle_of_a_long_log_on_its_line(sample: Sample):
    before = 2000
    alone = explain(sample.text)
    inside = explain(healthy(before) + sample.text + healthy(500))
    assert inside.cause == alone.cause, "no word of _words.WORDS stands in or near the message"
    assert inside.causes[0].line == alone.causes[0].line + before


def test_a_healthy_log_is_explained_by_nothing():
    explanation = explain(healthy(3000))
    assert not explanation
    assert explanation.family == "none"
