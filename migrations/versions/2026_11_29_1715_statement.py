"""A person's statement says who read the file: asked by who works on the case, of that person alone.

Kind: expand
Safe with the release before this one: yes, because it adds a function that nothing there calls.
"""

from alembic import op

revision = "statement"
down_revision = "team_overview"
branch_labels = None
depends_on = None

# The trail is the auditor's to read. This tells of one person in reach who read what kind of data, and no more.
WHO_READ = """
create function who_read(person uuid) returns table (
    user_id uuid, role varchar, field_class varchar, times bigint, last_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    acting text := current_setting('app.role', true);
begin
    if not exists (
        select from public.survivor s where s.id = person and (
            nullif(current_setting('app.everyone', true), '') = 'on'
            or s.owner_id = any (nullif(current_setting('app.owners', true), '')::uuid[])
            or s.team_id = any (nullif(current_setting('app.teams', true), '')::uuid[])))
    then
        return;
    end if;
    perform set_config('app.role', 'auditor', true);
    return query
    select e.user_id, e.role, e.field_class, count(distinct e.request_id), max(e.at)
    from public.audit_event e
    where e.object_ids @> array[person] and e.allowed
    and e.action ~ '[.](read|list|download|print|preview|compare)'
    group by 1, 2, 3;
    perform set_config('app.role', acting, true);
end $$
"""


def upgrade() -> None:
    op.execute(WHO_READ)
    op.execute("revoke all on function who_read(uuid) from public")
    op.execute("grant execute on function who_read(uuid) to app_rw")


def downgrade() -> None:
    op.execute("drop function who_read(uuid)")
