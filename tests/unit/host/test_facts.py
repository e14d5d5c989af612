"""How the facts script reads netplan's files."""

from pathlib import Path

import pytest

from tests.unit.host.test_host_files import script

facts = script("facts")
netplan_entries = script("netplan_entries")
MAC = "02:00:00:00:01:11"


def test_what_is_about_ipv6_is_left_out() -> None:
    assert netplan_entries.ipv4_settings(
        {
            "match": {"macaddress": MAC},
            "dhcp4": True,
            "dhcp6": True,
            "dhcp4-overrides": {"route-metric": 100},
            "dhcp6-overrides": {"route-metric": 100},
            "accept-ra": True,
            "gateway6": "fe80::1",
            "addresses": ["2001:db8::8/128", "10.0.0.11/24", {"2001:db8::9/128": {"label": "x"}}],
            "routes": [{"to": "default", "via": "fe80::1"}, {"to": "10.1.0.0/16", "via": "10.0.0.1"}],
            "routing-policy": [{"from": "2001:db8::8", "table": 101}],
            "set-name": "ens5",
        }
    ) == {
        "match": {"macaddress": MAC},
        "dhcp4": True,
        "dhcp4-overrides": {"route-metric": 100},
        "addresses": ["10.0.0.11/24"],
        "routes": [{"to": "10.1.0.0/16", "via": "10.0.0.1"}],
        "set-name": "ens5",
    }


def test_an_interface_is_known_by_its_mac_its_name_or_its_id() -> None:
    assert netplan_entries.configures("any", {"match": {"macaddress": MAC.upper()}}, "ens5", MAC)
    assert not netplan_entries.configures("ens5", {"match": {"macaddress": "02:00:00:00:01:12"}}, "ens5", MAC)
    assert netplan_entries.configures("any", {"set-name": "ens5"}, "ens5", MAC)
    assert netplan_entries.configures("ens5", {}, "ens5", MAC)
    assert not netplan_entries.configures("ens6", {}, "ens5", MAC)


def test_files_merge_as_netplan_merges_them() -> None:
    first = {"dhcp4": True, "addresses": ["10.0.0.1/24"], "match": {"name": "a"}}
    second = {"dhcp4": False, "addresses": ["10.0.0.2/24"], "match": {"macaddress": MAC}}
    assert netplan_entries.merged(first, second) == {
        "dhcp4": False,
        "addresses": ["10.0.0.1/24", "10.0.0.2/24"],
        "match": {"name": "a", "macaddress": MAC},
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "network:\n", "network: {version: 2}\n", "{}\n"])
def test_a_netplan_file_may_say_nothing_of_a_device(text: str) -> None:
    assert facts.entry_of(facts.network_of("/etc/netplan/90-mine.yaml", text), "ethernets") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("network:\n\tversion: 2\n", "is not yaml: while scanning for the next token found character '\\t'"),
        ("network: {version: 2\n", "is not yaml: while parsing a flow mapping"),
        ("- network\n", "has no mapping at `network`"),
        ("network: 2\n", "has no mapping at `network`"),
        ("network: {ethernets: [ens5]}\n", "has no mapping at `ethernets`"),
        ("network: {ethernets: {ens5: yes}}\n", "has no mapping at `ens5`"),
    ],
)
def test_a_netplan_file_that_cannot_be_read_is_named_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        facts.network_of("/etc/netplan/90-mine.yaml", text)
    told = str(ended.value)
    assert told.startswith(f"facts: /etc/netplan/90-mine.yaml {said}")
    assert told.endswith("; netplan cannot read it either: mend or remove it, then run `pulumi up` again")
    assert len(told.splitlines()) == 1


def test_the_gateway_is_read_from_every_form_of_a_route() -> None:
    assert facts.gateway_of({"dst": "default", "gateway": "fe80::1", "dev": "ens5"}) == "fe80::1"
    assert facts.gateway_of({"dst": "default", "nexthops": [{"gateway": "fe80::2"}]}) == "fe80::2"
    assert facts.gateway_of({"dst": "default", "via": {"family": "inet6", "host": "fe80::3"}}) == "fe80::3"
    assert facts.gateway_of({}) is None


def test_the_gateway_that_was_found_is_remembered_and_an_empty_memory_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = {"dst": "default", "gateway": "fe80::1", "dev": "ens5"}

    def default_route(_family: str) -> dict[str, str]:
        return live

    monkeypatch.setattr(facts, "default_route", default_route)
    (tmp_path / "gateway").touch()
    assert facts.found_gateway(tmp_path) == "fe80::1"
    live["gateway"] = "fe80::2"
    assert facts.found_gateway(tmp_path) == "fe80::1"


RESOLV_CONF = """\
# text
nameserver 10.0.0.2
nameserver fd00:ec2::253
nameserver fe80::1%ens5
nameserver ::1
"""


def test_only_name_servers_that_ipv6_reaches_are_kept() -> None:
    assert facts.name_servers_of(RESOLV_CONF) == ["fd00:ec2::253"]
    assert facts.name_servers_of("search .\n") == []


def test_a_host_without_ipv4_remembers_its_name_servers_and_one_with_ipv4_needs_not(tmp_path: Path) -> None:
    assert facts.found_name_servers(tmp_path, ipv4=True) == []
    (tmp_path / "name-servers").write_text("fd00:ec2::253\n2001:db8::53\n")
    assert facts.found_name_servers(tmp_path, ipv4=False) == ["fd00:ec2::253", "2001:db8::53"]


def test_the_interface_that_the_network_step_has_set_stays_the_host_s_own(tmp_path: Path) -> None:
    wishes = tmp_path / "network"
    assert facts.settled_interface(wishes) is None
    wishes.write_text("interface=ens5\naddress=2001:db8::1/64\ngateway=fe80::1\n")
    assert facts.settled_interface(wishes) == "ens5"
