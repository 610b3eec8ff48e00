"""Which language a caller gets, and how times are written."""

from datetime import UTC, datetime

import pytest

from shared.contracts.trace.bokmal import BOKMAL
from shared.contracts.trace.english import ENGLISH
from shared.contracts.trace.language import Language, language_of, written_time

NOW = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Oslo, in 2027


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.ENGLISH),
        ("nb", Language.BOKMAL),
        ("nn", Language.BOKMAL),
        ("no", Language.BOKMAL),
        ("NB-no", Language.BOKMAL),
        ("nb-NO,nb;q=0.9,en;q=0.8", Language.BOKMAL),
        ("en-GB, nb;q=0.5", Language.ENGLISH),
        ("en;q=0.2, nn;q=0.5", Language.BOKMAL),
        ("de, nb;q=0.1", Language.BOKMAL),
        ("de", Language.ENGLISH),
        ("nb;q=0, *", Language.ENGLISH),
        ("nb;q=much", Language.ENGLISH),
        ("nb;q=nan", Language.ENGLISH),
        (",;q=,;;", Language.ENGLISH),
    ],
)
def test_language_that_a_caller_gets(header: str, language: Language) -> None:
    assert language_of(header) is language


@pytest.mark.parametrize(
    ("at", "english", "norwegian"),
    [
        (datetime(2027, 1, 1, 11, 5, tzinfo=UTC), "12:05", "kl. 12.05"),
        (
            datetime(2027, 7, 2, 7, 0, tzinfo=UTC),
            "09:00 on 2 July (Oslo)",
            "kl. 09.00 den 2. juli (norsk tid)",
        ),
        (
            datetime(2026, 12, 31, 22, 59, tzinfo=UTC),
            "23:59 on 31 December 2026 (Oslo)",
            "kl. 23.59 den 31. desember 2026 (norsk tid)",
        ),
    ],
)
def test_times_are_those_of_clocks_in_oslo(at: datetime, english: str, norwegian: str) -> None:
    assert written_time(ENGLISH, at, NOW) == english
    assert written_time(BOKMAL, at, NOW) == norwegian
