"""What this machine does not allow is left out and said: it never counts as passed."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from lab.paths import PROJECT_DIR

pytest_plugins = ["tests.lab.fixtures"]

TESTS = Path(__file__).parent
NEED_THE_LAB = (TESTS / "lab", TESTS / "faults")
# A machine that is busy with labs is no reason for a property not to hold.
settings.register_profile(
    "unhurried", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("unhurried")

NOT_RUN = pytest.StashKey[str]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    in_the_lab = [item for item in items if any(folder in item.path.parents for folder in NEED_THE_LAB)]
    if not in_the_lab:
        return
    answer = subprocess.run(
        [PROJECT_DIR / "scripts/lab-possible"], stdout=subprocess.PIPE, text=True, check=False
    )
    if answer.returncode != 0:
        items[:] = [item for item in items if item not in in_the_lab]
        config.hook.pytest_deselected(items=in_the_lab)
        count = f"{len(in_the_lab)} tests with real hosts and packets"
        config.stash[NOT_RUN] = f"not run, and so not passed: {count}: {answer.stdout.strip()}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if line := config.stash.get(NOT_RUN, ""):
        terminalreporter.write_line(line, yellow=True)
