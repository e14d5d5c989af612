"""Several labs on one computer: `$DUALSTACK_LAB` names what is theirs."""

import json
import os
import subprocess
import sys

import pytest

from lab.names import refusal_of_lab_name
from lab.paths import PROJECT_DIR

SHOW = """
import json
from lab import names, paths
print(json.dumps([names.OPERATOR_NAMESPACE, names.instance_namespace("i-1"), names.CONTROL_GROUP,
    str(paths.MACHINE_LOCK), str(paths.lab_state_dir()), str(paths.cache_dir())]))
"""


def names_of(lab: str) -> list[str]:
    environ = {**os.environ, "DUALSTACK_LAB": lab, "XDG_STATE_HOME": "/state", "XDG_CACHE_HOME": "/cache"}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=PROJECT_DIR, env=environ, capture_output=True, text=True, check=True
    )
    return json.loads(shown.stdout)


def test_a_lab_has_all_but_the_caches_for_itself() -> None:
    assert names_of("") == [
        "dualstack-operator",
        "dualstack-i-1",
        "dualstack-lab",
        "/run/dualstack-lab.lock",
        "/state/dualstack/lab",
        "/cache/dualstack",
    ]
    assert names_of("second") == [
        "dualstack.second-operator",
        "dualstack.second-i-1",
        "dualstack-lab-second",
        "/run/dualstack-lab-second.lock",
        "/state/dualstack/lab-second",
        "/cache/dualstack",
    ]


@pytest.mark.parametrize("name", ["Second", "2nd", "a-b", "ninechars", "a.b", "../a"])
def test_another_name_than_letters_and_digits_is_refused(name: str) -> None:
    assert refusal_of_lab_name(name) == (
        f"DUALSTACK_LAB is '{name}': give up to 8 lower-case letters and digits, a letter first, or unset it"
    )


@pytest.mark.parametrize("name", ["", "a", "tests", "faults", "lab2"])
def test_a_good_name_is_not(name: str) -> None:
    assert refusal_of_lab_name(name) is None
