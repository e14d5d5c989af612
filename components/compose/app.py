"""A Compose project, as a host is to run it."""

from dataclasses import dataclass, field

from .project import ComposeProject


@dataclass(frozen=True)
class App:
    """A Compose project that shall run on a host. `name`: the project's name there.

    `numbers`: (network of the project, its number in the host's prefix), one for each. `places`: (service,
    its place), which decides its address on each of its networks; services with several containers have none.
    `variables`: (name, value) for `${...}` in the file, where the values are plain.
    """

    name: str
    project: ComposeProject
    numbers: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)
