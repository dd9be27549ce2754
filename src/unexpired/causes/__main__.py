"""``python -m unexpired.causes FOLDER``: write the pages of the documentation; with ``--check`` only compare them.

Ends with 1 when ``--check`` found a difference, naming each file on stderr.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from unexpired.causes._page import pages


def main() -> int:
    """Write or compare; see the module."""
    parser = argparse.ArgumentParser(prog="python -m unexpired.causes", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pages stand, usually docs/causes")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page differs")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    different = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if arguments.check:
        for name in different:
            sys.stderr.write(
                f"{folder / name} is not what the catalogue says; run: python -m unexpired.causes {folder}\n"
            )
        return 1 if different else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in different:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
