"""A strict STS and S3 in this process: what a job meets in the field, without the field.

moto gives the services. In front of it stands our **gate**, which checks what moto does not: the signature, the clock
rule, that key and token belong together, that the session is alive. Behind the gate STS is ours too, because only
who issues a session knows when it ends.

Nothing here is imported by the core: it needs ``pip install 'unexpired[sandbox]'``. The public face is
``unexpired.testing.Sandbox``; ``unexpired sandbox`` runs the same thing as a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from unexpired.sandbox.sandbox import Sandbox


def load() -> type[Sandbox]:
    """The ``Sandbox`` class. Imports moto and flask, which takes about a second.

    Raises:
        ConfigurationError: They are not installed.
    """
    try:
        from unexpired.sandbox.sandbox import Sandbox
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("unexpired"):
            raise
        raise ConfigurationError(
            "the sandbox needs packages that are not installed",
            why=f"no module named {missing.name!r}",
            next_steps="pip install 'unexpired[sandbox]'",
        ) from missing
    return Sandbox
