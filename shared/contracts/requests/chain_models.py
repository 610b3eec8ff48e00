"""The body of `POST /future/orders`: one recipient, its texts, and reminders of the same shape."""

from typing import Annotated

from pydantic import StrictBool

from shared.contracts.reading import wire_model as w
from shared.contracts.reading.wire_model import WireModel, wire
from shared.contracts.requests.text_models import EmailSettings, SmsSettings


class RecipientEmail(WireModel):
    """An e-mail address and its text."""

    email_address: w.Address
    settings: EmailSettings = wire("emailSettings")
    fields: w.Fields | None = None


class RecipientSms(WireModel):
    """A telephone number and its text."""

    phone_number: w.Address
    settings: SmsSettings = wire("smsSettings")
    fields: w.Fields | None = None


class LookedUpRecipient(WireModel):
    """The members that recipients have in common whose addresses are looked up."""

    channel_schema: w.Schema
    email_settings: EmailSettings | None = None
    sms_settings: SmsSettings | None = None
    resource_id: w.OptionalText | None = None
    resource_action: w.OptionalText | None = None
    fields: w.Fields | None = None


class RecipientPerson(LookedUpRecipient):
    """A person by national identity number."""

    national_identity_number: w.Text
    ignore_reservation: StrictBool | None = None
    use_stale_contact_information: StrictBool | None = None


class RecipientOrganization(LookedUpRecipient):
    """An organisation by organisation number."""

    org_number: w.Text


class RecipientExternalIdentity(LookedUpRecipient):
    """A person by the URN of the identity they sign in with."""

    external_identity: w.Text


class ChainRecipient(WireModel):
    """A container; exactly one member must be set."""

    recipient_email: RecipientEmail | None = None
    recipient_sms: RecipientSms | None = None
    recipient_person: RecipientPerson | None = None
    recipient_organization: RecipientOrganization | None = None
    recipient_external_identity: RecipientExternalIdentity | None = None


class ChainReminder(WireModel):
    """A later order of the chain, due after a number of days or at its own time."""

    recipient: ChainRecipient
    senders_reference: w.OptionalText | None = None
    condition_endpoint: w.OptionalUrl | None = None
    delay_days: w.PositiveInteger | None = None
    requested_send_time: w.Instant | None = None


class DialogportenAssociation(WireModel):
    """The dialog an order belongs to; free text."""

    dialog_id: w.OptionalText | None = None
    transmission_id: w.OptionalText | None = None


class OrderBase(WireModel):
    """The members that version 1, chain and composed orders have in common."""

    senders_reference: w.OptionalText | None = None
    requested_send_time: w.SendTime = None
    condition_endpoint: w.OptionalUrl | None = None


class ChainBase(OrderBase):
    """What chains and composed orders have in common."""

    idempotency_id: w.Text
    dialogporten_association: DialogportenAssociation | None = None

    @property
    def dialog(self) -> DialogportenAssociation:
        """The association, without ids where the order has none."""
        return self.dialogporten_association or DialogportenAssociation()


class OrderChain(ChainBase):
    """The body of `POST /future/orders`."""

    recipient: ChainRecipient
    reminders: list[Annotated[ChainReminder | None, w.OneOfMany]] | None = None
