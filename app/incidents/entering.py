"""Put an incident into its table under a code of its own. Called by actions only, after they asked."""

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.errors import Clash
from app.incidents.models import Incident
from app.survivors import casecode

CODE_TRIES = 10  # of a million codes a year


async def save_under_new_code(session: AsyncSession, incident: Incident) -> None:
    """Insert the incident under a fresh code; only trying tells whether it is taken."""
    for _ in range(CODE_TRIES):
        incident.code = casecode.new_code(casecode.INCIDENT, clock.today().year)
        try:
            async with session.begin_nested():
                session.add(incident)
                await session.flush()
        except IntegrityError as error:
            if "uq_incident_code" not in str(error.orig):
                raise
        else:
            return
    raise Clash
