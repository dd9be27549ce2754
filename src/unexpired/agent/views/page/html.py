"""The agent's page as HTML: no scripts, every text escaped; the status it is made of holds no secret."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from unexpired.agent.views.page.picture import horizon, timeline
from unexpired.agent.views.telling import RoleLine, complaints, role_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from unexpired.agent.views.history import Attempt

MOST_ROLES = 200
# Colours with a contrast of 4.5 to 1 or more on their ground (WCAG 2.1, 1.4.3), in both schemes.
STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#1d2329;--soft:#59636e;--line:#d5dae0;--good:#1a7f37;--bad:#b3261e;
--look:#8a5300;--fill:#b7e2c3;--limit:#f6c99b;--none:#eef1f4}
@media(prefers-color-scheme:dark){:root{--ground:#14181d;--text:#e4e8ec;--soft:#a3adb8;--line:#343c45;--good:#4cc26b;
--bad:#ff8f85;--look:#e5b45a;--fill:#1f5a34;--limit:#7a4a12;--none:#232a31}}
body{font:15px/1.45 system-ui,sans-serif;margin:1.2rem auto;max-width:70rem;padding:0 1rem;background:var(--ground);
color:var(--text)}
h1{font-size:1.3rem;margin:0}header p{color:var(--soft);margin:.2rem 0 1rem}
.wrong{border-left:4px solid var(--bad);padding:.3rem .7rem;margin:.5rem 0}
article{border-top:1px solid var(--line);padding:.8rem 0;display:grid;gap:.4rem 1.5rem;
grid-template-columns:minmax(15rem,1fr) auto}
h2{font-size:1.05rem;margin:0}.state{font-weight:600;color:var(--good)}
.failed,.expired{color:var(--bad)}.extended,.renewing{color:var(--look)}.resting{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 .8rem;margin:.3rem 0}dt{color:var(--soft)}dd{margin:0}
figure{margin:0 0 .5rem}figcaption{color:var(--soft);font-size:.85rem}svg{display:block;max-width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg text.on{fill:var(--text)}
.axis{stroke:var(--line)}.now{stroke:var(--text);stroke-width:2}.left{fill:var(--fill)}rect.good{fill:var(--fill)}
circle.good{fill:var(--good)}.bad{stroke:var(--bad);stroke-width:2;fill:none}.limit{fill:var(--limit)}.empty{fill:var(--none)}
.unknown{fill:var(--none);stroke:var(--look);stroke-dasharray:4 3}
.error{grid-column:1/-1;border-left:4px solid var(--bad);padding-left:.7rem}code{overflow-wrap:anywhere}
ul{margin:.2rem 0;padding-left:1.2rem}
@media(max-width:44rem){article{grid-template-columns:1fr}}
"""


def page(status: Mapping[str, Any], attempts: Callable[[str], Sequence[Attempt]], now: datetime) -> bytes:
    """The whole document: what needs a look first, and of very many roles the first 200.

    Args:
        status: the status object.
        attempts: the renewals of a role.
        now: aware.
    """
    roles = status["roles"]
    lines = sorted((role_line(name, role, now) for name, role in roles.items()), key=lambda line: line.urgency)
    articles = "".join(_article(line, roles[line.name], attempts(line.name), now) for line in lines[:MOST_ROLES])
    more = f"; the {MOST_ROLES} that need a look first" if len(lines) > MOST_ROLES else ""
    wrong = "".join(f'<p class="wrong">{escape(sentence)}</p>' for sentence in complaints(status))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>unexpired agent</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<header><h1>unexpired agent</h1><p>{len(lines)} roles{more}. "
        f"{now.astimezone():%H:%M:%S}, process {status['pid']}.</p></header>"
        f"{wrong}<main>{articles}</main></body></html>"
    ).encode()


def _article(line: RoleLine, role: Mapping[str, Any], attempts: Sequence[Attempt], now: datetime) -> str:
    facts = {
        "expires": line.expires,
        "renewed": line.renews,
        "horizon": line.horizon,
        "source": line.source,
        "so far": f"{role['renewals']} renewals, {role['failures']} failed; {line.clients} clients, "
        f"{role['requests']} requests, {role['refused']} refused",
    }
    told = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    pictures = _figure("renewals: 4 h back, 2 h ahead", timeline(role, attempts, now))
    if role["horizon"] and role["horizon"]["links"]:
        pictures += _figure("horizon: with nobody present", horizon(role["horizon"], now))
    state = f'<span class="state {escape(line.state)}">{escape(line.state)}</span>'
    return (
        f"<article><div><h2>{escape(line.name)} {state}</h2><dl>{told}</dl></div>"
        f"<div>{pictures}</div>{_error(role)}</article>"
    )


def _figure(caption: str, picture: str) -> str:
    return f"<figure><figcaption>{caption}</figcaption>{picture}</figure>"


def _error(role: Mapping[str, Any]) -> str:
    """Why the last attempt failed, and what to do; what puts a horizon off."""
    error, limit = role["last_error"], (role["horizon"] or {}).get("limited_by")
    steps = [*(error["next"] if error else ()), *(limit["extend"] if limit else ())]
    if error and error["cause"]:
        steps.append(f"unexpired doctor {error['cause']}")
    said = "To put the end off:" if steps else ""
    if error:
        said = f"<strong>{escape(error['what'])}</strong> {escape(error['why'] or '')}"
    listed = "".join(f"<li><code>{escape(step)}</code></li>" for step in steps)
    if not said:
        return ""
    return f'<div class="{"error" if error else "extend"}">{said}<ul>{listed}</ul></div>'
