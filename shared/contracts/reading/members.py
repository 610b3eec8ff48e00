"""Members of enumerations as requests write them: by name in any case, or by number.

Serialisers of some clients write numbers. A number that belongs to no member is read all the same, so that a
business rule can refuse it under the member's own key, beside whatever else is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.orders.order import ChannelSchema, EmailContentType, SendingTimePolicy

INT32 = range(-(2**31), 2**31)
_NUMBER = re.compile(r"[+-]?[0-9]+")
_LONGEST = 32  # of a name or number, far above any there is


@dataclass(frozen=True, slots=True)
class Members[E]:
    """What an enumeration is called: its members by lower-case name and by number."""

    names: Mapping[str, E]
    numbers: Mapping[int, E]

    def read(self, value: object) -> E | int:
        """Return the member that a JSON value means, or its number when it is no member's.

        A text may have blanks around it and hold the number instead of the name. ValueError for other values,
        lists of names among them.
        """
        if isinstance(value, str):
            return self._read_text(value.strip())
        if isinstance(value, int) and not isinstance(value, bool) and value in INT32:
            return self.numbers.get(value, value)
        msg = "neither the name nor the number of a member"
        raise ValueError(msg)

    def _read_text(self, text: str) -> E | int:
        if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
            return self.read(int(text))
        member = self.names.get(text.lower())
        if member is None:
            msg = "not the name of a member"
            raise ValueError(msg)
        return member


def listed[E](value: E | int) -> E:
    """Return a member that was read, once the rules have refused numbers of no member."""
    assert not isinstance(value, int)
    return value


def _numbered[E: StrEnum](first: int, *members: E) -> Members[E]:
    names = {member.value.lower(): member for member in members}
    return Members(names, dict(enumerate(members, first)))


# In the order of their numbers.
CHANNELS = _numbered(0, *ChannelSchema)
CONTENT_TYPES = _numbered(0, EmailContentType.PLAIN, EmailContentType.HTML)
TIME_POLICIES = _numbered(1, SendingTimePolicy.ANYTIME, SendingTimePolicy.DAYTIME)
