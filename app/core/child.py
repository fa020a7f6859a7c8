"""Work that could do harm or takes long, in a process of its own: no environment, one at a time, an end."""

import asyncio
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

from app.core.errors import Unavailable

MOST_WAITING = 8
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_waiting = 0


async def run(script: Path, data: bytes, longest: float) -> bytes | None:
    """What a script says to this input; None when it was ended by a limit of its own, or took too long.

    Unavailable when so many wait already that whoever comes now would wait for nothing.
    """
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Unavailable
    _waiting += 1
    try:
        async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1)):
            return await _run(script, data, longest)
    finally:
        _waiting -= 1


async def _run(script: Path, data: bytes, longest: float) -> bytes | None:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-I", str(script))
    child = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env={}
    )
    try:
        async with asyncio.timeout(longest):
            answer, _ = await child.communicate(data)
    except TimeoutError:
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return answer if child.returncode == 0 else None
