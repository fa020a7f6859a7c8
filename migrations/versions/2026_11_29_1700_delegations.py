"""Delegations: a colleague looks after somebody's cases until a day, and is known as who stands in.

Kind: expand
Safe with the release before this one: yes, because it reads the columns of `who_acts` by name, and the
audit trail's new column has a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "delegations"
down_revision = "transfers"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME, TEAMS = setting("user_id", "uuid"), f"any ({setting('teams', 'uuid[]')})"
LEADS = f"({setting('everyone')} = 'on' or team_id = {TEAMS})"

POLICIES = [
    # Whoever delegates must see what stands already, of any team: or a chain could not be refused.
    f"seen on delegation for select using ({setting('role')} in ('caseworker', 'supervisor', 'coordinator'))",
    f"begun on delegation for insert with check ((from_id = {ME} or {LEADS}) and by_id = {ME})",
    f"changed on delegation for update using ((from_id = {ME} or {LEADS}) and revoked_at is null)"
    f" with check (revoked_by_id = {ME})",
    "looked_up on delegation for select to owner using (true)",
]
GRANTS = [
    "select, insert on delegation to app_rw",
    "update (revoked_at, revoked_by_id, version) on delegation to app_rw",
]
SHAPE = """
create function who_acts(sid uuid, wanted uuid) returns table (
    user_id uuid, session_id uuid, language varchar, amr varchar[], auth_at timestamptz, memberships bigint,
    membership_id uuid, role varchar, organisation_id uuid, facility_id uuid, team_id uuid{more})
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select u.id, s.id, u.language, s.amr, s.auth_at, n.count, m.id, m.role, m.organisation_id, m.facility_id,
        m.team_id{select}
    from public.login_session s
    join public.user_account u on u.id = s.user_id and u.standing = 'active'
    cross join lateral (
        select count(*) from public.membership every where every.user_id = u.id and every.ended_at is null
    ) n
    left join public.membership m on m.user_id = u.id and m.ended_at is null
        and (m.id = wanted or (wanted is null and n.count = 1))
    where s.id = sid and s.ended_at is null and s.expires_at > clock_timestamp();
end $$
"""
# Those who are away today, in the organisation in which this person acts as a caseworker. One step and no
# further: whose cases somebody looks after is never looked up again.
AWAY = """, array(
        select d.from_id from public.delegation d
        where d.to_id = u.id and m.role = 'caseworker' and d.organisation_id = m.organisation_id
        and d.revoked_at is null and current_date between d.starts_on and d.until_on
        order by d.from_id
    )"""
# What is told about the work to somebody who is away is told to who stands in, too; what is told about
# one's own account is not.
TELL = """
create function tell_stand_in() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into public.notification (id, created_at, version, user_id, kind, record_id)
    select (substr(new.id::text, 1, 15) || substr(gen_random_uuid()::text, 16))::uuid, new.created_at, 1,
        d.to_id, new.kind, new.record_id
    from public.delegation d
    where d.from_id = new.user_id and d.revoked_at is null
        and current_date between d.starts_on and d.until_on;
    return null;
end $$
"""
OWN_ACCOUNT = "('membership', 'session', 'password', 'factor', 'user', 'release', 'delegation')"
TRIGGER = (
    "create trigger tell_stand_in after insert on notification for each row when (new.user_id is not null"
    f" and pg_trigger_depth() = 0 and split_part(new.kind, '.', 1) not in {OWN_ACCOUNT})"
    " execute function tell_stand_in()"
)


def who_acts(more: str = "", select: str = "") -> None:
    op.execute("drop function who_acts(uuid, uuid)")
    op.execute(SHAPE.format(more=more, select=select))
    op.execute("revoke all on function who_acts(uuid, uuid) from public")
    op.execute("grant execute on function who_acts(uuid, uuid) to app_login")


def upgrade() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_delegation_somebody_else")),
        sa.CheckConstraint("until_on >= starts_on", name=op.f("ck_delegation_forward")),
        sa.CheckConstraint(
            "(revoked_at is null) = (revoked_by_id is null)", name=op.f("ck_delegation_revoked_whole")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_delegation_{column}"))
            for column, table in (
                *(("from_id", "user_account"), ("to_id", "user_account"), ("by_id", "user_account")),
                *(("revoked_by_id", "user_account"), ("team_id", "team"), ("organisation_id", "organisation")),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_from_id", "delegation", ["from_id", "until_on"])
    op.create_index("ix_delegation_to_id", "delegation", ["to_id", "until_on"])
    op.create_index("ix_delegation_team_id", "delegation", ["team_id", "id"])
    op.execute("alter table delegation enable row level security, force row level security")
    for policy in POLICIES:
        op.execute(f"create policy {policy}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    op.add_column(
        "audit_event",
        sa.Column(
            "stands_in_for", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'::uuid[]"), nullable=False
        ),
    )
    who_acts(", stands_in_for uuid[]", AWAY)
    op.execute(TELL)
    op.execute("revoke all on function tell_stand_in() from public")
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("drop trigger tell_stand_in on notification")
    op.execute("drop function tell_stand_in()")
    who_acts()
    op.drop_column("audit_event", "stands_in_for")
    op.drop_table("delegation")
