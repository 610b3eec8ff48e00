"""Members of enumerations in requests: by name in any case, or by number.

Serialisers of some clients write numbers. An unknown name cannot be read, which ends the request. An unknown
number is read as an int, so that a business rule can report it under its own key, beside all other errors.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.orders.order import ChannelSchema, EmailContentType, SendingTimePolicy

INT32 = range(-(2**31), 2**31)
_NUMBER = re.compile(r"[+-]?[0-9]+")
_LONGEST = 32  # characters of a name or number; far more than any has


@dataclass(frozen=True, slots=True)
class Members[E]:
    """The members of an enumeration by lower-case name and by number."""

    names: Mapping[str, E]
    numbers: Mapping[int, E]

    def read(self, value: object) -> E | int:
        """Return the member that a JSON value means, or the number if no member has it.

        A text may have blanks around it and hold the number instead of the name. ValueError with the names
        for other values, lists of names among them.
        """
        if isinstance(value, str):
            return self._read_text(value.strip())
        if isinstance(value, int) and not isinstance(value, bool) and value in INT32:
            return self.numbers.get(value, value)
        raise ValueError(self._expected)

    def _read_text(self, text: str) -> E | int:
        if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
            return self.read(int(text))
        member = self.names.get(text.lower())
        if member is None:
            raise ValueError(self._expected)
        return member

    @property
    def _expected(self) -> str:
        return f"one of {', '.join(f"'{member}'" for member in self.names.values())}"


def known_member[E](value: E | int) -> E:
    """Return a member that was read, after the rules have refused unknown numbers."""
    assert not isinstance(value, int)
    return value


def _numbered[E: StrEnum](first: int, *members: E) -> Members[E]:
    names = {member.value.lower(): member for member in members}
    return Members(names, dict(enumerate(members, first)))


# In the order of their numbers.
CHANNELS = _numbered(0, *ChannelSchema)
CONTENT_TYPES = _numbered(0, EmailContentType.PLAIN, EmailContentType.HTML)
TIME_POLICIES = _numbered(1, SendingTimePolicy.ANYTIME, SendingTimePolicy.DAYTIME)
