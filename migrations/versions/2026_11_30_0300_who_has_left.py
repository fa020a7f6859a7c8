"""What is told about the work to somebody who has left is told to who leads the team.

Kind: expand
Safe with the release before this one: yes, it only sees more messages.
"""

from alembic import op

revision = "who_has_left"
down_revision = "appointment_reminders"
branch_labels = None
depends_on = None

# The supervisors of the teams that the person worked in; where there are none, the coordinators of the body.
# Not whoever says it: nobody is told of what they did themselves.
TELL = """
create function tell_who_leads() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := nullif(current_setting('app.user_id', true), '');
    leads uuid[];
    above uuid[];
begin
    if exists (
        select from public.user_account u join public.membership m on m.user_id = u.id and m.ended_at is null
        where u.id = new.user_id and u.standing = 'active'
    ) then
        return null;
    end if;
    select array_agg(distinct m.user_id) filter (where m.role = 'supervisor' and m.team_id = gone.team_id),
        array_agg(distinct m.user_id) filter (where m.role = 'coordinator')
    into leads, above
    from public.membership gone
    join public.membership m on m.organisation_id = gone.organisation_id and m.ended_at is null
    join public.user_account u on u.id = m.user_id and u.standing = 'active'
    where gone.user_id = new.user_id and gone.role in ('caseworker', 'supervisor');
    insert into public.notification (id, created_at, version, user_id, kind, record_id)
    select (substr(new.id::text, 1, 15) || substr(gen_random_uuid()::text, 16))::uuid, new.created_at, 1,
        lead, new.kind, new.record_id
    from unnest(coalesce(leads, above)) lead where lead is distinct from me;
    return null;
end $$
"""
OWN_ACCOUNT = "('membership', 'session', 'password', 'factor', 'user', 'release', 'delegation', 'question')"
TRIGGER = (
    "create trigger tell_who_leads after insert on notification for each row when (new.user_id is not null"
    f" and pg_trigger_depth() = 0 and split_part(new.kind, '.', 1) not in {OWN_ACCOUNT})"
    " execute function tell_who_leads()"
)


def upgrade() -> None:
    op.execute(TELL)
    op.execute("revoke all on function tell_who_leads() from public")
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("drop trigger tell_who_leads on notification")
    op.execute("drop function tell_who_leads()")
