"""The package `dualstack`, which other programs import, holds what `components/` holds."""

import re
import tomllib
from typing import Any

from lab.paths import PROJECT_DIR

COMPONENTS = PROJECT_DIR / "components"


def settings() -> dict[str, Any]:
    return tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())


def test_every_package_below_components_is_listed() -> None:
    found = {
        ".".join(("dualstack", *path.parent.relative_to(COMPONENTS).parts))
        for path in COMPONENTS.rglob("__init__.py")
    }
    assert set(settings()["tool"]["setuptools"]["packages"]) == found


def test_every_requirement_of_the_program_is_a_dependency_of_the_package() -> None:
    lines = (PROJECT_DIR / "requirements.in").read_text().splitlines()
    required = {line.split("==")[0] for line in lines if line and not line.startswith("#")}
    declared = {re.split("[<>=]", line)[0] for line in settings()["project"]["dependencies"]}
    assert declared == required
