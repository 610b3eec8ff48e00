import pytest

from shared.domain.recipients.resource import is_resource_id, resource_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urn:altinn:resource:tjeneste", True),
        ("urn:altinn:resource: ", True),
        ("urn:altinn:resource:", False),
        ("URN:altinn:resource:x", False),
        ("tjeneste", False),
        ("", False),
    ],
)
def test_a_resource_id_is_the_prefix_and_something(text, expected):
    assert is_resource_id(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" urn:altinn:resource:tjeneste ", "tjeneste"),
        ("tjeneste", "tjeneste"),
        ("urn:altinn:resource:urn:altinn:resource:x", "urn:altinn:resource:x"),
        ("urn:altinn:resource:", None),
        ("  ", None),
        (None, None),
    ],
)
def test_lookups_use_the_bare_name(text, expected):
    assert resource_name(text) == expected
