"""The catalogue vended a session, and the reader never asked for the next.

## What happened

A table service (an Iceberg REST catalogue, Unity Catalog, Polaris, Lake Formation, a Snowflake stage) hands every
reader its own short session for the table's files. The reader took it when the table was opened, the query or the
open handle outlived it, and it did not ask the catalogue again.

## Why AWS says this

The vended keys are an ordinary STS session of an hour or less. S3 answers *The provided token has expired*. Your own
credentials have nothing to do with it, and renewing them does not help.

## How to recognise it

*ExpiredToken* from S3, half an hour to an hour into a query, with Iceberg's `S3FileIO`/`RESTCatalog`,
`s3.session-token-expires-at-ms`, `uc://`, `X-Iceberg-Access-Delegation: vended-credentials`, Lake Formation or a
Snowflake connector in the trace.

## Cure

Switch the reader's refresh on or upgrade to a version that has it (Iceberg: the credentials endpoint), reopen the
table within the hour, or switch vending off and give the engine a role that renews. Not done by `--fix`: it is the
engine's configuration.

## Confirm

`doctor` can only say that your own chain is healthy; the vended session's end stands in the catalogue's answer.

## Sources

- [apache/iceberg#13515](https://github.com/apache/iceberg/issues/13515)
- [apache/polaris#464](https://github.com/apache/polaris/issues/464)
- [Credential vending in Lake Formation](https://docs.aws.amazon.com/lake-formation/latest/dg/using-cred-vending.html)
- [snowflakedb/spark-snowflake#21](https://github.com/snowflakedb/spark-snowflake/issues/21)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._answers import RENEWAL_CALLS, SESSION_EXPIRED

CAUSE = Cause(
    slug="vended-credentials-not-refreshed",
    family="expired",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.12,
            why="A session lapsed that a catalogue may have vended.",
            answer=SESSION_EXPIRED,
            not_calling=RENEWAL_CALLS,
        ),
        Sign(
            confidence=0.85,
            why="The text says that the session was vended by a catalogue, and has expired.",
            text=(
                "vended credentials … expired",
                "expired … vended credential",
                "vended credential … refresh",
                "vended-credentials … expired",
                "vended storage credentials",
            ),
        ),
    ),
    clues=(
        Clue(
            text=(
                "org.apache.iceberg",
                "iceberg",
                "restcatalog",
                "s3fileio",
                "polaris",
                "unity catalog",
                "unitycatalog",
                "uc://",
                "lakeformation",
                "lake formation",
                "temporary table credentials",
                "generatetemporarytablecredentials",
                "getdataaccess",
                "s3 tables",
                "gravitino",
                "nessie",
                "lakekeeper",
            ),
            weight=2.4,
            why="The table's catalogue vends its own sessions.",
            anywhere=True,
        ),
        Clue(
            text=(
                "net.snowflake",
                "snowflakes3client",
                "snowflakefiletransferagent",
                "snowflake.connector",
                "snowflake connector",
                "spark-snowflake",
                "snowflake_stage",
                "internal stage",
                "customer-stage",
            ),
            weight=2.4,
            why="Snowflake hands its clients a session for the stage.",
            anywhere=True,
        ),
        Clue(text=("databricks",), weight=1.0),
        Clue(text=("@after-1h",), weight=0.3),
    ),
    cure=Cure(
        summary="Let the reader ask the catalogue again, or give the engine a role of its own that renews.",
        commands=everywhere("pip install --upgrade pyiceberg", "unexpired exec --profile PROFILE --for 6h -- COMMAND"),
    ),
    unprovable="What a catalogue vends goes into the memory of the reader, and stands in no file.",
)
