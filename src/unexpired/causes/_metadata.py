"""How a text says that it was the metadata service that was asked, and that it did not answer."""

from __future__ import annotations

_HOSTS = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23")

ADDRESS = (
    *_HOSTS,
    "instance metadata",
    "instance-data",
    "imds",
    "ec2metadata",
    "container metadata",
)
"""Something near must say that it was the metadata service that did not answer."""

OTHER_METADATA = ("metadata/identity", "metadata/instance/compute", "computemetadata/v1", "metadata.google")
"""Paths and names of Azure's and Google's metadata services, which live at the same address."""

_NO_ANSWER = ("context deadline exceeded", "timed out", "timeout", "connection refused", "econnrefused")

SILENT = (
    *(f"{host} … {said}" for host in _HOSTS for said in _NO_ANSWER),
    *(f"{said} … {host}" for host in _HOSTS for said in _NO_ANSWER),
    "169.254.169.254 … 401",
    "169.254.169.254 … 407",
    "169.254.169.254 … unauthorized",
    "ec2imds: getmetadata … context deadline exceeded",
    "ec2imds: gettoken … context deadline exceeded",
    "ec2imds: getmetadata … timeout",
    "connecting to service endpoint: http://169.254",
    "connect timeout on endpoint url: http://169.254",
    "read timeout on endpoint url: http://169.254",
    "ec2metadatacredentials … timeouterror",
    "ecscredentials … econnrefused",
    "socket timed out without establishing a connection",
    "timeouterror … connection timed out after 1000ms",
    "timeouterror: timeout",
    "could not communicate with imds",
    "error getting credentials from ec2 metadata",
    "imdscommunicationerror",
    "pod identity agent failed",
    "instance metadata service … timed out",
)
"""The metadata service, by its address or by the SDK's name for it, did not answer in time."""
