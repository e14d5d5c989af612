"""Values that follow from others which are known only later."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pulumi

T = TypeVar("T")


def derived(render: Callable[..., T], *values: pulumi.Input[Any]) -> pulumi.Output[T]:
    """`render(*values)`, once all of them are known.

    `pulumi up --target` leaves resources out, and gives None for what they would have; what follows from it
    is then None too, and goes to resources that are left out as well.
    """

    def render_if_there(known: list[Any]) -> T:
        return cast("T", None) if None in known else render(*known)

    return pulumi.Output.all(*values).apply(render_if_there)
