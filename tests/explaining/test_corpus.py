"""How often the first cause is right, on error output as people met it.

The samples stand beside a checkout, not in it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unexpired.explaining import explain

SAMPLES = Path(__file__).parents[3] / "shared" / "corpus" / "explain-dev.jsonl"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not beside this checkout")


@pytest.fixture(scope="module")
def judged() -> list[tuple[dict, str | None, str, list[str]]]:
    """Each sample with the first cause, the family and all causes named."""
    found = []
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        explanation = explain(sample["text"])
        found.append((sample, explanation.cause, explanation.family, [one.cause for one in explanation.causes]))
    return found


def test_the_first_cause_is_acceptable_in_at_least_95_of_100(judged):
    wrong = [
        (sample["id"], cause, sample["causes"])
        for sample, cause, _, _ in judged
        if cause not in (sample["causes"] or [None])
    ]
    assert len(wrong) <= 0.05 * len(judged), wrong


def test_the_family_is_right_in_at_least_98_of_100(judged):
    wrong = [(sample["id"], family, sample["family"]) for sample, _, family, _ in judged if family != sample["family"]]
    assert len(wrong) <= 0.02 * len(judged), wrong


def test_no_cause_of_aws_is_named_where_there_is_none(judged):
    named = [
        (sample["id"], causes)
        for sample, _, _, causes in judged
        if sample["family"] in ("none", "unrelated") and set(causes) - {"not-aws"}
    ]
    assert not named
