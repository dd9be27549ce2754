"""The agent in Prometheus' words: gathered from the status when somebody scrapes, at no cost to any other request.

Names follow Prometheus' practice (https://prometheus.io/docs/practices/naming/): base units, ``_total`` for what only
grows, and moments as ``_timestamp_seconds``, so that how much is left is for the query to say.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from unexpired import __version__
from unexpired.engine.credentials import parse_timestamp
from unexpired.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

# What each counter of a role is called in the status.
_COUNTERS = {
    "renewals": "Sessions obtained, those taken from the store included.",
    "failures": "Attempts to renew that failed.",
    "requests": "Requests for credentials that were let in.",
    "refused": "Requests for credentials that were turned away.",
}
_MOMENTS = {
    "expires_at": ("expires", "When the session in hand ends."),
    "next_renewal": ("next_renewal", "When it is renewed next, or tried again."),
}


def exposition(status: Mapping[str, Any]) -> tuple[bytes, str]:
    """The metrics and their content type.

    Args:
        status: the object of ``agent status --json``.

    Raises:
        ConfigurationError: prometheus-client, a part of the ``agent`` extra, is not installed.
    """
    try:
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
        from prometheus_client.registry import Collector, CollectorRegistry
    except ModuleNotFoundError:
        raise ConfigurationError(
            "Metrics need prometheus-client, which is not installed", next_steps="pip install 'unexpired[agent]'"
        ) from None

    class Roles(Collector):
        def collect(self) -> Iterator[Metric]:
            return _families(status)

    registry = CollectorRegistry()
    registry.register(Roles())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _families(status: Mapping[str, Any]) -> Iterator[Metric]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

    roles: Mapping[str, Any] = status["roles"]
    yield InfoMetricFamily("unexpired_agent", "The agent's version.", {"version": __version__})
    started = parse_timestamp(status["started_at"]).timestamp()
    yield GaugeMetricFamily("unexpired_agent_start_timestamp_seconds", "When it was started.", started)
    yield GaugeMetricFamily("unexpired_agent_connections", "Connections that are open.", status["connections"])
    refused = float(status["config"]["error"] is not None)
    yield GaugeMetricFamily("unexpired_agent_configuration_refused", "1: a changed file is not in force.", refused)
    states = GaugeMetricFamily("unexpired_agent_roles", "Roles in each state.", labels=["state"])
    for state, count in sorted(Counter(role["state"] for role in roles.values()).items()):
        states.add_metric([state], count)
    yield states
    for name, meaning in _COUNTERS.items():
        counter = CounterMetricFamily(f"unexpired_role_{name}", meaning, labels=["role"])
        for role, found in roles.items():
            counter.add_metric([role], found[name])
        yield counter
    for name, (called, meaning) in _MOMENTS.items():
        moments = GaugeMetricFamily(f"unexpired_role_{called}_timestamp_seconds", meaning, labels=["role"])
        for role, found in roles.items():
            if found[name] is not None:
                moments.add_metric([role], parse_timestamp(found[name]).timestamp())
        yield moments
    yield _horizons(roles)


def _horizons(roles: Mapping[str, Any]) -> Metric:
    from prometheus_client.metrics_core import GaugeMetricFamily

    meaning = "Until when it can be renewed with nobody present; +Inf without an end, absent where nobody knows."
    horizons = GaugeMetricFamily("unexpired_role_horizon_timestamp_seconds", meaning, labels=["role"])
    for role, found in roles.items():
        if found["horizon"] is not None and found["horizon"]["until"] != "unknown":
            until = found["horizon"]["until"]
            horizons.add_metric([role], float("inf") if until is None else parse_timestamp(until).timestamp())
    return horizons
