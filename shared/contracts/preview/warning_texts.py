"""What each warning of a preview says."""

from shared.domain.preview.warnings import Warned, WarningKind

_CHANNELS = {"email": "e-mail", "sms": "SMS"}


def warning_text(warned: Warned) -> str:
    """Return one or two sentences about a warning."""
    detail, count = warned.detail or "", warned.count or 0
    channel = _CHANNELS[warned.channel] if warned.channel else ""
    match warned.kind:
        case WarningKind.PLACEHOLDER_WITHOUT_SOURCE:
            return f"{detail} is left out for {_recipients(count)}: nothing is known to put in its place."
        case WarningKind.PLACEHOLDER_AS_WRITTEN:
            return f"{detail} is sent as it is written: orders of this kind have no placeholders."
        case WarningKind.SENDER_REFUSED if channel == "SMS":
            return (
                f"The gateway probably refuses the sender {detail!r}. It takes up to 15 digits, or up to 11"
                " characters without national letters."
            )
        case WarningKind.SENDER_REFUSED:
            return (
                f"The provider refuses senders of the domain {detail!r} unless it is set up there. The"
                " service's own sender has another domain."
            )
        case WarningKind.SHORTENED_LINK:
            return (
                f"Links of {detail} hide where they lead: operators hold such SMS, and readers distrust them."
            )
        case WarningKind.SMS_CUT:
            return "The gateway cuts the end of the SMS: it joins at most 16 parts."
        case WarningKind.NEVER_LEAVES:
            return f"The {channel} expires before it may leave."
        case WarningKind.CONDITION_NOT_ANSWERED:
            return f"The condition endpoint gave no clear answer: {detail}."
        case WarningKind.IDEMPOTENCY_ID_KNOWN:
            return (
                "The idempotency id is known: placing would send nothing, and answer with the first receipt."
            )


def _recipients(count: int) -> str:
    return "one recipient" if count == 1 else f"{count} recipients"
