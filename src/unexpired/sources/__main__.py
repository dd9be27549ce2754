"""``python -m unexpired.sources docs/sources.md``: write the table of that page anew; with ``--check`` only compare it.

Ends with 1 when ``--check`` found a difference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from unexpired.sources._page import filled


def main() -> int:
    """Write or compare; see the module."""
    parser = argparse.ArgumentParser(prog="python -m unexpired.sources", description=__doc__)
    parser.add_argument("page", type=Path, help="usually docs/sources.md")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the table differs")
    arguments = parser.parse_args()
    page: Path = arguments.page
    present = page.read_text(encoding="utf-8")
    wanted = filled(present)
    if present == wanted:
        return 0
    if arguments.check:
        sys.stderr.write(f"{page} is not what the sources say; run: python -m unexpired.sources {page}\n")
        return 1
    page.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
