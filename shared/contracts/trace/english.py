"""The English texts of a trace."""

from shared.contracts.trace.language import Texts
from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.order import Channel
from shared.domain.trace.events import EventKind, Register
from shared.domain.trace.standing import Stand, Step

STANDS = {
    Stand.SCHEDULED: "waiting for its send time, {until}",
    Stand.CONDITION_DUE: "waiting for your condition, which is being asked",
    Stand.CONDITION_AGAIN: (
        "waiting for your condition, which gave no clear answer at {at} and is asked again at {until}"
    ),
    Stand.LOOKUP_DUE: "waiting for the addresses, which are being looked up",
    Stand.LOOKUP_AGAIN: (
        "waiting for the registers, which could not be asked at {at} and are asked again at {until}"
    ),
    Stand.PREPARING: "being prepared for sending",
    Stand.HELD: "held for the SMS window until {until}",
    Stand.QUEUED: "in the queue for {provider} since {at}",
    Stand.THROTTLED: "waiting, because {provider} takes no more now; tried again at {until}",
    Stand.PUT_OFF: "waiting, because {provider} could not take it at {at}; tried again at {until}",
    Stand.BEING_SENT: "being given to {provider} since {at}",
    Stand.IN_DOUBT_AGAIN: "in doubt: the answer of {provider} was lost at {at}; sent again at {until}",
    Stand.IN_DOUBT: "perhaps sent at {at}: the answer of {provider} was lost; no report yet",
    Stand.OVERDUE: "not sent in time; about to be closed",
    Stand.CANCELLED: "not sent: cancelled at {at}",
    Stand.CONDITION_NOT_MET: "not sent: your condition answered no at {at}",
    Stand.CONDITION_STOPPED: "not sent: your condition gave no clear answer, the last time at {at}",
    Stand.NOTHING_TO_SEND: "ended at {at}: there was nothing to send",
}
RESULTS = {
    "New": "not sent yet",
    "Sending": "given to {provider} at {at}; no report yet",
    "Accepted": "given to {provider} at {at}; no report yet",
    "Succeeded": "sent by {provider} at {at}; no report of its delivery yet",
    "Delivered": "delivered at {at}",
    "Failed": "failed at {at}, for a reason that {provider} did not say",
    "Failed_TTL": "expired at {at}: no final result came in time",
    "Failed_TransientError": "failed at {at}: {provider} had an error that should have passed",
    "Failed_UnknownSender": "not sent: {provider} does not know the sender that the order names",
    "Failed_RecipientReserved": "not sent: the person has reserved themselves against digital contact",
    "Failed_RecipientNotIdentified": "not sent: no {address} was found for the recipient",
    "Failed_InvalidEmailFormat": "not sent: the e-mail address is not valid",
    "Failed_SupressedRecipient": "not sent: {provider} no longer sends to this address",
    "Failed_FilteredSpam": "not delivered: refused as spam at {at}",
    "Failed_Quarantined": "not delivered: put into quarantine at {at}",
    "Failed_InvalidSasUrl": "not sent: a file could not be fetched by its link",
    "Failed_PayloadTooLarge": "not sent: the e-mail and its files are too large",
    "Failed_Bounced": "not delivered: the recipient's mail server refused it at {at}",
    "Failed_InvalidRecipient": "not sent: the mobile number is not valid",
    "Failed_BarredReceiver": "not delivered: the mobile number is barred or not in use",
    "Failed_Deleted": "not delivered: deleted on its way at {at}",
    "Failed_Expired": "not delivered: it expired at the operator at {at}",
    "Failed_Undelivered": "not delivered: no route to the mobile number, or it is not valid",
    "Failed_Rejected": "not delivered: the operator refused it at {at}",
}
STEPS = {
    Step.BEGIN: "It is prepared and sent.",
    Step.ASK_CONDITION: "Your condition is asked; the answer decides.",
    Step.LOOK_UP: "The registers are asked for addresses.",
    Step.LEAVE: "The SMS leaves.",
    Step.SEND: "It is sent.",
    Step.SEND_AGAIN: "It is tried again.",
    Step.ASK_PROVIDER: "Without a report, the provider is asked what became of it.",
    Step.CLOSE: "Without a final result, it ends as expired.",
}
EVENTS = {
    EventKind.ACCEPTED: "The order was accepted.",
    EventKind.LOOKED_UP: (
        "The register of {register} answered: {count} asked for, {reserved} reserved, "
        "{missing} without an address; addresses found: {addresses}."
    ),
    EventKind.LOOKUP_FAILED: "The registers could not be asked; again at {until}.",
    EventKind.CONDITION_ASKED: "The question to your condition was queued.",
    EventKind.CONDITION_ANSWERED: "",  # by outcome
    EventKind.HELD: "Held for the SMS window until {until}.",
    EventKind.FORWARDED: "Handed to the queue for {provider}.",
    EventKind.ATTEMPT: "Call to {provider}.",
    EventKind.THROTTLED: "{provider} takes no more now; again at {until}.",
    EventKind.PUT_OFF: "The call to {provider} did not succeed; again at {until}.",
    EventKind.IN_DOUBT: "The answer of {provider} was lost.",
    EventKind.ANSWERED: "Answer of {provider}: {result}.",
    EventKind.REPORTED: "Report of {provider}: {result}.",
    EventKind.EXPIRED: "Its time was over.",
    EventKind.PAGE_DONE: "Pages whose messages all have a result: {count}.",
    EventKind.CANCELLED: "The order was cancelled.",
    EventKind.CLOSED: "The shipment ended.",
}
CONDITIONS = {
    ConditionOutcome.PENDING: "Your condition gave no clear answer; it is asked again at {until}.",
    ConditionOutcome.MET: "Your condition answered yes.",
    ConditionOutcome.NOT_MET: "Your condition answered no.",
    ConditionOutcome.INCONCLUSIVE_SENT: "Your condition gave no clear answer; it is sent all the same.",
    ConditionOutcome.INCONCLUSIVE_STOPPED: "Your condition gave no clear answer; nothing is sent.",
}
SEVERAL = {
    EventKind.ACCEPTED: "{count} times accepted",
    EventKind.LOOKED_UP: "{count} more lookups",
    EventKind.LOOKUP_FAILED: "{count} more lookups that failed",
    EventKind.CONDITION_ASKED: "{count} more questions",
    EventKind.CONDITION_ANSWERED: "{count} more answers of your condition",
    EventKind.HELD: "{count} more times held for the window",
    EventKind.FORWARDED: "{count} more times handed to a queue",
    EventKind.ATTEMPT: "{count} more attempts",
    EventKind.THROTTLED: "{count} more waits for a provider",
    EventKind.PUT_OFF: "{count} more calls that did not succeed",
    EventKind.IN_DOUBT: "{count} more answers lost",
    EventKind.ANSWERED: "{count} more answers",
    EventKind.REPORTED: "{count} more reports",
    EventKind.EXPIRED: "{count} more messages expired",
    EventKind.PAGE_DONE: "{count} more pages done",
    EventKind.CANCELLED: "{count} times cancelled",
    EventKind.CLOSED: "{count} times ended",
}
ENGLISH = Texts(
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    today="{clock}",
    other_day="{clock} on {day} {month} (Oslo)",
    other_year="{clock} on {day} {month} {year} (Oslo)",
    soon="the next visit",
    providers={Channel.EMAIL: "the e-mail provider", Channel.SMS: "the SMS provider"},
    addresses={Channel.EMAIL: "e-mail address", Channel.SMS: "mobile number"},
    registers={
        Register.PERSONS: "persons",
        Register.ORGANIZATIONS: "organisations",
        Register.EXTERNAL_IDENTITIES: "other identities",
    },
    stands=STANDS,
    results=RESULTS,
    steps=STEPS,
    events=EVENTS,
    conditions=CONDITIONS,
    taken="taken",
    messages=" ({count} messages)",
    of_messages="{count} messages: {groups}",
    both=", and ",
    pages="Handed to its pages: {count}.",
    several=SEVERAL,
    clock=lambda at: f"{at:%H:%M}",
)  # fmt: skip
