import textwrap

import pytest

from checks.sizes import violations


@pytest.fixture
def repository(tmp_path):
    for package in ("shared", "functions", "devstack"):
        (tmp_path / package / "room").mkdir(parents=True)
        (tmp_path / package / "room" / "__init__.py").write_text('"""A room."""\n')
    return tmp_path


def write(repository, name, text):
    (repository / name).write_text(textwrap.dedent(text))


def function(lines, docstring='"""Count."""'):
    return "def counted():\n    " + docstring + "\n" + "    print()\n" * (lines - 2)


def test_a_small_house_breaks_nothing(repository):
    write(repository, "shared/room/short.py", function(60) + "\n" * 240)
    assert violations(repository) == []


def test_a_long_module(repository):
    write(repository, "devstack/room/long.py", "\n" * 301)
    assert violations(repository) == [
        "devstack/room/long.py: 301 lines in a module, at most 300: split it",
    ]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_long_function(repository, kind):
    write(repository, "functions/room/long.py", "\n" + function(61).replace("def", kind))
    assert violations(repository) == [
        "functions/room/long.py:2: 61 lines in the function counted, at most 60: divide it",
    ]


def test_a_long_method(repository):
    method = textwrap.indent(function(61), "    ")
    write(repository, "shared/room/long.py", "class Counted:\n" + method)
    assert violations(repository) == [
        "shared/room/long.py:2: 61 lines in the function counted, at most 60: divide it",
    ]


def test_a_long_class_of_short_methods(repository):
    method = textwrap.indent(function(20), "    ")
    write(repository, "shared/room/long.py", "class Counted:\n" + method * 10)
    assert violations(repository) == []


def test_a_crowded_folder_does_not_count_its_init(repository):
    for number in range(15):
        write(repository, f"shared/room/module_{number}.py", "")
    assert violations(repository) == []
    write(repository, "shared/room/one_more.py", "")
    assert violations(repository) == ["shared/room: 16 modules in a folder, at most 15: make rooms"]


def test_modules_of_rooms_below_count_for_those(repository):
    for number in range(15):
        write(repository, f"shared/room/module_{number}.py", "")
        write(repository, f"shared/module_{number}.py", "")
    assert violations(repository) == []


def test_docstrings_of_two_lines(repository):
    long = '"""Count\n\n    all of it.\n    """'
    write(repository, "shared/room/long.py", function(5, long) + function(5, long) + function(5))
    assert violations(repository) == [
        "shared: the median docstring of a function or class has 3 lines, at most 1: shorten them",
    ]
    write(repository, "shared/room/short.py", function(5) * 2)
    assert violations(repository) == []


def test_docstrings_of_modules_may_be_long(repository):
    write(repository, "shared/room/drawn.py", '"""Draws\n\nall\nof it.\n"""\n' + function(5))
    assert violations(repository) == []
