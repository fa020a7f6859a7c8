"""What a live referral opens is asked of a function, where every policy spelled the question out.

A policy's subquery is made ready in every statement that touches its table, also where the first half of the
policy has long said yes: the file, of twenty tables, made some 850 steps ready, most of them never run. A function is made ready
when it is first called.

Kind: expand
Safe with the release before this one: yes, because the same rows are seen and written.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "shares"
down_revision = "waits"
branch_labels = None
depends_on = None

BY = {"case_id": "shares_case", "survivor_id": "shares_person"}
LIVE = ("sent", "accepted", "waitlisted", "scheduled", "in_progress", "no_show")
FUNCTION = """
create function {name}(mine uuid, item text default null) returns boolean
language plpgsql stable parallel safe as $$
declare facilities uuid[] := nullif(current_setting('app.facilities', true), '');
begin
    return cardinality(facilities) > 0 and exists (
        select from public.referral r join public.consent c on c.id = r.consent_id
        where r.{its} = mine and r.to_facility_id = any (facilities) and r.status in {live}
        and (item is null or item = any (r.share_codes))
        and c.facility_id = r.to_facility_id and c.withdrawn_at is null
        and current_date between c.given_on and c.valid_until
    );
end
$$
"""
# As PostgreSQL writes the question down, on one line.
FACILITIES = "ANY ((( SELECT NULLIF(current_setting('app.facilities'::text, true), ''::text) AS \"nullif\"))::uuid[])"
STATUSES = ", ".join(f"'{status}'::character varying" for status in LIVE)
ASKED = (
    "(EXISTS ( SELECT FROM (referral r JOIN consent c ON ((c.id = r.consent_id))) WHERE ((r.{its} = {mine})"
    f" AND (r.to_facility_id = {FACILITIES}) AND ((r.status)::text = ANY ((ARRAY[{STATUSES}])::text[]))"
    "{only} AND (c.facility_id = r.to_facility_id) AND (c.withdrawn_at IS NULL)"
    " AND ((CURRENT_DATE >= c.given_on) AND (CURRENT_DATE <= c.valid_until)))))"
)
ONLY = " AND ('{item}'::text = ANY ((r.share_codes)::text[]))"
EVERY = sa.text("select schemaname, tablename, policyname, qual, with_check from pg_policies order by 2, 3")


def upgrade() -> None:
    for its, name in BY.items():
        op.execute(FUNCTION.format(name=name, its=its, live=LIVE))
    spelled = {its: _pattern(its) for its in BY}
    _rewrite(lambda rule, _: _named(rule, spelled))


def downgrade() -> None:
    _rewrite(_spelled)
    for name in BY.values():
        op.execute(f"drop function {name}(uuid, text)")


def _pattern(its: str) -> re.Pattern[str]:
    """The question as it stands in a policy: of which column, and for which item."""
    parts = {"{its}": its, "{mine}": r"(?:\w+\.)?(?P<mine>\w+)", "{only}": "(?:" + _only() + ")?"}
    text = re.escape(ASKED)
    for mark, stands in parts.items():
        text = text.replace(re.escape(mark), stands)
    return re.compile(text)


def _only() -> str:
    return re.escape(ONLY).replace(re.escape("{item}"), r"(?P<item>\w+)")


def _named(rule: str, spelled: dict[str, re.Pattern[str]]) -> str:
    """The rule with the functions in the question's stead."""
    for its, pattern in spelled.items():
        rule = pattern.sub(lambda found, its=its: _call(BY[its], found["mine"], found["item"]), rule)  # type: ignore[misc]
    return rule


def _call(name: str, mine: str, item: str | None) -> str:
    return f"{name}({mine}, '{item}')" if item else f"{name}({mine})"


def _spelled(rule: str, table: str) -> str:
    """The rule with the question spelled out, as it was."""
    for its, name in BY.items():
        rule = re.sub(
            rf"{name}\((\w+)(?:, '(\w+)'::text|, NULL::text)?\)",
            lambda found, its=its: ASKED.format(  # type: ignore[misc]
                its=its,
                mine=f"{table}.{found[1]}",
                only=ONLY.format(item=found[2]) if found[2] else "",
            ),
            rule,
        )
    return rule


def _rewrite(change: object) -> None:
    """Put every policy's rules through a change."""
    assert callable(change)
    for schema, table, policy, *rules in op.get_bind().execute(EVERY).all():
        before = [" ".join(rule.split()) if rule else None for rule in rules]
        after = [change(rule, table) if rule else None for rule in before]
        if after != before:
            words = ("using", "with check")
            parts = [f"{word} ({rule})" for word, rule in zip(words, after, strict=True) if rule]
            op.execute(sa.text(f"alter policy {policy} on {schema}.{table} {' '.join(parts)}".replace(":", r"\:")))
