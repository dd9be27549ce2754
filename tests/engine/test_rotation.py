"""Whether somebody rotates a token's file, by what can be seen of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from unexpired.engine.rotation import rotation_of

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
POD = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
EKS = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF"


def judged(path: str = POD, *, age: float, left: float, written: float | None = 0.0, issuer: str = ""):
    """A token of that age (hours) with so much left, and when its file was written (hours after it was issued)."""
    issued = NOW - timedelta(hours=age)
    changed = None if written is None else issued + timedelta(hours=written)
    ends = NOW + timedelta(hours=left)
    return rotation_of(path, NOW, ends_at=ends, issued_at=issued, issuer=issuer, changed_at=changed)


@pytest.mark.parametrize(
    ("token", "goes_on", "why"),
    [
        pytest.param({"age": 2, "left": 22}, True, "kubelet rotates", id="young, where kubelet writes"),
        pytest.param({"path": "/tmp/token", "age": 2, "left": 22}, False, "nothing shows", id="young, elsewhere"),
        pytest.param({"path": "/t", "age": 2, "left": 22, "issuer": EKS}, True, "kubelet", id="EKS's, elsewhere"),
        pytest.param({"age": 20, "left": 4}, True, "kubelet rotates", id="just due"),
        pytest.param({"age": 23.9, "left": 0.1}, False, "should have replaced it at", id="overdue"),
        pytest.param({"age": 30, "left": 138}, True, "kubelet rotates", id="a week's, a day old"),
        pytest.param({"age": 48, "left": 120}, False, "should have replaced it at", id="a week's, two days old"),
        pytest.param({"age": 2, "left": 22, "written": 1.5}, False, "a copy", id="copied"),
        pytest.param({"age": 2, "left": 22, "written": None}, True, "kubelet rotates", id="when written is unknown"),
        pytest.param({"age": 25, "left": -1}, False, "has ended", id="ended"),
    ],
)
def test_place_issuer_and_times_tell(token, goes_on, why):
    judgement = judged(**token)
    assert judgement.goes_on is goes_on
    assert why in judgement.why


def test_without_a_time_of_issue_the_place_decides():
    assert rotation_of(POD, NOW, ends_at=NOW + timedelta(minutes=1)).goes_on
