import pytest

from checks.bicep import Mistake, check, compiler, mistakes_in

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
    (tmp_path / "sound.bicep").write_text(SOUND)
    broken = tmp_path / "modules" / "broken.bicep"
    broken.write_text("param a string = 'a'\nparam b string = [\n")
    (mistake,) = mistakes_in(broken.read_bytes())
    assert isinstance(mistake, Mistake)
    assert check([tmp_path]) == 1
    assert f"{broken}:{mistake.line}:{mistake.column}: {mistake.text}" in capsys.readouterr().out


@pytest.mark.parametrize("program", [None, "#!/bin/sh\necho 'a bicep of another kind'\n"])
def test_without_the_official_compiler_it_says_in_one_line_what_was_left_out(
    tmp_path, monkeypatch, capsys, program
):
    monkeypatch.delenv("BICEP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    if program is not None:
        (tmp_path / "bicep").write_text(program)
        (tmp_path / "bicep").chmod(0o755)
    (tmp_path / "main.bicep").write_text("param unused string\n")
    assert compiler() is None
    assert check([tmp_path]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if "left out" in line]) == 1


@pytest.mark.parametrize(
    ("ends", "says", "found"),
    [
        (0, "", 0),
        (0, "main.bicep(3,1) : Warning BCP081: no types\n", 1),
        (
            1,
            "main.bicep(3,1) : Error no-unused-params: unused\nmain.bicep(9,1) : Error BCP018: expected\n",
            2,
        ),
        (134, "it crashed\n", 1),
    ],
)
def test_what_the_compiler_says_counts(tmp_path, monkeypatch, capsys, ends, says, found):
    stand_in = tmp_path / "any-name"
    stand_in.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 'Bicep CLI version 1.2.3' && exit\n"
        f"printf '%s' '{says}' >&2\nexit {ends}\n"
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("BICEP", str(stand_in))
    (tmp_path / "main.bicep").write_text("param used string\n")
    assert compiler() == str(stand_in)
    assert check([tmp_path]) == found
    assert f"{found} errors and warnings" in capsys.readouterr().out
