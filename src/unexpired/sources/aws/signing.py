"""Calls to STS that are signed with the right time, whatever this machine's clock says.

botocore has no setting for that, and its signers read the clock themselves. Nothing of it is patched: where the clock
is off, the events of our one client leave botocore's signer out (``choose-signer``), and a subclass of its
``SigV4Auth`` signs in its place (``before-sign``). Where the clock is right, nothing is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unexpired.engine.clock import SYSTEM_CLOCK, moment
from unexpired.sources.aws.refusals import tells_of_time
from unexpired.sources.aws.skew import CLOCKS, TOLERATED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.engine.credentials import Credentials

# AWS Signature Version 4, "Elements of a request signature": ISO 8601, basic format.
STAMP = "%Y%m%dT%H%M%SZ"


def timed_call(client: Any, operation: str, parameters: Mapping[str, Any], signed_with: Credentials | None) -> Any:
    """One call of a botocore client of ours, and what it answers.

    A refusal that tells of a clock that is off is answered by one more attempt, signed with the time that came with it.

    Args:
        client: used for nothing else; closed by the caller.
        operation: botocore's name for it (``assume_role``).
        parameters: as the API has them.
        signed_with: what the client was made with; None for calls without a signature, where no time is judged.

    Raises:
        Exception: whatever botocore raises.
    """
    endpoint, events = client.meta.endpoint_url, client.meta.events

    def observe(http_response: Any, **_: Any) -> None:
        CLOCKS.observe(endpoint, {name.lower(): value for name, value in http_response.headers.items()})

    # Emitted for an answer of any status, and before a refusal is raised.
    events.register("after-call", observe)
    call = getattr(client, operation)
    if signed_with is None:
        return call(**parameters)
    signer = _Signer(signed_with, CLOCKS.ahead(endpoint))
    events.register_first("choose-signer", signer.choose)
    events.register_last("before-sign", signer.sign)
    try:
        return call(**parameters)
    except Exception as error:
        ahead = CLOCKS.ahead(endpoint)
        if not tells_of_time(error) or abs(ahead - signer.ahead) <= TOLERATED_SECONDS:
            raise
        signer.ahead = ahead
        return call(**parameters)


class _Signer:
    """Takes botocore's place while ``ahead`` is not 0."""

    def __init__(self, credentials: Credentials, ahead: float) -> None:
        self._credentials = credentials
        self.ahead = ahead

    def choose(self, **_: Any) -> Any:
        """``choose-signer``: None lets botocore sign."""
        from botocore import UNSIGNED

        return UNSIGNED if self.ahead else None

    def sign(self, request: Any, signing_name: str, region_name: str, **_: Any) -> None:
        """``before-sign``: sign, if botocore will not."""
        if not self.ahead:
            return
        from botocore.credentials import ReadOnlyCredentials

        ours = self._credentials
        keys = ReadOnlyCredentials(ours.access_key_id, ours.secret_access_key, ours.session_token)
        # A global endpoint is signed for another Region than the client's: the endpoint's rules say so here.
        context = request.context.get("signing") or {}
        name, region = context.get("signing_name") or signing_name, context.get("region") or region_name
        _shifted_signer(self.ahead)(keys, name, region).add_auth(request)


def _shifted_signer(ahead: float) -> Any:
    """A ``SigV4Auth`` whose clock is so many seconds ahead of this machine's."""
    from botocore.auth import SigV4Auth

    class Shifted(SigV4Auth):
        def canonical_request(self, request: Any) -> Any:
            """The first thing made after the machine's time has been put into the request, and before it is used."""
            stamp = moment(SYSTEM_CLOCK.wall() + ahead).strftime(STAMP)
            request.context["timestamp"] = stamp
            del request.headers["X-Amz-Date"]  # botocore's headers keep what is set twice, twice
            request.headers["X-Amz-Date"] = stamp
            return super().canonical_request(request)

    return Shifted
