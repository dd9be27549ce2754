"""A log that is followed, from one file to the next."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from unexpired.agent import journal


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_a_follower_misses_no_line_and_keeps_no_file_open_when_a_new_one_is_begun(tmp_path, monkeypatch):
    path = tmp_path / "agent.log"
    path.write_text("0\n")
    followed = journal.followed(path, lines=1, follow=True)
    assert next(followed) == "0"
    looks = itertools.count(1)

    def meanwhile(_seconds):
        number = next(looks)
        with path.open("a") as file:
            file.write(f"{number} last\n")
        path.rename(tmp_path / "agent.log.1")
        path.write_text(f"{number} first\n")

    monkeypatch.setattr(journal, "time", SimpleNamespace(sleep=meanwhile))
    assert [next(followed) for _ in range(6)] == [f"{n} {which}" for n in (1, 2, 3) for which in ("last", "first")]
    assert _open_below(tmp_path) == 1
    followed.close()


def _open_below(folder):
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # another thread has closed it meanwhile
            found += str(descriptor.readlink()).startswith(str(folder))
    return found
