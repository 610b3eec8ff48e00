"""What the code is working on at the moment: every log line says so, without being told by its caller."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Operation:
    """One piece of work: the trace it belongs to, and the shipment it is about; empty for none.

    `caller` is the trace that the caller of a request named, if it is another one.
    """

    operation_id: str = ""
    shipment_id: str = ""
    caller: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """The fields of a log line; none where there is no work, as while the process starts."""
        if not self.operation_id:
            return {}
        fields = {"operation_id": self.operation_id, "shipment_id": self.shipment_id}
        is_other = self.caller not in ("", self.operation_id)
        return fields | {"caller_operation_id": self.caller} if is_other else fields


_NONE = Operation()
_current: ContextVar[Operation] = ContextVar("operation", default=_NONE)


def current_operation() -> Operation:
    """Return what this task works on."""
    return _current.get()


@contextmanager
def working_on(operation: Operation) -> Iterator[None]:
    """Work on something else for a while."""
    token = _current.set(operation)
    try:
        yield
    finally:
        _current.reset(token)


def go_on_with(operation_id: str, shipment_id: str) -> None:
    """Say what the work of this task turned out to be about; the caller's trace stays known."""
    _current.set(Operation(operation_id, shipment_id, _current.get().caller))


def traced(traceparent: str | None) -> tuple[str, str] | None:
    """Return trace id and flags of a W3C header; None when it is none."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return None if match is None else (match[1], match[2])


def of_request(traceparent: str | None) -> Operation:
    """Return the operation of a request: the trace of its caller, or a new one."""
    found = traced(traceparent)
    return new_operation() if found is None else Operation(found[0], caller=found[0])


def new_operation() -> Operation:
    """Return an operation with a trace of its own, for what nobody asked for: a timer, a batch."""
    return Operation(secrets.token_hex(16))
