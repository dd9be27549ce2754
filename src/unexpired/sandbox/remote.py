"""A sandbox in another process, told and asked through its control API."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from unexpired.sandbox.control import PREFIX
from unexpired.sandbox.faults import Fault, Lifter
from unexpired.sandbox.journal import RequestRecord
from unexpired.sandbox.keys import LongTermKey
from unexpired.sandbox.misbehaving import Misbehaving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unexpired.sandbox.sessions import Ending

_PATIENCE_S = 30.0
"""How long a control call may take. They answer at once; this is for a machine that has none to spare."""


class RemoteSandbox(Misbehaving):
    """Drives the sandbox at an endpoint, as ``Sandbox`` drives one in this process.

    Every call blocks until it is answered.

    Raises:
        OSError: Nobody answers there.
        ValueError: The sandbox cannot follow the call; its reason is the text.
    """

    def __init__(self, endpoint_url: str) -> None:
        """Name the endpoint, plain HTTP on loopback; nothing is asked yet."""
        self.endpoint_url = endpoint_url
        self._address = urlsplit(endpoint_url).netloc

    def tell(self, fault: Fault) -> Lifter:
        """Let a fault stand."""
        return Lifter(self._lift, int(self._post("faults", vars(fault))["number"]))

    def behave(self) -> None:
        """Lift every fault and take back the skew."""
        self._call("DELETE", "faults")

    def skew(self, seconds: float) -> None:
        """Set the sandbox's clock ahead by so many seconds."""
        self._post("skew", {"seconds": seconds})

    def revoke(self, *, role_arn: str | None = None, ending: Ending = "expired") -> int:
        """End every session issued so far, of one role or of all; returns how many."""
        return int(self._post("revoke", {"role_arn": role_arn, "ending": ending})["sessions"])

    def expire(self, access_key_id: str) -> None:
        """End one session now."""
        self._post("expire", {"access_key_id": access_key_id})

    def user(self, name: str) -> LongTermKey:
        """Make a user (once) and an access key of theirs."""
        return LongTermKey(**self._post("user", {"name": name}))

    def role(self, name: str, **arguments: Any) -> str:
        """Make a role and return its ARN; the arguments are those of ``Sandbox.role``."""
        return str(self._post("role", {"name": name, **arguments})["arn"])

    def requests(self) -> tuple[RequestRecord, ...]:
        """The last ten thousand requests, oldest first."""
        return tuple(RequestRecord(**record) for record in self._call("GET", "requests")["requests"])

    def count(self, service: str | None = None, operation: str | None = None, *, accepted: bool | None = None) -> int:
        """How many requests there were, of a service, of an operation, let through or refused."""
        asked = {"service": service, "operation": operation, "accepted": accepted}
        said = {name: value for name, value in asked.items() if value is not None}
        query = urlencode(said).replace("accepted=True", "accepted=true")
        return int(self._call("GET", f"count?{query}")["count"])

    def reset(self) -> None:
        """Back to the moment after its start."""
        self._post("reset", {})

    def _lift(self, number: int) -> None:
        self._call("DELETE", f"faults?number={number}")

    def _post(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", name, json.dumps(given))

    def _call(self, method: str, name: str, body: str | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._address, timeout=_PATIENCE_S)
        try:
            connection.request(method, PREFIX + name, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ValueError(answer.get("error", f"HTTP {response.status}"))
        return answer
