"""The reference of ``unexpired.toml`` in the documentation, made of the schema."""

from __future__ import annotations

from unexpired.agent.config.schema import KEYS, TITLES

BEGIN, END = "<!-- made by `python -m unexpired.agent.config`: begin -->", "<!-- end -->"


def reference() -> str:
    """A table of keys for each section."""
    tables = []
    for section, keys in KEYS.items():
        head = (f"### `{TITLES[section]}`", "", "| key | takes | without it | means |", "| - | - | - | - |")
        rows = (f"| `{key.name}` | {key.kind.written} | {key.default} | {key.meaning} |" for key in keys)
        tables.append("\n".join((*head, *rows)))
    return "\n\n".join(tables)


def filled(page: str) -> str:
    """A page with the reference between its two marks.

    Raises:
        ValueError: it has no marks.
    """
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"
