"""Microsoft's own SDK beside us: whatever it refuses of a token we refuse, and its client talks to the fake as it comes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from jwt import exceptions as refusals

from channels.teams import Teams
from core.errors import BadSignature
from tests.channels.teams.provider import (
    INBOX,
    arrived,
    keyed_token,
    teams_settings,
    unsigned_token,
)
from tests.fakes.teams import (
    ANN,
    APP_ID,
    APP_SECRET,
    DIRECTORY,
    FOREIGN_TENANT,
    LEFT,
    PERSONAL,
    TENANT,
    FakeTeams,
    Signed,
    choices_of,
    running,
)

AGENT_365 = "5a807f24-c9de-44ee-a3a7-329e88a00ffc"
"""The app whose tokens of an organisation the SDK takes beside those of the Bot Framework."""
EVIL = "https://evil.example/"
HOUR = 3600
"""Seconds; far enough from every bound that a slow machine changes nothing."""

Forge = Callable[[FakeTeams], Signed]
Validate = Callable[[Signed, str], Awaitable[object]]


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """Takes seconds, so only where it is needed. That parts of it are in preview is its own affair, and a `.env` that it
    would read is none of the tests'."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_DOTENV_DISABLED", "1")
        warnings.simplefilter("ignore")
        import_module("microsoft_teams.apps")


def cloud_of(teams: FakeTeams) -> Any:
    """The vendor's settings for a cloud of one's own, which is the fake."""
    from microsoft_teams.api.auth.cloud_environment import PUBLIC

    metadata = f"{teams.url}/v1/.well-known/openidconfiguration"
    return replace(PUBLIC, login_endpoint=teams.url, openid_metadata_url=metadata)


@pytest.fixture(scope="module")
def teams() -> Iterator[FakeTeams]:
    """By the machine's clock, which is the one that the vendor's code reads."""
    with running(FakeTeams()) as fake:
        yield fake


@pytest.fixture(scope="module")
def theirs(teams: FakeTeams) -> Validate:
    """The SDK's answer to a call: raises what it refuses with."""
    from microsoft_teams.apps.auth.token_validator import InboundActivityTokenValidator

    validator = InboundActivityTokenValidator(APP_ID, cloud=cloud_of(teams))

    async def validate(call: Signed, service_url: str) -> object:
        token = call.headers["authorization"].removeprefix("Bearer ")
        return await validator.validate_token(token, service_url)

    return validate


@pytest.fixture(scope="module")
def channel(teams: FakeTeams) -> Teams:
    return Teams(INBOX, teams_settings(teams.url))


def is_ours(channel: Teams, call: Signed) -> bool:
    """Whether we take it."""
    try:
        channel.verify(arrived(call, datetime.now(UTC)))
    except BadSignature:
        return False
    return True


def saying(**claims: Any) -> Forge:
    """A genuine activity by a token with other claims; None leaves one out."""

    def forge(teams: FakeTeams) -> Signed:
        return teams.signed(
            teams.activity(ANN, PERSONAL, "hello"), teams.token(teams.claims(**claims))
        )

    return forge


def off(**seconds: int) -> Forge:
    """As `saying`, with times so far from now."""

    def forge(teams: FakeTeams) -> Signed:
        now = int(teams.clock())
        return saying(**{name: now + aside for name, aside in seconds.items()})(teams)

    return forge


def by(token: Callable[[FakeTeams], str], **changes: Any) -> Forge:
    """An activity with these changes and this token."""

    def forge(teams: FakeTeams) -> Signed:
        return teams.signed(teams.activity(ANN, PERSONAL, "hello") | changes, token(teams))

    return forge


def of_the_organisation(caller: str) -> Forge:
    """By a token of the app's own organisation, given out to this app."""

    def forge(teams: FakeTeams) -> Signed:
        issuer = f"{teams.url}/{TENANT}/v2.0"
        return saying(iss=issuer, tid=TENANT, azp=caller, serviceurl=None)(teams)

    return forge


@dataclass(frozen=True)
class Row:
    """A call, the SDK's refusal of it (None: it is taken), and whether we take it."""

    forge: Forge
    theirs: type[Exception] | None = None
    ours: bool = False


