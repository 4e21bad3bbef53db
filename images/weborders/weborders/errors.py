"""What can go wrong, by what is to be done about it."""


class Failed(Exception):
    """It can't go on: `str()` says why and gives the remedy."""


class Unavailable(Exception):
    """A server gave no answer, or one that may be another a little later."""


class Stopped(Exception):
    """Somebody asked the process to end, while it waited for a server."""
