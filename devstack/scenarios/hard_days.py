"""What a service has to stand: many recipients with bad numbers, outages, and cases that take weeks."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from devstack.scenarios.stage import Stage, link_to, to_email, to_mobile, to_person

_RECIPIENTS = 1000
_BAD = 30
_BAD_ENDINGS = ("666001", "666002", "666006")  # of numbers whose SMS are reported as not delivered
_DURING_OUTAGE = 5
_MINUTES_TO_RECOVER = 60
_SECONDS_A_MINUTE = 1.5  # of real time


def thousand_recipients(stage: Stage) -> str:
    """Send one order to a thousand numbers, three in a hundred of them bad."""
    bad = [f"+479{digit}{ending}" for ending in _BAD_ENDINGS for digit in range(_BAD // len(_BAD_ENDINGS))]
    good = [f"+4791{number:06d}" for number in range(_RECIPIENTS - _BAD)]
    body = {
        "body": "No water at noon.",
        "recipients": [{"mobileNumber": number} for number in good + bad],
    }
    if not 9 <= stage.now().hour < 16:
        stage.go_to(12)
    order = stage.post("/orders/sms", body)["orderId"]
    stage.step(f"One order for {_RECIPIENTS} numbers was placed; {_BAD} of them are bad.", link_to(order))

    def ended() -> Counter[str]:
        return Counter(stage.statuses(order)[1:])

    stage.until(lambda: ended()["SMS_Delivered"] >= len(good), f"{len(good)} delivered", 180)
    stage.step(f"{len(good)} SMS are delivered.", "/outbox?q=No+water")
    stage.until(lambda: sum(ended().values()) - ended()["SMS_Delivered"] == _BAD, f"{_BAD} not delivered")
    stage.until(lambda: stage.statuses(order)[0] == "Order_Completed", "the order is closed")
    stage.step(f"{_BAD} were reported as not delivered, and the order is closed.", link_to(order))
    return f"{len(good)} delivered, {_BAD} not, none twice, none forgotten."


def email_outage(stage: Stage) -> str:
    """Close the port of the e-mail provider for a while."""
    emails = [stage.new_email() for _ in range(_DURING_OUTAGE)]
    recipients = {address: to_email(address, "Sent during an outage") for address in emails}
    return _outage(stage, "the e-mail provider", "acs.send", recipients)


def sms_outage(stage: Stage) -> str:
    """Close the port of the SMS gateway for a while."""
    numbers = [stage.new_mobile() for _ in range(_DURING_OUTAGE)]
    recipients = {number: to_mobile(number, "Sent during an outage", "Anytime") for number in numbers}
    return _outage(stage, "the SMS gateway", "sms.submit", recipients)


def register_outage(stage: Stage) -> str:
    """Let the registers fail while an order for a person waits for its send time."""
    person = stage.control.fixtures()["person_with_email_and_mobile"]
    before = stage.messages_to(person["email"])
    at = stage.now() + timedelta(minutes=10)
    (shipment,) = stage.order(to_person(person["nin"], "Email"), requestedSendTime=at.isoformat())
    stage.step("An order for a person was placed, to be sent in ten minutes.", link_to(shipment))
    with stage.fault(target="profile.*", action="status", status=503):
        stage.step("Profile fails from now on, and the send time comes.", "/faults")
        stage.go_on(minutes=11)
        stage.until(_fault_seen(stage, "profile."), "Profile is asked in vain")
        stage.check(stage.messages_to(person["email"]) == before, "no message without a lookup")
        stage.step("Nobody is reached: the order waits, and asks again.", link_to(shipment))
    stage.step("Profile works again.", "/faults")
    _recover(stage, [shipment], "Email_Delivered")
    stage.check(stage.messages_to(person["email"]) == before + 1, "exactly one message")
    stage.step("The message is delivered, once.", link_to(shipment))
    return "The registers were away; the order waited for them."


def three_weeks(stage: Stage) -> str:
    """Follow a case over three weeks: a letter, a reminder, and a reminder that is not needed any more."""
    address = stage.new_email()
    answers = f"{stage.platform}/conditions"
    reminders = [
        _reminder(address, 7, f"{answers}/true?case={address}", "One week is left"),
        _reminder(address, 14, f"{answers}/true?case={address}", "The time is up"),
        _reminder(address, 21, f"{answers}/false?case={address}", "Last reminder"),
    ]
    shipments = stage.order(to_email(address, "A decision in your case"), reminders=reminders)
    stage.step("Day 0: a letter with three reminders was placed.", link_to(shipments[0]))
    stage.until_status(shipments[0], "Email_Delivered")
    stage.step("Day 0: the letter is delivered.", link_to(shipments[0]))
    for week in (1, 2):
        stage.go_on(days=7, minutes=1)
        stage.until_status(shipments[week], "Email_Delivered")
        stage.step(f"Day {7 * week}: no answer yet, so reminder {week} was sent.", link_to(shipments[week]))
    stage.go_on(days=7, minutes=1)
    stage.until_status(shipments[3], "Order_SendConditionNotMet")
    stage.step("Day 21: the answer is there, so the last reminder is not sent.", link_to(shipments[3]))
    stage.check(stage.messages_to(address) == 3, "three e-mails")
    return "Three weeks, three e-mails, and none too many."


def _outage(stage: Stage, part: str, target: str, recipients: Mapping[str, dict[str, Any]]) -> str:
    delivered = "Email_Delivered" if target == "acs.send" else "SMS_Delivered"
    with stage.fault(target=target, action="unreachable"):
        stage.step(f"From now on {part} cannot be reached.", "/faults")
        shipments = [stage.order(recipient)[0] for recipient in recipients.values()]
        stage.step(f"{_DURING_OUTAGE} orders were placed and accepted all the same.", link_to(shipments[0]))
        stage.go_on(minutes=2)
        stage.check(not any(map(stage.messages_to, recipients)), "no message during the outage")
        stage.step("Nothing arrives; the orders wait.", link_to(shipments[0]))
    stage.step(f"Now {part} can be reached again.", "/faults")
    _recover(stage, shipments, delivered)
    stage.check(all(stage.messages_to(address) == 1 for address in recipients), "each message once")
    stage.step("All are delivered, each once.", link_to(shipments[-1]))
    return f"{_DURING_OUTAGE} orders outlived the outage; nothing was lost or sent twice."


def _recover(stage: Stage, shipments: list[str], status: str) -> None:
    """Let the time pass in which the service tries again, until all shipments have the status."""

    def all_have_it() -> bool:
        return all(status in stage.statuses(shipment) for shipment in shipments)

    for _ in range(_MINUTES_TO_RECOVER):
        if stage.seen(all_have_it, _SECONDS_A_MINUTE):
            return
        stage.go_on(minutes=1)
    stage.check(False, f"{status} within {_MINUTES_TO_RECOVER} minutes of the local cloud")


def _fault_seen(stage: Stage, target: str) -> Callable[[], bool]:
    return lambda: any(name.startswith(target) for name in stage.control.stats()["faults"])


def _reminder(address: str, days: int, condition: str, subject: str) -> dict[str, Any]:
    return {
        "delayDays": days,
        "conditionEndpoint": condition,
        "recipient": to_email(address, f"Reminder: {subject.lower()}"),
    }
