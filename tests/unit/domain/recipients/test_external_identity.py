import pytest

from shared.domain.recipients.external_identity import is_external_identity


@pytest.mark.parametrize(
    "urn",
    [
        "urn:altinn:person:idporten-email:kari@example.no",
        "urn:altinn:person:idporten-email:kari%2Bx%40example.no",
        "urn:altinn:party:username:kari",
        "urn:altinn:username:kari",
        "urn:altinn:person:legacy-selfidentified:kari:n",
    ],
)
def test_reads_known_keys_and_their_aliases(urn):
    assert is_external_identity(urn)


@pytest.mark.parametrize(
    "urn",
    [
        "urn:altinn:person:idporten-email:kari+x@example.no",  # a plus means a blank
        "urn:altinn:person:idporten-email:kari",
        "urn:altinn:person:idporten-email:",
        "urn:altinn:party:username:",
        "urn:altinn:party:username:%20+",
        "URN:altinn:party:username:kari",
        "urn:altinn:person:identifier-no:07885799912",
        "kari@example.no",
        "",
    ],
)
def test_refuses_everything_else(urn):
    assert not is_external_identity(urn)
