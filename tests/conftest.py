"""For all tests."""

import signal


def pytest_configure() -> None:
    """Started in the background, the tests would hand on that Ctrl-C is ignored, which a terminal's commands do not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
