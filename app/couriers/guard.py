"""The one door out for webhooks: no address inside the network, whatever its name says, is ever connected to.

The name is resolved once, every address it has is judged, and the connection goes to that very address: a
name that changes its mind in between (DNS rebinding) gains nothing. No redirect is followed, no proxy of the
environment is used, and TLS checks the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore

TIMEOUT = 10.0  # seconds, for each step
LONGEST = 30.0  # for all of them
# What `is_global` lets through, on one Python or another: translations of IPv4, tunnels, ranges of old.
BARRED = tuple(
    ip_network(network)
    for network in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "::/96"),
        *("192.0.0.0/24", "192.88.99.0/24"),
    )
)


class Barred(OSError):
    """This name leads inside the network."""


def is_outside(address: str) -> bool:
    """Whether this is an address of the open internet."""
    known = ip_address(address.split("%")[0])
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return known.is_global and not known.is_multicast and not known.is_reserved and not _is_barred(known)


def _is_barred(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in BARRED if network.version == address.version)


class Outward(httpcore.AsyncNetworkBackend):
    """Connects to the open internet and to nothing else."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # httpcore fixes the signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of this name, or Barred if one of them is not outside."""
        address = (await self._addresses(host, port))[0]
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]) for *_, place in found]
        if not addresses or not all(map(is_outside, addresses)):
            raise Barred(host)
        return addresses


async def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """Send this to a place outside; the status of the answer. Whatever else the answer says is not read."""
    async with (
        asyncio.timeout(LONGEST),
        httpcore.AsyncConnectionPool(ssl.create_default_context(), network_backend=Outward()) as pool,
    ):
        steps = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
        lines = list(headers.items())
        async with pool.stream(
            "POST", url, headers=lines, content=body, extensions={"timeout": steps}
        ) as answer:
            return int(answer.status)
