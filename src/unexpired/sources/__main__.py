"""``python -m unexpired.sources FILE``: write the page of the documentation; with ``--check`` only compare it.

Ends with 1 when ``--check`` found a difference, and says so on stderr.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from unexpired.sources._page import page


def main() -> int:
    """Write or compare; see the module."""
    parser = argparse.ArgumentParser(prog="python -m unexpired.sources", description=__doc__)
    parser.add_argument("file", type=Path, help="the page, usually docs/sources.md")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page differs")
    arguments = parser.parse_args()
    file: Path = arguments.file
    wanted = page()
    if file.is_file() and file.read_text(encoding="utf-8") == wanted:
        return 0
    if arguments.check:
        sys.stderr.write(f"{file} is not what the sources say; run: python -m unexpired.sources {file}\n")
        return 1
    file.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
