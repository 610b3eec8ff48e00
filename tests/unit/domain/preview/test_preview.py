"""Whether placing would accept what was previewed."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderType
from shared.domain.preview.preview import Preview, ShipmentPreview
from shared.domain.preview.reach import Count, Reach

NOW = datetime(2031, 3, 3, tzinfo=UTC)
ORDER = OrderRequest(OrderType.NOTIFICATION, NOW, ChannelSchema.SMS, ())


def shipment(*reaches):
    return ShipmentPreview(ORDER, Count(Counter(reaches), Counter()), (), (), (), None, ())


@pytest.mark.parametrize(
    ("reaches", "must_reach_all", "is_known", "accepted"),
    [
        ([Reach.FOUND], True, False, True),
        ([Reach.UNUSABLE], True, False, True),
        ([Reach.MISSING], True, False, False),
        ([Reach.MISSING], False, False, True),
        ([Reach.MISSING], True, True, True),
    ],
)
def test_version_2_refuses_whoever_cannot_be_reached_unless_it_knows_the_order(
    reaches, must_reach_all, is_known, accepted
):
    preview = Preview(NOW, must_reach_all, is_known, (shipment(Reach.GIVEN), shipment(*reaches)))
    assert preview.is_accepted == accepted
