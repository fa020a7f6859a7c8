"""The ways out of the house: SMTP, a provider of text messages, webhooks. Each sends, or says why not."""

import asyncio
import json
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from typing import TypeAlias
from urllib.parse import urlsplit

import httpcore

from app.core import clock
from app.core.config import settings
from app.couriers import guard, signing
from app.couriers.models import Channel
from app.couriers.parcels import Fault, Parcel, Send

PATIENCE = 20.0  # seconds for a mail server
Post: TypeAlias = Callable[[str, dict[str, str], bytes], Awaitable[int]]


def configured() -> Mapping[Channel, Send]:
    """The ways out that this service has been given."""
    ways: dict[Channel, Send] = {}
    if settings().smtp_host:
        ways[Channel.EMAIL] = mail
    if settings().text_url:
        ways[Channel.TEXT] = text
    if settings().webhook_hosts:
        ways[Channel.WEBHOOK] = webhook
    return ways


async def mail(parcel: Parcel) -> None:
    """By SMTP, in a thread: the library waits."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = settings().smtp_from, parcel.to, parcel.subject
    letter["Message-ID"] = f"<{parcel.name}@{settings().smtp_from.partition('@')[2] or 'dayaq'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(parcel.text)
    try:
        await asyncio.to_thread(_send, letter)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise Fault("address_refused", final=min(codes) >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise Fault(f"smtp_{error.smtp_code}", final=error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Fault("unreachable") from error


def _send(letter: EmailMessage) -> None:
    our = settings()
    with smtplib.SMTP(our.smtp_host, our.smtp_port, timeout=PATIENCE) as server:
        if our.smtp_tls:
            server.starttls(context=ssl.create_default_context())
        if our.smtp_user:
            server.login(our.smtp_user, our.smtp_password.get_secret_value())
        server.send_message(letter)


async def text(parcel: Parcel) -> None:
    """To the provider of text messages, as JSON: id, to, text. Its address is the operator's own choice."""
    headers = {"content-type": "application/json"}
    if token := settings().text_token.get_secret_value():
        headers["authorization"] = f"Bearer {token}"
    said = {"id": parcel.name, "to": parcel.to, "text": parcel.text}
    await _posted(_plainly, settings().text_url, headers, json.dumps(said).encode())


async def webhook(parcel: Parcel, post: Post = guard.post) -> None:
    """To a facility's own system, signed now: an old signature is worth nothing to who caught it."""
    if urlsplit(parcel.to).hostname not in settings().webhook_hosts:
        raise Fault("host_not_allowed", final=True)
    signature = signing.sign(parcel.key, parcel.key_id, parcel.body, clock.now())
    headers = {"content-type": "application/json", signing.HEADER: signature}
    await _posted(post, parcel.to, headers, parcel.body)


async def _posted(post: Post, url: str, headers: dict[str, str], body: bytes) -> None:
    """Taken if it was answered 2xx. Gone (410) is for good; a redirect is not followed."""
    try:
        status = await post(url, headers, body)
    except guard.Barred as error:
        raise Fault("address_barred", final=True) from error
    except TimeoutError as error:
        raise Fault("timeout") from error
    except (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise Fault("unreachable") from error
    if not 200 <= status < 300:
        raise Fault(f"status_{status}", final=status == 410)


async def _plainly(url: str, headers: dict[str, str], body: bytes) -> int:
    async with asyncio.timeout(guard.LONGEST), httpcore.AsyncConnectionPool() as pool:
        return int((await pool.request("POST", url, headers=list(headers.items()), content=body)).status)
