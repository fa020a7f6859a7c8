"""What can be done to a person's file: who may, what it needs, and what it leaves behind."""

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit.models import AuditEvent
from app.core.errors import Clash, Forbidden, Invalid, NotFound, Stale
from app.core.hot import Hot, within
from app.core.ids import new_id
from app.survivors import actions, queries, sealing
from app.survivors.errors import ConsentNeeded, PossibleDuplicate
from app.survivors.models import NameKey, Survivor
from app.survivors.rules import REGISTRATION
from app.survivors.schemas import AddIdentifier, Amend, NewPhone, Register, Search
from tests.factories import Town
from tests.survivors import factories
from tests.survivors.factories import registration

FIN, PHONE = "5ABC12D", "+994501234567"


async def register(town: Town, actor: Actor, **changes: Any) -> tuple[Survivor, bool]:
    """A registration without looking away from duplicates."""
    async with town.work(actor) as session:
        return await actions.register(session, actor, Register.model_validate(registration(**changes)))


async def events(town: Town, action: str) -> list[list[UUID]]:
    """The ids in the audit trail's lines of one action, oldest first."""
    async with town.work(town.auditor) as session:
        lines = select(AuditEvent.object_ids).where(AuditEvent.action == action)
        found = await session.exec(lines.order_by(col(AuditEvent.id)))
        return [list(ids) for ids in found]


