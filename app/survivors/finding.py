"""Find people on file: to answer a search, to stop a second registration. What is told is audited."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.survivors import filing, queries, views
from app.survivors.errors import PossibleDuplicate
from app.survivors.matching import LIKELY, WORTH_SHOWING, Clues, Kept, duplicate_score, search_score
from app.survivors.schemas import Elsewhere, Found, Search

MOST = 20  # matches that are shown; the best


async def search(session: AsyncSession, grant: Grant, asked: Search) -> Found:
    """People within reach who answer, best first; organisations to ask about others, each once."""
    clues = filing.asked_clues(asked)
    found = await queries.candidates(session, grant, clues)
    scored = [(search_score(clues, _kept(one)), one) for one in found]
    shown = sorted((s for s in scored if s[0] >= WORTH_SHOWING), key=lambda s: (-s[0], s[1].survivor.id))
    elsewhere = await queries.elsewhere(session, grant, clues)
    matches = [views.match(one.box, one.survivor, score) for score, one in shown[:MOST]]
    _record(session, grant, "search", [match.id for match in matches], elsewhere)
    places = [Elsewhere(organisation_id=place, organisation_name=name) for place, name in elsewhere]
    return Found(matches=matches, elsewhere=places)


async def refuse_duplicate(
    session: AsyncSession, grant: Grant, clues: Clues, but: UUID | None = None
) -> None:
    """PossibleDuplicate if the person may be on file, here or elsewhere; `but` is who is meant."""
    found = [one for one in await queries.candidates(session, grant, clues) if one.survivor.id != but]
    scored = [(duplicate_score(clues, _kept(one)), one.survivor) for one in found]
    likely = sorted((s for s in scored if s[0] >= LIKELY), key=lambda s: (-s[0], s[1].id))[:MOST]
    elsewhere = await queries.elsewhere(session, grant, clues, but)
    if not likely and not elsewhere:
        return
    _record(session, grant, "match", [survivor.id for _, survivor in likely], elsewhere)
    await session.flush()
    raise PossibleDuplicate(
        matches=[{"survivor_id": str(s.id), "code": s.code, "score": round(score, 2)} for score, s in likely],
        elsewhere=[{"organisation_id": str(place), "organisation_name": name} for place, name in elsewhere],
    )


def _kept(one: queries.Candidate) -> Kept:
    survivor = one.survivor
    return Kept(
        names=views.names_of(views.plain(one.box, survivor)),
        sex_code=survivor.sex_code,
        birth_year=survivor.birth_year,
        birth_estimated=survivor.birth_estimated,
        same_number=one.same_number,
        same_phone=one.same_phone,
    )


def _record(
    session: AsyncSession, grant: Grant, verb: str, ids: Sequence[UUID], elsewhere: Sequence[tuple[UUID, str]]
) -> None:
    """Say who was shown, and which organisations were named for people who were not."""
    audit.record(session, grant.actor, f"survivor.{verb}", ids, FieldClass.IDENTITY)
    if elsewhere:
        audit.record(session, grant.actor, "organisation.hint", [place for place, _ in elsewhere])
