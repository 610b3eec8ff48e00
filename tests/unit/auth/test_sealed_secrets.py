"""Secrets are sealed for one row, with keys that may be exchanged."""

import pytest

from shared.auth.sealed_secrets import SealedSecrets
from shared.runtime.errors import PermanentError

SECRET = "whsec_c2VjcmV0"
OLD, NEW = b"o" * 32, b"n" * 32


def test_a_secret_comes_back_and_is_not_to_be_seen():
    seal = SealedSecrets([OLD])
    sealed = seal.seal(SECRET, "skd|1")
    assert SECRET.encode() not in sealed
    assert sealed != seal.seal(SECRET, "skd|1")
    assert seal.open(sealed, "skd|1") == SECRET


def test_another_row_cannot_use_it():
    seal = SealedSecrets([OLD])
    with pytest.raises(PermanentError):
        seal.open(seal.seal(SECRET, "skd|1"), "ttd|1")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 80])
def test_what_was_never_sealed_cannot_be_opened(sealed):
    with pytest.raises(PermanentError):
        SealedSecrets([OLD]).open(sealed, "skd|1")


def test_a_former_key_opens_and_the_current_one_seals():
    sealed = SealedSecrets([OLD]).seal(SECRET, "skd|1")
    both = SealedSecrets([NEW, OLD])
    assert both.open(sealed, "skd|1") == SECRET
    assert not both.is_current(sealed, "skd|1")
    assert both.is_current(both.seal(SECRET, "skd|1"), "skd|1")
    assert SealedSecrets([NEW]).open(both.seal(SECRET, "skd|1"), "skd|1") == SECRET
    with pytest.raises(PermanentError):
        SealedSecrets([NEW]).open(sealed, "skd|1")
