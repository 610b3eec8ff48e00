"""Service Bus connection strings, as far as a broker on this machine needs them."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

_DEFAULT_PORT = 5672


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """Where a namespace listens without TLS, and the key that signs tokens for it."""

    host: str
    port: int
    key_name: str
    key: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "ConnectionString":
        """Read `Endpoint=sb://host:port;SharedAccessKeyName=…;SharedAccessKey=…`; raises ValueError."""
        fields = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        missing = {"Endpoint", "SharedAccessKeyName", "SharedAccessKey"} - fields.keys()
        if missing:
            raise ValueError(f"the Service Bus connection string lacks {', '.join(sorted(missing))}")
        endpoint = urlsplit(fields["Endpoint"])
        if endpoint.hostname is None:
            raise ValueError("the Service Bus connection string has no host in its endpoint")
        port = endpoint.port or _DEFAULT_PORT
        return cls(endpoint.hostname, port, fields["SharedAccessKeyName"], fields["SharedAccessKey"])

    def __str__(self) -> str:
        """Write it in the form that makes the SDKs talk to an emulator, which is without TLS."""
        return (
            f"Endpoint=sb://{self.host}:{self.port};SharedAccessKeyName={self.key_name};"
            f"SharedAccessKey={self.key};UseDevelopmentEmulator=true;"
        )
