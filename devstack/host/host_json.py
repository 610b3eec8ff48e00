"""The parts of `host.json` that this host follows, with the defaults of Azure."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from devstack.host.errors import SettingError

_MAX_CONCURRENT_CALLS_PER_CORE = 16


@dataclass(frozen=True, slots=True)
class ServiceBusSettings:
    """`extensions.serviceBus`; counts are per function and process, durations in seconds."""

    max_concurrent_calls: int
    prefetch_count: int
    max_lock_renewal: float
    auto_complete: bool
    max_batch_size: int
    min_batch_size: int
    max_batch_wait: float


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Settings of the whole host; `function_timeout` is in seconds, None means unlimited."""

    route_prefix: str
    function_timeout: float | None
    service_bus: ServiceBusSettings


def read_host_json(app_dir: Path) -> HostSettings:
    """Read `host.json` of the app; raises SettingError when it is missing or holds an impossible value."""
    path = app_dir / "host.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"there is no host.json in {app_dir}") from None
    except ValueError as error:
        raise SettingError(f"host.json is not valid JSON: {error}") from None
    extensions: dict[str, Any] = document.get("extensions", {})
    return HostSettings(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        function_timeout=_function_timeout(document),
        service_bus=_service_bus(extensions.get("serviceBus", {})),
    )


def _function_timeout(document: Mapping[str, Any]) -> float | None:
    if document.get("functionTimeout") == "-1":
        return None
    return _duration(document, "functionTimeout", timedelta(minutes=30))


def _service_bus(section: Mapping[str, Any]) -> ServiceBusSettings:
    default_calls = _MAX_CONCURRENT_CALLS_PER_CORE * (os.process_cpu_count() or 1)
    return ServiceBusSettings(
        max_concurrent_calls=_count(section, "maxConcurrentCalls", default_calls, least=1),
        prefetch_count=_count(section, "prefetchCount", 0, least=0),
        max_lock_renewal=_duration(section, "maxAutoLockRenewalDuration", timedelta(minutes=5)),
        auto_complete=bool(section.get("autoCompleteMessages", True)),
        max_batch_size=_count(section, "maxMessageBatchSize", 1000, least=1),
        min_batch_size=_count(section, "minMessageBatchSize", 1, least=1),
        max_batch_wait=_duration(section, "maxBatchWaitTime", timedelta(seconds=30)),
    )


def _count(section: Mapping[str, Any], name: str, default: int, *, least: int) -> int:
    value = section.get(name, default)
    if not isinstance(value, int) or value < least:
        raise SettingError(f"host.json: {name} must be a whole number of at least {least}, not {value!r}")
    return value


def _duration(section: Mapping[str, Any], name: str, default: timedelta) -> float:
    """Return seconds for `[d.]hh:mm:ss`, the way .NET writes a time span."""
    text = section.get(name)
    if text is None:
        return default.total_seconds()
    try:
        clock = str(text)
        days, dot, rest = clock.partition(".")
        # A dot before the first colon separates days; after it, it starts a fraction of a second.
        if not dot or ":" in days:
            days, rest = "0", clock
        hours, minutes, seconds = rest.split(":")
        span = timedelta(days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    except ValueError:
        raise SettingError(f"host.json: {name} must look like hh:mm:ss, not {text!r}") from None
    return span.total_seconds()
