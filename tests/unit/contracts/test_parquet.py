"""Files are read with pyarrow, an implementation of the format that owes nothing to ours."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.parquet import Column, ColumnType, to_parquet

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INT32, INT64 = (st.integers(-(2**bits), 2**bits - 1) for bits in (31, 63))


def read(*columns):
    return pq.read_table(io.BytesIO(to_parquet(columns)))


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS | st.none(), INT32, INT64), max_size=40))
def test_what_is_written_is_read_back(rows):
    texts, optional, small, large = ([row[i] for row in rows] for i in range(4))
    table = read(
        Column("text", ColumnType.STRING, texts),
        Column("optional", ColumnType.STRING, optional, nullable=True),
        Column("small", ColumnType.INT32, small),
        Column("large", ColumnType.INT64, large),
    )
    assert table.to_pydict() == {"text": texts, "optional": optional, "small": small, "large": large}
    assert table.schema.types == [pa.string(), pa.string(), pa.int32(), pa.int64()]
    assert [field.nullable for field in table.schema] == [False, True, False, False]


def test_many_rows_and_many_columns():
    values = [f"verdi {n}" for n in range(20_000)]
    table = read(*(Column(f"c{n}", ColumnType.STRING, values) for n in range(20)))
    assert table.num_rows == 20_000
    assert table.column("c19").to_pylist() == values


def test_columns_must_agree_and_be_complete():
    with pytest.raises(ValueError, match="different lengths"):
        to_parquet([Column("a", ColumnType.INT32, [1]), Column("b", ColumnType.INT32, [])])
    with pytest.raises(ValueError, match="a has a value missing"):
        to_parquet([Column("a", ColumnType.INT32, [None])])
