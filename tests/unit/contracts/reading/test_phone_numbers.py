import subprocess
import sys

import pytest

from shared.contracts.reading.phone_numbers import is_phone_number


@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        ("+4740000001", True),
        ("004740000000", True),
        ("+4790000000", True),
        ("+233242426224", True),
        ("+4722334455", False),  # a landline
        ("004722334455", False),
        ("+47 22 33 44 55", False),
        ("+47-22-33-44-55", False),
        ("+4722334455 ext 5", False),
        ("+4722334455x90000001", False),
        ("+47(0)22334455", False),
        ("+4779012345", False),  # Svalbard
        ("+4761234567", False),
        ("+4780012345", False),  # free of charge
        ("+4782012345", False),  # at the caller's expense
        ("+4702017", False),  # five digits
        ("+47 07700", False),
        ("+4759000000", False),
        ("+47580012345678", False),  # twelve digits, between machines
        ("+\uff14\uff1722334455", False),
        ("+\uff14\uff1790000001", True),
        ("+47\u00a0900\u00a000\u00a0001", True),
        ("00 47 90000001", True),
        ("+47x90000001", False),  # the library reads a number, a gateway would be given "+47"
        ("+47790123X4X5X", False),  # the library reads a Russian number, with letters as on a keypad
        ("+442071234567", True),  # landlines of other countries pass
        ("+4681234567", True),
        ("+4533123456", True),
        ("+47 900 00 001", True),
        ("+4790000001 ", True),
        ("+4790000001 ext 5", True),
        ("40000001", False),
        ("+4750000004", False),
        ("+47900000001", False),
        ("+14790000000", False),
        ("++4790000000", False),
        ("tel:+4790000001", False),
        (" +4790000001", False),
        ("+4740000000abc", False),
        ("", False),
        ("+", False),
        ("00", False),
        ("+" + "9" * 1000, False),
    ],
)
def test_acceptance(number, accepted):
    assert is_phone_number(number) is accepted


def test_the_metadata_is_not_loaded_by_the_import():
    code = "import sys, shared.contracts.requests.chain_request; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
