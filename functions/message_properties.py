"""Leaves out the properties of Service Bus messages that nobody here reads.

`azure-functions` reads some 25 of each message, among them four dates by trying up to 16 formats. In a batch
it parses all values of a property again for each message. That took 5 % of a worker's time under load.
"""

from collections.abc import Mapping
from functools import wraps
from typing import Any

from azure.functions.meta import Datum
from azure.functions.servicebus import ServiceBusMessageInConverter

# The first says why a message is a dead letter. By the others the library tells a message from a batch.
_READ = frozenset({"ApplicationProperties", "UserProperties", "UserPropertiesArray"})


def read_few_properties() -> None:
    """Have the library make messages from few of their properties; the others are None."""
    decode = ServiceBusMessageInConverter.decode

    @wraps(decode)
    def decode_few(_cls: type, data: Datum, *, trigger_metadata: Mapping[str, Datum]) -> Any:
        read = {name: value for name, value in trigger_metadata.items() if name in _READ}
        return decode(data, trigger_metadata=read)

    # there is no setting for it, and the library lets nobody register another converter for this trigger
    setattr(ServiceBusMessageInConverter, "decode", classmethod(decode_few))  # noqa: B010  mypy wants it so
