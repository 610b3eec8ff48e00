import pytest

from checks.bicep import Mistake, check, mistakes_in

SOUND = """\
@description('Where to deploy')
param location string = resourceGroup().location
param zones string[] = []

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = [for zone in zones: if (zone != '') {
  name: 'st${uniqueString(resourceGroup().id, zone)}'
  location: location
  sku: { name: 'Standard_LRS' }
}]

module network 'network.bicep' = {
  params: { location: location }
}

output names array = [for (zone, index) in zones: account[index].name]
"""


def test_sound_file():
    assert mistakes_in(SOUND.encode()) == []


@pytest.mark.parametrize(
    "broken",
    [
        "param location string =",
        "resource a 'x@1' = {\n  name: 'a'\n",
        "param a string = 'open",
        "parm a string",
    ],
)
def test_broken_file(broken):
    assert mistakes_in(broken.encode())


def test_says_where(tmp_path, capsys):
    (tmp_path / "modules").mkdir()
    (tmp_path / "main.bicep").write_text(SOUND)
    broken = tmp_path / "modules" / "broken.bicep"
    broken.write_text("param a string = 'a'\nparam b string = [\n")
    (mistake,) = mistakes_in(broken.read_bytes())
    assert isinstance(mistake, Mistake)
    assert check([tmp_path]) == 1
    assert f"{broken}:{mistake.line}:{mistake.column}: {mistake.text}" in capsys.readouterr().out
