"""``unexpired agent status --watch``: the roles of the running agent, live, on the whole terminal.

Asking is done on a thread, so that an agent that does not answer never freezes the keys. When it goes, the screen says
so and keeps what it last saw; it asks on, and is right again when the agent is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Input, Static

from unexpired.agent.views.telling import RoleLine, complaints, details, role_line
from unexpired.engine.clock import SYSTEM_CLOCK, Clock, moment
from unexpired.engine.errors import UnexpiredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    Ask = Callable[[str, str], tuple[int, Any]]

LOOK_SECONDS = 1.0
# Of more, a status is megabytes: it is asked for less often, and the first are shown.
_MANY = 500
_LOOK_AT_MANY_SECONDS = 5.0
# 80 columns hold all but the last, which stands below the table for the role under the cursor.
_COLUMNS = (
    *(("role", 12), ("state", 8), ("expires", 11), ("renewed", 7)),
    *(("horizon", 9), ("clients", 7), ("source", 11), ("last error", 60)),
)
_BAR = 4
_HTTP_OK = 200
_STYLES = {"failed": "bold red", "expired": "red", "extended": "yellow", "renewing": "cyan", "resting": "dim"}


class Details(ModalScreen[None]):
    """Everything about one role; Escape goes back."""

    CSS = """
    Details { align: center middle; }
    #details { width: 90%; height: auto; max-height: 90%; border: round $accent; padding: 0 1; background: $surface; }
    """
    BINDINGS: ClassVar = [("escape,enter,q", "dismiss", "Back")]

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Textual's call."""
        with VerticalScroll(id="details"):
            yield Static(Text("\n".join(self._lines)))
        yield Footer()


