"""A command, run by hand: creates the tables in an account without them, such as a plain Azurite.

`python -m shared.app.create_tables local.settings.json` takes the account from that file of Core Tools.
"""

import asyncio
import json
import sys
from pathlib import Path

from shared.app.adapters import table_store
from shared.app.settings import Settings, read_settings
from shared.runtime.http_transport import shared_transport
from shared.storage.keys import TABLES


async def create_tables(settings: Settings) -> None:
    """Create the tables that are missing."""
    try:
        await table_store(settings).ensure_tables(TABLES)
    finally:
        await shared_transport().shutdown()


if __name__ == "__main__":
    values = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["Values"]
    asyncio.run(create_tables(read_settings(values)))
