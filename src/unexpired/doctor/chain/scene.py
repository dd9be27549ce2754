"""What a source is judged by, and the two things that it can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unexpired.causes._chain import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from unexpired.causes._chain import Step
    from unexpired.causes._evidence import Environment, SignIn, TokenFile
    from unexpired.causes._files import Place
    from unexpired.doctor.paths import Paths
    from unexpired.doctor.shared_files import SharedFiles


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """Everything that decides who wins. Holds the raw environment, and so never leaves this package.

    Attributes:
        profile: the one to begin with.
        chosen_by: ``--profile``, the name of the variable, or None for ``default``.
        explicit: it was named on the command line, which sets the environment's keys aside (boto3:
            ``Session(profile_name=...)``; ``AWS_PROFILE`` does not).
        token: reads a web-identity token file.
        on_instance: the words that prove that an instance's metadata service is there, or None.
        instance_asked: the metadata service was really asked, so that None means *no*.
        seen_through: the profiles whose ``credential_process`` is our own and is being seen through, outermost first.
    """

    now: datetime
    environ: Mapping[str, str]
    environment: Environment
    paths: Paths
    files: SharedFiles
    sso_cache: tuple[SignIn, ...]
    login_cache: tuple[SignIn, ...]
    token: Callable[[str], TokenFile]
    profile: str
    chosen_by: str | None
    explicit: bool
    on_instance: str | None
    instance_asked: bool = False
    seen_through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A source that would give credentials.

    Attributes:
        plan: how they are made, base first; the last step is the source itself.
    """

    plan: tuple[Step, ...]
    location: str | None
    detail: str
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A source that was set aside."""

    detail: str


class Broken(Exception):
    """A source is configured so that botocore raises: it asks nobody after it."""

    def __init__(self, cause: str, message: str, place: Place | None = None) -> None:
        self.problem = Problem(cause, message, place)
        super().__init__(message)
