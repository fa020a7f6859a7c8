"""What opens a document, a clearance and a sport injury to others is asked of functions, as the rest is.

A subquery of a policy is made ready in every statement that touches its table; a function when it is first
called (as `shares` says).

Kind: expand
Safe with the release before this one: yes, because the same rows are seen.
"""

import sqlalchemy as sa
from alembic import op

revision = "asked_by_name"
down_revision = "day_once"
branch_labels = None
depends_on = None

FUNCTION = """
create function {name} returns boolean language plpgsql stable parallel safe as $$
declare facilities uuid[] := nullif(current_setting('app.facilities', true), '');
begin
    return cardinality(facilities) > 0 and {rule};
end
$$
"""
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
STANDS = (
    f" and r.status in {LIVE} and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
    " and {today} between c.given_on and c.valid_until"
)
DOCUMENT = (
    "exists (select from public.document_share s join public.referral r on r.id = s.referral_id"
    " join public.consent c on c.id = r.consent_id where s.document_id = {mine} and s.ended_at is null"
    " and r.to_facility_id = {facilities}" + STANDS + ")"
)
LETTER = (
    "exists (select from public.referral r join public.consent c on c.id = r.consent_id where r.id = {letter}"
    " and r.case_id = {mine} and r.to_facility_id = {facilities}" + STANDS + ")"
)
APART = (
    "exists (select from public.referral r join public.consent c on c.id = r.consent_id where r.case_id = {mine}"
    " and 'psychosocial' = any (r.share_codes) and r.to_facility_id = {facilities}" + STANDS + ")"
)
PLAYS = (
    "exists (select from public.enrolment e where e.case_id = {mine} and e.status <> 'ended'"
    " and e.facility_id = {facilities} and e.agreed_until >= {today})"
)
INSIDE = {"facilities": "any (facilities)", "today": "public.today()"}
FUNCTIONS = {
    "shares_document(mine uuid)": DOCUMENT.format(mine="mine", **INSIDE),
    "shares_letter(letter uuid, mine uuid)": LETTER.format(letter="letter", mine="mine", **INSIDE),
    "plays_case(mine uuid)": PLAYS.format(mine="mine", **INSIDE),
}


def _said(name: str) -> str:
    return f"(select nullif(current_setting('app.{name}', true), ''))"


FACILITIES = f"any ({_said('facilities')}::uuid[])"
SPELLED = {"facilities": FACILITIES, "today": "(select public.today())"}
WITHIN = (
    f"({_said('everyone')} = 'on' or owner_id = any ({_said('owners')}::uuid[])"
    f" or team_id = any ({_said('teams')}::uuid[]))"
)
TRAINER, COUNSELLOR, PROVIDER = (
    f"{_said('role')} = '{role}'" for role in ("sports_coordinator", "counsellor", "provider")
)
SEEN = {
    "document": f"(not apart and ({WITHIN} or (not in_error and {_said('role')} in ('provider', 'counsellor')"
    " and {document}))) or (apart and " + f"{COUNSELLOR} and facility_id = {FACILITIES}" + " and {apart})",
    "clearance": WITHIN + " or {letter} or (" + TRAINER + " and {plays})",
    "sport_injury": WITHIN + " or (" + TRAINER + " and {plays}) or (" + PROVIDER + " and clears_case(case_id))",
}
BY_NAME = {
    "document": "shares_document(id)",
    "apart": "shares_case(case_id, 'psychosocial')",
    "letter": "shares_letter(referral_id, case_id)",
    "plays": "plays_case(case_id)",
}


def upgrade() -> None:
    for name, rule in FUNCTIONS.items():
        op.execute(FUNCTION.format(name=name, rule=rule))
    for table in SEEN:
        _see(table, BY_NAME)


def downgrade() -> None:
    for table in SEEN:
        spelled = {
            "document": DOCUMENT.format(mine="document.id", **SPELLED),
            "apart": APART.format(mine="document.case_id", **SPELLED),
            "letter": LETTER.format(letter="clearance.referral_id", mine="clearance.case_id", **SPELLED),
            "plays": PLAYS.format(mine=f"{table}.case_id", **SPELLED),
        }
        _see(table, spelled)
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")


def _see(table: str, asked: dict[str, str]) -> None:
    rule = SEEN[table].format(**asked)
    op.execute(sa.text(f"alter policy seen on {table} using ({rule})".replace(":", r"\:")))
