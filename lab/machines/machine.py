"""One machine under supervision: started, started again when it reboots or loses power, stopped in bounds."""

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from shutil import rmtree
from typing import Final

from lab.machines import cgroups
from lab.machines.host import Host

_START_SCRIPT: Final = Path(__file__).resolve().parent / "start_machine.sh"
_REBOOT_EXIT_CODE: Final = 133
"""How systemd-nspawn says that its machine wants to boot again (nspawn's own --keep-unit contract)."""

POWER_OFF_SECONDS: Final = 90.0
"""Longer than systemd and docker need to stop what runs; EC2 waits minutes before it pulls the plug."""
_SHORTEST_LIFE_SECONDS: Final = 2.0
_SHORT_LIVES: Final = 3


class _Wish(Enum):
    RUN = "run"
    REBOOT = "reboot"
    OFF = "off"


class Machine:
    """The machine of one instance.

    `layers`: gives the image's directories, top first; asked once, at the first start, where it may take as
    long as a build. `renew_namespace`: called before every start but the
    first, when nothing of the machine runs; it must leave a fresh network namespace of the same name, for
    an old one keeps what the last boot configured. `on_off`: called when the machine went off for good, by
    itself (`poweroff` in it), not when `power_off` or `destroy` did it. `say`: takes lines for the log.
    """

    def __init__(
        self,
        instance_id: str,
        layers: Callable[[], Sequence[Path]],
        *,
        renew_namespace: Callable[[], None],
        on_off: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.host = Host(instance_id)
        self._ask_for_layers = layers
        self._layers: Sequence[Path] | None = None
        self._renew_namespace = renew_namespace
        self._on_off = on_off
        self._say = say
        self._wish = _Wish.RUN
        self._lock = threading.Lock()
        """Held to decide whether the machine starts, so that no start slips in behind a wish for off."""
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self, timeout: float = 60) -> None:
        """Starts the machine and waits until its number 1 runs, which is long before it is reachable.

        Raises TimeoutError, with the end of the console, when it does not come up, and what `layers` raises.
        """
        if self._layers is None:
            self._layers = self._ask_for_layers()
        self._wish = _Wish.RUN
        self._launch()
        self._thread = threading.Thread(target=self._supervise, name=self.host.name, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + timeout
        while not self.host.is_running:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.host.name} does not start: {self.host.console()[-500:].strip()}")
            time.sleep(0.05)

    def reboot(self, timeout: float = POWER_OFF_SECONDS) -> None:
        """Reboots the machine in order; one that does not obey within `timeout` seconds loses its power."""
        self._wish = _Wish.REBOOT
        before = self._process
        with suppress(Exception):
            self.host.reboot()
        if before is not None and not _ends(before, timeout):
            self._say(f"{self.host.name}: does not reboot within {timeout:g} s, its power is cut")
            self.host.power_cut()

    def power_off(self, timeout: float = POWER_OFF_SECONDS) -> None:
        """Powers the machine off in order; after `timeout` seconds it loses its power."""
        with self._lock:
            self._wish = _Wish.OFF
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            if not _ends(self._process, timeout):
                self._say(f"{self.host.name}: does not power off within {timeout:g} s, its power is cut")
        self._end()

    def destroy(self) -> None:
        """Takes the power and then the disk away; for an instance that is terminated."""
        with self._lock:
            self._wish = _Wish.OFF
        self._end()
        remove_disk(self.host.state_directory)

    def _end(self) -> None:
        cgroups.end(self.host.name)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _launch(self) -> None:
        state = self.host.state_directory
        state.mkdir(parents=True, exist_ok=True)
        command = [
            "unshare", "--mount", "--propagation", "slave", str(_START_SCRIPT),
            self.host.name, self.host.name, str(state), ":".join(map(str, self._layers or ())),
            *map(str, cgroups.groups(self.host.name)),
        ]  # fmt: skip
        with (state / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        self._say(f"{self.host.name}: power on")

    def _supervise(self) -> None:
        short_lives = 0
        while self._process is not None:
            started = time.monotonic()
            code = self._process.wait()
            cgroups.end(self.host.name)
            short_lives = short_lives + 1 if time.monotonic() - started < _SHORTEST_LIFE_SECONDS else 0
            if not self._starts_again(code, short_lives):
                return

    def _starts_again(self, code: int, short_lives: int) -> bool:
        with self._lock:
            if self._wish is _Wish.OFF:
                self._say(f"{self.host.name}: power off")
                return False
            wants_off = code == 0 and self._wish is _Wish.RUN
            if not wants_off and short_lives < _SHORT_LIVES:
                cause = "reboots" if code == _REBOOT_EXIT_CODE else f"lost power (exit code {code})"
                self._say(f"{self.host.name}: {cause}")
                self._wish = _Wish.RUN
                self._renew_namespace()
                self._launch()
                return True
        self._say(f"{self.host.name}: went off by itself (exit code {code})")
        self._on_off()
        return False


def remove_disk(directory: Path) -> None:
    """Removes a machine's directory with its disk and console text; nothing happens when it is gone."""
    with suppress(FileNotFoundError):
        rmtree(directory)


def _ends(process: subprocess.Popen[bytes], timeout: float) -> bool:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True
