"""The agent's page as HTML: one table, no scripts. Every text is escaped; the status it is made of holds no secret."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from unexpired.agent.telling import complaints, role_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MOST_ROLES = 200
_COLUMNS = ("role", "state", "source", "expires", "renewed", "horizon", "clients", "renewals", "failed")
STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8888}"
    "meter{width:5rem}"
)


def page(status: Mapping[str, Any], now: datetime) -> bytes:
    """The whole document.

    Args:
        status: the status object.
        now: aware.
    """
    roles = status["roles"]
    lines = sorted((role_line(name, role, now) for name, role in roles.items()), key=lambda line: line.urgency)
    rows, errors = [], []
    for line in lines[:MOST_ROLES]:
        role = roles[line.name]
        bar = "" if line.left is None else f' <meter value="{line.left:.3f}">{line.left:.0%}</meter>'
        cells = [escape(line.state), escape(line.source), escape(line.expires) + bar, escape(line.renews)]
        cells += [escape(line.horizon), str(line.clients), str(role["renewals"]), str(role["failures"])]
        rows.append(f'<tr><th scope="row">{escape(line.name)}</th>' + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
        if line.error:
            steps = "".join(f"<li>{escape(step)}</li>" for step in role["last_error"]["next"])
            errors.append(f"<h2>{escape(line.name)}</h2><p>{escape(line.error)}</p><ul>{steps}</ul>")
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    more = f"<p>The {MOST_ROLES} most urgent of {len(lines)} roles.</p>" if len(lines) > MOST_ROLES else ""
    wrong = "".join(f"<p>{escape(sentence)}</p>" for sentence in complaints(status))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>unexpired agent</title>'
        f"<style>{STYLE}</style><h1>unexpired agent</h1>{wrong}{more}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{''.join(errors)}</html>"
    ).encode()
