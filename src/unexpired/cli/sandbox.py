"""``unexpired sandbox``: the strict STS and S3, until Ctrl-C."""

from __future__ import annotations

import json
import signal
import tempfile
import threading
from typing import TYPE_CHECKING

import click

from unexpired.cli._parameters import duration

if TYPE_CHECKING:
    from datetime import timedelta


@click.command(
    short_help="Run a strict STS and S3 here, whose sessions really end.",
    epilog="Example:  unexpired sandbox --lifetime 15m --speed 60   (15-minute sessions end in 15 seconds)",
)
@click.option("--lifetime", type=duration, help="How long sessions last; may be far below AWS's 15 minutes.")
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Sessions end so many times sooner."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Listen on this port; by default a free one.")
@click.option("--tls", is_flag=True, help="Serve HTTPS, with a certificate made for the occasion.")
@click.option("--json", "as_json", is_flag=True, help="Say where it is in one JSON object on one line.")
def command(*, lifetime: timedelta | None, speed: float, port: int, tls: bool, as_json: bool) -> None:
    """Run a strict STS and S3 on this machine, to try jobs against sessions that end.

    It refuses what AWS refuses, in AWS's words. Everything else of AWS that moto knows answers as well, at the same
    address. Nothing is kept when it stops.
    """
    from unexpired.engine.errors import ConfigurationError
    from unexpired.sandbox import load

    sandbox = load()(lifetime=lifetime.total_seconds() if lifetime else None, speed=speed, port=port, secure=tls)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        sandbox.start()
    except OSError as error:
        taken = ConfigurationError(
            f"cannot listen on port {port}",
            why=error.strerror or str(error),
            next_steps="leave --port out for a free one",
        )
        if as_json:
            click.echo(json.dumps({"version": 1, "error": {"cause": taken.cause, "message": str(taken)}}))
        raise taken from error
    with tempfile.TemporaryDirectory(prefix="unexpired-sandbox-") as directory:
        profiles = sandbox.write_profiles(directory)
        said = {
            "version": 1,
            "endpoint_url": sandbox.endpoint_url,
            "config_file": str(profiles.config_file),
            "credentials_file": str(profiles.credentials_file),
            "profiles": list(profiles.names),
            "ca_bundle": str(sandbox.ca_bundle) if sandbox.ca_bundle else None,
        }
        click.echo(json.dumps(said) if as_json else _invitation(said))
        # A timeout, because Windows delivers Ctrl-C only between waits.
        while not stopped.wait(1.0):
            pass
        sandbox.stop()


def _invitation(said: dict[str, object]) -> str:
    return f"""Sandbox on {said["endpoint_url"]}. In another shell:

  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  export AWS_CONFIG_FILE={said["config_file"]}
  export AWS_SHARED_CREDENTIALS_FILE={said["credentials_file"]}
  export AWS_PROFILE=job        # a role; 'base' is the long-term key behind it
  aws sts get-caller-identity

Told to misbehave by its control API, for instance:

  curl -X POST {said["endpoint_url"]}/_unexpired/faults -d '{{"misdeed": "throttle", "service": "sts", "times": 3}}'

Ctrl-C stops it."""
