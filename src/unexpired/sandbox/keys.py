"""Long-term keys, in a file that needs no moto: drivers of a sandbox elsewhere hold them too."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LongTermKey:
    """An access key of a user. It never expires."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    user_name: str
    arn: str
