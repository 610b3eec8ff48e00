"""Rules are found by their recipient, and the oldest one that applies is used."""

from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.rules import FaultRule
from devstack.simulators.stats import Stats

TO = "+4791234567"


def book_of(*rules):
    book = FaultBook(Stats())
    for number, rule in enumerate(rules):
        book.add(FaultRule.parse({"id": str(number), "target": "sms.submit", "action": "disconnect", **rule}))
    return book


def taken(book, *to, target="sms.submit"):
    rule = book.take(target, to=to)
    return None if rule is None else rule.id


def test_oldest_rule_wins_whether_it_names_a_recipient_or_not():
    for_one, for_all = {"match": {"to": TO}, "times": 1}, {"times": 1}
    assert [taken(book := book_of(for_one, for_all), TO), taken(book, TO), taken(book, TO)] == [
        "0",
        "1",
        None,
    ]
    assert [taken(book := book_of(for_all, for_one), TO), taken(book, TO), taken(book, TO)] == [
        "0",
        "1",
        None,
    ]


def test_patterns_are_no_names():
    book = book_of({"match": {"to": "+479*"}}, {"match": {"to": "+47[89]1234567"}}, {"match": {"to": "?"}})
    assert taken(book, TO) == "0"
    book.remove("0")
    assert taken(book, "x", TO) == "1"
    assert taken(book, "y") == "2"


def test_rule_for_somebody_else_or_something_else_does_not_apply():
    book = book_of({"match": {"to": TO}})
    assert taken(book, "+4791234568") is None
    assert taken(book, TO, target="sms.report") is None
    assert taken(book) is None


def test_rule_for_one_of_several_recipients_applies():
    assert taken(book_of({"match": {"to": TO}}), "+4791234568", TO) == "0"


def test_rule_that_is_used_several_times_keeps_its_place():
    book = book_of({"match": {"to": TO}, "times": 2}, {"match": {"to": TO}, "times": 1})
    assert [taken(book, TO) for _ in range(4)] == ["0", "0", "1", None]
    assert book.rules() == []


def test_replaced_rule_keeps_its_place_and_loses_its_recipient():
    book = book_of({"match": {"to": TO}}, {})
    book.add(
        FaultRule.parse({"id": "0", "target": "sms.submit", "action": "timeout", "match": {"to": "other"}})
    )
    assert [rule.id for rule in book.rules()] == ["0", "1"]
    assert (taken(book, TO), taken(book, "other")) == ("1", "0")


def test_rules_replaced_as_a_whole_leave_nothing_behind():
    book = book_of({"match": {"to": TO}}, {})
    book.replace_all([FaultRule.parse({"id": "new", "target": "acs.send", "action": "disconnect"})])
    assert taken(book, TO) is None
    assert [rule.id for rule in book.rules()] == ["new"]
    assert not book.remove("0")
