"""What the machine says about itself, without being asked over a network."""

from __future__ import annotations

from pathlib import Path

from unexpired.causes._evidence import Container
from unexpired.doctor.environment import environ_of, read_environment
from unexpired.doctor.paths import read_file

_DMI = "sys/class/dmi/id"
# EC2 User Guide, "Detect whether a host is an EC2 instance". Nitro says the vendor, Xen begins the UUID with "ec2".
_VENDOR_FILES = (f"{_DMI}/sys_vendor", f"{_DMI}/board_vendor", f"{_DMI}/bios_vendor", f"{_DMI}/chassis_vendor")
_VENDOR = "Amazon EC2"
_UUID_FILES = ("sys/hypervisor/uuid", f"{_DMI}/product_uuid")
_UUID_BEGINS = "ec2"


def what_proves_ec2(root: str = "/") -> str | None:
    """The words that prove this to be an EC2 instance, or None. A container on one sees the same files.

    Args:
        root: the directory below which ``/sys`` stands.
    """
    for name in _VENDOR_FILES:
        if _VENDOR in _text(root, name):
            return f"/{name} says {_VENDOR}"
    for name in _UUID_FILES:
        if _text(root, name).lower().startswith(_UUID_BEGINS):
            return f"/{name} begins with {_UUID_BEGINS}"
    return None


def find_container(root: str = "/") -> Container | None:
    """The container that this is (Docker, Podman, Kubernetes leave these signs), with its first process's keys."""
    for sign in (".dockerenv", "run/.containerenv", "var/run/secrets/kubernetes.io"):
        if Path(root, sign).exists():
            first = read_file(str(Path(root, "proc/1/environ")), largest=2**20)
            return Container(f"/{sign}", read_environment(environ_of(first.data), "process 1").keys)
    return None


def _text(root: str, name: str) -> str:
    content = read_file(str(Path(root, name)), largest=4096)
    return content.data.decode("ascii", "replace").strip()
