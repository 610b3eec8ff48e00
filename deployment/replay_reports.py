"""Sends delivery reports that Event Grid gave up to their queue again.

.venv/bin/python -m deployment.replay_reports STORAGE_ACCOUNT SERVICE_BUS_HOST [--replay]

Without --replay it only counts them. With it each file of reports is deleted once all its reports are on
the queue. A report may come twice: results only move up. Sign in with `az login` first. This needs the
packages of the app.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from urllib.parse import quote

import requests
from azure.identity import AzureCliCredential
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from defusedxml import ElementTree

CONTAINER = "undelivered-reports"
QUEUE = "delivery-reports"
_SCOPE = "https://storage.azure.com/.default"
_VERSION = "2023-11-03"
_SECONDS = 30


class UndeliveredReports:
    """The files of reports in the container, by the REST interface of Blob Storage.

    `address` is that of the account, `token` returns a bearer token for storage.
    """

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        self._container = f"{address.rstrip('/')}/{CONTAINER}"
        self._token = token

    def names(self) -> list[str]:
        """Return the names of all files, oldest first: a name begins with topic, subscription and hour."""
        found: list[str] = []
        marker = ""
        while True:
            page = self._call("GET", f"?restype=container&comp=list&marker={quote(marker, safe='')}")
            root = ElementTree.fromstring(page.content)
            found += [blob.findtext("Name") or "" for blob in root.iter("Blob")]
            marker = root.findtext("NextMarker") or ""
            if not marker:
                return sorted(found)

    def reports(self, name: str) -> list[str]:
        """Return the reports in a file, each as the JSON that Event Grid would have delivered."""
        document = json.loads(self._call("GET", f"/{quote(name)}").content)
        return [json.dumps(event) for event in (document if isinstance(document, list) else [document])]

    def delete(self, name: str) -> None:
        """Remove a file whose reports were sent."""
        self._call("DELETE", f"/{quote(name)}")

    def _call(self, method: str, path: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token()}", "x-ms-version": _VERSION}
        answer = requests.request(method, self._container + path, headers=headers, timeout=_SECONDS)
        answer.raise_for_status()
        return answer


def replay(undelivered: UndeliveredReports, send: Callable[[str], object]) -> int:
    """Send every report, then delete its file; return how many reports there were."""
    count = 0
    for name in undelivered.names():
        reports = undelivered.reports(name)
        for report in reports:
            send(report)
        undelivered.delete(name)
        count += len(reports)
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Count or replay the reports; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("storage_account")
    parser.add_argument("service_bus_host")
    parser.add_argument("--replay", action="store_true", help="send them to the queue and delete them")
    chosen = parser.parse_args(arguments)
    credential = AzureCliCredential()
    undelivered = UndeliveredReports(
        f"https://{chosen.storage_account}.blob.core.windows.net", lambda: credential.get_token(_SCOPE).token
    )
    if not chosen.replay:
        print(f"{sum(len(undelivered.reports(name)) for name in undelivered.names())} undelivered reports")
        return 0
    with (
        ServiceBusClient(chosen.service_bus_host, credential) as client,
        client.get_queue_sender(QUEUE) as sender,
    ):
        count = replay(undelivered, lambda report: sender.send_messages(ServiceBusMessage(report)))
    print(f"{count} reports are on the queue {QUEUE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
