"""``unexpired exec``: run a command in credentials that stay fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unexpired.cli._parameters import duration

if TYPE_CHECKING:
    from datetime import timedelta

    from unexpired.channels.job import Channel, JobResult


@click.command(
    context_settings={"allow_interspersed_args": False},
    epilog="Example:  unexpired exec --profile etl --for 6h -- python job.py",
)
@click.option("--profile", metavar="NAME", help="Whose credentials; without it, what the AWS CLI would take here.")
@click.option("--region", metavar="REGION", help="The Region of the command, and of the STS that is asked.")
@click.option("--role-arn", metavar="ARN", help="Assume this role, which no profile has to name.")
@click.option("--role-session-name", metavar="NAME", help="What CloudTrail shows of the role's sessions.")
@click.option("--duration-seconds", type=duration, metavar="DURATION", help="How long each of them lasts: 3600, 1h.")
@click.option("--external-id", metavar="ID", help="What the role's owner wants to hear.")
@click.option("--source-profile", metavar="NAME", help="The profile that assumes the role.")
@click.option("--serial-number", metavar="ARN", help="Your MFA device; its code is asked for once, at the start.")
@click.option("--endpoint-url", metavar="URL", help="Of the STS that is asked; the command's own stay as they are.")
@click.option(
    "--for",
    "keep_for",
    type=duration,
    metavar="DURATION",
    help="How long the command runs (6h, 90m): start it only if it can be kept alive, and stop renewing then.",
)
@click.option("--force", is_flag=True, help="Start it even if it cannot be kept alive as long as --for asks.")
@click.option(
    "--channel",
    type=click.Choice(["container", "file", "env"]),
    default="container",
    show_default=True,
    help="A door that is asked again; a credentials file that is kept renewed; variables, which nothing renews.",
)
@click.option("--summary", is_flag=True, help="Say at the end what was renewed, what failed, and the longest wait.")
@click.argument("command_line", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@click.pass_context
def command(  # noqa: PLR0917 - click passes by name
    ctx: click.Context,
    command_line: tuple[str, ...],
    profile: str | None,
    region: str | None,
    role_arn: str | None,
    role_session_name: str | None,
    duration_seconds: timedelta | None,
    external_id: str | None,
    source_profile: str | None,
    serial_number: str | None,
    endpoint_url: str | None,
    keep_for: timedelta | None,
    channel: Channel,
    *,
    force: bool,
    summary: bool,
) -> int:
    """Run a command in credentials that stay fresh.

    The command needs no change: it asks a private endpoint on this machine, as programs on ECS do, and asks again when
    a session comes to its end. Exported AWS_ variables and a static [default] profile do not get in its way; Region,
    endpoint, retry and service settings of the profile stay in force. Credentials are fetched and proven before the
    command starts.

    Exits with the command's own status, or 128 + n when signal n ended it; 127 when there is no such command, 126 when
    it cannot be started; 1 when it cannot be kept alive as long as --for asks, 2 when the configuration is wrong, 3
    when no credentials could be had.
    """
    import os

    from unexpired.channels.job import Job, run_job
    from unexpired.channels.on_demand import start_agent_for
    from unexpired.channels.shared import default_store
    from unexpired.cli._terminal import controlling_terminal, say, say_what_the_engine_reports
    from unexpired.sources import source_for

    say_what_the_engine_reports(debug=bool(ctx.find_root().params.get("debug")))
    source = source_for(
        profile_name=profile,
        role_arn=role_arn,
        role_session_name=role_session_name,
        external_id=external_id,
        duration_seconds=int(duration_seconds.total_seconds()) if duration_seconds else None,
        source_profile=source_profile,
        serial_number=serial_number,
        region_name=region,
        endpoint_url=endpoint_url,
    )
    if role_arn is None:
        start_agent_for(profile)
    job = Job(
        command_line,
        channel=channel,
        profile=profile or source_profile,
        region=region,
        keep_for=keep_for,
        even_if_it_ends=force,
    )
    result = run_job(job, source, os.environ, say=say, prompter=controlling_terminal(), store=default_store())
    if summary:
        say(_summary(result))
    if result.lost_to:
        say(result.lost_to)
    return result.status


def _summary(result: JobResult) -> str:
    renewed = "1 renewal" if result.renewals == 1 else f"{result.renewals} renewals"
    failed = "1 failure" if result.failures == 1 else f"{result.failures} failures"
    waited = f"longest wait {result.longest_wait_seconds * 1000:.0f} ms"
    return f"{renewed}, {failed}, {waited}; the command ended with {result.status}"
