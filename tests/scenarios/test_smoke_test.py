"""The smoke test after a deployment tells a service that works from one that does not."""

from deployment import place_test_order
from tests.support.scenarios.owner import Owner, new_email


def smoke(cloud, owner, recipient, seconds=60):
    arguments = [cloud.api, "--to", recipient, "--seconds", str(seconds)]
    return place_test_order.main(arguments, {"TOKEN": owner.token})


def test_a_delivered_test_order_is_a_success(cloud, owner: Owner, capsys):
    assert smoke(cloud, owner, address := new_email()) == 0
    assert "Email_Delivered" in capsys.readouterr().out
    assert len(cloud.outbox(address)["emails"]) == 1


def test_one_that_fails_is_none(cloud, owner: Owner, capsys):
    assert smoke(cloud, owner, new_email("bounce")) == 1
    assert "ended as Email_Failed" in capsys.readouterr().err


def test_a_refused_order_is_none(cloud, owner: Owner, capsys):
    assert smoke(cloud, owner, "no address") == 1
    assert "answered 400" in capsys.readouterr().err


def test_without_a_token_nothing_is_asked(capsys):
    assert place_test_order.main(["http://127.0.0.1:1", "--to", "a@example.no"], {}) == 1
    assert "TOKEN" in capsys.readouterr().err


def test_a_service_that_is_not_there_is_none(capsys):
    arguments = ["http://127.0.0.1:1", "--to", "a@example.no"]
    assert place_test_order.main(arguments, {"TOKEN": "x"}) == 1
    assert "could not be asked" in capsys.readouterr().err
