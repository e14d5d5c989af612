"""One guarded step on one host, from the machine that runs Pulumi. Every wait has an end."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncssh

from ..host.steps import CONFIRM_SECONDS, STEP_SECONDS
from ..ssh_sessions import CONNECT_SECONDS, connect
from .answers import (
    Answer,
    Begun,
    StepFailed,
    answer,
    begun,
    last_lines,
    no_answer,
    no_first_session,
    no_session,
    not_confirmed,
)
from .progress import Progress
from .target import GuardedStep, Target

FIRST_SECONDS = 60
"""For the first session: the steps before this one have just been on the host."""
AFTER_SECONDS = 180
"""After the host is due to revert, for its answer: it may have to reboot for it."""
PAUSE_SECONDS = 0.5
UNKNOWN_SECONDS = 10
"""How long a change that the host does not know may still begin, once its session broke."""
Problem = (OSError, asyncssh.Error, TimeoutError)
Say = Callable[[str], None]


@dataclass
class Driver:
    """`say`: one line of progress. `change`: names this change on the host."""

    step: GuardedStep
    target: Target
    key: asyncssh.SSHKey
    say: Say
    change: str = ""
    after_seconds: float = AFTER_SECONDS
    first_seconds: float = FIRST_SECONDS

    def __post_init__(self) -> None:
        self.change = self.change or secrets.token_hex(4)

    async def run(self, wanted: str) -> str:
        """Applies and confirms. Returns what the host said. Raises StepFailed."""
        try:
            first = await self._begin(wanted)
        except StepFailed as problem:
            raise StepFailed(f"{self.target.name}: {self.step.concern}: {problem}") from None
        if first is not None and first.seconds_left is None:
            return first.said
        left = first.seconds_left if first and first.seconds_left is not None else self.target.revert_after
        try:
            await self._confirm(time.monotonic() + left, broken=first is None)
        except StepFailed as problem:
            raise StepFailed(f"{self.target.name}: {self.step.concern}: {problem}") from None
        self.say("confirmed by a new ssh session")
        return f"{first.said if first else self.step.concern}; confirmed by a new ssh session"

    async def _begin(self, wanted: str) -> Begun | None:
        """The first session; None when it broke, and only the host knows what became of it."""
        end = time.monotonic() + self.first_seconds
        async with AsyncExitStack() as stack:
            connection = await self._first_connection(stack, end)
            line = self.step.begin(self.change, self.target.revert_after, self.target.reaches)
            bound = STEP_SECONDS + self.target.revert_after + 200
            try:
                done = await asyncio.wait_for(connection.run(line, input=wanted, check=False), bound)
            except Problem:
                done = None
            if done is None or done.exit_status is None or done.exit_status < 0:
                self.say("the ssh session broke; asking the host what became of the change")
                connection.abort()
                return None
        if done.exit_status != 0:
            raise StepFailed(self._host_s_own(str(done.stderr or "")))
        return begun(str(done.stdout or ""))

    def _host_s_own(self, output: str) -> str:
        """The host's lines, without the concern that they begin with."""
        lines = last_lines(output) or "the step failed, and said nothing"
        return "\n".join(line.removeprefix(f"{self.step.concern}: ") for line in lines.splitlines())

    async def _first_connection(self, stack: AsyncExitStack, end: float) -> asyncssh.SSHClientConnection:
        while True:
            try:
                return await stack.enter_async_context(self._connected(CONNECT_SECONDS))
            except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied) as problem:
                raise StepFailed(no_first_session(self._where(), problem)) from None
            except Problem as problem:
                if time.monotonic() > end:
                    where = f"{self._where()} within {self.first_seconds:g} s"
                    raise StepFailed(no_first_session(where, problem)) from None
            await asyncio.sleep(PAUSE_SECONDS)

    async def _confirm(self, due: float, *, broken: bool) -> None:
        """Asks, by a new connection each time, until the host has confirmed or reverted."""
        seconds = self.target.revert_after
        began, progress = time.monotonic(), Progress(self.say)
        # Also where a session that stood still went on after the revert: none came through in time.
        last_problem = no_session(seconds)
        while True:
            now = time.monotonic()
            if now > due + self.after_seconds:
                raise StepFailed(no_answer(seconds, int(self.after_seconds)))
            progress.tell(due - now, now)
            try:
                said = await self._ask(min(CONNECT_SECONDS, max(2.0, due - now)))
            except Problem:
                said = None
            if said is not None and said.state == "confirmed":
                return
            if said is not None and said.state == "waiting":
                last_problem = f"{said.why}, and nothing confirmed the change within {seconds} s"
            may_begin = broken and time.monotonic() - began < UNKNOWN_SECONDS
            if said is not None and (
                said.state in ("reverted", "failed") or (said.state == "unknown" and not may_begin)
            ):
                raise StepFailed(not_confirmed(said, last_problem))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, connect_seconds: float) -> Answer | None:
        async with self._connected(connect_seconds) as connection:
            done = await asyncio.wait_for(
                connection.run(self.step.confirm(self.change), check=False), CONFIRM_SECONDS + 10
            )
        return answer(str(done.stdout or ""))

    @asynccontextmanager
    async def _connected(self, seconds: float) -> AsyncGenerator[asyncssh.SSHClientConnection]:
        """A new connection, through a new one to the bastion if there is one."""
        tunnel = None
        try:
            if self.target.bastion is not None:
                tunnel = await connect(self.target.bastion, self.key, None, seconds)
            connection = await connect(self.target.login, self.key, tunnel, seconds)
            try:
                yield connection
            finally:
                # Not closed: that would wait for the other side.
                connection.abort()
        finally:
            if tunnel is not None:
                tunnel.abort()

    def _where(self) -> str:
        login = self.target.login
        return f"{login.user}@{login.address} port {login.port}"
