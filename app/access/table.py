"""THE permission table. Read across a row: who may do this, and over which records."""

from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a person is employed to do here."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    PROVIDER = "provider"
    COUNSELLOR = "counsellor"
    SPORTS_COORDINATOR = "sports_coordinator"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Reach(IntEnum):
    """How far a permission reaches."""

    NO = 0
    OWN = 1  # assigned to me, or delegated to me until a date
    SHARED = 2  # what a live referral to my facility shares
    FACILITY = 3
    TEAM = 4
    ORG = 5
    ALL = 6


class Permission(StrEnum):
    """Everything that is guarded. Named subject:action."""

    SURVIVOR_READ = "survivor:read"
    SURVIVOR_WRITE = "survivor:write"
    SURVIVOR_SEARCH = "survivor:search"
    SURVIVOR_STATEMENT = "survivor:statement"
    CONSENT_WRITE = "consent:write"
    INCIDENT_READ = "incident:read"
    INCIDENT_WRITE = "incident:write"
    CASE_READ = "case:read"
    CASE_WRITE = "case:write"
    CASE_ASSIGN = "case:assign"
    CASE_APPROVE = "case:approve"
    DOCUMENT_READ = "document:read"
    DOCUMENT_WRITE = "document:write"
    ERASURE_ASK = "erasure:ask"
    ERASURE_READ = "erasure:read"
    ERASURE_APPROVE = "erasure:approve"
    CASE_TRANSFER = "case:transfer"
    DELEGATION_WRITE = "delegation:write"
    CALENDAR_READ = "calendar:read"
    EMERGENCY_READ = "emergency:read"
    EMERGENCY_WRITE = "emergency:write"
    PSYCHOSOCIAL_READ = "psychosocial:read"
    PSYCHOSOCIAL_WRITE = "psychosocial:write"
    PSYCHOSOCIAL_STATUS = "psychosocial:status"
    REHABILITATION_READ = "rehabilitation:read"
    REHABILITATION_WRITE = "rehabilitation:write"
    PEER_MANAGE = "peer:manage"
    REINTEGRATION_READ = "reintegration:read"
    REINTEGRATION_WRITE = "reintegration:write"
    MILESTONE_VERIFY = "milestone:verify"
    REFERRAL_READ = "referral:read"
    REFERRAL_SEND = "referral:send"
    REFERRAL_ANSWER = "referral:answer"
    QUEUE_READ = "queue:read"
    PROGRAMME_READ = "programme:read"
    PROGRAMME_MANAGE = "programme:manage"
    PROGRAMME_SESSION = "programme:session"
    PROGRAMME_ATTENDANCE = "programme:attendance"
    PARTICIPANT_READ = "participant:read"
    CLEARANCE_WRITE = "clearance:write"
    COMPETITION_MANAGE = "competition:manage"
    STATISTICS_QUERY = "statistics:query"
    QUESTION_READ = "question:read"
    QUESTION_APPROVE = "question:approve"
    RELEASE_PREPARE = "release:prepare"
    RELEASE_CHECK = "release:check"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_WRITE = "directory:write"
    OFFER_WRITE = "offer:write"
    USER_MANAGE = "user:manage"
    NOTIFICATION_READ = "notification:read"
    WEBHOOK_MANAGE = "webhook:manage"
    OVERSIGHT_READ = "oversight:read"
    AUDIT_READ = "audit:read"


NO, OWN, SHR, FAC, TEAM, ORG, ALL = Reach
P = Permission

COLUMNS = (
    Role.CASEWORKER,
    Role.SUPERVISOR,
    Role.PROVIDER,
    Role.COUNSELLOR,
    Role.SPORTS_COORDINATOR,
    Role.COORDINATOR,
    Role.ANALYST,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)

