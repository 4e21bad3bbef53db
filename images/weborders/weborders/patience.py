"""How long servers that are away are waited for."""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from types import FrameType
from typing import TypeVar

from weborders.errors import Failed, Stopped, Unavailable

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """Tries again for `seconds`, unless `stop` is set."""

    seconds: float
    stop: Event = field(default_factory=Event)

    def keep_trying(self, action: Callable[[], Result], *, remedy: str) -> Result:
        """What `action` returns, once it does not raise `Unavailable` any more.

        Raises `Failed` with the last error and `remedy` when the time is over, `Stopped` when asked to end.
        """
        deadline = time.monotonic() + self.seconds
        pause = _FIRST_PAUSE
        while True:
            try:
                return action()
            except Unavailable as error:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Failed(f"{error}; gave up after {self.seconds:g} s: {remedy}") from error
                _log.warning("%s; trying again for %.0f s", error, left)
            if self.stop.wait(min(pause, left)):
                raise Stopped
            pause = min(2 * pause, _LONGEST_PAUSE)


def stop_on_signals(stop: Event) -> None:
    """Set `stop` at the first SIGTERM or Ctrl-C; a second one ends the process as if nobody had asked."""

    def asked(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
