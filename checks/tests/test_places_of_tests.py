import pytest

from checks.places_of_tests import violations


@pytest.fixture
def repository(tmp_path):
    write(tmp_path, "shared/services/sending/__init__.py")
    write(tmp_path, "shared/services/sending/send_sms.py")
    write(tmp_path, "shared/domain/phone.py")
    write(tmp_path, "tests/unit/services/sending/test_send_sms.py")
    write(tmp_path, "tests/unit/domain/test_phone.py")
    return tmp_path


def write(root, path):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).touch()


def test_every_module_has_its_test(repository):
    assert violations(repository) == []


@pytest.mark.parametrize("path", ["services/sending/send_email.py", "services/times.py", "domain/a/b/c.py"])
def test_a_module_without_a_test(repository, path):
    write(repository, f"shared/{path}")
    folder, _, name = path.rpartition("/")
    assert violations(repository) == [f"shared/{path}: has no unit test tests/unit/{folder}/test_{name}"]


def test_a_test_with_a_topic_does_not_stand_for_that_of_the_module(repository):
    (repository / "tests/unit/domain/test_phone.py").rename(
        repository / "tests/unit/domain/test_phone_codes.py"
    )
    assert violations(repository) == [
        "shared/domain/phone.py: has no unit test tests/unit/domain/test_phone.py"
    ]


def test_tests_of_one_module_may_have_topics(repository):
    write(repository, "tests/unit/services/sending/test_send_sms_limits.py")
    write(repository, "tests/unit/services/sending/conftest.py")
    assert violations(repository) == []


@pytest.mark.parametrize(
    "path",
    [
        "services/sending/test_send.py",
        "services/sending/test_send_smsx.py",
        "services/test_send_sms.py",
        "domain/test_limited_senders.py",
    ],
)
def test_a_test_that_is_named_for_no_module(repository, path):
    write(repository, f"tests/unit/{path}")
    folder = path.rpartition("/")[0]
    assert violations(repository) == [f"tests/unit/{path}: is named for no module of shared/{folder}"]


def test_other_rooms_are_free(repository):
    write(repository, "shared/storage/agenda.py")
    write(repository, "tests/unit/storage/test_long_texts.py")
    assert violations(repository) == []
