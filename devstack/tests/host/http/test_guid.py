"""Which texts .NET reads as a GUID, recorded from the real Azure Functions host."""

import pytest

from devstack.host.http.dotnet_guid import is_guid

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NUMBERS = "{0x0f8fad5b,0xd9cb,0x469f,{0xa1,0x65,0x70,0x86,0x77,0x28,0x95,0x0e}}"


@pytest.mark.parametrize(
    "text",
    [
        GUID,
        GUID.upper(),
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        f"({GUID})",
        f" \t\n\v{GUID}\u00a0\u0085\u2003",
        f" {{{GUID}}} ",
        "0x000000-0000-0000-0000-000000000000",
        "00000000-+0x0-0000-0000-+0x000000000",
        NUMBERS,
        NUMBERS.upper(),
        NUMBERS.replace(",", ", "),
        NUMBERS.replace("0x0f", "0x000f").replace("0x0e", "0xe"),
        NUMBERS.replace("0x86", "0x0x86"),
        NUMBERS.replace("0xd9cb", "0x1d9cb"),
    ],
)
def test_a_guid(text):
    assert is_guid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "()",
        "-",
        GUID[:-1],
        f"{GUID}0",
        f"g{GUID[1:]}",
        f"+{GUID}",
        f"{{{GUID})",
        f"{{{GUID}",
        f"{GUID}}}",
        f"{{ {GUID} }}",
        f"\u200b{GUID}",
        f"\x1c{GUID}",
        f"\uff10{GUID[1:]}",
        GUID.replace("-", "_"),
        f"({GUID.replace('-', '')})",
        "+" + GUID.replace("-", "")[1:],
        "00000000-0000-0000-0000-0000+0000000",
        "00000000-0000-0000-0000-00000x000000",
        NUMBERS[:-1],
        f"{NUMBERS}}}",
        NUMBERS.replace("0xa1", "0x100"),
        NUMBERS.replace("0x86", "0x"),
        NUMBERS.replace("0x", ""),
        NUMBERS.replace("0x0f", "0x100f"),
    ],
)
def test_no_guid(text):
    assert not is_guid(text)
