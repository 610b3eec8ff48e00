"""What the Service Bus emulator tells of its queues, and how they are lost on purpose."""

from typing import Any

from devstack.json_client import JsonClient


class QueueInfo:
    """The control port of the emulator at `base`."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._client = JsonClient(base)

    def counts(self) -> dict[str, Any]:
        """Return the message counts of every queue."""
        return dict(self._client.ask("GET", "/queues"))

    def wait_items(self, queue: str, count: int, timeout: float) -> float:
        """Wait until a queue has been sent `count` items in all; return when it was, as monotonic seconds.

        TimeoutError: it was not.
        """
        path = f"/queues/{queue}/items?count={count}&seconds={timeout}"
        answer = self._client.ask("GET", path, wait=timeout)
        if answer["at"] is None:
            raise TimeoutError(f"{queue} was sent {answer['items']} items instead of {count}")
        return float(answer["at"])

    def wipe(self) -> dict[str, list[dict[str, Any]]]:
        """Lose every message of every queue; return them by queue, dead-letter queues included."""
        return dict(self._client.ask("POST", "/wipe"))
