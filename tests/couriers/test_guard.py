"""No way into our own network: by spelling, translation, a name that leads inside or changes its mind."""

import asyncio
import re
import socket
from typing import Any

import httpcore
import pytest

from app.couriers import guard, rules
from app.couriers.guard import Barred, Outward, is_outside

INSIDE = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    # F12: these translate or tunnel to an address inside, and `is_global` lets some of them through
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1"),
    *("2001:0:7f00:1::", "fec0::1", "::8.8.8.8"),
]
OUTSIDE = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_inside_however_it_is_written(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_open_internet_is_outside(address: str) -> None:
    assert is_outside(address)


def test_two_of_them_pass_is_global_so_the_list_of_our_own_is_needed() -> None:
    from ipaddress import ip_address

    passing = [address for address in INSIDE if ip_address(address.split("%")[0]).is_global]
    assert {"64:ff9b::7f00:1"} <= set(passing)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.org/a", "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/"),
        *("https://0177.0.0.1/", "https://127.1/", "https://[::1]/", "https://[64:ff9b::7f00:1]/"),
        *("https://[::ffff:127.0.0.1]/", "https://localhost/", "https://user:pw@hooks.example.org/"),
        *(
            "https://hooks.example.org:8443/",
            "https://hooks.example.org@127.0.0.1/",
            "https://127.0.0.1.nip/#",
        ),
        *(
            "https://hooks.example.org\\@127.0.0.1/",
            "https://hooks.example.org/?key=1",
            "ftp://a.example.org/",
        ),
        *(
            "https://HOOKS.example.org/",
            "https://１２７.0.0.1/",
            "https://ⓛocalhost/",
            "https://a.example.org/\n",
        ),
        *(
            "https://hooks.example.org%00.evil/",
            "//hooks.example.org/",
            "https:hooks.example.org",
            "https://0/",
        ),
    ],
)
def test_only_a_plain_https_address_with_a_name_is_taken(url: str) -> None:
    assert not re.fullmatch(rules.URL, url)


def test_a_plain_one_is_taken() -> None:
    assert re.fullmatch(rules.URL, "https://hooks.example.org/dayaq/in")


class Names:
    """A resolver that answers from a list, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, _host: str, port: int, **_: Any) -> list[Any]:
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


async def connected(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Where the guard connects to, if it does."""
    reached: list[str] = []

    async def connect(_self: object, host: str, *_: Any, **__: Any) -> Any:
        reached.append(host)
        return None

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(*answers))
    await Outward().connect_tcp("hooks.example.org", 443)
    return reached


async def test_the_connection_goes_to_the_very_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second question would be answered otherwise: it is not asked."""
    assert await connected(monkeypatch, ["93.184.216.34"], ["127.0.0.1"]) == ["93.184.216.34"]


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["64:ff9b::a00:1"], []])
async def test_a_name_with_one_address_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, answer: list[str]
) -> None:
    with pytest.raises(Barred):
        await connected(monkeypatch, answer)


async def test_a_post_to_a_name_that_leads_inside_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real listener on loopback, which hears nothing."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        with pytest.raises(Barred):
            await guard.post("https://localhost/", {}, b"{}")
        with pytest.raises(Barred):
            await guard.post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, b"{}")
    assert heard == []