class Watch(App[None]):
    """The live screen.

    Args:
        ask: sends a method and a target to the agent's socket; gives status and object, or raises an UnexpiredError.
        clock: what "in 42m" counts from; injected by tests.
        look_seconds: how often the agent is asked; None leaves that to :meth:`look`.
    """

    TITLE = "unexpired agent"
    CSS = """
    #banner { height: auto; padding: 0 1; }
    #banner.wrong { background: $error; color: $text; }
    #error { height: auto; max-height: 4; padding: 0 1; color: $text-error; }
    #filter { display: none; height: 3; }
    #filter.shown { display: block; }
    DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar = [
        ("s", "sort", "Sort"),
        ("slash", "filter", "Filter"),
        ("d", "details", "Details"),
        ("r", "renew", "Renew now"),
        ("t", "theme", "Light/dark"),
        ("q", "quit", "Quit"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, ask: Ask, *, clock: Clock = SYSTEM_CLOCK, look_seconds: float | None = LOOK_SECONDS) -> None:
        super().__init__()
        self._ask, self._clock, self._look_seconds = ask, clock, look_seconds
        self._found: dict[str, Any] | None = None
        self._by_name = False
        self._wanted = ""
        self._shown: dict[str, RoleLine] = {}

    def compose(self) -> ComposeResult:
        """Textual's call."""
        yield Static("asking the agent …", id="banner", markup=False)
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Static(id="error", markup=False)
        yield Input(placeholder="part of a role's name, source or state", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Textual's call."""
        table = self._table
        for title, width in _COLUMNS:
            table.add_column(title, key=title, width=width)
        table.focus()
        self.look()

    def look(self) -> None:
        """Ask the agent now, and again when it is time."""
        self.run_worker(self._asked, thread=True, exclusive=True, group="look")

    def _asked(self) -> None:
        try:
            code, found = self._ask("GET", "/status")
        except UnexpiredError as error:
            self.call_from_thread(self._lost, error)
        else:
            if code == _HTTP_OK:
                self.call_from_thread(self._came, found)
        if self._look_seconds is not None:
            many = len((self._found or {}).get("roles", ())) > _MANY
            pause = max(self._look_seconds, _LOOK_AT_MANY_SECONDS) if many else self._look_seconds
            self.call_from_thread(self.set_timer, pause, self.look)

    def _came(self, found: dict[str, Any]) -> None:
        self._found = found
        self._show()

    def _lost(self, error: UnexpiredError) -> None:
        seen = "what is below was seen before; " if self._found else ""
        self._say(f"{error.what}: {seen}still trying", wrong=True)

    def _show(self) -> None:
        """Bring the table up to date: cell by cell where the rows are the same, so that the cursor stays."""
        if self._found is None:
            return
        now = moment(self._clock.wall())
        lines = [role_line(name, role, now) for name, role in self._found["roles"].items()]
        lines = [line for line in lines if self._wanted in f"{line.name} {line.source} {line.state}".lower()]
        lines.sort(key=(lambda line: line.name) if self._by_name else (lambda line: line.urgency))
        more, lines = len(lines) - _MANY, lines[:_MANY]
        self._fill({line.name: line for line in lines})
        wrong = list(complaints(self._found))
        order = "by name" if self._by_name else "what needs a look first"
        of = f"{len(self._found['roles'])} roles, {order}; agent {self._found['pid']}"
        shown = f"; the first {_MANY} are shown, / finds the others" if more > 0 else ""
        self._say("; ".join([f"{of}{shown}", *wrong]), wrong=bool(wrong))

    def _fill(self, lines: dict[str, RoleLine]) -> None:
        table = self._table
        if list(lines) != list(self._shown):
            selected = self._selected
            table.clear()
            for line in lines.values():
                table.add_row(*_cells(line), key=line.name)
            if selected in lines:
                table.move_cursor(row=list(lines).index(selected), animate=False)
        else:
            for name, line in lines.items():
                if line != self._shown[name]:
                    for (title, _), cell in zip(_COLUMNS, _cells(line), strict=True):
                        table.update_cell(name, title, cell)
        self._shown = lines
        self._tell_error()

    def _tell_error(self) -> None:
        """Below the table: why the role under the cursor failed."""
        line = self._shown.get(self._selected)
        self.query_one("#error", Static).update(f"{line.name}: {line.error}" if line is not None and line.error else "")

    def _say(self, words: str, *, wrong: bool = False) -> None:
        banner = self.query_one("#banner", Static)
        banner.update(words)
        banner.set_class(wrong, "wrong")

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    @property
    def _selected(self) -> str:
        """The role under the cursor; empty where there is none."""
        row = self._table.cursor_row
        return list(self._shown)[row] if 0 <= row < len(self._shown) else ""

    # What the keys do.

    def action_sort(self) -> None:
        """By name, or what needs a look first."""
        self._by_name = not self._by_name
        self._show()

    def action_filter(self) -> None:
        """Type a part of what is looked for; Enter goes back to the table, with nothing typed shows all."""
        field = self.query_one("#filter", Input)
        field.add_class("shown")
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Textual's call: what is looked for has changed."""
        self._wanted = event.value.strip().lower()
        self._show()

    def on_input_submitted(self) -> None:
        """Textual's call: Enter in the field."""
        self.query_one("#filter", Input).set_class(bool(self._wanted), "shown")
        self._table.focus()

    def on_data_table_row_highlighted(self) -> None:
        """Textual's call: the cursor has moved."""
        self._tell_error()

    def on_data_table_row_selected(self) -> None:
        """Textual's call: Enter, or a click, on a role."""
        self.action_details()

    def action_details(self) -> None:
        """Everything about the role under the cursor."""
        name = self._selected
        if name and self._found is not None:
            self.push_screen(Details(list(details(name, self._found["roles"][name], moment(self._clock.wall())))))

    def action_renew(self) -> None:
        """A new session now for the role under the cursor."""
        name = self._selected
        if name:
            self.run_worker(lambda: self._renewed(name), thread=True, group="renew")

    def _renewed(self, name: str) -> None:
        try:
            code, answer = self._ask("POST", f"/renew/{name}")
            refused = None if code == _HTTP_OK else str(answer.get("message", code))
        except UnexpiredError as error:
            refused = error.what
        words = f"{name}: {refused or 'renewed'}"
        self.notify(words, severity="error" if refused else "information", markup=False)
        self.call_from_thread(self.look)

    def action_theme(self) -> None:
        """Dark letters on light, or light on dark."""
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"


def _cells(line: RoleLine) -> tuple[Text, ...]:
    filled = 0 if not line.left else max(round(line.left * _BAR), 1)
    bar = f"{'━' * filled}{'·' * (_BAR - filled)} " if line.left is not None else ""
    return (
        Text(line.name, overflow="ellipsis"),
        Text(line.state, _STYLES.get(line.state, "green")),
        Text(f"{bar}{line.expires.removeprefix('in ')}"),
        Text(line.renews.removeprefix("in ")),
        Text(line.horizon, overflow="ellipsis"),
        Text(str(line.clients), justify="right"),
        Text(line.source),
        Text(line.error, "red", overflow="ellipsis"),
    )
