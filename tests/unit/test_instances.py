"""Instances are found as people name them, and shown as a table."""

from typing import Any

import pytest

from lab import instances
from lab.instances import Listed, choose, find, table


def one(number: int, name: str, stack: str = "dualstack/lab", state: str = "running") -> Listed:
    return Listed(f"i-{number}", name, stack, state, f"2001:db8:0:100::{number}:{number}")


HOST_1 = one(1, "host-1")
HOST_2 = one(2, "host-2")


def test_an_instance_is_found_by_name_and_by_id() -> None:
    assert choose("host-1", [HOST_1, HOST_2]) == choose("i-1", [HOST_1, HOST_2]) == HOST_1


def test_a_name_may_be_cut_at_a_hyphen_but_not_within_a_word() -> None:
    known = [one(1, "host-1-instance"), one(10, "host-10-instance")]
    assert choose("host-1", known).id == "i-1"
    with pytest.raises(LookupError, match=r"^no instance is called 'host-1'; there are: host-10$"):
        choose("host-1", [one(10, "host-10")])


def test_a_whole_name_goes_before_the_beginning_of_another() -> None:
    assert choose("host-1", [one(3, "host-1-instance"), HOST_1]) == HOST_1


def test_a_terminated_one_of_the_same_name_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "listing", lambda: [HOST_1, one(9, "host-1", state="terminated")])
    assert find("host-1") == HOST_1


def test_a_name_that_nobody_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(LookupError, match=r"^no instance is called 'host-3'; there are: host-1, i-2$"):
        choose("host-3", [HOST_1, one(2, "")])


def test_an_empty_name_means_nobody() -> None:
    with pytest.raises(LookupError, match=r"^no instance is called ''; there are: host-1, i-2$"):
        choose("", [HOST_1, one(2, "")])


def test_where_there_is_no_instance_the_answer_says_how_to_get_one() -> None:
    with pytest.raises(LookupError, match=r"the lab has none; `pulumi up` makes them$"):
        choose("host-1", [])


def test_of_two_stacks_the_labs_own_is_meant() -> None:
    assert choose("host-1", [one(3, "host-1", "dualstack/dev"), HOST_1]) == HOST_1


def test_of_other_stacks_both_are_named_with_their_ids() -> None:
    message = (
        "'host-1' means 2 instances; name one by its id: "
        "i-3 (host-1, dualstack/dev), i-4 (host-1, of no stack)"
    )
    with pytest.raises(LookupError) as caught:
        choose("host-1", [one(3, "host-1", "dualstack/dev"), one(4, "host-1", "")])
    assert caught.value.args == (message,)


def test_the_table_is_aligned_and_says_what_is_missing() -> None:
    bare = Listed("i-0123456789abcdef0", "", "", "pending", "")
    assert table([HOST_2, HOST_1, bare], lambda instance_id: instance_id == "i-1") == [
        "NAME    STACK          STATE    MACHINE  ADDRESS              ID",
        "-       -              pending  off      -                    i-0123456789abcdef0",
        "host-1  dualstack/lab  running  on       2001:db8:0:100::1:1  i-1",
        "host-2  dualstack/lab  running  off      2001:db8:0:100::2:2  i-2",
    ]


def test_the_address_is_the_first_of_the_first_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    def interface(index: int, *addresses: str) -> dict[str, Any]:
        listed = [{"Ipv6Address": address} for address in addresses]
        return {"Attachment": {"DeviceIndex": index}, "Ipv6Addresses": listed}

    described = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "Tags": [{"Key": "Name", "Value": "host-1"}, {"Key": "dualstack:stack", "Value": "dualstack/lab"}],
        "NetworkInterfaces": [
            interface(1, "2001:db8:0:100::9"),
            interface(0, "2001:db8:0:100::1:1", "2001:db8:0:100::1"),
        ],
    }

    class Client:
        def describe_instances(self) -> dict[str, Any]:
            return {"Reservations": [{"Instances": [described]}]}

    def inside(_namespace: str, function: Any) -> Any:
        return function()

    monkeypatch.setattr(instances, "ec2_client", Client)
    monkeypatch.setattr("lab.fabric.namespaces.inside", inside)
    assert instances.listing() == [HOST_1]
