"""Brings back the vault of an environment that was deleted, before azd provisions it again.

A deleted vault keeps its name for 90 days, and the key of all ids and hashes is in it: a new vault under
the same name is refused, and with one under another name earlier orders could not be found. azd starts
this before it provisions.

python3 deployment/recover_vault.py    reads AZURE_ENV_NAME and AZURE_LOCATION; needs the Azure CLI
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def az(*arguments: str) -> Any:
    """Run the Azure CLI and return what it answers; its errors go to the terminal."""
    program = shutil.which("az")
    if program is None:
        sys.exit("error: the Azure CLI (az) is not installed, see docs/deployment.md")
    command = [program, *arguments, "--output", "json"]
    if os.environ.get("AZURE_SUBSCRIPTION_ID"):
        command += ["--subscription", os.environ["AZURE_SUBSCRIPTION_ID"]]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        sys.exit(f"error: az {' '.join(arguments[:2])} failed")
    return json.loads(ran.stdout or "null")


def deleted_vault(
    vaults: Iterable[Mapping[str, Any]], environment: str, location: str
) -> tuple[str, str, str] | None:
    """Return name, location and resource group of the environment's deleted vault in that region, or None."""
    for vault in vaults:
        properties = vault["properties"]
        tags = properties.get("tags") or {}
        here = properties["location"].replace(" ", "").lower() == location.replace(" ", "").lower()
        if tags.get("azd-env-name") == environment and here:
            group = properties["vaultId"].split("/resourceGroups/")[1].split("/")[0]
            return vault["name"], properties["location"], group
    return None


def main(environ: Mapping[str, str] = os.environ, run: Callable[..., Any] = az) -> int:
    """Recover the vault, if there is one; return the exit code."""
    environment, location = environ.get("AZURE_ENV_NAME"), environ.get("AZURE_LOCATION")
    if not environment or not location:
        print("no deleted vault is looked for: AZURE_ENV_NAME and AZURE_LOCATION are not set")
        return 0
    found = deleted_vault(run("keyvault", "list-deleted", "--resource-type", "vault"), environment, location)
    if found is None:
        return 0
    name, place, group = found
    print(f"recovering the deleted vault {name}")
    run("group", "create", "--name", group, "--location", place, "--tags", f"azd-env-name={environment}")
    run("keyvault", "recover", "--name", name, "--location", place, "--resource-group", group)
    return 0


if __name__ == "__main__":
    sys.exit(main())
