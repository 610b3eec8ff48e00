"""Links of services that shorten links."""

import pytest

from shared.domain.texts.link_shorteners import shorteners_in


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Se https://bit.ly/3abc og TinyURL.com/xyz.", ("bit.ly", "tinyurl.com")),
        ("http://www.bit.ly/a bit.ly/b", ("bit.ly",)),
        ("(t.co/abc)", ("t.co",)),
        ("https://skatteetaten.no/bit.ly/x", ()),
        ("https://habit.ly/x https://not.t.co.example/x", ()),
        ("Skriv til post@bit.ly/x", ()),
        ("bit.ly er en tjeneste", ()),
        ("", ()),
    ],
)
def test_hosts_are_found_once_and_only_as_the_host_of_a_link(text, hosts):
    assert shorteners_in(text) == hosts
