"""A login that may serve released figures and nothing else, and the right it lends: to read artefacts.

`stats_reader` also holds what a ministry's account has of its own: notifications, questions, the directory.

Kind: expand
Safe with the release before this one: yes, nobody there signs in or reads by these names.
"""

from alembic import op

revision = "figures_login"
down_revision = "appointments"
branch_labels = None
depends_on = None

PUBLISHED = ("release", "artefact")
GRANTS = (
    "usage on schema stats to figures_reader",
    "select on stats.release, stats.artefact to figures_reader",
    "insert on audit_event to figures_reader",
    "execute on function who_acts(uuid, uuid) to stats_login",
)


def upgrade() -> None:
    op.execute("reset role")
    op.execute("create role figures_reader nologin")
    op.execute("create role stats_login login noinherit")
    op.execute("grant figures_reader to stats_login, app_login")
    op.execute("grant usage on schema public to figures_reader, stats_login")
    op.execute("set local role owner")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    for table in PUBLISHED:
        op.execute(f"alter policy published on stats.{table} to stats_reader, figures_reader")


def downgrade() -> None:
    for table in PUBLISHED:
        op.execute(f"alter policy published on stats.{table} to stats_reader")
    for grant in GRANTS:
        op.execute(f"revoke {grant.replace(' to ', ' from ')}")
    op.execute("reset role")
    op.execute("revoke usage on schema public from figures_reader, stats_login")
    op.execute("drop role stats_login")
    op.execute("drop role figures_reader")
    op.execute("set local role owner")
