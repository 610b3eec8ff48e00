import pytest

from checks.kinds_of_tests import violations


@pytest.fixture
def repository(tmp_path):
    for kind in ("unit", "property", "support"):
        (tmp_path / "tests" / kind).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "from tests.property.world import World, Clock",
        "from tests.property import world",
        "from tests import property",
        "import tests.property.world",
        "def late():\n    import tests.property.world",
    ],
)
@pytest.mark.parametrize("place", ["unit/test_a.py", "support/a.py", "conftest.py"])
def test_import_from_another_kind(repository, place, line):
    (repository / "tests" / place).write_text(line)
    number = line.count("\n") + 1
    assert violations(repository) == [
        f"tests/{place}:{number}: imports from tests/property; move what is shared to tests/support"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "from tests.support.world import World",
        "from tests import support",
        "from tests.unit.builders import World",
        "from shared.test_world import World",
        "import shared.property.world",
    ],
)
def test_other_imports(repository, line):
    (repository / "tests" / "unit" / "test_a.py").write_text(line)
    assert violations(repository) == []


@pytest.mark.parametrize("module", ["tests.unit.test_b", "tests.unit.conftest", "devstack.tests.host.test_b"])
def test_import_from_a_test(repository, module):
    (repository / "tests" / "unit" / "test_a.py").write_text(f"import json\nfrom {module} import World")
    assert violations(repository) == [
        f"tests/unit/test_a.py:2: imports from {module}; move what is shared to a support module"
    ]


def test_import_from_a_test_beside_the_local_cloud(repository):
    place = repository / "devstack" / "tests"
    place.mkdir(parents=True)
    (place / "test_a.py").write_text("from devstack.tests.test_b import World")
    (violation,) = violations(repository)
    assert violation.startswith("devstack/tests/test_a.py:1: imports from devstack.tests.test_b; move")


def test_tests_of_the_local_cloud_stand_alone(repository):
    place = repository / "devstack" / "tests" / "host"
    place.mkdir(parents=True)
    (place / "test_a.py").write_text(
        "import devstack.host\nfrom devstack.tests.support import a\nimport json"
    )
    assert violations(repository) == []
    (place / "test_b.py").write_text("from tests.support import a\nfrom shared.domain import b\n")
    beginning = "devstack/tests/host/test_b.py"
    ending = "tests of devstack know nothing of the product"
    assert violations(repository) == [
        f"{beginning}:1: imports tests.support; {ending}",
        f"{beginning}:2: imports shared.domain; {ending}",
    ]
