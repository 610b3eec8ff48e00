"""The list of the newest orders, and one order with its reminders, its time axis and its stored rows."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from devstack.pages.orders.axis import Point, ahead, of_hops, of_message, of_row, of_trace, sorted_axis
from devstack.pages.site import Page, Site
from devstack.pages.sources import SourceError, Sources
from devstack.pages.stored_rows import newest_orders, order_of_reference, rows_of_chain

_API = "/notifications/api/v1"
_CHAIN_DIGITS = 24
_CHAIN_TEXT = 28  # the same digits with hyphens
_LISTED = 50
_MESSAGES_SHOWN = 20
_TOPICS = ("orders",)


class OrdersPage:
    """`/orders`, `/orders/ID`, and both as JSON. An id may be of an order, a shipment or a message."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def add_to(self, app: web.Application, site: Site) -> None:
        """Serve the pages."""
        site.add(app, Page("/orders", "Orders", "orders.html", self.newest, _TOPICS))
        site.add(app, Page("/orders/{id}", "Order", "order.html", self.view, _TOPICS))

    async def newest(self, request: web.Request) -> dict[str, Any]:
        """Return the newest orders of all owners; with `id` go to that order."""
        if wanted := request.query.get("id", "").strip():
            raise web.HTTPFound(f"/orders/{quote(wanted, safe='')}")
        rows = await newest_orders(self._sources.tables, _LISTED)
        return {
            "orders": [
                {
                    "id": _id(row["Chain"], 0),
                    "owner": row.get("Creator"),
                    "reference": _first(row.get("References")),
                    "status": row.get("Status"),
                    "createdAt": row.get("CreatedAt"),
                }
                for row in rows
            ],
            "most": _LISTED,
        }

    async def view(self, request: web.Request) -> dict[str, Any]:
        """Return one order."""
        key = await self._chain_key(request.match_info["id"])
        rows = await rows_of_chain(self._sources.tables, key)
        shipments = [row for row in rows if len(row["RowKey"]) == 3 and row["RowKey"].startswith("S")]
        if not shipments:
            raise SourceError(404, "no such order")
        owner = str(shipments[0].get("Creator"))
        headers = await self._sources.authorization(owner)
        told = await asyncio.gather(*(self._shipment(key, row, headers) for row in shipments))
        messages = await self._messages(key, rows)
        hops = await self._hops(key)
        points: list[Iterable[Point]] = [of_message(message) for message in messages]
        for shipment, row in zip(told, shipments, strict=True):
            trace = shipment["trace"]
            name = f"{shipment['name']}: " if len(shipments) > 1 else ""
            points += [of_row(row, name) if trace is None else of_trace(trace, name), ahead(row, name)]
        return {
            "id": _id(key, 0),
            "owner": owner,
            "shipments": told,
            "axis": sorted_axis(chain.from_iterable(points)),
            "hops": sorted_axis(of_hops(hops)),
            "rows": rows,
        }

    async def _chain_key(self, text: str) -> str:
        try:
            return uuid.UUID(text).hex[:_CHAIN_DIGITS]
        except ValueError:
            found = await order_of_reference(self._sources.tables, text)
            if found is None:
                raise SourceError(404, "no order has this id or reference") from None
            return uuid.UUID(found).hex[:_CHAIN_DIGITS]

    async def _shipment(self, key: str, row: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        index = int(row["RowKey"][1:], 16)
        shipment_id = _id(key, index)
        path = f"{_API}/future/shipment/{shipment_id}"
        shown, trace = await asyncio.gather(
            self._sources.api.exchange("GET", path, headers=headers),
            self._sources.api.exchange("GET", f"{path}/trace", headers=headers),
        )
        body = row.get("Body")
        return {
            "id": shipment_id,
            "name": "The order" if index == 1 else f"Reminder {index - 1}",
            "status": row.get("Status"),
            "shown": shown.document if shown.status == 200 else None,
            "trace": trace.document if trace.status == 200 else None,
            "order": body if isinstance(body, dict) else {},
        }

    async def _messages(self, key: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the captured messages of an order; the id of an e-mail begins with the key of its chain."""
        query = urlencode({"text": _id(key, 0)[:_CHAIN_TEXT], "count": _MESSAGES_SHOWN})
        emails = (await self._sources.control.ask("GET", f"/messages?{query}"))["messages"]
        references = [
            notification[6]
            for row in rows
            for notification in (row.get("State") or {}).get("n", ())
            if len(notification) > 6 and notification[2] == "s" and notification[6]
        ]
        asked = (
            self._sources.control.exchange("GET", f"/messages/{quote(str(reference), safe='')}")
            for reference in references[:_MESSAGES_SHOWN]
        )
        texts = [answer.document for answer in await asyncio.gather(*asked) if answer.status == 200]
        return [*emails, *texts]

    async def _hops(self, key: str) -> list[dict[str, Any]]:
        answer = await self._sources.control.exchange("GET", f"/devstack/traces/{_id(key, 0)}")
        return list(answer.document["hops"]) if answer.status == 200 else []


def _first(references: object) -> str:
    """Return the owner's reference of the main order; empty without one, or if the row has it in parts."""
    return (references[0] or "") if isinstance(references, list) and references else ""


def _id(key: str, index: int) -> str:
    return str(uuid.UUID(f"{key}{index:02x}000000"))
