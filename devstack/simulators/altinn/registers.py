"""What the simulated registers know: the fixtures at first, then as it was edited while the cloud runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from devstack.simulators.altinn.fixtures import CROWD, IDENTITIES, ORGANISATIONS, PEOPLE
from devstack.simulators.altinn.parties import ExternalIdentity, Organisation, Person

_CROWD = frozenset(person.nin for person in CROWD)
_FIRST_ADDED = 90_001  # user and party ids of those that were added


class InvalidPartyError(ValueError):
    """An edit that cannot be made; the text says why."""


class Registers:
    """People, organisations and self-identified users by number; `revision` grows with every edit."""

    def __init__(self) -> None:
        self.revision = 0
        self.people: dict[str, Person] = dict(PEOPLE)
        self.organisations: dict[str, Organisation] = dict(ORGANISATIONS)
        self.identities: Mapping[str, ExternalIdentity] = IDENTITIES

    def to_json(self) -> dict[str, Any]:
        """Return everybody but the crowd, of whom there are only the number."""
        return {
            "people": [person.to_json() for nin, person in self.people.items() if nin not in _CROWD],
            "organisations": [organisation.to_json() for organisation in self.organisations.values()],
            "identities": [identity.to_json() for identity in self.identities.values()],
            "crowd": len(_CROWD),
        }

    def put_person(self, nin: str, document: Mapping[str, Any]) -> Person:
        """Add a person or change one: `name`, `email`, `mobile`, `reserved`, `stale`; what is left out stays.

        The number needs eleven digits; whether its check digits fit is for the product to say.
        """
        _check_number(nin, 11)
        person = self.people.get(nin) or Person(nin, "", _FIRST_ADDED + self.revision, shows="Added here.")
        texts: Any = {name: _text(document[name]) for name in ("email", "mobile") if name in document}
        flags: Any = {name: _flag(document[name]) for name in ("reserved", "stale") if name in document}
        name = _text(document.get("name", person.name)) or "UTEN NAVN"
        self.people[nin] = replace(person, name=name, **texts, **flags)
        self.revision += 1
        return self.people[nin]

    def put_organisation(self, number: str, document: Mapping[str, Any]) -> Organisation:
        """Add an organisation or change one: `name`, `email`, `mobile`; what is left out stays."""
        _check_number(number, 9)
        known = self.organisations.get(number)
        organisation = known or Organisation(number, "", _FIRST_ADDED + self.revision, shows="Added here.")
        lists: Any = {
            field: () if (text := _text(document[name])) is None else (text,)
            for name, field in (("email", "emails"), ("mobile", "mobiles"))
            if name in document
        }
        name = _text(document.get("name", organisation.name)) or "UTEN NAVN"
        self.organisations[number] = replace(organisation, name=name, **lists)
        self.revision += 1
        return self.organisations[number]


def _check_number(text: str, digits: int) -> None:
    if not (len(text) == digits and text.isascii() and text.isdigit()):
        raise InvalidPartyError(f"the number has {digits} digits")


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidPartyError("name, email and mobile are text")
    return (value or "").strip() or None


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidPartyError("reserved and stale are true or false")
    return value
