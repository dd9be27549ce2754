"""The endpoints that a container or an instance offers.

Sources: botocore's ``ContainerProvider`` with ``ContainerMetadataFetcher``, ``InstanceMetadataProvider``.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from unexpired.causes._chain import Step
from unexpired.causes._files import Place
from unexpired.doctor.chain.scene import Broken, NotAsked, Offer
from unexpired.doctor.seal import plain_address, shown
from unexpired.engine.credentials import timestamp

if TYPE_CHECKING:
    from unexpired.doctor.chain.scene import Scene

RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - the name of a variable

ECS_ADDRESS = "169.254.170.2"
# ContainerMetadataFetcher._ALLOWED_HOSTS: ECS, EKS Pod Identity (both families), and this machine.
_ALLOWED_HOSTS = (ECS_ADDRESS, "169.254.170.23", "fd00:ec2::23", "localhost")
INSTANCE_ADDRESS = "http://169.254.169.254"
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"


def container(scene: Scene) -> Offer | None:
    """The address that ECS, EKS Pod Identity, or a credential agent put into the environment."""
    if RELATIVE in scene.environ:
        if not scene.environ[RELATIVE]:
            raise Broken("config-invalid", f"{RELATIVE} is set to nothing.", Place(RELATIVE))
        address, variable = f"http://{ECS_ADDRESS}{scene.environ[RELATIVE]}", RELATIVE
    elif FULL in scene.environ:
        address, variable = scene.environ[FULL], FULL
        _check_host(address)
    else:
        return None
    _check_authorization(scene)
    shown_address = shown(plain_address(address))
    step = Step("container", location=shown_address, place=Place(variable))
    return Offer((step,), variable, f"asks {shown_address}")


def _check_host(address: str) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise Broken("config-invalid", f"{FULL} is not an address.", Place(FULL)) from None
    if parts.scheme == "https" or host in _ALLOWED_HOSTS:
        return
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Broken(
            "config-invalid",
            f"{FULL} names {shown(host) or 'no host'}: without TLS only this machine, ECS and EKS may be asked.",
            Place(FULL),
        )


def _check_authorization(scene: Scene) -> None:
    if TOKEN_FILE in scene.environ:
        token = scene.token(scene.environ[TOKEN_FILE])
        if token.state != "read":
            raise Broken(
                "metadata-stale",
                f"{TOKEN_FILE} names {shown(token.place.path) or 'nothing'}, which cannot be read.",
                Place(TOKEN_FILE),
            )
        if token.expires_at is not None and token.expires_at <= scene.now:
            raise Broken(
                "web-identity-token-expired",
                f"The token in {shown(token.place.path)}, which the container's endpoint asks for, lapsed at "
                f"{timestamp(token.expires_at)}.",
                token.place,
            )
    elif any(sign in scene.environ.get(TOKEN, "") for sign in "\r\n"):
        raise Broken("config-invalid", f"{TOKEN} contains a line break, which no header may.", Place(TOKEN))


def instance(scene: Scene) -> Offer | NotAsked | None:
    """The instance's metadata service, if the machine itself says that it has one."""
    # As InstanceMetadataFetcher reads it: "1" or "yes" switch nothing off.
    if scene.environ.get("AWS_EC2_METADATA_DISABLED", "false").lower() == "true":
        return NotAsked("AWS_EC2_METADATA_DISABLED switches it off")
    if scene.on_instance is not None:
        return instance_as_source(scene)
    if scene.instance_asked:
        return None
    return NotAsked("nothing on this machine says that it is an EC2 instance")


def instance_as_source(scene: Scene) -> Offer:
    """The same for ``credential_source = Ec2InstanceMetadata``: whoever writes that says that it is there."""
    address = shown(plain_address(scene.environ.get(ENDPOINT) or INSTANCE_ADDRESS))
    step = Step("instance", location=address, place=Place(address))
    return Offer((step,), address, scene.on_instance or "the instance's metadata service")
