"""A host as the lab's and EC2's are, for the renderers' tests."""

import json
from typing import Any

MAC = "02:00:00:00:01:11"


def facts_text(**changes: Any) -> str:
    """The facts step's output for such a host; `nic_...` changes what is known of its interface."""
    nic: dict[str, Any] = {
        "name": "ens5",
        "mac": MAC,
        "mtu": 9001,
        "netplan_id": "ens5",
        "ipv4_settings": {"match": {"macaddress": MAC}, "dhcp4": True, "set-name": "ens5"},
        "files": ["/etc/netplan/50-cloud-init.yaml"],
        "others": {},
    }
    nic |= {key.removeprefix("nic_"): value for key, value in changes.items() if key.startswith("nic_")}
    facts: dict[str, Any] = {
        "nic": nic,
        "gateway": "fe80::1066:30ff:feb8:c008",
        "engine": "26.1.5",
        "netplan": "1.1.2",
        "cloud_init": {"status": "done", "version": "25.1.4", "files": ["/etc/netplan/50-cloud-init.yaml"]},
        "daemon_json": None,
        "architecture": "x86_64",
        "os": {"id": "debian", "version": "13"},
        "python": "3.13.5",
    }
    facts |= {key: value for key, value in changes.items() if not key.startswith("nic_")}
    return json.dumps(facts)
