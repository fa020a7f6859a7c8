"""Refusals that only an account can give. None says whether a name is known here."""

from app.core.errors import Problem


class TooBusy(Problem):
    """More people sign in than passwords can be checked at once; the same request may be sent again."""

    slug, status, title = "too-busy", 429, "Too many sign-ins at this moment; try again"
    retry_after = 2


class SlowDown(Problem):
    """Too many wrong attempts on this name or from this address. Retry-After says when to try again."""

    slug, status, title = "slow-down", 429, "Too many wrong attempts; wait before the next one"

    def __init__(self, seconds: int) -> None:
        super().__init__(retry_after=seconds)
        self.retry_after = seconds  # type: ignore[misc]  # the wait grows, so it is not one per class


class SignInRefused(Problem):
    """Name, password or code are not right, or the account is not open: all get the same answer."""

    slug, status, title = "sign-in-refused", 401, "Name or password is not right"


class CodeNeeded(Problem):
    """The password is right; this account also asks for the code of its second factor."""

    slug, status, title = "code-needed", 401, "Give the code of your second factor"


class SecondFactorNeeded(Problem):
    """The programme requires a second factor, and this session shows none: enrol it, or sign in with it."""

    slug, status, title = "second-factor-needed", 403, "A second factor is needed"


class StepUpNeeded(Problem):
    """This needs somebody who proved in the last minutes who they are: POST /auth/step-up. Facts: minutes."""

    slug, status, title = "step-up-needed", 403, "Show again that it is you"


class ProofRefused(Problem):
    """The password or code given to confirm a change is not right."""

    slug, status, title = "proof-refused", 403, "The password or code is not right"


class CrossSite(Problem):
    """The request comes from another site, or without the header that only our own pages send."""

    slug, status, title = "cross-site", 403, "Only from our own pages"


class PasswordRefused(Problem):
    """The password would be guessed. Facts: reasons (too_short, too_long, holds_name, too_common), least."""

    slug, status, title = "password-refused", 422, "Choose another password"


class InvitationVoid(Problem):
    """The invitation was used, has expired, or never was."""

    slug, status, title = "invitation-void", 409, "This invitation is not valid any more"


class FactorPresent(Problem):
    """A second factor is enrolled already; remove it first."""

    slug, status, title = "factor-present", 409, "A second factor is enrolled already"


class FactorAbsent(Problem):
    """There is no second factor to confirm or remove."""

    slug, status, title = "factor-absent", 409, "No second factor is enrolled"


class OwnAccount(Problem):
    """Nobody changes their own rights; ask another administrator."""

    slug, status, title = "own-account", 409, "Nobody changes their own rights"


class LastAdministrator(Problem):
    """Without this administrator nobody could let anybody in."""

    slug, status, title = "last-administrator", 409, "The last administrator stays"


class MembershipUnfit(Problem):
    """The role needs another place. Facts: reason (needs_team, needs_facility, takes_no_place, elsewhere)."""

    slug, status, title = "membership-unfit", 422, "This role does not fit this place"


class AdministratorPresent(Problem):
    """The first administrator is made once; further ones are invited."""

    slug, status, title = "administrator-present", 409, "There is an administrator already"
