"""Instances are found by their name as long as one has it."""

import pytest

from lab import instances
from lab.instances import Listed, find

HOST_1 = Listed("i-1", "host-1", "running", ("2001:db8:0:100::1:1",))


def known(monkeypatch: pytest.MonkeyPatch, *listed: Listed) -> None:
    monkeypatch.setattr(instances, "listing", lambda: list(listed))


def test_an_instance_is_found_by_name_and_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HOST_1, Listed("i-2", "host-2", "running", ()))
    assert find("host-1") == find("i-1") == HOST_1


def test_a_terminated_one_of_the_same_name_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HOST_1, Listed("i-0", "host-1", "terminated", ()))
    assert find("host-1") == HOST_1


def test_a_name_that_nobody_has_is_answered_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HOST_1, Listed("i-2", "", "running", ()))
    with pytest.raises(LookupError, match=r"^no instance is called 'host-3'; there are: host-1, i-2$"):
        find("host-3")


def test_a_name_that_two_have_is_answered_with_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, HOST_1, Listed("i-2", "host-1", "running", ()))
    with pytest.raises(LookupError, match=r"^2 instances are called 'host-1'; name one by its id: i-1, i-2$"):
        find("host-1")
