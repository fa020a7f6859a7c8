"""Find people on file: to answer a search, to stop a second registration. What is told is audited."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.audit import reading
from app.audit.actions import FieldClass
from app.core.hot import Hot, within
from app.survivors import filing, queries, views
from app.survivors.errors import PossibleDuplicate
from app.survivors.matching import LIKELY, WORTH_SHOWING, Clues, duplicate_score, search_score
from app.survivors.schemas import Elsewhere, Found, Search

MOST = 20  # matches that are shown; the best


async def search(hot: Hot, grant: Grant, asked: Search) -> Found:
    """People within reach who answer, best first; organisations to ask about others, each once."""
    clues = filing.asked_clues(asked)
    given = queries.asked(clues)
    scored = [(search_score(clues, one), one) for one in await queries.candidates(hot, grant, given)]
    shown = sorted((s for s in scored if s[0] >= WORTH_SHOWING), key=lambda s: (-s[0], s[1].id))
    elsewhere = await queries.elsewhere(hot, grant, given)
    matches = [views.match(one, score) for score, one in shown[:MOST]]
    await _record(hot, grant, "survivor.search", [match.id for match in matches])
    places = [Elsewhere(organisation_id=place, organisation_name=name) for place, name in elsewhere]
    return Found(matches=matches, elsewhere=places)


async def refuse_duplicate(
    session: AsyncSession, grant: Grant, clues: Clues, but: UUID | None = None
) -> None:
    """PossibleDuplicate if the person may be on file, here or elsewhere; `but` is who is meant."""
    hot, given = await within(session), queries.asked(clues)
    found = [one for one in await queries.candidates(hot, grant, given) if one.id != but]
    scored = [(duplicate_score(clues, one), one) for one in found]
    likely = sorted((s for s in scored if s[0] >= LIKELY), key=lambda s: (-s[0], s[1].id))[:MOST]
    elsewhere = await queries.elsewhere(hot, grant, given, but)
    if not likely and not elsewhere:
        return
    await _record(hot, grant, "survivor.match", [one.id for _, one in likely])
    raise PossibleDuplicate(
        matches=[{"survivor_id": str(s.id), "code": s.code, "score": round(score, 2)} for score, s in likely],
        elsewhere=[{"organisation_id": str(place), "organisation_name": name} for place, name in elsewhere],
    )


async def _record(hot: Hot, grant: Grant, action: str, ids: Sequence[UUID]) -> None:
    """Say who was shown."""
    await reading.record(hot, grant.actor, action, ids, FieldClass.IDENTITY)
