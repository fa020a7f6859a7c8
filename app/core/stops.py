"""Being told to stop: a signal becomes an ordinary exit, so that what was begun is ended in order."""

import signal
import sys

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PAUSE = 0.05  # seconds until an exit that was lost is tried again


def leave_cleanly() -> None:
    """Exit at the first signal to stop, wherever in the program it arrives; later ones change nothing."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        # as a SIGTERM, for which a server under way has a handler of its own
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    sys.unraisablehook = _leave_after_all


def _leave(*_: object) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)  # once is enough: a second must not cut the stop short
    sys.exit(0)


def _leave_after_all(lost: "sys.UnraisableHookArgs") -> None:
    """Python writes off what a handler raises in a finaliser or a callback: leave a moment later, then."""
    if lost.exc_type is SystemExit:
        signal.signal(signal.SIGALRM, _leave)
        signal.setitimer(signal.ITIMER_REAL, PAUSE)
    else:
        sys.__unraisablehook__(lost)
