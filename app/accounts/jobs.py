"""Work on accounts without a request."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts import rules
from app.accounts.models import Invitation, LoginDelay, LoginSession, RefreshToken
from app.core import clock

KEPT = timedelta(days=30)  # what has ended, so that a question about last week can still be answered


async def tidy(session: AsyncSession) -> int:
    """Drop what can open nothing any more: old waits, chains, sessions, invitations; how many rows.

    Needs the rights to accounts. The audit trail keeps what happened.
    """
    now = clock.now()
    past = now - KEPT
    over = select(LoginSession.id).where(LoginSession.expires_at < past)
    statements = (
        sa.delete(LoginDelay).where(col(LoginDelay.last_at) < now - rules.FORGOTTEN),
        sa.delete(RefreshToken).where(col(RefreshToken.session_id).in_(over)),
        sa.delete(LoginSession).where(col(LoginSession.expires_at) < past),
        sa.delete(Invitation).where(col(Invitation.expires_at) < past),
    )
    return sum([(await session.exec(statement)).rowcount for statement in statements])
