"""Routes under /survivors/{id} of injuries and what came of them, and of the body map."""

from uuid import UUID

from app.core.errors import Forbidden, NotFound
from app.injuries import actions, schemas
from app.injuries.kinds import AMPUTATION, DETERMINATION, IMPAIRMENT, INJURY, RESIDUAL_LIMB
from app.injuries.schemas import BodyMapOut
from app.routers._deps import ActorDep, SessionDep
from app.routers._problems import problems
from app.routers._records import Records, register
from app.routers._rooms import Room
from app.survivors.errors import ConsentNeeded

router = Room("injuries")
PERSON = "/survivors/{survivor_id}"
KINDS = (
    (INJURY, schemas.CorrectInjury, "injury", "injuries"),
    (AMPUTATION, schemas.CorrectAmputation, "amputation", "amputations"),
    (RESIDUAL_LIMB, schemas.CorrectResidualLimb, "residual_limb", "residual_limbs"),
    (IMPAIRMENT, schemas.CorrectImpairment, "impairment", "impairments"),
    (
        *(DETERMINATION, schemas.CorrectDisabilityDetermination),
        *("disability_determination", "disability_determinations"),
    ),
)


async def _person(survivor_id: UUID) -> UUID:
    return survivor_id


for kind, correction, one, many in KINDS:
    register(
        router,
        PERSON,
        Records(
            kind=kind,
            correction=correction,
            act=actions,
            where=_person,
            one=one,
            many=many,
            refusals=(ConsentNeeded,),
        ),
    )


@router.get(f"{PERSON}/body-map", responses=problems(Forbidden, NotFound))
async def get_body_map(survivor_id: UUID, session: SessionDep, actor: ActorDep) -> BodyMapOut:
    """The body by region and side, with the injuries and amputations recorded there, for a drawing."""
    return await actions.read_body_map(session, actor, survivor_id)
