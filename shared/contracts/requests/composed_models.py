"""The body of `POST /future/orders/composed-email`: one e-mail with files."""

from typing import Annotated

from shared.contracts.reading import wire_model as w
from shared.contracts.reading.wire_model import WireModel, wire
from shared.contracts.requests.chain_models import ChainBase
from shared.contracts.requests.text_models import EmailSettings


class ComposedAttachment(WireModel):
    """A file and the link under which it is fetched when the e-mail is sent."""

    filename: w.Text
    mime_type: w.Text
    sas_url: w.Url


class ComposedSettings(EmailSettings):
    """Text, sender and files of an e-mail."""

    attachments: list[Annotated[ComposedAttachment | None, w.OneOfMany]] | None = None


class ComposedRecipient(WireModel):
    """An e-mail address and its text."""

    email_address: w.Address
    settings: ComposedSettings = wire("emailSettings")
    fields: w.Fields | None = None


class ComposedOrder(ChainBase):
    """The body of the request."""

    recipient: ComposedRecipient
