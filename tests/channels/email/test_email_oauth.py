"""Access tokens instead of passwords: renewed in time, and taken by a real Dovecot and a real SMTP server (XOAUTH2)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from channels.email import Email
from channels.email_oauth import Tokens
from channels.email_settings import EmailSettings
from core.errors import TemporaryFailure
from tests.channels.email.conftest import running
from tests.channels.email.provider import INBOX, OWN, EmailProvider, email_settings, mail
from tests.fakes.mail import MailServers
from tests.fakes.serving import serving


class Authority:
    """Gives out access tokens and says whose they are; `answers` are used up, then each is good for an hour."""

    def __init__(self, *answers: dict[str, object]) -> None:
        self.answers, self.asked = list(answers), list[dict[str, str]]()
        self.good = set[str]()
        self.url = ""

    @contextlib.contextmanager
    def open(self) -> Iterator[EmailSettings]:
        routes = [Route("/token", self._token, methods=["POST"]), Route("/about/{token}", self._of)]
        with serving(Starlette(routes=routes)) as self.url:
            yield self.settings()

    def settings(self, servers: MailServers | None = None, **more: object) -> EmailSettings:
        return email_settings(
            servers,
            imap_password=None,
            oauth_token_url=f"{self.url}/token",
            oauth_client_id="client",
            oauth_client_secret="client-secret",
            oauth_refresh_token="refresh-token",
            **more,
        )

    async def _token(self, request: Request) -> JSONResponse:
        self.asked.append(dict(httpx2.QueryParams((await request.body()).decode())))
        answer = self.answers.pop(0) if self.answers else {"expires_in": 3600}
        token = f"token-{len(self.asked)}"
        self.good = {token}
        status = 400 if "error" in answer else 200
        return JSONResponse({"access_token": token, **answer}, status)

    async def _of(self, request: Request) -> JSONResponse:
        if request.path_params["token"] not in self.good:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"email": OWN, "expires_in": 3600})


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    with made.open():
        yield made


@pytest.fixture
def trusting(authority: Authority) -> Iterator[MailServers]:
    """Mail servers that take the authority's tokens."""
    servers = MailServers(authority=f"{authority.url}/about/", requires_login=True)
    with running(servers) as trusting:
        yield trusting


async def test_a_token_is_renewed_before_it_ends() -> None:
    authority = Authority({"expires_in": 60}, {"expires_in": 3600})
    with authority.open() as renewing:
        tokens = Tokens(renewing)
        assert [await tokens.token() for _ in range(3)] == ["token-1", "token-2", "token-2"]
    assert authority.asked[0] == {
        "grant_type": "refresh_token",
        "client_id": "client",
        "client_secret": "client-secret",
        "refresh_token": "refresh-token",
    }


@pytest.mark.parametrize(
    "answer", [{"error": "invalid_grant"}, {"access_token": 7}, {"access_token": "a\nb"}]
)
async def test_no_token_is_a_temporary_failure_that_tells_no_secret(
    answer: dict[str, object],
) -> None:
    with Authority(answer).open() as renewing, pytest.raises(TemporaryFailure) as failure:
        await Tokens(renewing).token()
    assert "refresh-token" not in str(failure.value)
    assert "client-secret" not in repr(renewing)


async def test_without_renewal_there_is_none() -> None:
    assert await Tokens(email_settings()).token() == ""


async def test_the_mailbox_is_read_and_answers_are_sent_with_a_token(
    authority: Authority, trusting: MailServers
) -> None:
    settings = authority.settings(trusting, smtp_user=OWN, smtp_seconds=20)
    channel = Email(INBOX, settings)
    trusting.deliver(mail("Where is it?"), OWN)
    async with contextlib.aclosing(channel.arrivals({})) as arrivals:
        arrival, _ = await asyncio.wait_for(anext(arrivals), 20)
    assert channel.parse(arrival)[0].text == "Where is it?"
    await channel.send(EmailProvider().outbound("On its way"))
    assert trusting.sent()[-1].message.get_content().strip() == "On its way"
    assert len(authority.asked) == 1, "one token for both"


async def test_a_token_that_was_taken_back_is_an_outage_without_secrets_and_another_is_asked_for(
    authority: Authority, trusting: MailServers
) -> None:
    settings = authority.settings(trusting, smtp_user=OWN, smtp_seconds=20)
    channel = Email(INBOX, settings)
    await channel.send(EmailProvider().outbound("One"))
    authority.good.clear()
    with pytest.raises(TemporaryFailure) as unsent:
        await channel.send(EmailProvider().outbound("Two"))
    await channel.send(EmailProvider().outbound("Two"))
    authority.good.clear()
    with pytest.raises(TemporaryFailure) as unread:
        async with contextlib.aclosing(channel.arrivals({})) as arrivals:
            await asyncio.wait_for(anext(arrivals), 20)
    for failure in (unsent, unread):
        assert "token-1" not in str(failure.value)
    assert [sent.message.get_content().strip() for sent in trusting.sent()] == ["One", "Two"]
    trusting.deliver(mail("Where is it?"), OWN)
    async with contextlib.aclosing(channel.arrivals({})) as arrivals:
        assert (await asyncio.wait_for(anext(arrivals), 20))[0].kind == "mail"
    assert len(authority.asked) == 3
