"""What an order says of itself: which states are its end, and which of its texts are secrets."""

from datetime import UTC, datetime

import pytest

from shared.domain.orders.order import (
    Attachment,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)


@pytest.mark.parametrize(
    ("status", "is_final", "ended_unsent"),
    [
        (OrderStatus.REGISTERED, False, False),
        (OrderStatus.PROCESSING, False, False),
        (OrderStatus.PROCESSED, False, False),
        (OrderStatus.COMPLETED, True, False),
        (OrderStatus.SEND_CONDITION_NOT_MET, True, True),
        (OrderStatus.CANCELLED, True, True),
    ],
)
def test_which_states_are_final_and_which_of_them_sent_nothing(status, is_final, ended_unsent):
    assert (status.is_final, status.ended_unsent) == (is_final, ended_unsent)


def test_links_to_files_and_condition_endpoints_are_not_printed():
    file = Attachment("vedtak.pdf", "application/pdf", "https://files.example.no/?sig=hemmelig")
    order = OrderRequest(
        OrderType.COMPOSED,
        datetime(2031, 3, 3, tzinfo=UTC),
        ChannelSchema.EMAIL,
        (),
        condition_endpoint="https://example.no/?key=hemmelig",
        email=EmailTemplate("from@example.no", "Emne", "Tekst", attachments=(file,)),
    )
    assert "hemmelig" not in repr(order)
    assert "vedtak.pdf" in repr(order)


def test_fields_are_not_shown_where_a_recipient_is_written_out():
    assert "hemmelig" not in repr(Recipient("a@x.no", fields={"code": "hemmelig"}))
