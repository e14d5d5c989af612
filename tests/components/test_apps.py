"""Compose projects of a host: what the reachability check is told of them, and when it runs again."""

import json
from dataclasses import replace
from typing import Any

from components.compose.project import parse_project
from components.compose_app import make_app
from components.config.types import StackConfig
from tests.components.article import host, run, with_hosts
from tests.components.recording import Secret

COMPOSE = """\
services:
  web: {image: "web:${TAG}", ports: ["8080:80"]}
  job: {image: web, networks: [inside], environment: {PASSWORD: "${WORD}"}}
networks:
  default: {}
  inside: {internal: true}
"""


def shop(compose: str = COMPOSE, **variables: str) -> StackConfig:
    values = {"TAG": "1", "WORD": "kept to itself", **variables}
    app = make_app("shop", parse_project(compose, tuple(values)), {"default": 2, "inside": 3}, {})
    app = replace(app, variables=tuple(values.items()))
    return with_hosts(replace(host(1), network="routed", addresses="prefix", apps=(app,)))


def check_of(config: StackConfig) -> dict[str, Any]:
    return dict(run(config).inputs("reachability-check"))


def test_the_check_is_told_of_services_ports_and_networks_and_of_nothing_else() -> None:
    (checked,) = json.loads(check_of(shop())["stdin"])["hosts"]
    port = {"number": 80, "protocol": "tcp", "host_address": "", "published": 8080}
    assert checked["apps"] == [
        {
            "name": "shop",
            "networks": [
                {"name": "default", "number": 2, "definition": {}},
                {"name": "inside", "number": 3, "definition": {"internal": True}},
            ],
            "services": [
                {"name": "web", "networks": ["default"], "place": 1, "ports": [port]},
                {"name": "job", "networks": ["inside"], "place": 2, "ports": []},
            ],
        }
    ]


def test_a_check_of_hosts_without_projects_knows_nothing_of_them() -> None:
    check = check_of(with_hosts(host(1)))
    assert "apps" not in check["stdin"]
    assert list(check["environment"]) == ["DUALSTACK_SSH_PRIVATE_KEY"]


def test_another_file_or_another_value_of_a_variable_has_the_check_run_again() -> None:
    checks = [
        check_of(config)
        for config in (shop(), shop(COMPOSE.replace("image: web,", "image: api,")), shop(TAG="2"))
    ]
    assert len({check["stdin"] for check in checks}) == 1
    assert len({check["environment"]["DUALSTACK_APPS"] for check in checks}) == 3


def test_what_a_variable_says_stays_a_secret() -> None:
    recording = run(shop())
    check = recording.named("reachability-check")
    assert isinstance(check.inputs["environment"]["DUALSTACK_APPS"], Secret)
    assert "kept to itself" not in str(recording.inputs("reachability-check"))