# fmt: off
TABLE: dict[Permission, tuple[Reach, ...]] = {
    #                     caseworker supervisor provider counsellor sports  coordinator analyst administrator auditor
    P.SURVIVOR_READ:      (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.SURVIVOR_WRITE:     (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.SURVIVOR_SEARCH:    (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.SURVIVOR_STATEMENT: (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           ALL),
    P.CONSENT_WRITE:      (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.INCIDENT_READ:      (ALL,      ALL,       NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.INCIDENT_WRITE:     (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CASE_READ:          (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CASE_WRITE:         (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CASE_ASSIGN:        (NO,       TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CASE_APPROVE:       (NO,       TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CASE_TRANSFER:      (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.DELEGATION_WRITE:   (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.CALENDAR_READ:      (OWN,      OWN,       FAC,     FAC,       FAC,    OWN,        NO,     NO,           NO),
    P.MILESTONE_VERIFY:   (NO,       TEAM,      SHR,     SHR,       FAC,    ALL,        NO,     NO,           NO),
    P.DOCUMENT_READ:      (OWN,      TEAM,      SHR,     SHR,       NO,     ALL,        NO,     NO,           NO),
    P.DOCUMENT_WRITE:     (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.ERASURE_ASK:        (NO,       NO,        NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.ERASURE_READ:       (NO,       NO,        NO,      FAC,       NO,     ALL,        NO,     NO,           ALL),
    P.ERASURE_APPROVE:    (NO,       NO,        NO,      NO,        NO,     NO,         NO,     NO,           ALL),
    P.EMERGENCY_READ:     (OWN,      TEAM,      SHR,     NO,        NO,     ALL,        NO,     NO,           NO),
    P.EMERGENCY_WRITE:    (OWN,      TEAM,      SHR,     NO,        NO,     ALL,        NO,     NO,           NO),
    P.PSYCHOSOCIAL_READ:  (NO,       NO,        NO,      SHR,       NO,     NO,         NO,     NO,           NO),
    P.PSYCHOSOCIAL_WRITE: (NO,       NO,        NO,      SHR,       NO,     NO,         NO,     NO,           NO),
    P.PSYCHOSOCIAL_STATUS:(OWN,      TEAM,      NO,      SHR,       NO,     ALL,        NO,     NO,           NO),
    P.REHABILITATION_READ: (OWN,     TEAM,      SHR,     NO,        NO,     ALL,        NO,     NO,           NO),
    P.REHABILITATION_WRITE: (NO,     NO,        SHR,     NO,        NO,     NO,         NO,     NO,           NO),
    P.PEER_MANAGE:        (NO,       NO,        NO,      FAC,       NO,     NO,         NO,     NO,           NO),
    P.REINTEGRATION_READ: (OWN,      TEAM,      SHR,     NO,        NO,     ALL,        NO,     NO,           NO),
    P.REINTEGRATION_WRITE:(OWN,      TEAM,      SHR,     NO,        NO,     ALL,        NO,     NO,           NO),
    P.REFERRAL_READ:      (OWN,      TEAM,      FAC,     FAC,       FAC,    ALL,        NO,     NO,           NO),
    P.REFERRAL_SEND:      (OWN,      TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.REFERRAL_ANSWER:    (NO,       NO,        FAC,     FAC,       FAC,    NO,         NO,     NO,           NO),
    P.QUEUE_READ:         (NO,       NO,        FAC,     FAC,       FAC,    ALL,        NO,     NO,           NO),
    P.PROGRAMME_READ:     (ALL,      ALL,       ALL,     ALL,       ALL,    ALL,        NO,     NO,           NO),
    P.PROGRAMME_MANAGE:   (NO,       NO,        NO,      NO,        FAC,    ALL,        NO,     NO,           NO),
    P.PROGRAMME_SESSION:  (NO,       NO,        NO,      NO,        FAC,    ALL,        NO,     NO,           NO),
    P.PROGRAMME_ATTENDANCE: (NO,     NO,        NO,      NO,        FAC,    ALL,        NO,     NO,           NO),
    P.PARTICIPANT_READ:   (OWN,      TEAM,      NO,      NO,        FAC,    ALL,        NO,     NO,           NO),
    P.CLEARANCE_WRITE:    (NO,       NO,        SHR,     NO,        NO,     NO,         NO,     NO,           NO),
    P.COMPETITION_MANAGE: (NO,       NO,        NO,      NO,        FAC,    ALL,        NO,     NO,           NO),
    P.STATISTICS_QUERY:   (NO,       NO,        NO,      NO,        NO,     ALL,        ALL,    NO,           NO),
    P.QUESTION_READ:      (NO,       NO,        NO,      NO,        NO,     ALL,        OWN,    NO,           ALL),
    P.QUESTION_APPROVE:   (NO,       NO,        NO,      NO,        NO,     NO,         NO,     NO,           ALL),
    P.RELEASE_PREPARE:    (NO,       NO,        NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.RELEASE_CHECK:      (NO,       NO,        NO,      NO,        NO,     ALL,        NO,     NO,           ALL),
    P.DIRECTORY_READ:     (ALL,      ALL,       ALL,     ALL,       ALL,    ALL,        ALL,    ALL,          ALL),
    P.DIRECTORY_WRITE:    (NO,       NO,        NO,      NO,        NO,     ALL,        NO,     ALL,          NO),
    P.OFFER_WRITE:        (NO,       NO,        FAC,     NO,        FAC,    ALL,        NO,     ALL,          NO),
    P.USER_MANAGE:        (NO,       NO,        NO,      NO,        NO,     NO,         NO,     ALL,          NO),
    P.NOTIFICATION_READ:  (OWN,      OWN,       FAC,     FAC,       FAC,    OWN,        OWN,    OWN,          OWN),
    P.WEBHOOK_MANAGE:     (NO,       NO,        NO,      NO,        NO,     NO,         NO,     ALL,          NO),
    P.OVERSIGHT_READ:     (NO,       TEAM,      NO,      NO,        NO,     ALL,        NO,     NO,           NO),
    P.AUDIT_READ:         (NO,       NO,        NO,      NO,        NO,     NO,         NO,     NO,           ALL),
}
# fmt: on


def reach_of(role: Role, permission: Permission) -> Reach:
    """The cell where this role's column meets this permission's row."""
    return TABLE[permission][COLUMNS.index(role)]
