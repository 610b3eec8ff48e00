"""What one meets first: an order, a reservation, a channel that falls back, a condition, a night."""

from devstack.scenarios.stage import Stage, link_to, to_email, to_mobile, to_person


def first_order(stage: Stage) -> str:
    """Place an e-mail and follow it until it is delivered."""
    address = stage.new_email()
    (shipment,) = stage.order(to_email(address, "Your first letter"), sendersReference="first-order")
    stage.step(f"An order was placed: one e-mail to {address}.", link_to(shipment))
    email = stage.control.wait_for_email(address)
    stage.step("The provider has taken the e-mail.", f"/outbox?id={email['id']}")
    stage.until_status(shipment, "Email_Delivered")
    stage.step("The provider reported that it was delivered, and the order is closed.", link_to(shipment))
    stage.check(stage.messages_to(address) == 1, "exactly one e-mail")
    return "One order, one e-mail, one entry in the owner's feed."


def reserved_person(stage: Stage) -> str:
    """Write to somebody who is reserved against digital contact, and then again, ignoring the reservation."""
    nin = stage.control.fixtures()["person_reserved"]["nin"]
    address = "sigrid.lie@example.no"
    before = stage.messages_to(address)
    (refused,) = stage.order(to_person(nin, "EmailPreferred"))
    stage.step("An order was placed for LIE SIGRID, who is reserved.", f"/people/{nin}")
    stage.until_status(refused, "Email_Failed_RecipientReserved")
    stage.check(stage.messages_to(address) == before, "no message to her")
    stage.step("Nothing was sent: the status says that the recipient is reserved.", link_to(refused))
    (sent,) = stage.order(to_person(nin, "EmailPreferred", ignoreReservation=True))
    stage.until_status(sent, "Email_Delivered")
    stage.step("An order that ignores reservations was delivered.", link_to(sent))
    return "A reservation holds, unless the owner may ignore it."


def preferred_channel(stage: Stage) -> str:
    """Prefer SMS for somebody who has no mobile."""
    person = stage.control.fixtures()["person_email_only"]
    before = stage.messages_to(person["email"])
    (shipment,) = stage.order(to_person(person["nin"], "SmsPreferred"))
    stage.step("An order was placed for HANSEN OLA, SMS preferred; he has no mobile.", link_to(shipment))
    stage.until_status(shipment, "Email_Delivered")
    stage.check(stage.messages_to(person["email"]) == before + 1, "one e-mail")
    stage.step("He got an e-mail in its place.", link_to(shipment))
    return "The other channel is taken when the preferred one has no address."


def stopped_reminder(stage: Stage) -> str:
    """Place an order with a reminder whose condition answers no after a week."""
    address = stage.new_email()
    reminder = {
        "delayDays": 7,
        "conditionEndpoint": f"{stage.platform}/conditions/false",
        "recipient": to_email(address, "Reminder: an answer is missing"),
    }
    first, second = stage.order(to_email(address, "We need an answer"), reminders=[reminder])
    stage.step("An order with a reminder after seven days was placed.", link_to(first))
    stage.until_status(first, "Email_Delivered")
    stage.step("The first e-mail is delivered. Now seven days pass.", link_to(first))
    stage.go_on(days=7, minutes=1)
    stage.until_status(second, "Order_SendConditionNotMet")
    stage.check(stage.messages_to(address) == 1, "no reminder")
    stage.step("The owner's condition answered no: the reminder is not sent.", link_to(second))
    return "A reminder asks right before it would be sent, and a no stops it."


def night(stage: Stage) -> str:
    """Send an SMS for the daytime in the evening, and wait for the morning."""
    stage.go_to(20)
    number = stage.new_mobile()
    (shipment,) = stage.order(to_mobile(number, "Good morning. You have a new letter."))
    stage.step(f"At 20:00 an SMS to {number} was placed, for the daytime.", link_to(shipment))
    stage.until(lambda: stage.statuses(shipment)[0] == "Order_Processed", "the order is held")
    stage.check(stage.messages_to(number) == 0, "no SMS in the evening")
    stage.step("It is held: the window for SMS is closed until 09:00.", link_to(shipment))
    stage.go_to(9)
    stage.go_on(minutes=11)  # held SMS leave one after another in the first ten minutes
    sms = stage.control.wait_for_sms(number)
    stage.step("In the morning the window opened, and it left.", f"/outbox?id={sms['reference']}")
    stage.until_status(shipment, "SMS_Delivered")
    stage.step("It is delivered.", link_to(shipment))
    return "Nobody is woken: what comes at night leaves in the morning."
