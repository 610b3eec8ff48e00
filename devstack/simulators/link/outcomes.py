"""What becomes of an SMS: the last six digits of the number decide.

| Number ends in | Submit answer                | Delivery report                      |
|----------------|------------------------------|--------------------------------------|
| `666001`       | OK                           | UNDELIV                              |
| `666002`       | OK                           | EXPIRED                              |
| `666003`       | OK                           | DELETED                              |
| `666004`       | OK                           | REJECTD                              |
| `666005`       | OK                           | BARRED                               |
| `666006`       | OK                           | FAILED                               |
| `666007`       | OK                           | UNKNOWN                              |
| `666008`       | OK                           | BARREDA                              |
| `666009`       | OK                           | ZEROBAL                              |
| `666010`       | OK                           | none                                 |
| `666011`       | FAIL, `Invalid RCV`          | none                                 |
| `666012`       | FAIL, `No route`             | none                                 |
| `666013`       | OK without REF               | none                                 |
| `666014`       | OK                           | DELIVRD *before* the submit answer   |
| `666015`       | OK                           | DELIVRD twice                        |
| anything else  | OK                           | DELIVRD                              |

A message whose sender begins with `Unknown` is refused: FAIL, `Invalid SND`.
"""

from dataclasses import dataclass

_DIGITS_THAT_DECIDE = 6


@dataclass(frozen=True, slots=True)
class SmsOutcome:
    """What becomes of a message to one number.

    `refusal` is the INFO of a refused message; `state` the STATE of the report, None for none.
    """

    state: str | None = "DELIVRD"
    refusal: str | None = None
    with_reference: bool = True
    report_first: bool = False
    copies: int = 1


INVALID_RECEIVER = SmsOutcome(None, refusal="Invalid RCV")
_INVALID_SENDER = SmsOutcome(None, refusal="Invalid SND")
_DELIVERED = SmsOutcome()
_BY_ENDING = {
    "666001": SmsOutcome("UNDELIV"),
    "666002": SmsOutcome("EXPIRED"),
    "666003": SmsOutcome("DELETED"),
    "666004": SmsOutcome("REJECTD"),
    "666005": SmsOutcome("BARRED"),
    "666006": SmsOutcome("FAILED"),
    "666007": SmsOutcome("UNKNOWN"),
    "666008": SmsOutcome("BARREDA"),
    "666009": SmsOutcome("ZEROBAL"),
    "666010": SmsOutcome(None),
    "666011": INVALID_RECEIVER,
    "666012": SmsOutcome(None, refusal="No route"),
    "666013": SmsOutcome(None, with_reference=False),
    "666014": SmsOutcome(report_first=True),
    "666015": SmsOutcome(copies=2),
}


def outcome_for(number: str, sender: str) -> SmsOutcome:
    """Return the outcome of a message to this number from this sender."""
    if sender.casefold().startswith("unknown"):
        return _INVALID_SENDER
    return _BY_ENDING.get(number[-_DIGITS_THAT_DECIDE:], _DELIVERED)
