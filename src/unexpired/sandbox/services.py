"""The services behind the gate: moto's own server applications, in this process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Environ = dict[str, Any]

SERVICE = "unexpired.service"
"""WSGI environment key: the signing name that the gate has found in the signature."""

# moto is not written for threads: two uploads of one key close each other's buffer, and one of them is answered 500.
# AWS takes both. Nothing is lost by waiting, since the interpreter computes one of them at a time anyway.
_one_at_a_time = threading.RLock()

_S3_CONTROL_PATH = "/v20180820/"


class Services:
    """A WSGI application that answers for all of AWS that moto knows.

    S3 is called directly. moto's dispatcher lists its own folder for each request, to find out what the gate already
    knows from the signature; that was a third of what a small upload costs.
    """

    def __init__(self) -> None:
        self._dispatcher = DomainDispatcherApplication(create_backend_app)
        self._s3 = create_backend_app("s3")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        control = environ["PATH_INFO"].startswith(_S3_CONTROL_PATH) or "s3-control" in environ.get("HTTP_HOST", "")
        application = self._s3 if environ.get(SERVICE) == "s3" and not control else self._dispatcher
        with _one_at_a_time:
            answer = application(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()


def forget() -> None:
    """Empty every service: moto's state is one per process."""
    BackendDict.reset()
    reset_model_data()
