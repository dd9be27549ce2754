"""A task of Windows' Task Scheduler, started when this user logs on: "Task Scheduler Schema", version 1.4."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from unexpired.agent.service.wanted import MARK, Service

if TYPE_CHECKING:
    from unexpired.agent.service.wanted import Wanted

TASK = "unexpired-agent"

_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
# The elements in the schema's order, which the Task Scheduler insists on.
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "AllowHardTerminate": "true",
    "StartWhenAvailable": "true",
    "RunOnlyIfNetworkAvailable": "false",
    "AllowStartOnDemand": "true",
    "Enabled": "true",
    "Hidden": "true",
    "RunOnlyIfIdle": "false",
    "WakeToRun": "false",
    "ExecutionTimeLimit": "PT0S",
    "Priority": "7",
}


def service(wanted: Wanted) -> Service:
    """The task, and how it is made, started and taken away."""
    path = wanted.home / "AppData" / "Local" / "unexpired" / f"{TASK}.xml"
    task = ET.Element("Task", {"version": "1.4", "xmlns": _NAMESPACE})
    about = ET.SubElement(task, "RegistrationInfo")
    ET.SubElement(about, "Description").text = f"Keeps AWS credentials fresh; {MARK}"
    logon = ET.SubElement(ET.SubElement(task, "Triggers"), "LogonTrigger")
    ET.SubElement(logon, "Enabled").text = "true"
    ET.SubElement(logon, "UserId").text = wanted.user
    principal = ET.SubElement(ET.SubElement(task, "Principals"), "Principal", {"id": "Author"})
    ET.SubElement(principal, "UserId").text = wanted.user
    ET.SubElement(principal, "LogonType").text = "InteractiveToken"
    ET.SubElement(principal, "RunLevel").text = "LeastPrivilege"
    settings = ET.SubElement(task, "Settings")
    for name, value in _SETTINGS.items():
        ET.SubElement(settings, name).text = value
    again = ET.SubElement(settings, "RestartOnFailure")
    ET.SubElement(again, "Interval").text = "PT1M"
    ET.SubElement(again, "Count").text = "255"
    action = ET.SubElement(ET.SubElement(task, "Actions", {"Context": "Author"}), "Exec")
    ET.SubElement(action, "Command").text = wanted.command[0]
    ET.SubElement(action, "Arguments").text = subprocess.list2cmdline(wanted.command[1:])
    ET.indent(task)
    # schtasks reads UTF-16 with a byte order mark.
    content = ('<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(task, encoding="unicode") + "\n").encode(
        "utf-16"
    )
    return Service(
        path,
        content,
        start=(
            ("schtasks", "/Create", "/TN", TASK, "/XML", str(path), "/F"),
            ("schtasks", "/Run", "/TN", TASK),
        ),
        stop=(("schtasks", "/End", "/TN", TASK), ("schtasks", "/Delete", "/TN", TASK, "/F")),
        hint="The task has this user's own variables, not those of this window.",
    )
