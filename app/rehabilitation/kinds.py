"""The kinds of records of this room."""

from app.records.kinds import Kind
from app.rehabilitation import rules, schemas
from app.rehabilitation.models import RehabilitationEpisode, TherapyGoal, TherapySession

EPISODE = Kind(
    table=RehabilitationEpisode,
    given=schemas.AddRehabilitationEpisode,
    out=schemas.RehabilitationEpisodeOut,
    judge=rules.judge_episode,
    sealed=("note",),
)
SESSION = Kind(
    table=TherapySession,
    given=schemas.AddTherapySession,
    out=schemas.TherapySessionOut,
    judge=rules.judge_session,
    sealed=("note",),
    alone=True,
    points={"episode_id": EPISODE},
)
GOAL = Kind(
    table=TherapyGoal,
    given=schemas.AddTherapyGoal,
    out=schemas.TherapyGoalOut,
    judge=rules.judge_goal,
    sealed=("text",),
    points={"episode_id": EPISODE},
)
KINDS = (EPISODE, SESSION, GOAL)
