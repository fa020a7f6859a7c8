"""Passwords: Argon2id on two threads of their own, and the rules of NIST SP 800-63B-4 for choosing one."""

import asyncio
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.accounts.errors import PasswordRefused, TooBusy

T = TypeVar("T")

LEAST, LEAST_ALONE, MOST = 12, 15, 128  # characters; 15 where the password stands alone
MEMORY_KIB, PASSES, LANES = 46 * 1024, 2, 1  # Argon2id: twice the OWASP minimum at 46 MiB; about 0.1 s
THREADS, QUEUE = 2, 8
LEAST_SCORE = 3  # of zxcvbn's 0 to 4: more than 100 million guesses
JUDGED = 72  # characters; zxcvbn's time grows with the square
SHORTEST_NAME = 3

# Verified when the name is unknown, so that an answer takes as long as for a known one. Opens to nothing:
# it is the hash of 32 random bytes that were thrown away.
DUMMY = "$argon2id$v=19$m=47104,t=2,p=1$QJ4XZZq626eb2nkbEsn9SA$x3OH83sXkgxZDuxTMBoQEnTOVDzBVK7JUuzebfm0k+Q"

_hasher = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
_places = threading.BoundedSemaphore(THREADS + QUEUE)
_zxcvbn_lock = threading.Lock()  # it keeps its caller's words in a global


async def verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is the stored one, and a new hash where the old one is weaker than today's.

    Takes equally long without a stored hash. TooBusy when ten checks are under way.
    """
    return await _in_pool(lambda: _verify(_normal(password), stored))


async def accept(password: str, names: Iterable[str], *, alone: bool) -> str:
    """The hash of a new password, or PasswordRefused. `alone`: no second factor stands beside it."""
    whose = list(names)
    return await _in_pool(lambda: _accept(_normal(password), whose, alone))


def judge(password: str, names: Iterable[str], *, alone: bool) -> None:
    """PasswordRefused if this password is short, long, common, or holds its owner's name."""
    normal, least = _normal(password), LEAST_ALONE if alone else LEAST
    whose = [_folded(name) for name in names]
    found = {
        "too_short": len(normal) < least,
        "too_long": len(normal) > MOST,
        "holds_name": any(part in _folded(normal) for name in whose for part in _parts(name)),
    }
    reasons = [reason for reason, is_so in found.items() if is_so]
    if not reasons and _score(normal, whose) < LEAST_SCORE:
        reasons = ["too_common"]
    if reasons:
        raise PasswordRefused(reasons=reasons, least=least)


def _verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    if stored is None or len(password) > MOST:
        _hasher.verify(password[:MOST], DUMMY)
        return False, None
    return _hasher.verify_and_update(password, stored)


def _accept(password: str, names: list[str], alone: bool) -> str:
    judge(password, names, alone=alone)
    return _hasher.hash(password)


def _normal(password: str) -> str:
    """The same password whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def _folded(text: str) -> str:
    """Lower case without marks, so that ƏLİYEV, Əliyev and eliyev are one."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("ə", "e").replace("ı", "i"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _parts(name: str) -> list[str]:
    """A user name, and what stands before its @."""
    return [part for part in {name, name.partition("@")[0]} if len(part) >= SHORTEST_NAME]


def _score(password: str, names: list[str]) -> int:
    from zxcvbn import zxcvbn  # 13 MB of words, for the few who choose a password

    words = [*names, *(part for name in names for part in name.split()), *local_words()]
    text = _folded(password)
    with _zxcvbn_lock:
        return max(int(zxcvbn(end, user_inputs=words)["score"]) for end in {text[:JUDGED], text[-JUDGED:]})


@cache
def local_words() -> tuple[str, ...]:
    """Words that people here reach for, in `data/local_words.txt`."""
    text = files("app.accounts").joinpath("data/local_words.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


async def _in_pool(work: Callable[[], T]) -> T:
    """Two at work and eight waiting; more would take all memory and both processors."""
    if not _places.acquire(blocking=False):
        raise TooBusy
    future: Future[T] = _threads.submit(work)
    future.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(future)
