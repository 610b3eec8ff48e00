"""`python -m checks.openapi`: print what the linters find in the OpenAPI document; exit code 1 if anything.

A machine that cannot fetch the linters can still check everything else: one line says that they did not run.
"""

import sys
import tempfile
from pathlib import Path

from checks.openapi.linters import LINTERS, findings
from devstack.errors import DevstackError
from shared.contracts.api_description.document import document


def main() -> int:
    """Lint the document; return the exit code."""
    try:
        LINTERS.install()
    except DevstackError as problem:
        print(f"OpenAPI: not linted: {problem}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openapi.json")
        file.write_bytes(document())
        found = findings(file)
    print("\n".join([*found, f"OpenAPI: {len(found)} findings of Redocly and Spectral"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
