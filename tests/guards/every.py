"""All guards, in the order in which they are tried."""

from __future__ import annotations

from tests.guards.api import GUARDS as API
from tests.guards.asides import GUARDS as ASIDES
from tests.guards.boards import GUARDS as BOARDS
from tests.guards.calls import GUARDS as CALLS
from tests.guards.company import GUARDS as COMPANY
from tests.guards.consents import GUARDS as CONSENTS
from tests.guards.desk import GUARDS as DESK
from tests.guards.forms import GUARDS as FORMS
from tests.guards.guards import GUARDS as FIRST
from tests.guards.guards import Guard
from tests.guards.knowledge import GUARDS as KNOWLEDGE
from tests.guards.learning import GUARDS as LEARNING
from tests.guards.load import GUARDS as LOAD
from tests.guards.mail import GUARDS as MAIL
from tests.guards.order import GUARDS as ORDER
from tests.guards.people import GUARDS as PEOPLE
from tests.guards.scale import GUARDS as SCALE
from tests.guards.sign_in import GUARDS as SIGN_IN
from tests.guards.slots import GUARDS as SLOTS
from tests.guards.social import GUARDS as SOCIAL
from tests.guards.transcripts import GUARDS as TRANSCRIPTS
from tests.guards.work import GUARDS as WORK

EVERY: tuple[Guard, ...] = (
    *FIRST,
    *API,
    *ASIDES,
    *BOARDS,
    *CALLS,
    *COMPANY,
    *CONSENTS,
    *DESK,
    *FORMS,
    *KNOWLEDGE,
    *LEARNING,
    *LOAD,
    *MAIL,
    *ORDER,
    *PEOPLE,
    *SCALE,
    *SIGN_IN,
    *SLOTS,
    *SOCIAL,
    *TRANSCRIPTS,
    *WORK,
)
