import subprocess
import sys

import pytest

from shared.contracts.phone_numbers import is_phone_number


@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        ("+4740000001", True),
        ("004740000000", True),
        ("+4790000000", True),
        ("+233242426224", True),
        ("+4722334455", True),
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
    code = "import sys, shared.contracts.chain_request; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
