"""The configuration of the simulators: one JSON file, read at the start."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_RETRY_SECONDS = (0.2, 1.0, 3.0, 10.0, 30.0)


class ConfigurationError(Exception):
    """The configuration file cannot be used; the text says which value and why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """Addresses, secrets and timing of the simulators.

    `report_delay` and `latency` are seconds of real time: from acceptance to the delivery report, and before
    a provider answers. `ports` may fix the port of any simulator by name; the others get a free one.
    `key_folder` keeps the key of the app's Maskinporten client over a restart, because the app has it too.
    In `log_folder` are the logs of the processes that run the app.
    `sms_reports_per_document` is how many delivery reports the gateway puts into one webhook call, and
    `sms_report_retries` how many seconds it waits before each further attempt.
    """

    service_bus: str
    delivery_reports_queue: str
    acs_key: bytes
    sms: Credentials
    sms_report_url: str
    sms_report: Credentials
    clock_file: Path
    metrics_api_key: str
    report_delay: float
    latency: float
    sms_reports_per_document: int
    sms_report_retries: tuple[float, ...]
    key_folder: Path | None
    log_folder: Path | None
    ports: Mapping[str, int]

    @classmethod
    def load(cls, path: Path) -> "Configuration":
        """Read the JSON file at `path`; ConfigurationError when it is missing, malformed or incomplete."""
        try:
            return cls.parse(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"cannot read {path}: {error}") from error

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Configuration":
        """Build the configuration from its JSON object; ConfigurationError names what is missing."""
        try:
            return cls(
                service_bus=str(document["serviceBus"]),
                delivery_reports_queue=str(document.get("deliveryReportsQueue", "delivery-reports")),
                acs_key=base64.b64decode(document["acsKey"], validate=True),
                sms=_credentials(document["sms"]),
                sms_report_url=str(document["smsReport"]["url"]),
                sms_report=_credentials(document["smsReport"]),
                clock_file=Path(document["clockFile"]),
                metrics_api_key=str(document["metricsApiKey"]),
                report_delay=float(document.get("reportDelaySeconds", 0.05)),
                latency=float(document.get("latencySeconds", 0.0)),
                sms_reports_per_document=max(1, int(document.get("smsReportsPerDocument", 1))),
                sms_report_retries=tuple(document.get("smsReportRetrySeconds", _RETRY_SECONDS)),
                key_folder=Path(document["keyFolder"]) if "keyFolder" in document else None,
                log_folder=Path(document["logFolder"]) if "logFolder" in document else None,
                ports={str(name): int(port) for name, port in document.get("ports", {}).items()},
            )
        except KeyError as error:
            raise ConfigurationError(f"the configuration lacks {error}") from error
        except (TypeError, ValueError, binascii.Error, AttributeError) as error:
            raise ConfigurationError(f"the configuration holds an unusable value: {error}") from error


def _credentials(document: Mapping[str, Any]) -> Credentials:
    return Credentials(user=str(document["user"]), password=str(document["password"]))
