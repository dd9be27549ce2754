"""Asks every source, in botocore's order, what it would give: who wins, how, and what everybody else has.

botocore stops at the first source that gives credentials or raises. Here each is asked by itself, so that the report
can show what the winner hides. Nothing is fetched, run or changed.

Source: botocore 1.44.5, ``create_credential_resolver``; held against it by ``tests/doctor/test_against_botocore.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes._chain import SOURCES, Candidate, Problem, Resolution
from unexpired.causes._files import Place
from unexpired.doctor.chain import machine, profiles, roles, static
from unexpired.doctor.chain.scene import Broken, NotAsked, Offer, Scene
from unexpired.doctor.seal import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from unexpired.causes._chain import SourceName
    from unexpired.causes._files import SharedFile

__all__ = ["Scene", "chosen_profile", "resolve"]

_Answer = Offer | NotAsked | Broken | None


def chosen_profile(environ: dict[str, str], explicit: str | None) -> tuple[str, str | None]:
    """The profile to begin with, and what chose it: an argument, a variable (the older name first), or nothing.

    A variable that is set to nothing chooses a profile without a name, which does not exist: botocore raises then.
    """
    if explicit is not None:
        return explicit, "--profile"
    for variable in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE"):  # configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES
        if variable in environ:
            return environ[variable], variable
    return "default", None


def resolve(scene: Scene) -> Resolution:
    """Who gives the credentials."""
    asked = [(source, _ask(ask)) for source, ask in _providers(scene)]
    problem = _problem_of_files(scene)
    winner: Offer | None = None
    if problem is None:
        decisive = next((answer for _, answer in asked if isinstance(answer, (Offer, Broken))), None)
        winner = decisive if isinstance(decisive, Offer) else None
        problem = decisive.problem if isinstance(decisive, Broken) else None
    if winner is None and problem is None:
        problem = _unreadable(scene)
    candidates = tuple(_candidate(source, asked, winner) for source in SOURCES)
    return Resolution(
        scene.profile,
        scene.chosen_by,
        candidates,
        next((candidate for candidate in candidates if candidate.state == "used"), None),
        problem,
    )


def _providers(scene: Scene) -> tuple[tuple[SourceName, Callable[[], Offer | NotAsked | None]], ...]:
    name = scene.profile or "default"
    from_environment = not scene.explicit
    return (
        ("environment", lambda: static.environment(scene)),
        ("assume_role", lambda: roles.assume_role(scene, name)),
        ("web_identity", lambda: profiles.web_identity(scene, name, with_environment=from_environment)),
        ("sso", lambda: profiles.sso(scene, name)),
        ("static_profile", lambda: static.credentials_file(scene, name)),
        ("login", lambda: profiles.login(scene, name)),
        ("process", lambda: roles.process(scene, name)),
        ("static_profile", lambda: static.config_file(scene, name)),
        ("static_profile", lambda: static.ec2_file(scene)),
        ("static_profile", lambda: static.boto2_file(scene)),
        ("container", lambda: machine.container(scene)),
        ("instance", lambda: machine.instance(scene)),
    )


def _ask(ask: Callable[[], Offer | NotAsked | None]) -> _Answer:
    try:
        return ask()
    except Broken as broken:
        return broken


def _problem_of_files(scene: Scene) -> Problem | None:
    """What stops botocore before it asks anybody: it reads both files and looks the profile up first."""
    for file in (scene.files.config, scene.files.credentials):
        if file.state == "broken":
            fault = file.faults[0]
            return Problem("config-invalid", f"{fault.place} {fault.said}.", fault.place)
    if scene.chosen_by is None or scene.profile in scene.files.profiles:
        return None
    unreadable = _unreadable(scene)
    if unreadable is not None:
        return unreadable
    chosen_by = scene.chosen_by
    if not scene.profile:
        message = f"{chosen_by} is set to nothing: botocore looks for a profile without a name. Unset it instead."
    else:
        message = f"There is no profile {shown(scene.profile)}, which {chosen_by} names."
    return Problem("profile-not-found", message, None if chosen_by == "--profile" else Place(chosen_by))


def _unreadable(scene: Scene) -> Problem | None:
    """A file that is there and cannot be read. botocore takes it for an empty one; a person wants to know."""
    for file in (scene.files.config, scene.files.credentials):
        if file.state in {"unreadable", "not-a-file"}:
            return Problem("config-invalid", f"{shown(file.path)} cannot be read: {_why(file)}.", Place(file.path))
    return None


def _why(file: SharedFile) -> str:
    return f"it is {file.why}" if file.state == "not-a-file" else file.why


def _candidate(source: SourceName, asked: list[tuple[SourceName, _Answer]], winner: Offer | None) -> Candidate:
    """The first of a source's answers that says anything (static keys can stand in several files)."""
    answers = [answer for name, answer in asked if name == source]
    if winner is not None and any(answer is winner for answer in answers):
        return Candidate(source, "used", winner.location, winner.detail, winner.profile, winner.plan)
    answer = next((answer for answer in answers if answer is not None), None)
    if isinstance(answer, Offer):
        return Candidate(source, "shadowed", answer.location, answer.detail, answer.profile, answer.plan)
    if isinstance(answer, Broken):
        place = answer.problem.place
        return Candidate(
            source, "broken", place.path if place else None, answer.problem.message, problem=answer.problem
        )
    if isinstance(answer, NotAsked):
        return Candidate(source, "skipped", None, answer.detail)
    return Candidate(source, "absent", None, "not configured")
