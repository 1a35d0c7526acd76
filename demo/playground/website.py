"""The website page: a shop of its own origin on which Ann is signed in, with the product's web chat in the corner."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from channels.webchat_identity import sign_identity
from demo.playground.mail import ANN, NAME
from demo.playground.parts import Door, Json, Player
from tests.fakes.twilio import CUSTOMER

ACCOUNT = "ann-1"
LASTS = timedelta(hours=12)


class WebsitePlayer(Player):
    """Its words on who Ann is: the account, and the mail address and telephone number that it has confirmed."""

    slug, title, page = "website", "Website", "website"
    hint = "A website where Ann is signed in. It signs who she is, so what she mails, texts or says by telephone goes on here."

    def __init__(self, door: Door, secrets: Json, inbox: str) -> None:
        super().__init__(door)
        self._secret, self._inbox = SecretStr(secrets["identity_secret"]), inbox

    def words(self) -> dict[str, str]:
        until = datetime.now(UTC) + LASTS
        about = {"name": NAME, "email": ANN, "phone": CUSTOMER}
        word = sign_identity(self._secret, self._inbox, ACCOUNT, until, **about)
        return {
            "inbox": html.escape(self._inbox),
            "identity": html.escape(word),
            "mail": html.escape(ANN),
            "phone": html.escape(CUSTOMER),
        }

    def view(self, place: str) -> Json:
        return {}
