"""Referrals from the teams to the facilities, in every state, each on consent to share with that one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import vault
from app.core.clock import day_of
from app.demo import codes
from app.demo.cases import File
from app.demo.consents import write_sharing
from app.demo.dice import DAY, Dice, urn
from app.demo.escalations import write_escalations
from app.demo.lives import Happened, Life, live
from app.demo.messages import tell
from app.demo.people import ADULT, DIRECT
from app.demo.places import Country, Facility
from app.demo.risks import SERVICE, write_screening
from app.demo.sheets import Sheets, ready
from app.demo.support import GIVEN, is_counsellors, write_support
from app.demo.talks import write_talk
from app.demo.walks import Walk, pick, walks
from app.demo.work import texts
from app.referrals.rules import answer_by, said_with
from app.referrals.states import Action, Party, Status

FOOTBALL = "amputee_football"
LIMB = "prosthetics:6 gait_training:3 physiotherapy:3 walking_aid:2 revision_surgery:1 device_repair:2"
HURT = "physiotherapy:5 wound_care:2 pain_clinic:3 eye_care:2 ear_care:2 surgery:1 orthotics:2"
ANYBODY = "counselling_individual:6 peer_support:4 social_benefits:4 disability_assessment:3 legal_aid:2"
GROWN_UP = " vocational_training:3 job_placement:3 micro_grant:3 business_training:1 home_adaptation:2"
CHILD = " education_support:6 counselling_family:3"
PRIORITY = "normal:7 urgent:2 emergency:0.4"
SHARED = (
    "identity:1 identity+contact:6 identity+contact+assessments:3 identity+contact+assessments+milestones:3"
)
SAID = {
    Action.PRIORITISE: {"priority_reason_code": "worsened:4 growing_child:1 deadline:2"},
    Action.NO_SHOW: {
        "no_show_reason_code": "transport:4 health:3 not_informed:2 unknown:2",
        "next_step_code": "call_person:4 new_date:4 transport:2",
    },
}
MOST = 16  # referrals of a person
PATIENCE = timedelta(days=15)  # what is more than normally urgent ends by itself before, if nobody answers
BEGUN = "16:15 150:45 9999:40"  # within how many days, how many of a hundred


def write_referrals(
    sheets: Sheets, country: Country, file: File, many: int, first: Walk | None = None
) -> None:
    """So many referrals, each to another facility; players go to the club; `first` is a way to show."""
    draws = sheets.dice
    if not file.person.origin.agreed:
        return
    asked: set[UUID] = set()
    first_code = file.person.origin.number * MOST
    if file.person.plays:
        club = country.offering(draws, FOOTBALL)
        asked.add(club.id)
        life = _life(draws, country, file, _at_play(draws))
        _write(sheets, country, file, life, codes.referral_code(first_code), club, FOOTBALL)
    needs, screened = urn(_needs(file)), False
    for place in range(1, many + 1):
        service = needs.draw(draws)
        facility = country.offering(draws, service)
        if facility.id not in asked:
            asked.add(facility.id)
            life = _life(draws, country, file, first if place == 1 else None)
            code = codes.referral_code(first_code + place)
            _write(sheets, country, file, life, code, facility, service)
            begun = life.at(Action.START) if service == SERVICE and not screened else None
            if begun:
                screened = True
                write_screening(sheets, country, file, facility, begun)


def _at_play(draws: Dice) -> Walk:
    """Most play by now."""
    ways = [walk for walk in walks("referral") if walk.target in (Status.IN_PROGRESS, Status.COMPLETED)]
    return draws.choice(ways)


def _needs(file: File) -> str:
    person = file.person
    grown = person.birth.age_on(day_of(person.life.opened_at)) >= ADULT
    own = LIMB + " " if person.lost_limb else HURT + " " if person.origin.category_code == DIRECT else ""
    return own + ANYBODY + (GROWN_UP if grown else CHILD)


def _write(
    sheets: Sheets, country: Country, file: File, life: Life, code: str, facility: Facility, service: str
) -> None:
    """One referral with the consent it rests on and its history."""
    draws = sheets.dice
    row_id = draws.new_id(life.opened_at)
    asked, steps = _asked(draws, life, country.now), _said(draws, country, facility, service, row_id, life)
    sheets.record(
        "referral",
        life.opened_at,
        id=row_id,
        code=code,
        survivor_id=file.person.id,
        organisation_id=country.agency_id,
        to_facility_id=facility.id,
        consent_id=_write_consent(sheets, country, file, facility, life),
        service_codes=_services(draws, facility, service),
        share_codes=_shared(draws, facility, service),
        status=life.status,
        reason=_sealed("reason", row_id, draws.choice(texts("reason"))),
        version=life.version,
        **asked,
        **(steps[-1] if steps else {}),
        **file.held,
    )
    _write_history(sheets, country, file, facility, row_id, life, [asked | said for said in steps])
    waits = (asked["priority_code"], asked["answer_by"])
    write_escalations(sheets, country, file, facility, row_id, life, *waits)
    write_talk(sheets, country, file, facility, row_id, life)
    write_support(sheets, country, file, facility, service, life)


def _shared(draws: Dice, facility: Facility, service: str) -> list[str]:
    """What the facility is told; counsellors of support, that it is theirs to write."""
    apart = ["psychosocial"] if service in GIVEN and is_counsellors(facility) else []
    return urn(SHARED).draw(draws).split("+") + apart


def _write_consent(
    sheets: Sheets, country: Country, file: File, facility: Facility, life: Life
) -> UUID | None:
    """The consent a referral was sent on, taken back where it was revoked; some drafts have it already."""
    sent = life.at(Action.SEND)
    if not sent and not sheets.dice.chance(0.4):
        return None
    revoked_at = life.last_at if life.status is Status.REVOKED else None
    consent_id = write_sharing(sheets, country, file.person, facility.id, life.opened_at, revoked_at)
    return consent_id if sent else None


def _life(draws: Dice, country: Country, file: File, walk: Walk | None) -> Life:
    """A life within that of the case."""
    case = file.person.life
    until = case.until(country.now)
    room = (until - case.opened_at).total_seconds() / DAY
    if walk and walk.least_days <= room and case.is_open:
        days = draws.uniform(walk.least_days, min(walk.most_days, room))
    else:
        days, walk = draws.uniform(0, min(room, int(urn(BEGUN).draw(draws)))), None
    walk = walk or pick(draws, "referral", days, ended=not case.is_open)
    return live(draws, walk, until - timedelta(days=days), until)


def _services(draws: Dice, facility: Facility, service: str) -> list[str]:
    others = [other for other in facility.services if other != service and service != FOOTBALL]
    return [service, draws.choice(others)] if others and draws.chance(0.25) else [service]


def _asked(draws: Dice, life: Life, now: datetime) -> dict[str, Any]:
    """How urgent it is, until when an answer is expected, and the moments that are kept."""
    sent = life.at(Action.SEND)
    silent = life.status is Status.SENT and sent is not None and now - sent > PATIENCE
    calm = silent or life.status is Status.EXPIRED
    priority = "normal" if calm else urn(PRIORITY).draw(draws)
    stamps = {move.stamps: at for move, at in life.history if move.stamps}
    return {"priority_code": priority, "answer_by": answer_by(sent, priority) if sent else None} | stamps


def _said(
    draws: Dice, country: Country, facility: Facility, service: str, row_id: UUID, life: Life
) -> list[dict[str, Any]]:
    """What had been said after each step: dates, reasons, the outcome."""
    said: dict[str, Any] = {}
    steps = []
    for number, (move, at) in enumerate(life.history):
        said |= {column: urn(codes).draw(draws) for column, codes in SAID.get(move.action, {}).items()}
        match move.action:
            case Action.WAITLIST:
                said["expected_on"] = day_of(at + timedelta(days=draws.randint(20, 150)))
            case Action.SCHEDULE:
                said["scheduled_for"] = _visit(draws, country, life.history[number + 1 :], at)
            case Action.DECLINE:
                said |= _declined(draws, country, facility, service)
            case Action.COMPLETE:
                said["given_codes"] = [service]
                said["outcome_code"] = urn("service_completed:6 partly_completed:2 referred_on:1").draw(draws)
                said["counter_referral"] = _sealed("counter_referral", row_id, draws.choice(texts("counter")))
            case Action.CANCEL | Action.DISCONTINUE:
                said["end_reason_code"] = life.reason
        steps.append(dict(said))
    return steps


def _visit(draws: Dice, country: Country, then: tuple[Happened, ...], at: datetime) -> datetime:
    """When the person was to come: as the service began, before a missed visit, else some day to come."""
    if not then:
        return country.now + timedelta(days=draws.uniform(0.3, 30))
    move, when = then[0]
    if move.action is Action.NO_SHOW:
        return draws.between(at, when)
    return when if move.action is Action.START else at + timedelta(days=draws.randint(3, 20))


def _declined(draws: Dice, country: Country, facility: Facility, service: str) -> dict[str, Any]:
    other = country.offering(draws, service)
    suggested = other.id if other.id != facility.id and draws.chance(0.5) else None
    reason = urn("no_capacity:5 out_of_area:2 missing_information:2 already_served:1").draw(draws)
    return {"decline_reason_code": reason, "suggested_facility_id": suggested}


def _write_history(
    sheets: Sheets,
    country: Country,
    file: File,
    facility: Facility,
    row_id: UUID,
    life: Life,
    steps: list[dict[str, Any]],
) -> None:
    whose = ready(referral_id=row_id, to_facility_id=facility.id) | file.person.held
    drafted_by = file.acting(life.opened_at)
    sheets.record("referral_move", life.opened_at, target=Status.DRAFT, by_id=drafted_by, **whose)
    for (move, at), told in zip(life.history, steps, strict=True):
        by = {Party.SENDER: file.acting(at), Party.RECEIVER: facility.staff_id, Party.SYSTEM: None}[move.by]
        step = {"action": move.action, "source": move.source, "target": move.target, "by_id": by}
        sheets.record("referral_move", at, **step, **_kept(move.action, told), **whose)
        kind = f"referral.{move.action}"
        if move.tells is Party.SENDER:
            tell(sheets, country, at, kind, row_id, user_id=file.acting(at))
        elif move.tells is Party.RECEIVER:
            tell(sheets, country, at, kind, row_id, facility_id=facility.id)


def _kept(action: Action, told: dict[str, Any]) -> dict[str, Any]:
    """What a step of the history says: its reason, and the priority where that is what it changed."""
    changed = action is Action.PRIORITISE
    return said_with(action, told | ({} if changed else {"priority_code": None}))


def _sealed(column: str, row_id: UUID, text: str) -> bytes:
    return vault.seal_envelope("referral", column, row_id, text)
