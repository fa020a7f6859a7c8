"""Refusals that only an account can give. None says whether a name is known here."""

from app.core.errors import Problem


class TooBusy(Problem):
    """More people sign in than passwords can be checked at once; the same request may be sent again."""

    slug, status, title = "too-busy", 429, "Too many sign-ins at this moment; try again"
    retry_after = 2


class PasswordRefused(Problem):
    """The password would be guessed. Facts: reasons (too_short, too_long, holds_name, too_common), least."""

    slug, status, title = "password-refused", 422, "Choose another password"


class SecondFactorNeeded(Problem):
    """This programme requires a second factor: enrol one, then sign in again with it."""

    slug, status, title = "second-factor-needed", 403, "Set up your second factor first"


class SecondFactorNeeded(Problem):
    """The programme requires a second factor, and this session shows none: enrol it, or sign in with it."""

    slug, status, title = "second-factor-needed", 403, "A second factor is needed"
