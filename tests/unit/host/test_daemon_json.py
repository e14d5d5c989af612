"""What becomes of keys of daemon.json that somebody added."""

import json
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "components" / "host" / "scripts" / "daemon_json.py"
WANTED = '{\n  "ipv6": true\n}\n'


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "daemon_json"}
    exec(SCRIPT.read_text(), names)
    return names


@pytest.mark.parametrize(
    ("live", "content"),
    [
        pytest.param(WANTED, WANTED, id="nothing was changed"),
        pytest.param(
            '{"a": 1, "ipv6": true}\n', '{"a": 1, "ipv6": true}\n', id="right as it is, to the byte"
        ),
        pytest.param(
            '{"a": 1, "ipv6": false}', '{\n  "ipv6": true,\n  "a": 1\n}\n', id="ours is wrong, theirs stays"
        ),
        pytest.param('{"ipv6": true, "old": 1}\n', WANTED, id="a key that once was ours goes"),
        pytest.param("{", WANTED, id="no json"),
        pytest.param("[1]", WANTED, id="no object"),
    ],
)
def test_keys_of_others_stay(script: dict[str, Any], live: str, content: str) -> None:
    assert script["merged"](WANTED, live, ["ipv6", "old"]) == content


def test_the_file_is_found_between_others(script: dict[str, Any]) -> None:
    daemon = f"=== /etc/docker/daemon.json 0644 root:root\n{WANTED}"
    text = f"=== /a 0644 root:root\n{{\n{daemon}=== /b 0644 root:root\n"
    assert json.loads(script["PART"].search(text)[2]) == {"ipv6": True}
