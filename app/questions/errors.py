"""Refusals only questions give: by the public lists, released figures and people, never by counts."""

from app.core.errors import Problem


class QuestionRefused(Problem):
    """What is asked cannot be answered well or safely. Facts: reasons, codes of the list question_refusal."""

    slug, status, title = "question-refused", 409, "This question cannot be asked so"


class OwnQuestion(Problem):
    """Nobody approves what they asked, and two different people approve it."""

    slug, status, title = "own-question", 409, "Somebody else must do this"


class PeriodNotReleased(Problem):
    """A question is about people whose registration has been released. Facts: last_day."""

    slug, status, title = "period-not-released", 409, "This period has not been released yet"
