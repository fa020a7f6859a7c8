"""Routes under /statistics/questions: tables that are not released, asked for and approved by two people."""

from uuid import UUID

from fastapi import Response

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound
from app.core.hot import Hot, within
from app.questions import actions, queries, rules, schemas
from app.questions.errors import OwnQuestion, PeriodNotReleased, QuestionRefused
from app.questions.states import QUESTION, Action, Party
from app.routers._deps import ActorDep, SessionDep, tagged
from app.routers._moves import Moves, register
from app.routers._once import Once
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.statistics import AskingDep
from app.statistics import queries as statistics
from app.statistics.errors import NothingReleased

router = Room("statistics", prefix="/statistics/questions")


async def _known(hot: Hot, actor: Actor) -> rules.Known:
    """What is released and what the ledger says, which is all that a preview knows."""
    grant = actor.grant(Permission.STATISTICS_QUERY)
    every = await statistics.published(hot, grant, "release.query")
    return rules.Known(await statistics.cube(hot, every), await statistics.accounts(hot, grant))


@router.post("/preview", responses=problems(Forbidden, NothingReleased, PeriodNotReleased))
async def preview_question(body: schemas.PreviewQuestion, asking: AskingDep) -> schemas.QuestionPreviewOut:
    """What a table would cost, what is left for it, how sure it would be, and what speaks against it."""
    hot, actor = asking
    asked = (body.dimensions, body.first_day, body.last_day, body.needed_half_width, body.purpose_code)
    return schemas.preview_out(rules.preview(await _known(hot, actor), *asked))


@router.post(
    "",
    status_code=201,
    dependencies=[Once],
    responses=problems(
        *(Forbidden, NothingReleased, PeriodNotReleased, QuestionRefused, Clash, KeyReused, Busy)
    ),
)
async def ask_question(
    body: schemas.AskQuestion, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.QuestionOut:
    """Ask for a table. Two people of different roles approve it; drawn at night, it is everybody's."""
    known = await _known(await within(session), actor)
    return tagged(response, schemas.shown(actor, await actions.ask(session, actor, known, body)))


@router.get("", responses=problems(Forbidden))
async def list_questions(session: SessionDep, actor: ActorDep) -> list[schemas.QuestionOut]:
    """The newest 200 questions: the own ones, and all of them for who reviews and approves."""
    found = await queries.every(session, actor.grant(Permission.QUESTION_READ))
    audit.record(session, actor, "question.list", [one.id for one in found])
    return [schemas.shown(actor, one) for one in found]


@router.get("/{question_id}", responses=problems(Forbidden, NotFound))
async def get_question(
    question_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> schemas.QuestionOut:
    """Where a question stands, and once it is answered, in which release."""
    question = await queries.get(session, actor.grant(Permission.QUESTION_READ), question_id)
    audit.record(session, actor, "question.read", question.id)
    return tagged(response, schemas.shown(actor, question))


async def _question_id(question_id: UUID) -> UUID:
    return question_id


register(
    router,
    "/{question_id}",
    Moves(
        table=QUESTION,
        act=actions,
        where=_question_id,
        out=schemas.QuestionOut,
        answer=schemas.show,
        by=(Party.REQUESTER, Party.STATISTICIAN, Party.OFFICER),
        bodies={Action.REFUSE: schemas.RefuseQuestion},
        refusals={
            Action.REVIEW: (OwnQuestion,),
            Action.APPROVE: (OwnQuestion, QuestionRefused),
            Action.REFUSE: (OwnQuestion,),
        },
    ),
)
