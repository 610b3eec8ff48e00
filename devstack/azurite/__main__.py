"""`python -m devstack.azurite`: fetch Azurite unless it is there."""

import sys

from devstack.azurite.installation import install_azurite
from devstack.errors import DevstackError

if __name__ == "__main__":
    try:
        install_azurite()
    except DevstackError as problem:
        sys.exit(f"error: {problem}")
