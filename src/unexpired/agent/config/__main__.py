"""``python -m unexpired.agent.config docs/agent.md``: write the reference on that page anew."""

from __future__ import annotations

import sys
from pathlib import Path

from unexpired.agent.config._page import filled


def main() -> None:
    """Write; see the module."""
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