ROWS: dict[str, Row] = {
    # Both take it.
    "genuine": Row(saying(), ours=True),
    "a minute too late, within the skew": Row(off(nbf=-HOUR, exp=-60), ours=True),
    "a minute too early, within the skew": Row(off(nbf=60, iat=60), ours=True),
    "with more claims": Row(saying(sub="x", jti="y", ver="1.0"), ours=True),
    # Both refuse it.
    "expired": Row(off(nbf=-2 * HOUR, exp=-HOUR), refusals.ExpiredSignatureError),
    "of the future": Row(off(nbf=HOUR, exp=2 * HOUR), refusals.ImmatureSignatureError),
    "issued in the future": Row(off(iat=HOUR, exp=2 * HOUR), refusals.ImmatureSignatureError),
    "issued at a word": Row(saying(iat="now"), refusals.InvalidIssuedAtError),
    "another audience": Row(saying(aud=FOREIGN_TENANT), refusals.InvalidAudienceError),
    "no audience": Row(saying(aud=None), refusals.MissingRequiredClaimError),
    "another issuer": Row(saying(iss="https://api.botframework.us"), refusals.InvalidIssuerError),
    "no issuer": Row(saying(iss=None), refusals.MissingRequiredClaimError),
    "a subject that is a number": Row(saying(sub=7), refusals.InvalidSubjectError),
    "signed by a stranger": Row(
        by(lambda teams: teams.token(key="a stranger", kid="key-1")),
        refusals.InvalidSignatureError,
    ),
    "a key that is not published": Row(
        by(lambda teams: teams.token(key="a stranger")), refusals.PyJWKClientError
    ),
    "no algorithm": Row(
        by(lambda teams: unsigned_token(teams.claims())), refusals.InvalidAlgorithmError
    ),
    "the public key as a secret": Row(
        by(lambda teams: keyed_token(teams.claims())), refusals.InvalidAlgorithmError
    ),
    "another algorithm, unsigned": Row(
        by(lambda teams: unsigned_token(teams.claims(), "RS256")), refusals.InvalidSignatureError
    ),
    "no token": Row(by(lambda teams: "x"), refusals.DecodeError),
    "no service": Row(saying(serviceurl=None), refusals.InvalidTokenError),
    "another service": Row(saying(serviceurl=EVIL), refusals.InvalidTokenError),
    "the body's service altered": Row(
        by(FakeTeams.token, serviceUrl=EVIL), refusals.InvalidTokenError
    ),
    "another app's token of the organisation": Row(
        of_the_organisation(FOREIGN_TENANT), refusals.InvalidTokenError
    ),
    # The SDK takes it, we are stricter: channels/teams_tokens.py says why.
    "no expiry": Row(saying(exp=None)),
    "no beginning": Row(saying(nbf=None)),
    "an expiry in letters": Row(saying(exp="99999999999")),
    "expired before it began": Row(off(nbf=60, exp=-60)),
    "our name as an address": Row(saying(aud=f"api://{APP_ID}")),
    "two audiences": Row(saying(aud=[APP_ID, FOREIGN_TENANT])),
    "the body's service left out": Row(by(FakeTeams.token, serviceUrl="")),
    "a service that is not Teams'": Row(
        by(lambda teams: teams.token(teams.claims(serviceurl=EVIL)), serviceUrl=EVIL)
    ),
    "another channel, for which the key may sign": Row(by(FakeTeams.token, channelId="webchat")),
    "another organisation's token": Row(saying(tid=FOREIGN_TENANT)),
    "a token of the organisation": Row(of_the_organisation(AGENT_365)),
}


@pytest.mark.parametrize("name", ROWS)
async def test_both_judge_a_call_as_its_row_says(
    teams: FakeTeams, channel: Teams, theirs: Validate, name: str
) -> None:
    row = ROWS[name]
    call = row.forge(teams)
    service_url = service_of(call)
    if row.theirs is None:
        await theirs(call, service_url)
    else:
        with pytest.raises(row.theirs):
            await theirs(call, service_url)
        assert not row.ours
    assert is_ours(channel, call) is row.ours


def service_of(call: Signed) -> str:
    """What the SDK is told beside the token: where the body says that it comes from."""
    return str(json.loads(call.body)["serviceUrl"])


ODD: list[Any] = [None, "", "x", "7", 0, -1, 7, 1.5, 1e400, 10**30, True, [], ["x"], {}]
CLAIMS = ["iss", "aud", "exp", "nbf", "iat", "serviceurl", "sub", "jti", "tid", "azp", "ver"]


