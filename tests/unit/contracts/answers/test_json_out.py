from shared.contracts.answers.json_out import to_json, without_nulls
from shared.domain.orders.order import Channel


def test_json_is_indented_and_letters_are_written_as_themselves():
    assert (
        to_json({"emne": "Påminnelse", "liste": []})
        == '{\n  "emne": "Påminnelse",\n  "liste": []\n}'.encode()
    )
    assert to_json([]) == b"[]"


def test_a_member_of_an_enumeration_is_written_as_its_value():
    assert to_json({"channel": Channel.SMS}) == b'{\n  "channel": "sms"\n}'


def test_nulls_are_left_out_and_the_order_stays():
    assert [*without_nulls({"b": False, "x": None, "a": "", "c": 0}).items()] == [
        ("b", False),
        ("a", ""),
        ("c", 0),
    ]
