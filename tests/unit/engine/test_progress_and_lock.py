"""Long commands that tell how far they are, and the lock that keeps two of them apart."""

import re
import threading
from pathlib import Path

from lab.engine.lock import exclusive
from lab.engine.progress import run_with_progress


def test_a_long_command_says_what_it_does_while_it_runs(tmp_path: Path) -> None:
    """It goes on once both of its lines were told."""
    told, said = tmp_path / "told", list[str]()

    def say(line: str) -> None:
        said.append(line)
        if line.endswith("2 lines, now two"):
            told.touch()

    finished = run_with_progress(
        ["sh", "-c", f"echo one; echo two >&2; until [ -e {told} ]; do sleep 0.05; done; echo three; exit 3"],
        say,
        lambda lines, last: f"{lines} lines, now {last}",
        interval=0.2,
    )
    assert (finished.exit_code, finished.lines, finished.tail) == (3, 3, ("one", "two", "three"))
    assert [line for line in said if re.fullmatch(r" +\d+ s  2 lines, now two", line)]


def test_a_short_command_says_nothing() -> None:
    said: list[str] = []
    assert run_with_progress(["true"], said.append, lambda _lines, last: last).exit_code == 0
    assert said == []


def test_who_comes_second_is_told_who_holds_the_lock_and_waits(tmp_path: Path) -> None:
    lock, order, told = tmp_path / "new" / "lock", list[str](), list[str]()
    waiting = threading.Event()

    def second() -> None:
        with exclusive(lock, lambda holder: (told.append(holder), waiting.set())[0]):
            order.append("second")

    thread = threading.Thread(target=second)
    with exclusive(lock):
        thread.start()
        assert waiting.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]
    assert told == [lock.read_text().strip()]
