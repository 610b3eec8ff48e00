"""`python -m devstack.pages --config FILE`: serve the pages until a signal ends the process."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from devstack.pages.configuration import Configuration
from devstack.pages.server import serve_until_stopped
from devstack.processes.life import die_with_parent


def main() -> int:
    """Run the server; exit code 2 when the configuration cannot be used or the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m devstack.pages", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="JSON file with the addresses of the parts"
    )
    arguments = parser.parse_args()
    die_with_parent()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="pages %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("azure").setLevel(logging.ERROR)
    try:
        asyncio.run(serve_until_stopped(Configuration.load(arguments.config)))
    except (OSError, ValueError, KeyError) as error:
        print(f"the pages cannot be served: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
