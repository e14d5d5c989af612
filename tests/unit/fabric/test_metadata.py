"""The metadata tree and what the service answers."""

import json
from dataclasses import replace
from http import HTTPStatus

from lab.fabric.metadata_service import LONGEST_LIFE, VERSIONS, Answer, Tokens, listing, respond
from lab.fabric.model import MetadataAccess
from lab.fabric.plan import Options, plan
from tests.unit.fabric.example import NET, instance, interface, region

MACS = "meta-data/network/interfaces/macs"
FIRST_MAC = f"{MACS}/0a:58:a9:00:00:01"
LIFE = "x-aws-ec2-metadata-token-ttl-seconds"


def access(number: int = 1, **changes: object) -> MetadataAccess:
    wanted = plan(region(**changes), Options(architecture="x86_64"))
    return wanted.metadata[number - 1]


def get(path: str, given: MetadataAccess | None = None) -> Answer:
    optional = replace(given or access(), token_required=False)
    return respond(optional, Tokens(), "GET", path, {}, 0.0)


def test_the_tree_of_the_first_host() -> None:
    tree = dict(access().tree)
    identity = json.loads(tree.pop("dynamic/instance-identity/document"))
    assert identity == {
        "accountId": "123456789012",
        "architecture": "x86_64",
        "availabilityZone": "eu-central-1a",
        "imageId": "ami-0d0c6e12a1b13d0ce",
        "instanceId": "i-00000000000000001",
        "instanceType": "t3.medium",
        "privateIp": "10.0.0.11",
        "region": "eu-central-1",
        "version": "2017-09-30",
    }
    assert tree == {
        "meta-data/ami-id": "ami-0d0c6e12a1b13d0ce",
        "meta-data/ami-launch-index": "0",
        "meta-data/hostname": "ip-10-0-0-11.eu-central-1.compute.internal",
        "meta-data/instance-action": "none",
        "meta-data/instance-id": "i-00000000000000001",
        "meta-data/instance-life-cycle": "on-demand",
        "meta-data/instance-type": "t3.medium",
        "meta-data/ipv6": "2001:db8:0:100:0:0:1:1",
        "meta-data/local-hostname": "ip-10-0-0-11.eu-central-1.compute.internal",
        "meta-data/local-ipv4": "10.0.0.11",
        "meta-data/mac": "0a:58:a9:00:00:01",
        "meta-data/placement/availability-zone": "eu-central-1a",
        "meta-data/placement/region": "eu-central-1",
        "meta-data/public-keys/": "0=lab",
        "meta-data/public-keys/0/openssh-key": "ssh-ed25519 AAAA lab\n",
        "meta-data/reservation-id": "r-00000000000000001",
        "meta-data/security-groups": "containers",
        "meta-data/services/domain": "amazonaws.com",
        "meta-data/services/partition": "aws",
        f"{FIRST_MAC}/device-number": "0",
        f"{FIRST_MAC}/interface-id": "eni-00000000000000001",
        f"{FIRST_MAC}/ipv6s": "2001:db8:0:100:0:0:0:8\n2001:db8:0:100:0:0:0:9\n2001:db8:0:100:0:0:0:a\n"
        "2001:db8:0:100:0:0:0:b\n2001:db8:0:100:0:0:1:1",
        f"{FIRST_MAC}/local-hostname": "ip-10-0-0-11.eu-central-1.compute.internal",
        f"{FIRST_MAC}/local-ipv4s": "10.0.0.11",
        f"{FIRST_MAC}/mac": "0a:58:a9:00:00:01",
        f"{FIRST_MAC}/owner-id": "123456789012",
        f"{FIRST_MAC}/security-group-ids": "sg-0123456789abcdef0",
        f"{FIRST_MAC}/security-groups": "containers",
        f"{FIRST_MAC}/subnet-id": "subnet-0123456789abcdef0",
        f"{FIRST_MAC}/subnet-ipv4-cidr-block": "10.0.0.0/24",
        f"{FIRST_MAC}/subnet-ipv6-cidr-blocks": "2001:db8:0:100::/64",
        f"{FIRST_MAC}/vpc-id": "vpc-0123456789abcdef0",
        f"{FIRST_MAC}/vpc-ipv4-cidr-block": "10.0.0.0/16",
        f"{FIRST_MAC}/vpc-ipv4-cidr-blocks": "10.0.0.0/16",
        f"{FIRST_MAC}/vpc-ipv6-cidr-blocks": "2001:db8:0:100::/56",
        "user-data": "#cloud-config\n{}\n",
    }


def test_a_public_address_is_listed_with_the_private_one_it_stands_for() -> None:
    tree = access(2).tree
    assert tree["meta-data/public-ipv4"] == "203.0.113.130"
    assert tree[f"{MACS}/0a:58:a9:00:00:02/ipv4-associations/203.0.113.130"] == "10.0.0.12"


