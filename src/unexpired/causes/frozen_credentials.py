"""Code copied the three strings out of a provider that renews, and holds on to the copy.

## What happened

A program asked for credentials once and handed key id, secret and token on: to a second client, a library's
`storage_options`, a Spark configuration, a DataFrame reader, a child process, a `COPY` statement. The provider they
came from can renew; the copy cannot. It lapses where it was put.

## Why AWS says this

`get_frozen_credentials()`, the `Credentials` part of an `assume_role` response, `BasicSessionCredentials`,
`StaticCredentialsProvider` are values, not sources. An SDK that is given them has nobody to ask, sends them until the
end of the process, and the service answers *ExpiredToken*.

## How to recognise it

*ExpiredToken* from a library that was *given* credentials, while the rest of the program goes on working; code such
as

    creds = session.get_credentials().get_frozen_credentials()
    pandas.read_parquet(path, storage_options={"key": creds.access_key, "secret": creds.secret_key, "token":
        creds.token})

`AWSStaticCredentialsProvider`, `fs.s3a.session.token`, `TemporaryAWSCredentialsProvider`, `aws_session_token=…` in a
call.

## Cure

Hand on the provider, not its strings; where the library takes only strings, open a new client per piece of work, or
use its adapter. Not done by `--fix`: it is your code.

## Confirm

`scan` names the line that copies. `doctor --pid` proves a copy that a running process was started with: the CLI's cache
holds the same session.

## Sources

- [Refreshing temporary credentials](https://docs.aws.amazon.com/sdkref/latest/guide/understanding-credentials.html)
- [fsspec/s3fs#632](https://github.com/fsspec/s3fs/issues/632)
- [Netflix/metaflow#486](https://github.com/Netflix/metaflow/issues/486)
- [delta-io/delta-rs#4628](https://github.com/delta-io/delta-rs/issues/4628)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import HEAD_REFUSED, RENEWAL_CALLS, SESSION_EXPIRED
from unexpired.causes._proofs import end_of, ended, is_session, moment, plan
from unexpired.causes._surroundings import AWS_CLI, HADOOP, JAVA, PYTHON

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence


def prove(evidence: Evidence) -> Finding | None:
    """The examined process was started with a copy of a session that the CLI's cache holds, and renews."""
    process, base = evidence.process, plan(evidence)[:1]
    keys = base[0].keys if base and base[0].kind == "environment" else None
    if process is None or keys is None or not is_session(keys):
        return None
    for entry in evidence.cached_roles:
        if entry.keys is None or entry.keys.identity != keys.identity:
            continue
        end = end_of(evidence, keys)
        past = end is not None and end[0] <= evidence.now
        whose = f" of {entry.role_arn}" if entry.role_arn else ""
        seen = [
            f"process {process.pid} ({process.command}) holds {keys.key_id}",
            f"{entry.place} holds the same session{whose}: what the process has is a copy",
        ]
        if end is not None:
            seen.append(
                ended(end, evidence.now) if past else f"the copy ends at {moment(end[0])}, and nothing renews it"
            )
        return CAUSE.found("error" if past else "warning", "proven", tuple(seen))
    return None


CAUSE = Cause(
    slug="frozen-credentials",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.34,
            why=(
                "A session lapsed inside a program. Code that was given three strings instead of a provider cannot "
                "renew."
            ),
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.28,
            why="S3 answers HEAD without a body, and a lapsed session with 400; one that is merely denied with 403.",
            answer=HEAD_REFUSED,
        ),
    ),
    clues=(
        Clue(
            text=(
                "get_frozen_credentials",
                "frozen credentials",
                "basicsessioncredentials",
                "awsstaticcredentialsprovider",
                "staticcredentialsprovider",
                "staticcredentials",
                "newstaticcredentials",
                "temporaryawscredentialsprovider",
                "fs.s3a.session.token",
                "fs.s3a.access.key",
                "storage_options",
                "awssessioncredentials",
                "aws_session_token=cred",
                "[credentials][sessiontoken]",
                "credentials.sessiontoken",
                "sessioncredentials(",
                "getawscredentials()",
                ".getawscredentials",
                "sessiontoken: ",
                "session_token => ",
            ),
            weight=1.8,
            why="Credentials are handed on as strings in the text.",
            anywhere=True,
        ),
        Clue(text=PYTHON, weight=0.35),
        Clue(text=JAVA, weight=0.25),
        Clue(text=HADOOP, weight=0.35, why="Executors get credentials as configuration, and keep them."),
        Clue(
            text=(
                "s3fs",
                "fsspec",
                "pandas",
                "polars",
                "pyarrow",
                "deltalake",
                "object_store",
                "duckdb",
                "|dask|",
                "|ray|",
                "|dlt|",
                "metaflow",
                "dbt",
                "airflow",
                "aws error expired",
                "generic s3 error",
                "s3uploadfailederror",
                "s3transfer",
            ),
            weight=0.5,
            why="The request came from a library that is often given strings.",
        ),
        Clue(text=("export aws_session_token", "export aws_access_key_id"), weight=-1.5, anywhere=True),
        Clue(text=AWS_CLI, weight=-0.9),
        Clue(
            text=("found credentials in shared credentials file", "found credentials in environment variables"),
            weight=-0.5,
        ),
        Clue(text=("@presigned",), weight=-1.5),
    ),
    cure=Cure(
        summary="Hand on a provider that renews instead of the three strings.",
        commands=everywhere("unexpired exec --profile PROFILE --for 6h -- COMMAND"),
    ),
    prove=prove,
)
