"""Which part of the project may know which: the product and the lab meet only as a host and AWS see them."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, by their whole names."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.relative_to(PROJECT).parts
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield from (".".join([*above, name]) for name in [node.module] if name)
            yield from (".".join([*above, name.name]) for name in node.names if not node.module)


def crossings(folder: str, forbidden: str) -> list[str]:
    files = sorted((PROJECT / folder).rglob("*.py"))
    assert files
    return [
        f"{file.relative_to(PROJECT)} imports {name}"
        for file in files
        for name in imported(file)
        if name.split(".")[0] == forbidden
    ]


@pytest.mark.parametrize(("folder", "forbidden"), [("components", "lab"), ("lab", "components")])
def test_the_product_and_the_lab_do_not_know_each_other(folder: str, forbidden: str) -> None:
    assert crossings(folder, forbidden) == []


def test_components_import_each_other_relatively_as_the_package_has_another_name_elsewhere() -> None:
    assert crossings("components", "components") != []  # relative imports resolve to it
    absolute = [
        f"{file.relative_to(PROJECT)}: {node.module}"
        for file in sorted((PROJECT / "components").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and not node.level and str(node.module).startswith("components")
    ]
    assert absolute == []


def test_data_flows_one_way_through_the_rooms_of_the_product() -> None:
    """A room is a package, or a module beside the packages; two of them never need each other."""
    rooms: dict[str, set[str]] = {}
    for file in sorted((PROJECT / "components").rglob("*.py")):
        room = file.relative_to(PROJECT / "components").with_suffix("").parts[0]
        needed = {name.split(".")[1] for name in imported(file) if name.startswith("components.")}
        rooms.setdefault(room, set()).update(needed - {room})
    order = list(TopologicalSorter(rooms).static_order())  # raises CycleError
    assert order.index("config") < order.index("fleet")


def test_the_program_is_a_table_of_contents() -> None:
    assert len((PROJECT / "__main__.py").read_text().splitlines()) < 60