def test_prefixes_are_listed_apart_from_addresses() -> None:
    held = interface(1, ipv6_prefixes=("2001:db8:0:100:5::/80",))
    tree = access(interfaces=(held,)).tree
    assert tree[f"{FIRST_MAC}/ipv6-prefix"] == "2001:db8:0:100:5::/80"
    assert f"{FIRST_MAC}/ipv6s" not in tree
    assert "meta-data/ipv6" not in tree


def test_callers_are_known_by_every_address_of_the_instance() -> None:
    assert access().sources == ("10.0.0.11", f"{NET}:8/126", f"{NET}:1:1", "fe80::858:a9ff:fe00:1")


def test_both_interfaces_of_an_instance_are_in_its_tree() -> None:
    second = interface(3, ":3:3", instance_id="i-00000000000000001", device_index=1)
    given = access(interfaces=(second, *region().interfaces))
    assert get("/latest/meta-data/mac", given).body == "0a:58:a9:00:00:01"
    assert get(f"/latest/{MACS}/", given).body == "0a:58:a9:00:00:01/\n0a:58:a9:00:00:03/"
    assert get(f"/latest/{MACS}/0a:58:a9:00:00:03/device-number", given).body == "1"


def test_folders_list_what_is_in_them() -> None:
    assert get("/").body.splitlines() == list(VERSIONS)
    assert get("/latest").body == "dynamic/\nmeta-data/\nuser-data"
    assert get("/2009-04-04/meta-data/placement/").body == "availability-zone\nregion"
    assert get("/latest/meta-data/public-keys/").body == "0=lab"
    assert get("/latest/meta-data/public-keys/0").body == "openssh-key"
    assert get("/latest/meta-data/public-keys/0/openssh-key").body == "ssh-ed25519 AAAA lab\n"
    assert "public-keys/" in get("/latest/meta-data/").body.splitlines()


def test_what_is_not_there_is_not_found() -> None:
    silent = access(instances=(instance(1, user_data="", public_key=None), instance(2)))
    for path in (
        "/latest/user-data",
        "/latest/meta-data/public-keys",
        "/2001-01-01/meta-data",
        "/latest/meta",
    ):
        assert get(path, silent).status == HTTPStatus.NOT_FOUND
    assert listing({}, "anything") is None


def test_a_token_is_given_for_one_second_to_six_hours() -> None:
    def ask(life: str) -> HTTPStatus:
        return respond(access(), Tokens(), "PUT", "/latest/api/token", {LIFE: life}, 0.0).status

    assert [ask(life) for life in ("1", str(LONGEST_LIFE))] == [HTTPStatus.OK] * 2
    assert [ask(life) for life in ("", "0", "-1", "x", str(LONGEST_LIFE + 1))] == [HTTPStatus.BAD_REQUEST] * 5


def test_a_token_opens_the_tree_until_its_life_is_over() -> None:
    tokens, given = Tokens(), access()
    token = respond(given, tokens, "PUT", "/latest/api/token", {LIFE: "60"}, 100.0).body
    headers = {"x-aws-ec2-metadata-token": token}

    def read(now: float, who: MetadataAccess = given) -> HTTPStatus:
        return respond(who, tokens, "GET", "/latest/meta-data/mac", headers, now).status

    assert read(159.9) == HTTPStatus.OK
    assert read(160.0) == HTTPStatus.UNAUTHORIZED
    assert read(101.0, access(2)) == HTTPStatus.UNAUTHORIZED


def test_only_the_answer_with_the_token_is_limited_in_hops() -> None:
    given = replace(access(), token_required=False)
    assert respond(given, Tokens(), "PUT", "/latest/api/token", {LIFE: "60"}, 0.0).hop_limit == 2
    assert get("/latest/meta-data/mac", given).hop_limit is None


def test_a_forwarded_request_gets_no_token() -> None:
    headers = {LIFE: "60", "x-forwarded-for": "192.0.2.1"}
    assert (
        respond(access(), Tokens(), "PUT", "/latest/api/token", headers, 0.0).status == HTTPStatus.FORBIDDEN
    )


def test_a_wrong_token_is_refused_even_where_none_is_required() -> None:
    given = replace(access(), token_required=False)
    answer = respond(given, Tokens(), "GET", "/latest/meta-data/", {"x-aws-ec2-metadata-token": "no"}, 0.0)
    assert answer.status == HTTPStatus.UNAUTHORIZED


def test_a_disabled_service_forbids_and_an_unknown_method_is_not_allowed() -> None:
    disabled = replace(access(), enabled=False)
    assert respond(disabled, Tokens(), "GET", "/", {}, 0.0).status == HTTPStatus.FORBIDDEN
    assert respond(access(), Tokens(), "POST", "/", {}, 0.0).status == HTTPStatus.METHOD_NOT_ALLOWED
