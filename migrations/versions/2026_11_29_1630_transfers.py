"""Transfers: a case is offered to somebody else, who takes it on or does not.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of this table.
"""

import sqlalchemy as sa
from alembic import op

revision = "transfers"
down_revision = "squads"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
EVERYONE, ORGANISATIONS = f"({setting('everyone')} = 'on')", f"any ({setting('organisations', 'uuid[]')})"
HELD = f"({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})"
GAVE = f"(from_owner_id = {OWNERS} or from_team_id = {TEAMS})"
ASKED = f"(to_owner_id = {OWNERS} or to_team_id = {TEAMS})"

POLICIES = [
    f"seen on case_transfer for select using ({HELD} or {GAVE} or {ASKED})",
    f"begun on case_transfer for insert with check ({HELD} and status = 'offered')",
    f"changed on case_transfer for update using (({HELD} or {ASKED}) and status = 'offered')"
    f" with check ({HELD} or {GAVE} or {ASKED})",
]
GRANTS = [
    "select, insert on case_transfer to app_rw",
    "update (status, to_owner_id, from_owner_id, from_team_id, answered_by_id, ended_at, decline_reason_code,"
    " version) on case_transfer to app_rw",
]
# What the function below reaches as the owner of the tables: the files that are on offer, and nothing else.
OFFERED = "exists (select from case_transfer t where t.survivor_id = {} and t.status = 'offered')"
HANDED = {
    "case_transfer": "true",
    "survivor": OFFERED.format("survivor.id"),
    "case_file": OFFERED.format("case_file.survivor_id"),
    "name_key": OFFERED.format("name_key.survivor_id"),
    "referral": OFFERED.format("referral.survivor_id"),
}

# Who was asked has no right to the file before it is theirs, so their hand cannot move it. This does it for
# them: only what is offered, only to the side that was asked, only on the version that was read. The case is
# locked first, as whoever assigns it does, so that neither waits for the other.
TAKE_OVER = """
create function take_over(wanted uuid, read integer, new_owner uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    t public.case_transfer;
    me uuid := nullif(current_setting('app.user_id', true), '');
    owners uuid[] := nullif(current_setting('app.owners', true), '');
    teams uuid[] := nullif(current_setting('app.teams', true), '');
    bodies uuid[] := nullif(current_setting('app.organisations', true), '');
    everyone boolean := coalesce(current_setting('app.everyone', true) = 'on', false);
begin
    perform from public.case_file c join public.case_transfer o on o.case_id = c.id
        where o.id = wanted for update of c;
    select * into t from public.case_transfer where id = wanted for update;
    if t.id is null or t.status <> 'offered' or t.version <> read then
        return false;
    end if;
    if not coalesce((t.to_owner_id = me and me = any (owners)) or t.to_team_id = any (teams)
            or (everyone and t.to_organisation_id = any (bodies)), false)
        or t.offered_by_id = me
        or not exists (select from public.membership m where m.user_id = new_owner and m.team_id = t.to_team_id
            and m.ended_at is null and m.role in ('caseworker', 'supervisor')) then
        raise exception 'this case is not theirs to take' using errcode = 'insufficient_privilege';
    end if;
    update public.case_transfer set from_owner_id = owner_id, from_team_id = team_id where id = wanted;
    update public.survivor set owner_id = new_owner, team_id = t.to_team_id,
        organisation_id = t.to_organisation_id, version = version + 1 where id = t.survivor_id;
    update public.case_file set organisation_id = t.to_organisation_id, version = version + 1
        where survivor_id = t.survivor_id;
    if t.from_organisation_id <> t.to_organisation_id then
        update public.name_key set organisation_id = t.to_organisation_id where survivor_id = t.survivor_id;
        update public.referral set organisation_id = t.to_organisation_id, version = version + 1
            where survivor_id = t.survivor_id and ended_at is null and status <> 'declined';
    end if;
    return true;
end $$
"""
HOLDER = ["owner_id", "team_id"]
PEOPLE = {"organisation": "organisation", "team": "team", "owner": "user_account"}


def side(name: str, nullable: str = "") -> list[sa.Column]:
    return [
        sa.Column(f"{name}_{what}_id", sa.Uuid(), nullable=what == nullable) for what in PEOPLE
    ]


def upgrade() -> None:
    op.create_table(
        "case_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        *side("from"),
        *side("to", nullable="owner"),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("survivor_code", sa.String(length=20), nullable=False),
        sa.Column("case_status_code", sa.String(length=40), nullable=False),
        sa.Column("priority_code", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=40), nullable=True),
        sa.Column("open_tasks", sa.Integer(), nullable=False),
        sa.Column("live_referrals", sa.Integer(), nullable=False),
        sa.Column("handover", sa.LargeBinary(), nullable=True),
        sa.Column("offered_by_id", sa.Uuid(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason_code", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "case status when 'offered' then num_nonnulls(ended_at, answered_by_id)"
            " else num_nulls(ended_at, answered_by_id) end = 0",
            name=op.f("ck_case_transfer_ended_whole"),
        ),
        sa.CheckConstraint(
            "status <> 'accepted' or (to_owner_id is not null and answered_by_id <> offered_by_id)",
            name=op.f("ck_case_transfer_accepted_by_somebody_else"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id", *HOLDER],
            ["case_file.id", "case_file.owner_id", "case_file.team_id"],
            name=op.f("fk_case_transfer_case_id_owner_id_team_id"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["survivor.id"], name=op.f("fk_case_transfer_survivor_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_{what}_id"], [f"{table}.id"], name=op.f(f"fk_case_transfer_{name}_{what}_id")
            )
            for name in ("from", "to")
            for what, table in PEOPLE.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_transfer")),
    )
    op.create_index(
        "uq_case_transfer_one_offered",
        "case_transfer",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_index(op.f("ix_case_transfer_case_id"), "case_transfer", ["case_id"])
    op.create_index(op.f("ix_case_transfer_survivor_id"), "case_transfer", ["survivor_id"])
    for column in (*HOLDER, "from_owner_id", "from_team_id", "to_owner_id", "to_team_id"):
        op.create_index(f"ix_case_transfer_{column}", "case_transfer", [column, "id"])
    op.execute("alter table case_transfer enable row level security, force row level security")
    for policy in POLICIES:
        op.execute(f"create policy {policy}")
    for table, rule in HANDED.items():
        op.execute(f"create policy handed on {table} to owner using ({rule})")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    op.execute(TAKE_OVER)
    op.execute("revoke all on function take_over(uuid, integer, uuid) from public")
    op.execute("grant execute on function take_over(uuid, integer, uuid) to app_rw")


def downgrade() -> None:
    op.execute("drop function take_over(uuid, integer, uuid)")
    for table in HANDED:
        op.execute(f"drop policy handed on {table}")
    op.drop_table("case_transfer")
