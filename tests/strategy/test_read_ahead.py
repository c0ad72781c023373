"""What is read ahead comes whole and in order, with its error, and ends with whoever reads it."""

import threading
import time

import pytest

from strategy.exports.ahead import AHEAD, read_ahead

LINES = [b"%d,line\n" % number for number in range(400_000)]


def test_everything_comes_in_order():
    assert sum(map(len, LINES)) > 3 * AHEAD
    assert b"".join(read_ahead(lambda file: file.writelines(LINES))) == b"".join(LINES)


def test_nothing_is_nothing():
    assert list(read_ahead(lambda file: None)) == []


def test_an_error_is_raised_after_what_was_written_before_it():
    def write(file):
        file.write(b"one line\n")
        raise LookupError("the rest is lost")

    found = []
    with pytest.raises(LookupError, match="the rest is lost"):
        found.extend(read_ahead(write))
    assert found == [b"one line\n"]


def test_whoever_leaves_early_waits_until_it_has_ended():
    ended = []

    def write(file):
        file.writelines(LINES)
        ended.append(True)

    pieces = read_ahead(write)
    assert LINES[0] in next(pieces)
    pieces.close()
    assert ended
    assert not [one for one in threading.enumerate() if one.name == "read-ahead"]


def test_a_slow_reader_holds_no_more_than_a_pipe():
    written = []

    def write(file):
        for line in LINES:
            file.write(line)
            written.append(len(line))

    pieces = read_ahead(write)
    next(pieces)
    time.sleep(0.3)
    assert sum(written) < 2 * AHEAD
    pieces.close()
