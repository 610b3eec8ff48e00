"""The settings of hosts and simulators: those of the settings file, then those of this local cloud."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from devstack.errors import DevstackError

_FILES = ("local.settings.json", "local.settings.sample.json")
_AUDIENCE = "altinn.no"  # as the simulated issuer writes it
_SMS_ACCOUNT = "local-gateway"
_SMS_REPORT_USER = "local-reports"
_SMS_REPORT_PATH = "/notifications/sms/api/v1/reports"
SIMULATORS = ("control", "acs", "sms", "issuer", "vault", "platform")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys and passwords of one local cloud; `service_bus_key`, `acs_key` and `id_secret` are base64."""

    service_bus_key: str
    acs_key: str
    id_secret: str
    sms_gateway_password: str
    sms_report_password: str
    metrics_api_key: str

    @classmethod
    def generate(cls) -> "Secrets":
        """Return new ones."""
        return cls(_key(), _key(), _key(), *(secrets.token_urlsafe(18) for _ in range(3)))

    @classmethod
    def kept_in(cls, path: Path) -> "Secrets":
        """Return those in the file, which is made on first use. Ids stay valid only with the same secret."""
        if path.exists():
            try:
                return cls(**json.loads(path.read_text(encoding="utf-8")))
            except (ValueError, TypeError):
                raise DevstackError(f"{path} is damaged: remove the data folder to start anew") from None
        fresh = cls.generate()
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(fresh), indent=2) + "\n", encoding="utf-8")
        return fresh


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one local cloud listens; `simulators` maps the names above to ports."""

    api_port: int
    service_bus_port: int
    service_bus_control_port: int
    tables_port: int
    pages_port: int
    simulators: Mapping[str, int]

    @property
    def api(self) -> str:
        """Base address of the API."""
        return local_url(self.api_port)

    def simulator(self, name: str) -> str:
        """Base address of a simulator."""
        return local_url(self.simulators[name])


def local_url(port: int) -> str:
    """Return the address of a port, without a slash at the end."""
    return f"http://127.0.0.1:{port}"


def service_bus_connection_string(port: int, key: str) -> str:
    """Return the connection string with which the SDK uses an emulator without TLS."""
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={key};UseDevelopmentEmulator=true;"
    )


def app_settings(
    app: Path, *, service_bus: str, tables: str, addresses: Addresses, secret: Secrets, clock_file: Path
) -> dict[str, str]:
    """Return the app's settings; the environment overrides the file, the local cloud overrides both."""
    values = _file_values(app)
    chosen = {name: os.environ.get(name, value) for name, value in values.items()}
    issuer, platform = addresses.simulator("issuer"), addresses.simulator("platform")
    return chosen | {
        "ServiceBusConnection": service_bus,
        "TableStorageConnection": tables,
        "BASE_URI": addresses.api,
        "ACS_EMAIL_ENDPOINT": addresses.simulator("acs"),
        "ACS_EMAIL_ACCESS_KEY": secret.acs_key,
        "SMS_GATEWAY_ENDPOINT": f"{addresses.simulator('sms')}/",
        "SMS_GATEWAY_USERNAME": _SMS_ACCOUNT,
        "SMS_GATEWAY_PASSWORD": secret.sms_gateway_password,
        "SMS_REPORT_USERNAME": _SMS_REPORT_USER,
        "SMS_REPORT_PASSWORD": secret.sms_report_password,
        "OIDC_WELL_KNOWN_ENDPOINT": f"{issuer}/.well-known/openid-configuration",
        "TOKEN_ISSUERS": f"{issuer}/",
        "TOKEN_AUDIENCES": _AUDIENCE,
        "PLATFORM_TOKEN_VAULT_URI": addresses.simulator("vault"),
        "PROFILE_ENDPOINT": f"{platform}/profile/api/v1/",
        "REGISTER_ENDPOINT": f"{platform}/register/api/v1/",
        "AUTHORIZATION_ENDPOINT": f"{platform}/authorization/api/v1/",
        "RESOURCE_REGISTRY_ENDPOINT": f"{platform}/resourceregistry/api/v1/",
        "METRICS_API_KEY": secret.metrics_api_key,
        "ID_SECRET": secret.id_secret,
        "CLOCK_FILE": str(clock_file),
        "ALLOW_INSECURE_LOCAL_ENDPOINTS": "true",
        "METRICS_INTERVAL_SECONDS": "0",
        "TRACED_ORDERS_PER_MILLE": "1000",
        "ENVIRONMENT_NAME": "local",
        "PRICE_LISTS": chosen.get("PRICE_LISTS") or "*: NOK sms=0.45 email=0.02",
        # the compose page asks while somebody types
        "OWNER_PREVIEWS_PER_MINUTE": os.environ.get("OWNER_PREVIEWS_PER_MINUTE", "600"),
        "SEND_CONDITION_TEST_HELPER": "true",
        "SIMULATED_DIALOG_ACCESS": "true",
    }


def simulator_configuration(
    *, service_bus: str, addresses: Addresses, secret: Secrets, clock_file: Path, key_folder: Path, logs: Path
) -> dict[str, Any]:
    """Return the configuration document of the simulators."""
    return {
        "serviceBus": service_bus,
        "deliveryReportsQueue": "delivery-reports",
        "acsKey": secret.acs_key,
        "sms": {"user": _SMS_ACCOUNT, "password": secret.sms_gateway_password},
        "smsReport": {
            "url": addresses.api + _SMS_REPORT_PATH,
            "user": _SMS_REPORT_USER,
            "password": secret.sms_report_password,
        },
        "clockFile": str(clock_file),
        "keyFolder": str(key_folder),
        "logFolder": str(logs),
        "metricsApiKey": secret.metrics_api_key,
        "ports": dict(addresses.simulators),
    }


def _file_values(app: Path) -> dict[str, str]:
    for name in _FILES:
        path = app / name
        if not path.exists():
            continue
        try:
            values = json.loads(path.read_text(encoding="utf-8"))["Values"]
            return {str(key): str(value) for key, value in values.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DevstackError(f"{path} has no readable object Values: correct it ({error})") from None
    return {}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
