"""What a database writes, read in a thread of its own while the reader sends what came before.

Without it the database waits whenever a piece is on its way to the analyst.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread
from typing import BinaryIO

# So much waits for a slow reader, where the system allows it: else a pipe's usual 64 kB.
AHEAD = 1_000_000
PIECE = 256_000


def read_ahead(write: Callable[[BinaryIO], object]) -> Iterator[bytes]:
    """Pieces of what `write` writes to the file that it is given. Its error is raised here.

    A reader who leaves early waits until it has ended, as nobody else may use its connection
    meanwhile.
    """
    reading, writing = os.pipe()
    with suppress(AttributeError, OSError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, AHEAD)
    failed = []

    def work() -> None:
        try:
            with open(writing, "wb", PIECE) as file:
                write(file)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        while piece := os.read(reading, PIECE):
            yield piece
    finally:
        while os.read(reading, PIECE):
            pass
        thread.join()
        os.close(reading)
    if failed:
        raise failed[0]
