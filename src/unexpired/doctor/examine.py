"""Gathers the evidence of a machine, without touching the network, running a program, or writing a file."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from unexpired.causes._evidence import Evidence
from unexpired.doctor.caches import read_login_cache, read_role_caches, read_sso_cache
from unexpired.doctor.chain import Scene, chosen_profile, resolve
from unexpired.doctor.environment import read_environment
from unexpired.doctor.machine import find_container, what_proves_ec2
from unexpired.doctor.paths import Paths
from unexpired.doctor.processes import holders
from unexpired.doctor.shared_files import read_shared_files
from unexpired.doctor.startup import read_startup_files
from unexpired.doctor.tokens import read_token_file
from unexpired.doctor.tools import find_tools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.causes._evidence import Bearer, Registries, TokenFile
    from unexpired.doctor.processes import Running


def examine(
    environ: Mapping[str, str] | None = None,
    *,
    profile: str | None = None,
    now: datetime | None = None,
    process: Running | None = None,
    directory: str | None = None,
    root: str = "/",
    instance: str | None = None,
    instance_asked: bool = False,
    bearers: bool = False,
) -> Evidence:
    """Look at this machine, offline.

    Args:
        environ: whose variables, home and files to look at; None: this process's.
        profile: named explicitly, as with ``--profile``; None leaves the choice to the environment.
        now: aware; None asks the wall clock.
        process: look at this one instead: its environment, its directory.
        directory: where the process was started; None: this process's.
        root: where the system's own files (``/sys``, ``/proc``, ``/etc``) stand.
        instance: what the instance's metadata service has answered, if it was asked.
        instance_asked: whether it was, so that no answer means that there is none.
        bearers: look for registry, Kubernetes and database tokens and for Docker's logins as well.

    Returns:
        Everything found. Never raises for what it finds.
    """
    owner = "this process"
    if process is not None:
        environ, directory, owner = process.environ, process.directory, f"process {process.view.pid}"
    environ = dict(os.environ if environ is None else environ)
    directory = _here() if directory is None and process is None else directory
    now = datetime.now(timezone.utc) if now is None else now.astimezone(timezone.utc)
    paths = Paths(environ)
    environment = read_environment(environ, owner)
    files = read_shared_files(environ, paths)
    sso_cache = read_sso_cache(paths, now)
    login_cache = read_login_cache(paths, environ)
    tokens: dict[str, TokenFile] = {}
    on_ec2 = instance or (None if instance_asked else what_proves_ec2(root))

    def token(path: str) -> TokenFile:
        if path not in tokens:
            tokens[path] = read_token_file(path, paths)
        return tokens[path]

    name, chosen_by = chosen_profile(environ, profile)
    scene = Scene(
        now=now,
        environ=environ,
        environment=environment,
        paths=paths,
        files=files,
        sso_cache=sso_cache,
        login_cache=login_cache,
        token=token,
        profile=name,
        chosen_by=chosen_by,
        explicit=profile is not None,
        on_instance=on_ec2,
        instance_asked=instance_asked,
    )
    return Evidence(
        now=now,
        environment=environment,
        config=files.config,
        credentials=files.credentials,
        profiles=files.profiles,
        sso_sessions=files.sso_sessions,
        chain=resolve(scene),
        cached_roles=read_role_caches(paths),
        sso_cache=sso_cache,
        login_cache=login_cache,
        tokens=tokens,
        startup=read_startup_files(paths, directory, root),
        tools=find_tools(environ, paths),
        process=process.view if process else None,
        holders=holders(root),
        container=find_container(root),
        bearers=_bearers(environ, paths) if bearers else (),
        registries=_registries(environ, paths) if bearers else None,
        on_ec2=on_ec2,
    )


def _bearers(environ: Mapping[str, str], paths: Paths) -> tuple[Bearer, ...]:
    from unexpired.doctor.bearers import read_bearers  # rarely asked for

    return read_bearers(environ, paths)


def _registries(environ: Mapping[str, str], paths: Paths) -> Registries:
    from unexpired.doctor.bearers import read_registries

    return read_registries(environ, paths)


def _here() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a string is wanted
    except FileNotFoundError:  # somebody has removed it
        return None
