"""What the support dashboard answers: the newest requested send time comes first."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import azure.functions as func
import orjson
import pytest

from functions.endpoints import support
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.identity_kind import IdentityKind
from shared.domain.trace.standing import Group, Stand, Standing
from shared.records.shipment_rows import StoredShipment
from shared.services.feeding.find_by_recipient import AddressedShipment, Found

NOW = datetime(2031, 3, 4, tzinfo=UTC)
CHAIN = ItemId("d2b0b1d75a244a0e9d1f0a9b")


def addressed(index, requested_send_at):
    order = OrderRequest(OrderType.NOTIFICATION, requested_send_at, ChannelSchema.SMS, ())
    state = ShipmentState(OrderStatus.REGISTERED, NOW, AgendaKey("0", "0"))
    stored = StoredShipment(CHAIN.of_shipment(index), "ttd", NOW, order, state, "etag")
    return AddressedShipment(stored, (), Standing((Group(Stand.PREPARING, NOW),), None))


@pytest.mark.parametrize("truncated", [False, True])
async def test_the_newest_comes_first(truncated):
    days = (2, 1, 3)
    shipments = tuple(addressed(index, NOW - timedelta(days=n)) for index, n in enumerate(days, 1))

    async def authorize(headers, policy):
        pass

    async def find_by_recipient(kind, number, *, from_at, to_at):
        assert (kind, number) == (IdentityKind.PERSON, "07885799912")
        return Found(shipments, truncated, NOW)

    app = SimpleNamespace(
        authorizer=SimpleNamespace(authorize=authorize),
        clock=SimpleNamespace(now=lambda: NOW),
        find_by_recipient=find_by_recipient,
    )
    request = func.HttpRequest(
        "GET",
        "http://localhost/",
        headers={"NationalIdentityNumber": "07885799912", "Accept-Language": "nb"},
        body=b"",
    )
    answer = await support.find_by_national_identity_number(app, request)
    found = [shipment["shipmentId"] for shipment in orjson.loads(answer.get_body())]
    summaries = [shipment["summary"] for shipment in orjson.loads(answer.get_body())]
    assert summaries == ["Blir klargjort for sending."] * 3
    assert answer.headers["Content-Language"] == "nb"
    assert found == [str(CHAIN.of_shipment(index)) for index in (2, 1, 3)]
    assert answer.headers["X-Result-Truncated"] == str(truncated).lower()


def app_that_finds(*, is_on):
    async def authorize(headers, policy):
        pass

    async def by_email(address, *, from_at, to_at):
        assert address == "kari@example.no"
        return Found((addressed(1, NOW),), truncated=False, now=NOW)

    return SimpleNamespace(
        authorizer=SimpleNamespace(authorize=authorize),
        clock=SimpleNamespace(now=lambda: NOW),
        settings=SimpleNamespace(support_search_by_email=is_on),
        find_by_recipient=SimpleNamespace(by_email=by_email),
    )


@pytest.mark.parametrize(("is_on", "status"), [(True, 200), (False, 404)])
async def test_search_by_email_is_there_if_the_setting_is_on(is_on, status):
    request = func.HttpRequest(
        "GET", "http://localhost/", headers={"EmailAddress": " kari@example.no "}, body=b""
    )
    answer = await support.find_by_email_address(app_that_finds(is_on=is_on), request)
    assert answer.status_code == status
