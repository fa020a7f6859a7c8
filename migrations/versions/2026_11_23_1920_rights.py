"""Rights: what each role may do to each table, and which rows it may see and take.

Kind: expand
Safe with the release before this one: yes, because there is none.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
ROLE, EVERYONE = setting("role"), f"({setting('everyone')} = 'on')"
HELD = f"({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
WORKERS = "('caseworker', 'supervisor', 'coordinator')"
KEEPERS = "('coordinator', 'administrator')"
SINCE_SENT = "(source <> 'draft' or action = 'send')"  # before that, a referral is its sender's alone


def shared(mine: str, its: str, item: str = "") -> str:
    """Whether a live referral to my facility opens the row: its column of a referral is this one of mine.

    A referral opens nothing without the consent that it was sent on, live today. Looked up by the row, so
    that it costs the same however many referrals a facility has; only for rows that are not held anyway.
    """
    only = f" and '{item}' = any (r.share_codes)" if item else ""
    return (
        f"exists (select from referral r join consent c on c.id = r.consent_id where r.{its} = {mine}"
        f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE}{only}"
        " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
        " and current_date between c.given_on and c.valid_until)"
    )


MY_SURVIVOR = "exists (select from survivor s where s.id = survivor_id)"
MY_INCIDENT = f"(registered_by_id = {ME} or team_id = {TEAMS} or {EVERYONE})"
ITS_INCIDENT = f"exists (select from incident i where i.id = incident_id and {MY_INCIDENT})"

CASE_TABLES = ["case_move", "case_assignment", "approval", "note", "task", "assessment"]
FILE_TABLES = ["identifier", "phone"]

POLICIES = {
    "survivor": [
        f"seen for select using ({HELD} or {shared('survivor.id', 'survivor_id')})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD}) with check (true)",
    ],
    "person_key": [
        f"seen for select using ({HELD} or {shared('person_key.id', 'survivor_id')})",
        f"begun for insert with check ({HELD})",
    ],
    "name_key": [
        f"seen for select using ({ROLE} in {WORKERS})",
        f"begun for insert with check ({MY_SURVIVOR})",
        f"ended for delete using ({MY_SURVIVOR})",
    ],
    "consent": [
        f"seen for select using ({HELD} or facility_id = {FACILITIES})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD})",
    ],
    "case_file": [
        f"seen for select using ({HELD} or {shared('case_file.id', 'case_id')})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD})",
    ],
    "milestone": [
        f"seen for select using ({HELD} or {shared('milestone.case_id', 'case_id', 'milestones')})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD} or {shared('milestone.case_id', 'case_id', 'milestones')})",
    ],
    "milestone_change": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD})",
    ],
    "referral": [
        f"seen for select using ({HELD} or (to_facility_id = {FACILITIES} and sent_at is not null))",
        f"begun for insert with check ({HELD})",
        f"moved for update using ({HELD} or (to_facility_id = {FACILITIES} and sent_at is not null))",
    ],
    "referral_move": [
        f"seen for select using ({HELD} or (to_facility_id = {FACILITIES} and {SINCE_SENT}))",
        f"begun for insert with check ({HELD} or (to_facility_id = {FACILITIES} and {SINCE_SENT}))",
    ],
    "incident": [
        f"seen for select using ({ROLE} in {WORKERS})",
        f"begun for insert with check (registered_by_id = {ME})",
        f"changed for update using {MY_INCIDENT}",
    ],
    "casualty": [
        f"seen for select using ({ROLE} in {WORKERS})",
        f"begun for insert with check ({ITS_INCIDENT})",
        f"changed for update using ({ITS_INCIDENT})",
    ],
    "incident_source": [
        f"seen for select using ({ROLE} in {WORKERS})",
        f"begun for insert with check ({ITS_INCIDENT})",
        f"changed for update using ({ITS_INCIDENT})",
    ],
    "audit_event": [
        f"seen for select using ({ROLE} = 'auditor')",
        f"begun for insert with check (user_id is not distinct from {ME} or current_role = 'app_auth')",
    ],
    "notification": [
        f"seen for select using (user_id = {ME} or facility_id = {FACILITIES})",
        "begun for insert with check (true)",
        f"changed for update using (user_id = {ME} or facility_id = {FACILITIES})",
    ],
    "first_answer": [f"own using (user_id = {ME})"],
    "service_offer": [
        "seen for select using (true)",
        f"begun for insert with check (facility_id = {FACILITIES} or {ROLE} in {KEEPERS})",
        f"changed for update using (facility_id = {FACILITIES} or {ROLE} in {KEEPERS})",
    ],
}
for table in CASE_TABLES + FILE_TABLES:
    POLICIES[table] = [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD})",
    ]
POLICIES["assessment"][0] = f"seen for select using ({HELD} or {shared('assessment.case_id', 'case_id', 'assessments')})"
POLICIES["phone"][0] = f"seen for select using ({HELD} or {shared('phone.survivor_id', 'survivor_id', 'contact')})"
for table in FILE_TABLES:
    POLICIES[table].append(f"ended for delete using ({HELD})")
for table in ("organisation", "facility", "team"):
    POLICIES[table] = [
        "seen for select using (true)",
        f"begun for insert with check ({ROLE} in {KEEPERS})",
        f"changed for update using ({ROLE} in {KEEPERS})",
    ]

DIRECTORY = "organisation, facility, team, service_offer"
ACCOUNTS = (
    "user_account, membership, credential, factor, login_session, refresh_token, login_delay, invitation"
)
CARE = ", ".join(sorted(set(POLICIES) - {"organisation", "facility", "team", "service_offer"}))
GRANTS = [
    f"select, insert on {CARE}, {DIRECTORY} to app_rw",
    "select on user_account, membership to app_rw",
    "delete on name_key, identifier, phone to app_rw",
    "update (owner_id, team_id, category_code, sex_code, birth_year, birth_precision, birth_estimated, given_name,"
    " surname, patronymic, other_spellings, birth_date, address, district_code, displacement_code, language_code,"
    " education_code, occupation_code, casualty_id, life_saving_reason, died_on, version) on survivor to app_rw",
    "update (safe_to_call, owner_code, version) on phone to app_rw",
    "update (withdrawn_at, withdrawn_reason_code, version) on consent to app_rw",
    "update (status, priority_code, risk_level_code, next_review_on, wakes_on, closure_reason_code, closed_at,"
    " needs_assessed_on, version) on case_file to app_rw",
    "update (decided_by_id, decided_at, approved, used_at, version) on approval to app_rw",
    "update (due_on, done_at, done_by_id, outcome_code, version) on task to app_rw",
    "update (status, due_on, reached_on, evidence, recorded_by_id, verified_by_id, verified_at, version)"
    " on milestone to app_rw",
    "update (to_facility_id, consent_id, priority_code, service_codes, share_codes, status, reason,"
    " counter_referral, sent_at, answer_by, answered_at, expected_on, scheduled_for, started_at, ended_at,"
    " decline_reason_code, suggested_facility_id, outcome_code, end_reason_code, version) on referral to app_rw",
    "update on incident, incident_source, casualty, notification, service_offer, organisation, facility, team"
    " to app_rw",
    f"select, insert, update, delete on {ACCOUNTS} to app_auth",
    "select on organisation, facility, team to app_auth",
    "select, insert on first_answer, notification to app_auth, stats_reader",
    "insert on audit_event to app_auth, stats_reader",
    f"select on {DIRECTORY} to stats_reader",
    "update (status, headers, body) on first_answer to app_rw, app_auth, stats_reader",
    "update (read_at, read_by_id, version) on notification to app_auth, stats_reader",
]

WHO_ACTS = """
create function who_acts(sid uuid, wanted uuid) returns table (
    user_id uuid, session_id uuid, language varchar, amr varchar[], auth_at timestamptz, memberships bigint,
    membership_id uuid, role varchar, organisation_id uuid, facility_id uuid, team_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select u.id, s.id, u.language, s.amr, s.auth_at, n.count, m.id, m.role, m.organisation_id, m.facility_id, m.team_id
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
KEEP = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'this table only grows' using errcode = 'insufficient_privilege';
end $$
"""


def upgrade() -> None:
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    op.execute(WHO_ACTS)
    op.execute("revoke all on function who_acts(uuid, uuid) from public")
    op.execute("grant execute on function who_acts(uuid, uuid) to app_login")
    op.execute(KEEP)
    op.execute(
        "create trigger only_grows before update or delete or truncate on audit_event"
        " for each statement execute function refuse_change()"
    )


def downgrade() -> None:
    op.execute("drop trigger only_grows on audit_event")
    op.execute("drop function refuse_change()")
    op.execute("drop function who_acts(uuid, uuid)")
    op.execute("revoke all on all tables in schema public from app_rw, app_auth, stats_reader")
    for table, policies in POLICIES.items():
        for policy in policies:
            op.execute(f"drop policy {policy.split(' ', 1)[0]} on {table}")
        op.execute(f"alter table {table} disable row level security, no force row level security")
