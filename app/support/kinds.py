"""The kinds of records of this room."""

from app.records.kinds import Kind
from app.support import rules, schemas
from app.support.models import PeerPair, PsychosocialEpisode, SupportNote, SupportSession

EPISODE = Kind(
    table=PsychosocialEpisode,
    given=schemas.AddPsychosocialEpisode,
    out=schemas.PsychosocialEpisodeOut,
    judge=rules.judge_episode,
    sealed=("layer_code",),
    more=schemas.open_actions,
)
PAIR = Kind(
    table=PeerPair,
    given=schemas.PairPeer,
    out=schemas.PeerPairOut,
    judge=rules.judge_pair,
)
SESSION = Kind(
    table=SupportSession,
    given=schemas.AddSupportSession,
    out=schemas.SupportSessionOut,
    judge=rules.judge_session,
    sealed=("intervention_code",),
    points={"episode_id": EPISODE, "pair_id": PAIR},
)
NOTE = Kind(
    table=SupportNote,
    given=schemas.AddSupportNote,
    out=schemas.SupportNoteOut,
    judge=rules.judge_note,
    sealed=("text",),
    points={"session_id": SESSION},
)
