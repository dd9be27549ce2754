"""What the sub-commands of ``unexpired agent`` share: which file, which socket, which folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unexpired.agent.config import AgentConfig

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


def _config(given: Path | None) -> AgentConfig | None:
    """The configuration, if there is a file: a client of the agent needs none."""
    from unexpired.agent.config import read
    from unexpired.engine.errors import ConfigurationError

    path = config_path(given)
    if given is None and not path.exists():
        return None
    try:
        return read(path)
    except ConfigurationError:
        if given is not None:
            raise
        return None  # the agent runs on with the file it could read, and its status says what is wrong


def agent_socket(given: Path | None) -> Path:
    """Where the agent of this configuration listens."""
    import os

    from unexpired.agent.state import socket_path

    config = _config(given)
    if config is not None and config.socket is not None:
        return config.socket
    return socket_path(os.environ, state=config.state if config is not None else None)


def state_folder(given: Path | None) -> Path:
    """Where the agent of this configuration keeps its state."""
    import os

    from unexpired.agent.state import state_directory

    config = _config(given)
    return (config.state if config is not None else None) or state_directory(os.environ)