@pytest.mark.parametrize("claim", CLAIMS)
async def test_what_the_sdk_refuses_is_refused_whatever_a_claim_holds(
    teams: FakeTeams, channel: Teams, theirs: Validate, claim: str
) -> None:
    activity = teams.activity(ANN, PERSONAL, "hello")
    await theirs(teams.signed(activity), teams.service_url)
    assert is_ours(channel, teams.signed(activity))
    for value in ODD:
        call = teams.signed(activity, teams.token({**teams.claims(), claim: value}))
        try:
            await theirs(call, teams.service_url)
        except Exception:  # some values break it, which lets nobody in either
            assert not is_ours(channel, call), value


# ---- what goes out ------------------------------------------------------------------------------


@pytest.fixture
def office() -> Iterator[FakeTeams]:
    """An organisation in which nobody has said anything."""
    with running(FakeTeams()) as fake:
        yield fake


async def signed_in(teams: FakeTeams, secret: str = APP_SECRET) -> Any:
    """The vendor's client of the conversations there, with the token that it gets itself."""
    from microsoft_teams.api.auth import ClientCredentials
    from microsoft_teams.api.clients.bot.token_client import BotTokenClient
    from microsoft_teams.api.clients.conversation import ConversationClient
    from microsoft_teams.common.http import ClientOptions

    app = ClientCredentials(client_id=APP_ID, client_secret=secret, tenant_id=TENANT)
    given = await BotTokenClient(cloud=cloud_of(teams)).get(app)
    return ConversationClient(teams.service_url, ClientOptions(token=given.access_token))


async def test_the_vendors_client_signs_in_and_speaks(office: FakeTeams) -> None:
    from microsoft_teams.api.activities import MessageActivityInput, TypingActivityInput
    from microsoft_teams.api.clients.conversation import CreateConversationParams
    from microsoft_teams.api.models import Account, Attachment

    client = await signed_in(office)
    ann = Account(id=DIRECTORY[ANN], name="Ann")
    opened = await client.create(CreateConversationParams(members=[ann], tenant_id=TENANT))
    assert opened.id == PERSONAL
    await client.create_activity(PERSONAL, TypingActivityInput())
    assert office.typing == [PERSONAL]
    said = await client.create_activity(PERSONAL, MessageActivityInput(text="Hello"))
    card = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [
            {
                "type": "ActionSet",
                "actions": [{"type": "Action.Submit", "title": "Small", "data": {}}],
            }
        ],
    }
    shown = Attachment(content_type="application/vnd.microsoft.card.adaptive", content=card)
    asked = await client.create_activity(PERSONAL, MessageActivityInput(attachments=[shown]))
    first, second = office.messages[PERSONAL]
    assert (first["id"], first["text"]) == (said.id, "Hello")
    assert (second["id"], [one["title"] for one in choices_of(second)]) == (asked.id, ["Small"])
    await client.delete_activity(PERSONAL, said.id)
    assert [one["id"] for one in office.messages[PERSONAL]] == [asked.id]


async def test_the_vendors_client_meets_teams_refusals(office: FakeTeams) -> None:
    from httpx import HTTPStatusError
    from microsoft_teams.api.activities import MessageActivityInput

    with pytest.raises(HTTPStatusError) as refused:
        await signed_in(office, "wrong~" + "x" * 24)
    assert refused.value.response.status_code == 401
    client = await signed_in(office)

    async def refusal(where: str, text: str = "Hello") -> tuple[int, str]:
        with pytest.raises(HTTPStatusError) as refused:
            await client.create_activity(where, MessageActivityInput(text=text))
        return refused.value.response.status_code, refused.value.response.json()["error"]["code"]

    assert await refusal("19:nowhere@thread.v2") == (404, "ConversationNotFound")
    assert await refusal(LEFT) == (403, "BotNotInConversationRoster")
    assert await refusal(PERSONAL, "x" * 29_000) == (413, "MessageSizeTooBig")
    assert await refusal(PERSONAL, "") == (400, "BadSyntax")
    office.script.append(429)
    assert (await refusal(PERSONAL))[0] == 429
    office.revoke_tokens()
    assert (await refusal(PERSONAL))[0] == 401
    assert office.messages == {}
