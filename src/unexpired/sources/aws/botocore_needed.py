"""What an older botocore cannot do, said by the version that can, before it goes wrong in words that hide it.

Data platforms pin boto3 for years, so the lower bound in pyproject.toml is what everything but these few things needs.
"""

from __future__ import annotations

from unexpired.engine.errors import ConfigurationError


def too_old(lacks: str, *, since: str, link: str, extra: str = "") -> ConfigurationError:
    """The error for what this botocore does not know; to be raised.

    Args:
        lacks: what, after "does not know".
        since: the first boto3 whose botocore knows it, as ``1.41``.
        link: the source.
        extra: the extra of this package that brings it, where one does.
    """
    from botocore import __version__

    wanted = f"unexpired[{extra}]" if extra else f"boto3>={since}"
    return ConfigurationError(
        f"botocore {__version__} does not know {lacks}",
        why=f"boto3 does since {since}",
        next_steps=f"pip install --upgrade '{wanted}'",
        cause="sdk-too-old",
        link=link,
    )
