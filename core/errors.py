"""Every error the product raises on purpose, as one tree. HTTP statuses and retries do not belong here.

    ThreadlineError
    +-- Rejected                what was asked is refused; asking again unchanged will not help
    |   +-- BadSignature        401
    |   +-- MalformedPayload    400
    |   +-- NotFound            404
    |   +-- NotAllowed          403
    |   +-- Conflict            409
    |   |   +-- StaleVersion    409
    |   |   +-- KeyReused       409
    |   |   +-- TwoAccounts     409
    |   +-- TooLarge            413
    |   +-- IllegalTransition   409
    |   +-- UnusableCalendar    400
    +-- Failed                  what was asked is fine; we could not do it
        +-- TemporaryFailure    try again, perhaps after `retry_after` seconds
        +-- PermanentFailure    never try this again
        |   +-- OptedOut        the recipient wants no messages
        +-- DialogueFailed      the dialogue core gave no usable turn
        +-- IndexStale          a cited revision is gone or hidden; compute the answer anew
        +-- ClaimLost           somebody else works on this conversation now; the result is void
        +-- ModelUnavailable    a trained artefact or the package that holds it is missing or altered

The docstring of a class is its message where none is given. A sentence that people read keeps its values
beside it, so that it can be said in their language: `Conflict("%(name)s works on this ticket.", name=name)`.
"""

from __future__ import annotations


class ThreadlineError(Exception):
    """Something went wrong in Threadline."""

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        """`sentence`: plain English as the catalogues know it, with `%(name)s` where `values` stand."""
        self.sentence = sentence or (type(self).__doc__ or "").strip()
        self.values = values
        super().__init__(self.sentence % values if values else self.sentence)


class Rejected(ThreadlineError):
    """The request was refused."""


class BadSignature(Rejected):
    """The request is not signed by the one it claims to come from."""


class MalformedPayload(Rejected):
    """The request cannot be read."""


class NotFound(Rejected):
    """There is nothing here, or nothing that you may see."""


class NotAllowed(Rejected):
    """Your role does not permit this."""


class Conflict(Rejected):
    """This contradicts what is already stored."""


class StaleVersion(Conflict):
    """Somebody changed this since the version that you name."""


class KeyReused(Conflict):
    """This idempotency key was used for another request."""


class TwoAccounts(Conflict):
    """This would make one person of two who each have an account of the same website."""


class TooLarge(Rejected):
    """This is larger than what is accepted here."""


class IllegalTransition(Rejected):
    """This cannot be done in the present state."""


class UnusableCalendar(Rejected):
    """The calendar has no working time that could be counted."""


class Failed(ThreadlineError):
    """The work could not be done."""


class TemporaryFailure(Failed):
    """The other side cannot take this now.

    `retry_after`: seconds the other side asked us to wait, or None.
    `certain`: True when we know that nothing was taken; False when it may have been.
    `is_untried`: it was not even asked, because it wants to be left alone until then: no attempt.
    """

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: float | None = None,
        certain: bool = True,
        is_untried: bool = False,
    ) -> None:
        super().__init__(message or "The other side cannot take this now.")
        self.retry_after = retry_after
        self.certain = certain
        self.is_untried = is_untried


class PermanentFailure(Failed):
    """The other side will never take this."""


class OptedOut(PermanentFailure):
    """The recipient has opted out of messages."""


class DialogueFailed(Failed):
    """The dialogue core gave no usable turn."""


class IndexStale(Failed):
    """A cited article changed or went away while the answer was being written."""


class ClaimLost(Failed):
    """Another worker holds this conversation now; this result is void."""


class ModelUnavailable(Failed):
    """A trained artefact, or the package that holds it, is missing or altered."""
