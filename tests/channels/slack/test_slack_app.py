"""One app in several workspaces: added by consent, heard at one address, taken out and added again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from bot import installing
from bot.apps import note_removal
from bot.company import set_inbox_settings, shown_settings, stored_settings
from bot.installing import Added
from bot.renewing import keep_token, renew_due
from channels.contract_apps import AppWish
from channels.slack import Slack
from channels.slack_manifest import SCOPES, manifest
from channels.slack_settings import SlackSettings
from core.errors import Conflict, NotAllowed
from store.models import AuditEntry, Inbox, InboxRow, OutboxRow
from tests.channels.office import answer, caller, deliver
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import arrived, shown_text
from tests.channels.slack.test_slack_socket import fetching, until
from tests.company import Company
from tests.fakes.slack import ANN, APP_TOKEN, BOT_TOKEN, HELP, SIGNING_SECRET, TEAM, FakeSlack
from tests.fakes.slack_oauth import CLIENT_ID, CLIENT_SECRET, ORGANISATION, SECOND

BACK = "https://help.example.org/desk/settings/slack/back/"
HOOK = "/webhooks/slack/first"


@dataclass
class App:
    """A company whose app has its keys, and Slack beside it."""

    office: Office

    @property
    def slack(self) -> FakeSlack:
        return self.office.slack

    @property
    def run(self) -> Callable[..., Awaitable[Any]]:
        return self.office.company.house.database.run

    def add(self, team: str = TEAM, *, inbox: Inbox | None = None, **changes: str) -> Added:
        """Somebody agrees in that workspace, and comes back with the code."""
        house, admin = self.office.company.house, self.office.company.admin
        row = inbox or self.office.inbox
        elsewhere = team != TEAM
        page = installing.consent_page(house, admin, row, "state", BACK, elsewhere=elsewhere)
        asked = dict(parse_qsl(urlsplit(page).query)) | {"team": team}
        told = dict(parse_qsl(urlsplit(self.slack.oauth.answered(asked)).query)) | changes
        assert told["state"] == "state"
        return installing.add(house, admin, row.id, told["code"], told.get("back", BACK))

    def kept(self, inbox: Inbox) -> dict[str, Any]:
        inbox.refresh_from_db()
        return stored_settings(self.office.company.house, inbox)

    def says(self, team: str, text: str, ts: str = "1795435200.000100") -> Any:
        """Ann says it to the app directly, in that workspace."""
        message = {"type": "message", "channel_type": "im", "channel": self.slack.direct(ANN)}
        message |= {"user": ANN, "text": text, "ts": ts, "team": team}
        return self.slack.event(message, **self.slack.of(team))


@pytest.fixture
def app(company: Company, slack: FakeSlack) -> App:
    house = company.house
    slack.clock = lambda: house.clock().timestamp()
    slack.oauth.redirect_urls = [BACK]
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    keys |= {"signing_secret": SIGNING_SECRET, "api_url": f"{slack.url}/api/"}
    inbox = installing.make_app(house, company.admin, "slack", "first", "Slack", keys)
    return App(Office(company, inbox, arrived, slack))


@pytest.fixture
def http(app: App) -> httpx2.AsyncClient:
    return caller(app.office)


def texts_of(inbox: Inbox) -> int:
    """How many messages came to this inbox."""
    return InboxRow.objects.filter(inbox=inbox).count()


# ---- the description -------------------------------------------------------------------------


def test_the_manifest_has_all_that_the_app_needs() -> None:
    hook = f"https://help.example.org{HOOK}"
    made = manifest(AppWish("Fernhill", hook, BACK, assistant=True))
    assert made["oauth_config"]["redirect_urls"] == [BACK]
    assert set(made["oauth_config"]["scopes"]["bot"]) == {*SCOPES, "assistant:write"}
    events = made["settings"]["event_subscriptions"]
    assert events["request_url"] == made["settings"]["interactivity"]["request_url"] == hook
    assert {"app_uninstalled", "tokens_revoked", "assistant_thread_started"} <= set(
        events["bot_events"]
    )
    (command,) = made["features"]["slash_commands"]
    assert command["url"] == hook
    assert command["should_escape"]
    assert {one["type"] for one in made["features"]["shortcuts"]} == {"message", "global"}
    assert made["features"]["app_home"]["home_tab_enabled"]
    assert "assistant_view" in made["features"]


def test_over_a_socket_no_address_of_ours_is_called() -> None:
    made = manifest(AppWish("F" * 90, f"https://help.example.org{HOOK}", BACK, socket=True))
    assert made["settings"]["socket_mode_enabled"]
    assert HOOK not in json.dumps(made)
    assert "assistant" not in json.dumps(made)
    assert len(made["display_information"]["name"]) == 35


# ---- adding it -------------------------------------------------------------------------------


def test_a_consent_makes_the_inbox_whole_and_shows_no_secret(app: App) -> None:
    added = app.add()
    assert (added.inbox.id, added.is_new, added.missing) == (app.office.inbox.id, False, ())
    kept = app.kept(app.office.inbox)
    assert (kept["team"], kept["workspace"], kept["bot_user"]) == (TEAM, "Acme", "U0BOT")
    assert app.slack.oauth.tokens[kept["bot_token"]] == TEAM
    shown, secrets = shown_settings(app.office.company.house, app.office.inbox)
    assert {"bot_token", "client_secret", "signing_secret"} <= secrets
    for secret in (kept["bot_token"], CLIENT_SECRET, SIGNING_SECRET):
        assert secret not in json.dumps(shown)
        assert secret.encode() not in bytes(app.office.inbox.settings_cipher)
    assert AuditEntry.objects.filter(action="inbox.install").count() == 1


def test_adding_it_again_renews_the_token_of_the_same_inbox(app: App) -> None:
    app.add()
    first = app.kept(app.office.inbox)
    set_inbox_settings(
        app.office.company.house, app.office.inbox, {**first, "channels": [HELP], "seconds": 3}
    )
    app.office.inbox.save()
    assert not app.add().is_new
    second = app.kept(app.office.inbox)
    assert second["bot_token"] != first["bot_token"]
    assert (second["channels"], second["seconds"]) == ([HELP], 3)
    assert Inbox.objects.filter(channel="slack").count() == 1


def test_a_second_workspace_is_an_inbox_of_its_own(app: App) -> None:
    app.add()
    kept = app.kept(app.office.inbox)
    set_inbox_settings(app.office.company.house, app.office.inbox, {**kept, "channels": [HELP]})
    app.office.inbox.save()
    added = app.add(SECOND)
    assert (added.is_new, added.name, added.inbox.slug) == (True, "Beta & Söhne", "first-t0beta")
    other = app.kept(added.inbox)
    assert (other["team"], other["client_id"]) == (SECOND, CLIENT_ID)
    assert "channels" not in other, "channels are those of one workspace"
    assert app.kept(app.office.inbox)["team"] == TEAM
    again = app.add(SECOND, inbox=app.office.inbox)
    assert (again.inbox.id, again.is_new) == (added.inbox.id, False)
    assert Inbox.objects.filter(channel="slack").count() == 2


def test_an_organisation_is_named_by_its_own_id(app: App) -> None:
    app.add(ORGANISATION)
    assert app.kept(app.office.inbox)["team"] == ORGANISATION


def test_what_slack_does_not_grant_is_named(app: App) -> None:
    app.slack.oauth.withheld = {"files:write", "im:history"}
    assert app.add().missing == ("files:write", "im:history")
    [(_, standing)] = installing.standings(app.office.company.house, "slack")
    assert standing.missing == ("files:write", "im:history")


@pytest.mark.parametrize(
    ("changes", "kept", "sentence"),
    [
        ({"code": "made-up"}, {}, "too old or was used"),
        ({"back": f"{BACK}elsewhere/"}, {}, "redirect URLs"),
        ({}, {"client_secret": "d6" * 16}, "client secret is not"),
        ({}, {"client_id": "1.2"}, "no app of this client id"),
    ],
)
def test_each_refusal_is_a_sentence_and_nothing_is_kept(
    app: App, changes: dict[str, str], kept: dict[str, str], sentence: str
) -> None:
    house, admin, row = app.office.company.house, app.office.company.admin, app.office.inbox
    page = installing.consent_page(house, admin, row, "s", BACK, elsewhere=False)
    back = app.slack.oauth.answered(dict(parse_qsl(urlsplit(page).query)))
    told = {"back": BACK, **dict(parse_qsl(urlsplit(back).query)), **changes}
    set_inbox_settings(house, row, {**app.kept(row), **kept})
    row.save()
    with pytest.raises(Conflict, match=sentence):
        installing.add(house, admin, row.id, told["code"], told["back"])
    assert "bot_token" not in app.kept(row)


def test_slack_that_is_away_is_a_sentence_too(app: App) -> None:
    row = app.office.inbox
    set_inbox_settings(
        app.office.company.house, row, {**app.kept(row), "api_url": "http://127.0.0.1:9/api/"}
    )
    row.save()
    with pytest.raises(Conflict, match="did not answer"):
        app.add()


def test_only_who_configures_adds_an_app(app: App) -> None:
    company = app.office.company
    for deed in (
        lambda: installing.make_app(company.house, company.lead, "slack", "x", "X", {}),
        lambda: installing.consent_page(
            company.house, company.lead, app.office.inbox, "s", BACK, elsewhere=False
        ),
        lambda: installing.add(company.house, company.lead, app.office.inbox.id, "code", BACK),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_settings_are_those_of_an_app_or_made_by_hand() -> None:
    by_hand = {"team": TEAM, "bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "signing_secret": SIGNING_SECRET}
    for right in (by_hand, app, by_hand | app):
        SlackSettings.model_validate(right)
    for whole in (by_hand, app):
        for name in whole:
            with pytest.raises(ValueError, match=r"must be set|needs its"):
                SlackSettings.model_validate({one: whole[one] for one in whole if one != name})


# ---- one address for all ---------------------------------------------------------------------


async def test_what_comes_at_one_address_reaches_the_inbox_of_its_workspace(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    second = (await app.run(app.add, SECOND)).inbox
    for team in (TEAM, SECOND, SECOND):  # the last one is told twice
        request = app.says(team, f"hello from {team}")
        told = await http.post(HOOK, content=request.body, headers=request.headers)
        assert told.status_code == 200
    nobody = app.says("T0NOBODY", "hello", ts="1795435200.000999")
    told = await http.post(HOOK, content=nobody.body, headers=nobody.headers)
    assert told.status_code == 200, "Slack shall not come again with it"
    assert await app.run(InboxRow.objects.count) == 2
    assert await app.run(texts_of, second) == 1
    command = {"command": "/support", "text": "my key", "user_id": ANN, "trigger_id": "t-1"}
    body = urlencode({**command, "team_id": SECOND}).encode()
    signed = app.slack.signed(body, "application/x-www-form-urlencoded")
    told = await http.post(HOOK, content=signed.body, headers=signed.headers)
    assert told.json()["response_type"] == "ephemeral"
    assert await app.run(texts_of, second) == 2
    body = urlencode({**command, "team_id": "T0NOBODY"}).encode()
    signed = app.slack.signed(body, "application/x-www-form-urlencoded")
    told = await http.post(HOOK, content=signed.body, headers=signed.headers)
    assert (told.status_code, told.content) == (200, b""), "nothing is claimed of it"


async def test_the_first_inbox_may_be_off_and_the_others_are_heard(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    second = (await app.run(app.add, SECOND)).inbox
    await app.run(Inbox.objects.filter(slug="first").update, is_active=False)
    for team in (TEAM, SECOND):
        request = app.says(team, "hello")
        told = await http.post(HOOK, content=request.body, headers=request.headers)
        assert told.status_code == 200
    assert await app.run(InboxRow.objects.count) == await app.run(texts_of, second) == 1


async def test_an_inbox_made_by_hand_is_off_when_it_is_off(office: Office) -> None:
    client, run = caller(office), office.company.house.database.run
    await run(Inbox.objects.filter(slug="acme").update, is_active=False)
    (request,) = office.slack.say(ANN, HELP, "hello")
    told = await client.post("/webhooks/slack/acme", content=request.body, headers=request.headers)
    assert told.status_code == 404


async def test_before_it_is_added_the_address_answers_slacks_question(
    app: App, http: httpx2.AsyncClient
) -> None:
    asked = app.slack.challenge()
    told = await http.post(HOOK, content=asked.body, headers=asked.headers)
    assert (told.status_code, told.text) == (200, "3eZbrw1a")
    request = app.says(TEAM, "hello")
    told = await http.post(HOOK, content=request.body, headers=request.headers)
    assert (told.status_code, await app.run(InboxRow.objects.count)) == (200, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        b'{"type":"event_callback","team_id":7,"authorizations":[3,null],"event":{"type":"message"}}',
        b'{"type":"event_callback","authorizations":5,"event":null}',
        b'{"type":"event_callback","authorizations":{"a":1},"team_id":"T0ACME","event":[]}',
    ],
)
async def test_nonsense_is_refused_and_never_a_fault(
    app: App, http: httpx2.AsyncClient, body: bytes
) -> None:
    await app.run(app.add)
    signed = app.slack.signed(body)
    told = await http.post(HOOK, content=signed.body, headers=signed.headers)
    assert told.status_code in (200, 400)
    forged = {name: value.encode() for name, value in signed.headers.items()}
    forged["x-slack-signature"] = "v0=é中".encode()
    told = await http.post(HOOK, content=signed.body, headers=forged)
    assert told.status_code == 401


async def test_over_one_socket_each_workspace_is_heard(app: App) -> None:
    await app.run(app.add)
    second = (await app.run(app.add, SECOND)).inbox

    def socket() -> None:
        kept = {**app.kept(app.office.inbox), "app_token": APP_TOKEN}
        set_inbox_settings(app.office.company.house, app.office.inbox, kept)
        app.office.inbox.save()

    await app.run(socket)
    async with fetching(app.office, is_set=True):
        for team in (TEAM, SECOND, "T0NOBODY"):
            event = json.loads(app.says(team, f"hello {team}").body)
            await asyncio.to_thread(app.slack.bring_frame, "events_api", event)
        fields = {"command": "/support", "text": "hello", "user_id": ANN, "trigger_id": "t-1"}
        asked = {**fields, "team_id": "T0NOBODY"}
        envelope = await asyncio.to_thread(app.slack.bring_frame, "slash_commands", asked)
        await until(lambda: len(app.slack.acknowledged) == 4)
        assert not app.slack.acknowledged[envelope], "nothing is claimed of it"
    assert await app.run(texts_of, app.office.inbox) == 1
    assert await app.run(texts_of, second) == 1


# ---- taken out -------------------------------------------------------------------------------


async def _conversation(app: App, http: httpx2.AsyncClient) -> None:
    (request,) = app.slack.say(ANN, app.slack.direct(ANN), "hello")
    told = await http.post(HOOK, content=request.body, headers=request.headers)
    assert told.status_code == 200
    await app.run(answer, app.office, "Good morning")


async def _bring(http: httpx2.AsyncClient, *requests: Any) -> None:
    for request in requests:
        told = await http.post(HOOK, content=request.body, headers=request.headers)
        assert told.status_code == 200


async def test_after_it_is_taken_out_a_reply_is_a_failure_for_a_person(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    await _conversation(app, http)
    await _bring(http, *app.slack.uninstall())
    kept = await app.run(app.kept, app.office.inbox)
    assert "bot_token" not in kept
    assert kept["team"] == TEAM
    assert await deliver(app.office) == ["dead"]
    row = await app.run(OutboxRow.objects.get)
    assert "add it again" in row.last_error
    assert await app.run(AuditEntry.objects.filter(action="inbox.removed").count) == 1
    [(_, standing)] = await app.run(installing.standings, app.office.company.house, "slack")
    assert standing.is_gone


async def test_it_is_added_anew_and_speaks_where_it_spoke(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    await _conversation(app, http)
    gone = app.slack.uninstall()
    await _bring(http, *gone)
    app.office.company.house.clock.advance(minutes=1)  # type: ignore[attr-defined]
    assert not (await app.run(app.add)).is_new
    late = [app.slack.retried(request, 3) for request in gone]
    await _bring(http, *late)
    assert "bot_token" in await app.run(app.kept, app.office.inbox), "that was before"
    assert await deliver(app.office) == ["sent"]
    (said,) = app.slack.said(app.slack.direct(ANN))
    assert shown_text(said) == "Good morning"


async def test_a_token_that_is_taken_back_counts_like_that(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    of_a_person = {"type": "tokens_revoked", "tokens": {"oauth": ["U0ADMIN"], "bot": []}}
    await _bring(http, app.slack.event(of_a_person))
    assert "bot_token" in await app.run(app.kept, app.office.inbox)
    await _bring(http, *app.slack.revoke())
    assert "bot_token" not in await app.run(app.kept, app.office.inbox)


async def test_what_goes_in_one_workspace_stays_in_the_other(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    second = (await app.run(app.add, SECOND)).inbox
    await _bring(http, *app.slack.uninstall(SECOND))
    assert "bot_token" not in await app.run(app.kept, second)
    assert "bot_token" in await app.run(app.kept, app.office.inbox)


async def test_a_removal_that_nobody_signed_or_of_nowhere_changes_nothing(
    app: App, http: httpx2.AsyncClient
) -> None:
    await app.run(app.add)
    forged = FakeSlack(clock=app.slack.clock, secret="7c" * 16).uninstall()
    for request in forged:
        told = await http.post(HOOK, content=request.body, headers=request.headers)
        assert told.status_code == 401
    of_nowhere = {"team_id": None, "context_team_id": None, "authorizations": []}
    await _bring(http, app.slack.event({"type": "app_uninstalled"}, **of_nowhere))
    assert "bot_token" in await app.run(app.kept, app.office.inbox)


def test_told_once_more_or_late_a_removal_changes_nothing(app: App) -> None:
    house = app.office.company.house
    app.add()
    before = house.clock()
    house.clock.advance(minutes=1)  # type: ignore[attr-defined]
    app.add()
    note_removal(house, app.office.inbox, before)
    assert "bot_token" in app.kept(app.office.inbox)
    for _ in range(2):
        note_removal(house, app.office.inbox, house.clock())
    assert "bot_token" not in app.kept(app.office.inbox)
    assert AuditEntry.objects.filter(action="inbox.removed").count() == 1


def test_an_inbox_made_by_hand_heeds_no_removal(office: Office) -> None:
    channel = office.channel
    assert isinstance(channel, Slack)
    assert channel.standing.app == ""
    note_removal(office.company.house, office.inbox, office.company.house.clock())
    office.inbox.refresh_from_db()
    assert stored_settings(office.company.house, office.inbox)["bot_token"] == BOT_TOKEN


# ---- tokens that end -------------------------------------------------------------------------


async def test_a_token_that_ends_is_renewed_well_before(app: App, http: httpx2.AsyncClient) -> None:
    house, clock = app.office.company.house, app.office.company.house.clock
    app.slack.oauth.rotates = True
    await app.run(app.add)
    first = await app.run(app.kept, app.office.inbox)
    clock.advance(hours=9, minutes=59)  # type: ignore[attr-defined]
    assert await renew_due(house) == 0
    clock.advance(minutes=1)  # type: ignore[attr-defined]
    assert await renew_due(house) == 1
    second = await app.run(app.kept, app.office.inbox)
    assert second["bot_token"] != first["bot_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert await renew_due(house) == 0
    clock.advance(hours=3)  # type: ignore[attr-defined]
    await _conversation(app, http)
    assert await deliver(app.office) == ["sent"], "the first token has ended by now"


async def test_while_slack_is_away_the_token_stays_and_is_asked_for_again(app: App) -> None:
    house, clock = app.office.company.house, app.office.company.house.clock
    app.slack.oauth.rotates = True
    await app.run(app.add)
    clock.advance(hours=10)  # type: ignore[attr-defined]
    app.slack.scripts += [("oauth.v2.access", "503"), ("oauth.v2.access", "500")]
    before = await app.run(app.kept, app.office.inbox)
    assert (await renew_due(house), await renew_due(house)) == (0, 0)
    assert await app.run(app.kept, app.office.inbox) == before
    assert await renew_due(house) == 1


async def test_a_renewal_that_is_refused_for_good_takes_the_app_out(app: App) -> None:
    house = app.office.company.house
    app.slack.oauth.rotates = True
    await app.run(app.add)
    app.slack.oauth.refreshes.clear()
    house.clock.advance(hours=10)  # type: ignore[attr-defined]
    assert await renew_due(house) == 0
    [(_, standing)] = await app.run(installing.standings, house, "slack")
    assert standing.is_gone


def test_what_was_set_meanwhile_stays_and_a_newer_installation_wins(app: App) -> None:
    house = app.office.company.house
    app.slack.oauth.rotates = True
    app.add()
    kept = app.kept(app.office.inbox)
    used = house.channel_of(app.office.inbox).standing.renewal  # type: ignore[attr-defined]
    given = {"bot_token": "xoxe.xoxb-" + "n" * 16, "refresh_token": "xoxe-1-" + "n" * 16}
    set_inbox_settings(house, app.office.inbox, {**kept, "channels": [HELP]})
    app.office.inbox.save()
    keep_token(house, app.office.inbox, used, given)
    assert app.kept(app.office.inbox) == {**kept, "channels": [HELP], **given}
    app.add()
    newer = app.kept(app.office.inbox)
    keep_token(house, app.office.inbox, used, given)
    assert app.kept(app.office.inbox) == newer


def test_no_renewal_is_due_where_tokens_do_not_end(app: App) -> None:
    app.add()
    [(_, standing)] = installing.standings(app.office.company.house, "slack")
    assert standing.renews_at is None
