"""What PostgreSQL itself knows of how many rows there are is no longer everybody's to read.

Its statistics tell any login the exact number of rows of every table, and of each that is added: also one that
may read released figures and nothing else. The right is taken from everybody and given to who works with records.

Kind: expand
Safe with the release before this one: yes, it asks for none of it. Where the migration's login is no superuser,
the rights stay as they are: only a superuser can change those of PostgreSQL's own functions.
"""

from alembic import op

revision = "catalog_counts"
down_revision = "who_has_left"
branch_labels = None
depends_on = None

KEEPERS = "owner, app_rw, pg_monitor"
# Not those of the own transaction: they tell what one did oneself.
COUNTERS = """
    select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and (
        p.proname ~ '^pg_stat_get_(?!xact_)' and p.proargtypes::text = 'oid'::regtype::oid::text
        or p.proname in ('pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size',
            'pg_database_size'))
"""
PLAIN = """
    select string_agg(attname, ', ' order by attnum) from pg_attribute where attrelid = 'pg_class'::regclass
        and attnum > 0 and attname not in ('reltuples', 'relpages', 'relallvisible', 'relallfrozen')
"""
CHANGE = """
do $$
declare
    counter text;
    plain text := ({plain});
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        raise warning 'PostgreSQL tells every login how many rows each table has: only a superuser can end that';
        return;
    end if;
    for counter in {counters} loop
        execute format('{first} execute on function %s {to} {whom}', counter);
        execute format('{then} execute on function %s {from} {others}', counter);
    end loop;
    {tables}
end $$
"""
UP = {
    **{"first": "revoke", "to": "from", "whom": "public", "then": "grant", "from": "to", "others": KEEPERS},
    "tables": "revoke select on pg_class from public; execute format('grant select (%s) on pg_class to public', plain);"
    f" grant select on pg_class to {KEEPERS};",
}
DOWN = {
    **{"first": "grant", "to": "to", "whom": "public", "then": "revoke", "from": "from", "others": KEEPERS},
    "tables": "execute format('revoke select (%s) on pg_class from public', plain); grant select on pg_class to public;"
    f" revoke select on pg_class from {KEEPERS};",
}


def upgrade() -> None:
    _change(UP)


def downgrade() -> None:
    _change(DOWN)


def _change(words: dict[str, str]) -> None:
    op.execute("reset role")
    op.execute(CHANGE.format(plain=PLAIN, counters=COUNTERS, **words))
    op.execute("set local role owner")