@contextmanager
def statements(hot: Hot) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without what the driver asks once of a type."""
    sent: list[str] = []

    def note(line: str) -> None:
        if not any(word in line for word in ("typeinfo", "set_config('jit'", "current_setting('jit')")):
            sent.append(line)

    with hot.connection.query_logger(lambda record: note(record.query)):
        yield sent


async def keys_of(town: Town, survivor: Survivor) -> set[int]:
    async with town.work(town.caseworker) as session:
        return set((await session.exec(select(NameKey.key).where(NameKey.survivor_id == survivor.id))).all())


async def test_who_is_made_responsible_sees_the_whole_file_and_who_was_sees_nothing(town: Town) -> None:
    survivor = await factories.survivor(town)
    async with town.work(town.supervisor) as session:
        await actions.entrust(session, town.supervisor, survivor.id, town.colleague.user_id, town.north.id)

    async with town.work(town.colleague) as session:
        read = town.colleague.grant(Permission.SURVIVOR_READ)
        assert (await queries.get(session, read, survivor.id)).owner_id == town.colleague.user_id
        assert await queries.box(session, survivor.id)
        assert await queries.live_consent(session, survivor.id, REGISTRATION)
    async with town.work(town.caseworker) as session:
        with pytest.raises(NotFound):
            await queries.get(session, town.caseworker.grant(Permission.SURVIVOR_READ), survivor.id)
        with pytest.raises(NotFound):
            await queries.box(session, survivor.id)
        assert await queries.live_consent(session, survivor.id, REGISTRATION) is None


async def test_a_caseworker_cannot_hand_a_person_on(town: Town) -> None:
    survivor = await factories.survivor(town)

    with pytest.raises(Forbidden):
        async with town.work(town.caseworker) as session:
            await actions.entrust(
                session, town.caseworker, survivor.id, town.colleague.user_id, town.north.id
            )


async def test_nobody_is_made_responsible_in_a_team_of_others(town: Town) -> None:
    survivor = await factories.survivor(town)

    for owner, team in [
        (town.outsider, town.north),
        (town.colleague, town.south),
        (town.provider, town.north),
    ]:
        with pytest.raises(Invalid):
            async with town.work(town.supervisor) as session:
                await actions.entrust(session, town.supervisor, survivor.id, owner.user_id, team.id)


async def test_a_caseworker_registers_for_nobody_else_and_a_supervisor_for_the_team(town: Town) -> None:
    for_colleague = {"owner_id": str(town.colleague.user_id), "team_id": str(town.north.id)}

    with pytest.raises(Forbidden):
        await register(town, town.caseworker, **for_colleague)
    with pytest.raises(Forbidden):
        await register(town, town.supervisor, owner_id=str(town.outsider.user_id), team_id=str(town.south.id))
    with pytest.raises(Invalid):  # the coordinator is in no team, so somebody must be named
        await register(town, town.coordinator)
    survivor, _ = await register(town, town.supervisor, **for_colleague)
    assert (survivor.owner_id, survivor.organisation_id) == (town.colleague.user_id, town.agency.id)


@pytest.mark.parametrize("role", ["provider", "counsellor", "sports", "administrator", "auditor", "analyst"])
async def test_no_other_role_registers_or_searches(town: Town, role: str) -> None:
    actor: Actor = getattr(town, role)

    with pytest.raises((Forbidden, NotFound)):
        await register(town, actor)
    with pytest.raises((Forbidden, NotFound)):
        async with town.work(actor) as session:
            await actions.search(
                await within(session), actor, Search.model_validate({"name": "Aygün Məmmədova"})
            )


async def test_nothing_that_names_or_reaches_a_person_stands_in_the_database_in_clear(
    real: AsyncEngine, cluster: sa.URL
) -> None:
    town = await Town(real).build()
    secret = ["Zərəngiz", "Qurbanəliyeva", "Şahmurad", "Nizami 17", "Заренгиз", "1991-07-23", FIN, PHONE]
    secret += ["Tərlan", "Cannot speak"]
    said = {
        "given_name": "Zərəngiz",
        "surname": "Qurbanəliyeva",
        "patronymic": "Şahmurad",
        "address": "Nizami 17",
        "other_spellings": ["Заренгиз Курбаналиева"],
        "birth": {"date": "1991-07-23", "precision": "day"},
        "identifiers": [{"kind_code": "fin", "number": FIN}],
        "phones": [{"number": PHONE}],
    }
    giver = {"given_by_code": "legal_guardian", "giver_name": "Tərlan", "giver_relation_code": "sibling"}
    why = {"best_interest": "Cannot speak for herself"}
    await register(town, town.caseworker, **said, consents=[factories.consent(**giver, **why)])
    async with town.work(town.caseworker) as session:
        asked = Search.model_validate({"name": "Zərəngiz Qurbanəliyeva", "phone": PHONE})
        found = await actions.search(await within(session), town.caseworker, asked)
        assert len(found.matches) == 1

    dump = dumped(cluster.set(database=real.url.database))

    assert '"birth_year": 1991' in dump
    assert [s for s in secret if s in dump or s.encode().hex() in dump] == []


def dumped(owner: sa.URL) -> str:
    """Every row of every table, as the owner of the machine sees it; bytes as hexadecimal digits."""
    engine = sa.create_engine(owner.set(drivername="postgresql+psycopg"))
    with engine.connect() as database:
        tables = sa.text(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        names = list(database.scalars(tables))
        assert {"survivor", "identifier", "phone", "consent", "name_key", "audit_event"} <= set(names)
        rows = [database.scalars(sa.text(f"select to_jsonb(t)::text from {name} t")).all() for name in names]
    engine.dispose()
    return "\n".join(row for table in rows for row in table)


async def test_a_search_takes_at_most_three_statements_and_says_what_it_returned(
    town: Town,
) -> None:
    mine = await factories.survivor(town)
    await factories.survivor(town, town.outsider)
    asked = Search.model_validate({"name": "Айгюн Мамедова", "phone": PHONE, "identifier": {"number": FIN}})

    async with town.work(town.caseworker) as session:
        hot = await within(session)
        with statements(hot) as sent:
            found = await actions.search(hot, town.caseworker, asked)

    assert len(sent) == 3, sent
    assert [match.id for match in found.matches] == [mine.id]
    assert [place.organisation_id for place in found.elsewhere] == [town.agency.id]
    assert await events(town, "survivor.search") == [[mine.id]]
    assert await events(town, "organisation.hint") == [[town.agency.id]]


async def test_a_search_asks_the_same_statements_whether_it_finds_somebody_or_not(town: Town) -> None:
    await factories.survivor(town, town.outsider)
    sent: dict[str, list[str]] = {}
    for name in ("Aygün Məmmədova", "Nobody Ofthatname"):
        async with town.work(town.caseworker) as session:
            hot = await within(session)
            with statements(hot) as sent[name]:
                await actions.search(hot, town.caseworker, Search.model_validate({"name": name}))

    assert len(sent["Aygün Məmmədova"]) == 3
    assert sent["Aygün Məmmədova"] == sent["Nobody Ofthatname"]


async def test_a_taken_code_is_drawn_again_and_never_given_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await factories.survivor(town)
    drawn = iter([int(first.code[9:15])] * 3 + [424242])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))

    second = await factories.survivor(town, given_name="Gülay")

    assert second.code.split("-")[2] == "424242"


async def test_when_every_code_is_taken_the_registration_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await factories.survivor(town)
    monkeypatch.setattr(secrets, "randbelow", lambda _: int(first.code[9:15]))

    with pytest.raises(Clash):
        await factories.survivor(town, given_name="Gülay")


async def test_renaming_makes_the_new_name_findable_and_the_old_one_not(town: Town) -> None:
    survivor = await factories.survivor(town, phones=[{"number": PHONE}])
    given = Amend.model_validate({"surname": "Quliyeva", "patronymic": None})

    async with town.work(town.caseworker) as session:
        await actions.amend(session, town.caseworker, survivor.id, 1, given)

    hints = {sealing.phone_key(PHONE), sealing.code_key(survivor.code)}
    assert await keys_of(town, survivor) == sealing.name_keys_of(["Quliyeva Aygün"]) | hints


async def test_what_is_not_sent_stays_and_null_empties(town: Town) -> None:
    survivor = await factories.survivor(town, address="Nizami 17")
    given = Amend.model_validate({"birth": None, "district_code": None})

    async with town.work(town.caseworker) as session:
        await actions.amend(session, town.caseworker, survivor.id, 1, given)
        shown = await actions.read(session, town.caseworker, survivor.id)

    assert (shown.birth, shown.district_code, shown.address) == (None, None, "Nizami 17")
    assert (shown.surname, shown.sex_code, shown.version) == ("Məmmədova", "female", 2)


async def test_a_change_that_changes_nothing_writes_nothing(town: Town) -> None:
    survivor = await factories.survivor(town)

    async with town.work(town.caseworker) as session:
        await actions.amend(
            session, town.caseworker, survivor.id, 1, Amend.model_validate({"surname": "Məmmədova"})
        )

    async with town.work(town.caseworker) as session:
        assert (await actions.read(session, town.caseworker, survivor.id)).version == 1


async def test_a_person_keeps_at_least_one_name(town: Town) -> None:
    survivor = await factories.survivor(town)
    given = Amend.model_validate({"surname": None, "given_name": None})

    with pytest.raises(Invalid):
        async with town.work(town.caseworker) as session:
            await actions.amend(session, town.caseworker, survivor.id, 1, given)


async def test_an_old_version_changes_nothing(town: Town) -> None:
    survivor = await factories.survivor(town)

    with pytest.raises(Stale):
        async with town.work(town.caseworker) as session:
            await actions.amend(
                session, town.caseworker, survivor.id, 2, Amend.model_validate({"surname": "X"})
            )


async def test_without_consent_the_file_of_a_life_saved_holds_the_least_and_no_more(town: Town) -> None:
    survivor = await factories.survivor(town, life_saving_reason="unconscious", consents=[])
    refused: dict[str, Any] = {}
    me, person = town.caseworker, survivor.id
    phone = NewPhone.model_validate({"number": PHONE})
    fin = AddIdentifier.model_validate({"kind_code": "fin", "number": FIN})
    address = Amend.model_validate({"address": "Nizami 17"})
    acts: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
        "address": lambda session: actions.amend(session, me, person, 1, address),
        "phone": lambda session: actions.add_phone(session, me, person, phone),
        "fin": lambda session: actions.add_identifier(session, me, person, fin),
    }

    for name, act in acts.items():
        with pytest.raises(ConsentNeeded) as error:
            async with town.work(me) as session:
                await act(session)
        refused[name] = error.value.facts["fields"]

    assert refused == {"address": ["address"], "phone": ["phones"], "fin": ["identifiers"]}
    async with town.work(town.caseworker) as session:
        given = Amend.model_validate({"given_name": "Gülay", "district_code": "az_aga"})
        assert (await actions.amend(session, town.caseworker, survivor.id, 1, given)).version == 2


async def test_the_same_registration_under_the_same_id_is_the_person_who_exists(town: Town) -> None:
    minted = str(new_id())
    said: dict[str, Any] = {"id": minted, "phones": [{"number": PHONE}]}
    first, is_new = await register(town, town.caseworker, **said)
    again, is_new_again = await register(town, town.caseworker, **said)

    assert (first.id, is_new, is_new_again) == (again.id, True, False)
    for other in ({"surname": "Quliyeva"}, {"sex_code": "male"}, {"phones": [{"number": "+994502223344"}]}):
        with pytest.raises(Clash):
            await register(town, town.caseworker, **(said | other))
    with pytest.raises(Clash):  # and under an id of somebody out of sight
        await register(town, town.outsider, **said, confirm_new=True)


async def test_a_document_of_somebody_else_is_not_taken_over_unseen(town: Town) -> None:
    await factories.survivor(town, identifiers=[{"kind_code": "fin", "number": FIN}])
    other = await factories.survivor(town, given_name="Rəna", surname="Tağıyeva")
    given = AddIdentifier.model_validate({"kind_code": "fin", "number": FIN})

    with pytest.raises(PossibleDuplicate) as refused:
        async with town.work(town.caseworker) as session:
            await actions.add_identifier(session, town.caseworker, other.id, given)

    assert [match["score"] for match in refused.value.facts["matches"]] == [1.0]
    confirmed = given.model_copy(update={"confirm_new": True})
    async with town.work(town.caseworker) as session:
        assert (await actions.add_identifier(session, town.caseworker, other.id, confirmed))[1]


async def test_a_removed_number_finds_nobody_any_more(town: Town) -> None:
    survivor = await factories.survivor(town, identifiers=[{"kind_code": "fin", "number": FIN}])
    asked = Search.model_validate({"identifier": {"number": FIN}})

    async with town.work(town.caseworker) as session:
        kept = (await actions.read_all(session, town.caseworker, actions.IDENTIFIERS, survivor.id))[0]
        await actions.remove(session, town.caseworker, actions.IDENTIFIERS, survivor.id, kept.id, 1)
        found = await actions.search(await within(session), town.caseworker, asked)

    assert found.matches == []
    assert sealing.identifier_key("fin", FIN) not in await keys_of(town, survivor)


async def test_the_index_holds_a_person_under_every_name_number_and_the_code(town: Town) -> None:
    survivor = await factories.survivor(
        town,
        other_spellings=["Айгюн"],
        identifiers=[{"kind_code": "fin", "number": FIN}],
        phones=[{"number": PHONE}],
    )

    names = ["Məmmədova Aygün Vüqar qızı", "Айгюн"]
    assert await keys_of(town, survivor) == sealing.index_keys(names, [("fin", FIN)], [PHONE], survivor.code)
