"""The command that prepares an account for `func start` creates every table that the app uses."""

import json
import subprocess
import sys

from azure.data.tables import TableServiceClient

from devstack.project import ROOT
from shared.storage.keys import TABLES


def test_command_creates_every_table_and_may_be_repeated(azurite, tmp_path):
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())
    sample["Values"]["TableStorageConnection"] = azurite
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps(sample))
    with TableServiceClient.from_connection_string(azurite) as service:
        for name in TABLES:
            service.delete_table(name)
        for _ in range(2):
            subprocess.run([sys.executable, "-m", "shared.app.create_tables", file], cwd=ROOT, check=True)
        assert {table.name for table in service.list_tables()} >= set(TABLES)
