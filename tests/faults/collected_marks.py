"""A plugin for pytest: writes the ids in each collected test's marks `fault` to $COLLECTED_MARKS, as JSON."""

import json
import os
from pathlib import Path

import pytest

_marks: dict[str, list[str]] = {}


def pytest_itemcollected(item: pytest.Item) -> None:
    _marks[item.nodeid] = [shown for mark in item.iter_markers("fault") for shown in mark.args]


def pytest_collection_finish(session: pytest.Session) -> None:
    Path(os.environ["COLLECTED_MARKS"]).write_text(json.dumps(_marks))
