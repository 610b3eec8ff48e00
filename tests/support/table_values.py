"""Strategies for whatever a row can hold."""

from datetime import UTC, datetime

from hypothesis import strategies as st

texts = st.text(st.characters(codec="utf-8"), max_size=40)  # every character there is
keys = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/\\#?\ufffe\uffff"),
    min_size=1,
    max_size=20,
)
property_names = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,10}", fullmatch=True).filter(
    lambda name: name not in {"PartitionKey", "RowKey", "Timestamp"}
)
property_values = (
    texts
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.binary(max_size=60)
    | st.datetimes(datetime(1700, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
)
