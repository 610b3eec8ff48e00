"""A store that holds its callers to the sizes of Table Storage, and texts that do not compress."""

import random
import string
from collections.abc import Sequence

from shared.ports.tables import Operation
from shared.storage.access.batch import encode_batch
from shared.storage.access.odata import row_request
from tests.support.pipeline.surroundings import Store

COLUMN_BYTES, ROW_BYTES, TRANSACTION_BYTES = 64 * 1024, 1024 * 1024, 4 * 1024 * 1024
NOISE = random.Random(7)


class LimitedStore(Store):
    """Refuses what Table Storage refuses for its size."""

    async def write(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        requests = [row_request(table, partition_key, operation) for operation in operations]
        assert len(encode_batch("https://example.no", requests)[1]) <= TRANSACTION_BYTES
        for operation in operations:
            values = getattr(operation, "columns", {}).values()
            sizes = [len(v if isinstance(v, bytes) else str(v).encode("utf-16-le")) for v in values]
            assert max(sizes, default=0) <= COLUMN_BYTES
            assert sum(sizes) <= ROW_BYTES
        return await super().write(table, partition_key, operations)


def noise(length: int, letters: str = string.ascii_lowercase + string.digits) -> str:
    """Return text that does not compress."""
    return "".join(NOISE.choices(letters, k=length))
