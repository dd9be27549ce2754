"""Are these credentials alive? Asked of STS before a job starts, where nobody has said so yet.

A role, a web identity and a sign-in prove themselves: the service that issued the session has just judged the request
for it. Keys that were read from a variable, a file, a program or a metadata endpoint may have lapsed long ago, so
GetCallerIdentity is asked, which needs no permission ("Even if an administrator explicitly denies it": STS API
Reference).

A refusal is an error. STS that cannot be reached is none: a job in a network without STS may do without, so that is
said, and the job starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.engine.errors import RenewalRefused, SourceUnavailable

if TYPE_CHECKING:
    from unexpired.engine.credentials import Credentials
    from unexpired.sources.aws.lookup import Lookup
    from unexpired.sources.aws.plan import PlannedSource

_JUST_ISSUED = ("assume_role", "web_identity", "sso", "login")
# The partition's own endpoint for a lookup that names no Region.
_ANY_REGION = "aws-global"
_LAPSED = ("ExpiredToken", "ExpiredTokenException")


def doubt(source: PlannedSource, credentials: Credentials) -> str | None:
    """None when the credentials are known to be alive; a sentence when that could not be found out. One STS request.

    Raises:
        RenewalRefused: STS says that they are not.
    """
    lookup: Lookup | None = getattr(source, "lookup", None)  # a callback has none, and knows best
    if lookup is None or source.name in _JUST_ISSUED:
        return None
    try:
        _ask(lookup, credentials)
    except SourceUnavailable as error:
        return f"the credentials could not be proven, and the command starts all the same: {error.why or error.what}"
    return None


def _ask(lookup: Lookup, credentials: Credentials) -> None:
    from unexpired.sources.aws.failures import Attempt, explained
    from unexpired.sources.aws.provided import botocore_session
    from unexpired.sources.aws.refusals import answer
    from unexpired.sources.aws.signing import timed_call

    session = botocore_session(lookup)
    known = session.get_config_variable("region")
    try:
        client = session.create_client(
            "sts",
            region_name=known or _ANY_REGION,
            endpoint_url=lookup.endpoint_url,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )
        try:
            timed_call(client, "get_caller_identity", {}, credentials)
        finally:
            client.close()
    except Exception as error:
        if answer(error)[0] in _LAPSED:
            raise _lapsed(lookup, credentials) from error
        understood = explained(error, Attempt(credentials.source, lookup, used=credentials))
        # Without a Region nobody has said which partition's keys these are; another one's (China, GovCloud) are
        # unknown.
        unsure = isinstance(understood, SourceUnavailable) or not known
        kind = SourceUnavailable if unsure else type(understood)
        raise kind(
            f"The keys of the {credentials.source} source are refused",
            why=understood.why,
            next_steps=(*_without_the_copy(credentials), *understood.next_steps),
            cause=understood.cause,
            link=understood.link,
        ) from error


def _lapsed(lookup: Lookup, credentials: Credentials) -> RenewalRefused:
    renewing = "name a profile that renews: unexpired exec --profile NAME -- …"
    if credentials.source == "environment":
        return RenewalRefused(
            "The session in the environment's AWS_SESSION_TOKEN has expired",
            why="it is a copy, and nothing renews a variable",
            next_steps=(*_without_the_copy(credentials), renewing),
            cause="static-env-session",
            link="environment",
        )
    if credentials.source == "static_profile":
        return RenewalRefused(
            f"The session in the profile {lookup.profile_name!r} has expired",
            why=f"it was pasted into {lookup.config.location(lookup.profile_name)}, and nothing renews it there",
            next_steps=(f"take aws_session_token out of the profile {lookup.profile_name!r}", renewing),
            cause="static-profile-session",
            link="static_profile",
        )
    return RenewalRefused(
        f"The {credentials.source} source gave a session that has expired",
        why="STS says so of the keys that it has just given",
        next_steps="unexpired doctor",
        cause="process-without-expiration" if credentials.source == "process" else "metadata-stale",
        link=credentials.source,
    )


def _without_the_copy(credentials: Credentials) -> tuple[str, ...]:
    """Exported keys win over a profile that ``AWS_PROFILE`` names, and not over one that ``--profile`` does."""
    if credentials.source != "environment":
        return ()
    return ("drop the exported keys: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",)
