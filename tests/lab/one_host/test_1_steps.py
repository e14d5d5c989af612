"""The steps on a real host: what they make of it, and what survives."""

import time
from dataclasses import replace

import pytest

from lab.machines import CommandFailed
from tests.lab.host_steps import API, WEB, HostUnderSteps
from tests.lab.one_host.bench import IN_PLACE, eventually_at


def test_the_host_has_its_address_alone_and_no_lease(prepared: HostUnderSteps) -> None:
    prefix = prepared.subnet.network_address
    found = prepared.host.succeed("ip -6 -oneline address show dev ens5 scope global")
    assert found.split()[3:6] == [f"{prefix}1:1/64", "scope", "global"]
    assert len(found.splitlines()) == 1
    assert "dynamic" not in found
    assert prepared.host.succeed("ls /etc/netplan") == "60-dualstack.yaml\n"


def test_the_host_s_routes_have_the_article_s_shape(prepared: HostUnderSteps) -> None:
    routes = prepared.host.succeed("ip -6 route")
    prefix = prepared.subnet.network_address
    assert f"{prefix}/64 dev ens5 proto kernel" in routes
    assert f"{prefix}8/126 dev docker0" in routes
    assert len(prepared.host.succeed("ip -6 route show default").splitlines()) == 1
    assert "proto static" in prepared.host.succeed("ip -6 route show default")


def test_the_containers_are_in_their_places(prepared: HostUnderSteps) -> None:
    eventually_at(prepared, IN_PLACE)


def test_containers_on_docker0_reach_all_of_each_other_s_ports(prepared: HostUnderSteps) -> None:
    """Though the kernel filters bridged packets here: else no filter would have a say."""
    host, api = prepared.host, f"{prepared.subnet.network_address}b"
    assert host.succeed("sysctl -n net.bridge.bridge-nf-call-ip6tables") == "1\n"
    host.succeed("docker exec api httpd -p [::]:8081 -h /www")
    host.succeed(f"docker exec web wget -q -T 3 -O /dev/null http://[{api}]:8081/")


def test_a_second_run_changes_nothing_and_restarts_nothing(prepared: HostUnderSteps) -> None:
    started = prepared.host.succeed("docker inspect --format '{{.State.StartedAt}}' web api")
    said = prepared.apply_all()
    assert said == [
        "kernel: unchanged\n",
        "network: unchanged\n",
        '{"engine": "26.1.5"}\n',
        "filter: unchanged\n",
        "docker: unchanged\n",
        "container web: unchanged\n",
        "container api: unchanged\n",
    ]
    assert prepared.host.succeed("docker inspect --format '{{.State.StartedAt}}' web api") == started


def test_the_facts_are_the_same_before_and_after(prepared: HostUnderSteps) -> None:
    before = prepared.facts
    prepared.apply_all()
    assert prepared.facts == before


def test_containers_that_die_together_come_back_each_to_its_place(prepared: HostUnderSteps) -> None:
    prepared.host.succeed("kill -KILL $(docker inspect --format '{{.State.Pid}}' web api)")
    time.sleep(1)
    eventually_at(prepared, IN_PLACE)


def test_a_container_comes_back_to_its_place_when_a_lower_one_is_free(prepared: HostUnderSteps) -> None:
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@web && systemctl restart dualstack-container@api")
    eventually_at(prepared, {"api": "b", "web": ""})
    host.succeed("systemctl start dualstack-container@web")
    eventually_at(prepared, IN_PLACE)
    assert host.succeed("docker ps --all --format '{{.Names}}' | sort") == "api\nweb\n"


def test_a_place_that_a_hand_run_container_has_is_refused_with_its_name(prepared: HostUnderSteps) -> None:
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@web; docker run -d --name by-hand lab/web:1")
    with pytest.raises(CommandFailed, match=r"::a is held by container by-hand; stop that"):
        prepared.apply_container(WEB)
    host.succeed("docker rm --force by-hand")
    prepared.apply_container(WEB)
    eventually_at(prepared, IN_PLACE)


def test_a_container_under_another_name_takes_the_place_of_the_one_that_goes(
    prepared: HostUnderSteps,
) -> None:
    site, prefix = replace(WEB, name="site"), prepared.subnet.network_address
    renamed = replace(prepared, containers=(site, API))
    assert renamed.apply_container(site) == (
        "container site: web had this place, and is taken away\n"
        f"container site: lab/web:1 is up at {prefix}a\n"
    )
    renamed.remove_container("web")
    eventually_at(renamed, {"site": "a", "api": "b"})
    prepared.apply_container(WEB)
    prepared.remove_container("site")
    eventually_at(prepared, IN_PLACE)
    assert prepared.host.succeed("docker ps --all --format '{{.Names}}' | sort") == "api\nweb\n"
    assert prepared.host.succeed("ls /etc/dualstack/containers") == "api\nweb\n"


def test_two_containers_change_places(prepared: HostUnderSteps) -> None:
    first, second = replace(API, place=1), replace(WEB, place=2)
    changed = replace(prepared, containers=(first, second))
    changed.apply_container(first)
    changed.apply_container(second)
    eventually_at(changed, {"api": "a", "web": "b"})
    prepared.apply_container(WEB)
    prepared.apply_container(API)
    eventually_at(prepared, IN_PLACE)


def test_after_a_reboot_everything_is_as_it_was(prepared: HostUnderSteps) -> None:
    """A container run by hand has got the first place at boot, and gives it up."""
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@api; docker rm api")
    host.succeed("docker run -d --restart always --name by-hand lab/web:1")
    boot = host.boot_id()
    host.reboot()
    host.wait_for_reboot(boot)
    host.wait_for_unit("dualstack-containers.service")
    eventually_at(prepared, {"web": "a", "by-hand": "b"})
    host.succeed("docker rm --force by-hand")
    prepared.apply_container(API)
    eventually_at(prepared, IN_PLACE)
    assert "dynamic" not in host.succeed("ip -6 address show dev ens5")
