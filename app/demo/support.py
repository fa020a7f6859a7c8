"""Psychosocial support where a referral for it has begun: episodes, sessions, notes, peers."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import vault
from app.core.clock import day_of
from app.core.vault import Box
from app.demo.cases import File
from app.demo.dice import DAY, dice, urn
from app.demo.lives import Life
from app.demo.names import FEMALE, MALE, full_name
from app.demo.people import Person
from app.demo.places import Country, Facility, founded
from app.demo.sheets import Sheets, ready
from app.demo.work import texts
from app.referrals.states import Action
from app.support.states import Action as Step
from app.support.states import Status

COUNSELLED, ACCOMPANIED = "counselling_individual", "peer_support"  # services of a counsellors' place
GIVEN = {
    COUNSELLED: ("l3:7 l4:2", "counselling_individual:6 psychoeducation:1 trauma_focused_cbt:1"),
    "counselling_family": ("l2", "counselling_family:4 caregiver_support:2"),
    ACCOMPANIED: ("l2", "peer_individual"),
}
"""Of which layer the support of a service is, and what is done in it."""
CAME = "present:8 late:1 absent:1 excused:1"
OUTCOMES = "goals_met:5 improved:3 referred_on:1 person_wish:1"
PEERS, MOST = 4, 8  # at a counsellors' place; people whom each may accompany
STILL_ACCOMPANIED = 280  # only of the small programme: a further batch does not know who has room
REASONS = ["same_language", "has_room"]
LIVED_THROUGH = (["lower_limb_loss"], ["upper_limb_loss"], ["sight", "burn"], ["family"])


def is_counsellors(facility: Facility) -> bool:
    """Whether counsellors work there."""
    return COUNSELLED in facility.services


def box_of(sheets: Sheets, person: Person) -> Box:
    """The compartment of this person, with a key where there was none."""
    if found := sheets.boxes.get(person.id):
        return found
    wrapped = vault.new_data_key()
    sheets.add("compartment_key", id=person.id, wrapped=wrapped, **person.held)
    return sheets.boxes.setdefault(person.id, vault.open_key(wrapped))


def write_peers(sheets: Sheets, country: Country) -> None:
    """Who accompanies others, at each place of counsellors that offers it."""
    at = founded(country.now)
    for facility in filter(_has_peers, country.facilities):
        for place in range(PEERS):
            draws, row_id = dice("peer", facility.id, place), peer_id(country, facility, place)
            sex = draws.choice([MALE, FEMALE])
            given, surname, _ = full_name(draws, sex)
            sheets.record(
                "peer",
                at,
                id=row_id,
                facility_id=facility.id,
                name=vault.seal_envelope("peer", "name", row_id, f"{given} {surname}"),
                sex_code=sex,
                birth_year=draws.randint(1965, 1998),
                language_codes=["az", "ru"] if draws.chance(0.4) else ["az"],
                experience_codes=LIVED_THROUGH[place % len(LIVED_THROUGH)],
                most=MOST,
                trained_on=day_of(at + timedelta(days=30)),
            )


def peer_id(country: Country, facility: Facility, place: int) -> UUID:
    """The id of one of the peers of a facility."""
    return dice("peer id", facility.id, place).new_id(founded(country.now))


def _has_peers(facility: Facility) -> bool:
    return is_counsellors(facility) and ACCOMPANIED in facility.services


def write_support(
    sheets: Sheets, country: Country, file: File, facility: Facility, service: str, life: Life
) -> None:
    """What came of a referral for support, once it had begun."""
    begun, ended = life.at(Action.START), life.at(Action.COMPLETE)
    if begun is None or service not in GIVEN or not is_counsellors(facility):
        return
    sheets = sheets.with_dice("support", file.id, facility.id)
    draws, box = sheets.dice, box_of(sheets, file.person)
    until = ended or file.person.life.until(country.now)
    common = ready(facility_id=facility.id, by_id=facility.staff_id) | file.held
    pair_id = None
    if service == ACCOMPANIED and _has_peers(facility):
        peer = peer_id(country, facility, draws.randint(0, PEERS - 1))
        pair_id = _write_pair(sheets, file, common, peer, day_of(begun), day_of(until), ended)
    layer, done = (urn(text) for text in GIVEN[service])
    episode_id = _write_episode(sheets, box, common, layer.draw(draws), begun, ended)
    for at in _days(sheets, begun, until):
        _write_session(sheets, box, at, common, done.draw(draws), episode_id, pair_id)
    if ended:
        _write_end(sheets, file, facility, episode_id, ended)


def _write_episode(
    sheets: Sheets, box: Box, common: dict[str, Any], layer: str, begun: datetime, ended: datetime | None
) -> UUID:
    row_id = sheets.dice.new_id(begun)
    return sheets.record(
        "psychosocial_episode",
        begun,
        id=row_id,
        layer_code=box.seal("psychosocial_episode", "layer_code", row_id, layer),
        opened_on=day_of(begun),
        status=Status.CLOSED if ended else Status.OPEN,
        closed_on=day_of(ended) if ended else None,
        version=2 if ended else 1,
        **common,
    )


def _days(sheets: Sheets, begun: datetime, until: datetime) -> list[datetime]:
    """One session every one or two weeks, eight at most."""
    draws, found = sheets.dice, [begun]
    for _ in range(draws.randint(1, 7)):
        found.append(found[-1] + timedelta(seconds=draws.uniform(6 * DAY, 15 * DAY)))
    return [at for at in found if at <= until]


def _write_session(
    sheets: Sheets,
    box: Box,
    at: datetime,
    common: dict[str, Any],
    done: str,
    episode_id: UUID,
    pair_id: UUID | None,
) -> None:
    draws, row_id = sheets.dice, sheets.dice.new_id(at)
    came = urn(CAME).draw(draws)
    sheets.record(
        "support_session",
        at,
        id=row_id,
        episode_id=episode_id,
        pair_id=pair_id,
        held_on=day_of(at),
        attendance_code=came,
        minutes=draws.choice([30, 45, 50, 60, 90]) if came in ("present", "late") else None,
        intervention_code=box.seal("support_session", "intervention_code", row_id, done),
        **common,
    )
    if draws.chance(0.5):
        note_id = draws.new_id(at)
        text = box.seal("support_note", "text", note_id, draws.choice(texts("support")))
        sheets.record("support_note", at, id=note_id, session_id=row_id, text=text, **common)


def _write_end(sheets: Sheets, file: File, facility: Facility, episode_id: UUID, at: datetime) -> None:
    sheets.record(
        "psychosocial_move",
        at,
        episode_id=episode_id,
        action=Step.CLOSE,
        source=Status.OPEN,
        target=Status.CLOSED,
        happened_on=day_of(at),
        outcome_code=urn(OUTCOMES).draw(sheets.dice),
        by_id=facility.staff_id,
        **file.held,
    )


def _write_pair(
    sheets: Sheets,
    file: File,
    common: dict[str, Any],
    peer: UUID,
    started: date,
    until: date,
    ended: datetime | None,
) -> UUID:
    """A peer who accompanies the person; for most it is over."""
    goes_on = ended is None and file.person.origin.number < STILL_ACCOMPANIED
    return sheets.record(
        "peer_pair",
        datetime.combine(started, file.person.life.opened_at.timetz()),
        peer_id=peer,
        started_on=started,
        agreed_by_code="self",
        reason_codes=REASONS,
        ended_on=None if goes_on else until,
        end_reason_code=None if goes_on else "completed",
        version=1 if goes_on else 2,
        **common,
    )
