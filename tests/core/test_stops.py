"""A signal to stop is heard wherever the program stands, and once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEGIN = """
import gc, os, signal, sys, time, weakref
from app.core.stops import leave_cleanly
leave_cleanly()
def heard(*_):
    signal.raise_signal({})
"""
STAY = """
time.sleep(30)
print("still here")
"""
IN_A_FINALISER = """
class Last:
    __del__ = heard
Last()
"""
IN_A_CALLBACK = """
class Seen: pass
seen = Seen()
kept = weakref.ref(seen, heard)
del seen
"""
IN_A_COLLECTION = """
class Last:
    __del__ = heard
last = Last()
last.itself = last
del last
gc.collect()
"""
IN_A_FORK = """
os.register_at_fork(after_in_parent=heard)
if not os.fork():
    os._exit(0)
"""
IN_PLAIN_CODE = "heard()"
ENDING_SLOWLY = """
try:
    heard()
finally:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        signal.raise_signal(number)
    print("ended in order")
"""
PLACES = [IN_A_FINALISER, IN_A_CALLBACK, IN_A_COLLECTION, IN_A_FORK, IN_PLAIN_CODE]


def told(place: str, number: int = signal.SIGTERM) -> tuple[int, str, str]:
    """Exit code, output and complaints of a program that is told to stop at this place."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN.format(int(number)) + place + STAY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_a_signal_is_heard_even_where_python_writes_off_what_is_raised(place: str) -> None:
    assert told(place) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_to_stop_is_an_ordinary_exit(number: int) -> None:
    assert told(IN_PLAIN_CODE, number) == (0, "", "")


def test_a_second_signal_does_not_cut_the_stop_short() -> None:
    assert told(ENDING_SLOWLY) == (0, "ended in order\n", "")


def test_another_error_that_is_written_off_is_still_told() -> None:
    code, _, complaint = told("class Last:\n    def __del__(self): 1 / 0\nLast()\nsys.exit(3)")

    assert code == 3
    assert "ZeroDivisionError" in complaint
