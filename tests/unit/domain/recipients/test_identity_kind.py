import pytest

from shared.domain.orders.order import Recipient
from shared.domain.recipients.identity_kind import IdentityKind

PERSON = Recipient(national_identity_number="14818710098")
ORGANIZATION = Recipient(organization_number="310000019")


@pytest.mark.parametrize(
    ("recipient", "person", "organization"),
    [
        (PERSON, "14818710098", None),
        (ORGANIZATION, None, "310000019"),
        (Recipient("kari@example.no", "+4790000001"), None, None),
        (Recipient(external_identity="urn:altinn:person:idporten-email:kari@example.no"), None, None),
    ],
)
def test_a_recipient_has_a_number_of_the_kind_it_was_addressed_by(recipient, person, organization):
    assert IdentityKind.PERSON.number_of(recipient) == person
    assert IdentityKind.ORGANIZATION.number_of(recipient) == organization
