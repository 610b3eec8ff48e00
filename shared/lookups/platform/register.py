"""Altinn Register: what people and organisations are called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.texts.single_line import single_line
from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.timed_cache import TimedCache

_NAMES = "parties/nameslookup"
_KEEP_SECONDS = 600.0


@dataclass(slots=True, eq=False)
class RegisterNames:
    """`NameRegister` over Register; names found are remembered for ten minutes."""

    service: PlatformService
    cache: TimedCache[str, str] = field(default_factory=lambda: TimedCache(seconds=_KEEP_SECONDS))

    async def names(self, organizations: Collection[str], persons: Collection[str]) -> Mapping[str, str]:
        """Return the names that the register has, by organisation or national identity number."""
        members = dict.fromkeys(sorted(organizations), "orgNo") | dict.fromkeys(sorted(persons), "ssn")
        known = {number: name for number in members if (name := self.cache.get(number)) is not None}
        unknown = [number for number in members if number not in known]
        answers = await self.service.post_chunks(
            _NAMES, unknown, lambda numbers: {"parties": [{members[number]: number} for number in numbers]}
        )
        for answer in answers:
            for number, name in self._read(answer):
                if number in members and number not in known:
                    known[number] = name
                    self.cache.put(number, name)
        return known

    def _read(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        found = []
        for entry in answer.get("partyNames") or []:
            match entry:
                case {"name": str(name), "orgNo": str(number)} | {"name": str(name), "ssn": str(number)}:
                    if readable := " ".join(single_line(name).split()):
                        found.append((number, readable))
                case dict():
                    continue  # the register has no name for it
                case _:
                    raise self.service.unreadable()
        return found
