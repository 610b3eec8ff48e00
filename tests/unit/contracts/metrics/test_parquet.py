"""Files are read with pyarrow, an implementation of the format that owes nothing to ours."""

import io
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.metrics.parquet import Column, ColumnType, ParquetWriter

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INT32, INT64 = (st.integers(-(2**bits), 2**bits - 1) for bits in (31, 63))
COLUMNS = (
    Column("text", ColumnType.STRING),
    Column("optional", ColumnType.STRING, nullable=True),
    Column("small", ColumnType.INT32),
    Column("large", ColumnType.INT64),
)


def written(columns, *groups):
    writer = ParquetWriter(columns)
    for group in groups:
        writer.write(group)
    return io.BytesIO(writer.finish())


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(TEXTS, TEXTS | st.none(), INT32, INT64), min_size=1, max_size=20)))
def test_what_is_written_is_read_back(groups):
    by_column = [[[row[i] for row in group] for i in range(4)] for group in groups]
    file = pq.ParquetFile(written(COLUMNS, *by_column))
    table = file.read()
    rows = [row for group in groups for row in group]
    names = [column.name for column in COLUMNS]
    assert table.to_pydict() == {name: [row[i] for row in rows] for i, name in enumerate(names)}
    assert table.schema.types == [pa.string(), pa.string(), pa.int32(), pa.int64()]
    assert [field.nullable for field in table.schema] == [False, True, False, False]
    assert file.num_row_groups == len(groups)


def test_many_rows_columns_and_groups():
    columns = [Column(f"c{n}", ColumnType.STRING) for n in range(20)]
    groups = [[f"verdi {start + n}" for n in range(500)] for start in range(0, 20_000, 500)]
    table = pq.read_table(written(columns, *([group] * 20 for group in groups)))
    assert table.num_rows == 20_000
    assert table.column("c19").to_pylist() == [text for group in groups for text in group]


def test_sizes_in_the_metadata_are_those_of_the_file():
    groups = [[["a" * 1000] * 500], [["b"] * 10]]
    content = written(COLUMNS[:1], *groups)
    metadata = pq.ParquetFile(content).metadata
    chunks = [metadata.row_group(n).column(0) for n in range(2)]
    assert {chunk.compression for chunk in chunks} == {"GZIP"}
    assert chunks[0].data_page_offset == len(b"PAR1")
    assert chunks[1].data_page_offset == chunks[0].data_page_offset + chunks[0].total_compressed_size
    assert metadata.row_group(0).total_byte_size == chunks[0].total_uncompressed_size > 500 * 1004
    assert len(content.getvalue()) < 5000


def test_rows_that_were_written_are_not_kept():
    writer = ParquetWriter(COLUMNS[3:])
    many = 20_000
    tracemalloc.start()
    try:
        for start in range(0, 50 * many, many):
            writer.write([[(start + n) * 2**40 for n in range(many)]])
        content = writer.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert pq.ParquetFile(io.BytesIO(content)).metadata.num_rows == 50 * many
    one_group = many * 200  # numbers, their bytes, and what is made of them
    assert peak < len(content) * 1.2 + one_group, "the file is in memory twice, or its rows are"


def test_columns_must_agree_and_be_complete():
    with pytest.raises(ValueError, match="different lengths"):
        ParquetWriter(COLUMNS[2:]).write([[1], []])
    with pytest.raises(ValueError, match="small has a value missing"):
        ParquetWriter(COLUMNS[2:3]).write([[None]])
