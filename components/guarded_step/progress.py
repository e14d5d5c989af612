"""What is told while a change waits for its confirmation."""

from collections.abc import Callable

SECONDS = 30
"""Between two lines of the same: all that was ever said stands before the error, should the step fail."""


class Progress:
    """`say`: takes one line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next = 0.0
        self._is_due = False

    def tell(self, left: float, now: float) -> None:
        """`left`: seconds until the host reverts. `now`: of any clock."""
        if self._is_due or (left > 0 and now < self._next):
            return
        self._is_due, self._next = left <= 0, now + SECONDS
        self._say(
            "not confirmed; asking the host whether it has reverted"
            if self._is_due
            else f"applied, confirming, reverts in {left:.0f} s"
        )
