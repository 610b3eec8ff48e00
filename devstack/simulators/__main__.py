"""`python -m devstack.simulators --config FILE`: serve the simulators until a signal ends the process."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from devstack.processes.life import die_with_parent
from devstack.simulators.configuration import Configuration, ConfigurationError
from devstack.simulators.server import serve_until_stopped


def main() -> int:
    """Run the simulators; exit code 2 when the configuration cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m devstack.simulators", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file with addresses and secrets")
    arguments = parser.parse_args()
    die_with_parent()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="simulators %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("azure").setLevel(logging.ERROR)
    try:
        asyncio.run(serve_until_stopped(Configuration.load(arguments.config)))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
