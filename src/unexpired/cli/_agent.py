"""What the sub-commands of ``unexpired agent`` share: which file, which socket, which folder."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="unexpired.toml; without it UNEXPIRED_CONFIG, or the one in the user's configuration folder.",
)


def config_path(given: Path | None) -> Path:
    """The file that was named, or the one that is looked for."""
    import os

    from unexpired.agent.config import configuration_file

    return given or configuration_file(os.environ)


def _places(given: Path | None) -> tuple[Path | None, Path | None]:
    """The socket and the state folder that the configuration names; a client of the agent needs no configuration."""
    from unexpired.agent.config import places
    from unexpired.engine.errors import ConfigurationError

    path = config_path(given)
    if given is None and not path.exists():
        return None, None
    try:
        return places(path)
    except ConfigurationError:
        if given is not None:
            raise
        return None, None  # the agent runs on with the file it could read, and its status says what is wrong


def agent_socket(given: Path | None) -> Path:
    """Where the agent of this configuration listens."""
    import os

    from unexpired.agent.state import socket_path

    socket, state = _places(given)
    return socket or socket_path(os.environ, state=state)


def state_folder(given: Path | None) -> Path:
    """Where the agent of this configuration keeps its state."""
    import os

    from unexpired.agent.state import state_directory

    return _places(given)[1] or state_directory(os.environ)
