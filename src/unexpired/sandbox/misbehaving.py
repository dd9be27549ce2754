"""The short forms of every fault, for a sandbox in this process and for one at the other end of the control API."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from unexpired.sandbox.faults import ANY, Fault

if TYPE_CHECKING:
    from unexpired.sandbox.faults import Lifter


class Misbehaving(ABC):
    """What can be told to misbehave.

    Every method takes a signing name (``s3``) and an operation (``PutObject``), ``*`` for any, and strikes ``times``
    requests, or for ``for_s`` real seconds, or until what it returns is lifted (it is a context manager, too).
    """

    @abstractmethod
    def tell(self, fault: Fault) -> Lifter:
        """Let a fault stand."""

    def slow(
        self,
        seconds: float,
        service: str = ANY,
        operation: str = ANY,
        *,
        times: int | None = None,
        for_s: float | None = None,
    ) -> Lifter:
        """Answer late, by so many real seconds. ``times`` requests, or ``for_s`` seconds, or until lifted."""
        return self.tell(Fault("slow", service, operation, times, for_s, delay_s=seconds))

    def hang(
        self, service: str = ANY, operation: str = ANY, *, times: int | None = None, for_s: float | None = None
    ) -> Lifter:
        """Take requests and never answer, until lifted; then their connections are dropped."""
        return self.tell(Fault("hang", service, operation, times, for_s))

    def drop(
        self, service: str = ANY, operation: str = ANY, *, times: int | None = None, for_s: float | None = None
    ) -> Lifter:
        """Reset the connection instead of answering."""
        return self.tell(Fault("drop", service, operation, times, for_s))

    def throttle(
        self, service: str = ANY, operation: str = ANY, *, times: int | None = None, for_s: float | None = None
    ) -> Lifter:
        """Answer ``SlowDown``, ``Throttling``, ``ThrottlingException``: whatever the service says."""
        return self.tell(Fault("throttle", service, operation, times, for_s))

    def refuse(
        self, service: str = ANY, operation: str = ANY, *, times: int | None = None, for_s: float | None = None
    ) -> Lifter:
        """Answer ``AccessDenied``, as when a policy has been taken away."""
        return self.tell(Fault("refuse", service, operation, times, for_s))

    def fail(
        self,
        status: int = 503,
        service: str = ANY,
        operation: str = ANY,
        *,
        body: str | None = None,
        times: int | None = None,
        for_s: float | None = None,
    ) -> Lifter:
        """Answer with an HTTP status and an HTML body, as a load balancer in the way does."""
        return self.tell(Fault("fail", service, operation, times, for_s, status=status, body=body))
