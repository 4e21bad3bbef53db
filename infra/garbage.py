"""Python's search for garbage, which a run of the program has no use for."""

import atexit
import gc


def keep_everything() -> None:
    """End the search for objects that only know each other, for the rest of this process.

    A run makes resources, and the modules of its providers, and lets go of none; Python would look through all of them
    over and over, which takes longer than everything else together (bench/README.md). Other memory is returned all the
    same, by counting references.
    """
    gc.disable()
    # Python searches once more as it ends, but not among what is frozen.
    atexit.register(gc.freeze)
