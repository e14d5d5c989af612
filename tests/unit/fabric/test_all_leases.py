"""The DHCPv6 server that leases everything, message by message."""

from ipaddress import IPv6Address

from lab.fabric.all_leases import answer, read_options

ADDRESSES = ("2001:db8::1:1", "2001:db8::8")
MAC = "12:66:30:b8:c0:08"
SERVER_ID = "0002000a00030001126630b8c008"
CLIENT_ID = "00010004aabbccdd"
ASSOCIATION = "0003000c000000010000000000000000"
NAME_SERVERS = "00170010fd000ec2000000000000000000000253"
LEASED = "".join(f"00050018{IPv6Address(address).packed.hex()}0000008c000001c2" for address in ADDRESSES)
LEASES = f"00030044000000010000004600000070{LEASED}"


def said(message: str) -> str | None:
    reply = answer(bytes.fromhex(message), ADDRESSES, MAC)
    return reply and reply.hex()


def test_a_solicitation_is_answered_with_an_advertisement_of_every_address() -> None:
    assert (
        said(f"01abcdef{CLIENT_ID}{ASSOCIATION}") == f"02abcdef{SERVER_ID}{CLIENT_ID}{LEASES}{NAME_SERVERS}"
    )


def test_rapid_commit_and_a_request_are_answered_with_a_reply() -> None:
    assert said(f"01abcdef{ASSOCIATION}000e0000") == f"07abcdef{SERVER_ID}{LEASES}000e0000{NAME_SERVERS}"
    assert said(f"03abcdef{SERVER_ID}{ASSOCIATION}") == f"07abcdef{SERVER_ID}{LEASES}{NAME_SERVERS}"


def test_a_release_is_acknowledged_without_addresses() -> None:
    assert said(f"08abcdef{SERVER_ID}{ASSOCIATION}") == f"07abcdef{SERVER_ID}{NAME_SERVERS}"


def test_what_is_for_another_server_or_from_a_server_is_not_answered() -> None:
    assert said(f"03abcdef00020002ffff{ASSOCIATION}") is None
    assert said("02abcdef") is None
    assert said("") is None


def test_an_option_that_is_cut_off_keeps_what_there_is() -> None:
    assert read_options(bytes.fromhex("00010002aabb000300")) == {1: b"\xaa\xbb"}
