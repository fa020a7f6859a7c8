"""Roles: one owns the tables, the others have narrow rights, one may log in and has no right of its own.

Kind: expand
Safe with the release before this one: yes, because there is none.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LENT = ("app_rw", "app_auth", "stats_reader")  # what the login may take on for one transaction
OTHER = ("stats_producer", "facts")


def upgrade() -> None:
    for role in ("owner", *LENT, *OTHER):
        op.execute(f"create role {role} nologin")
    op.execute("grant owner to current_user")  # who need not be a superuser
    op.execute("create role app_login login noinherit")
    op.execute("grant " + ", ".join(LENT) + " to app_login")
    op.execute("grant facts to owner")  # so that the owner may give the facts view away
    op.execute("create schema stats authorization owner")
    op.execute("revoke all on schema public from public")
    op.execute("grant usage, create on schema public to owner")
    op.execute("grant usage on schema public to " + ", ".join((*LENT, *OTHER, "app_login")))
    op.execute("alter table alembic_version owner to owner")
    op.execute("set local role owner")


def downgrade() -> None:
    op.execute("reset role")
    op.execute("alter table alembic_version owner to current_user")
    op.execute("drop schema stats")
    op.execute("grant usage, create on schema public to public")
    for role in ("app_login", *LENT, *OTHER, "owner"):
        op.execute(f"drop owned by {role}")
        op.execute(f"drop role {role}")
