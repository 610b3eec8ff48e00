"""The storage account of every emulator: its connection string, and the tables in it."""

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from devstack.errors import DevstackError

ACCOUNT = "devstoreaccount1"
# The published key of every storage emulator; it protects nothing.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def table_connection_string(port: int) -> str:
    """Return the connection string of the table service on `port`."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={_KEY};"
        f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )


def create_tables(port: int, names: Iterable[str]) -> None:
    """Create the tables that are missing, as the Bicep files do in Azure; DevstackError when refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    path = f"/{ACCOUNT}/Tables"
    for name in names:
        date = formatdate(usegmt=True)
        signed = f"{date}\n/{ACCOUNT}{path}"
        signature = hmac.digest(base64.b64decode(_KEY), signed.encode(), hashlib.sha256)
        headers = {
            "Authorization": f"SharedKeyLite {ACCOUNT}:{base64.b64encode(signature).decode()}",
            "Content-Type": "application/json",
            "Accept": "application/json;odata=nometadata",
            "x-ms-date": date,
            "x-ms-version": "2019-02-02",
        }
        try:
            connection.request("POST", path, json.dumps({"TableName": name}), headers)
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            raise DevstackError(f"Azurite does not answer ({error}): see its log, then start again") from None
        if answer.status not in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT):
            raise DevstackError(f"Azurite refused to create the table {name}: HTTP {answer.status}")
    connection.close()
