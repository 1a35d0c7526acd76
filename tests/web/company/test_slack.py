"""Adding Slack's app from the settings: whose consent comes back, once and in time, and what the page says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from bot.apps import note_removal
from bot.cli.company import BACK as from_the_command
from bot.company import set_inbox_settings, stored_settings
from store.models import AuditEntry, Inbox
from tests.fakes.slack import SIGNING_SECRET, TEAM, FakeSlack, running
from tests.fakes.slack_oauth import CLIENT_ID, CLIENT_SECRET, SECOND
from tests.web.desk.conftest import Day
from web.company.consent import KEPT
from web.company.slack import back_to_us

pytestmark = pytest.mark.enable_socket
PAGE, BACK = "/desk/settings/slack/", "/desk/settings/slack/back/"
KEYS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "signing_secret": SIGNING_SECRET}


@dataclass
class Walk:
    """Slack beside the desk, and an app whose keys are kept."""

    day: Day
    slack: FakeSlack
    inbox: Inbox

    def client(self, login: str = "ada", **more: bool) -> Client:
        return self.day.client(login, **more)

    def set_out(self, client: Client, **posted: str) -> str:
        """Presses the button; the address at Slack."""
        shown = client.post(f"{PAGE}{self.inbox.id}/add/", posted)
        assert shown.status_code == 200
        found = re.search(r'href="([^"]+/oauth/v2/authorize[^"]+)"', shown.content.decode())
        assert found is not None
        return unescape(found[1])

    def agreed(self, page: str, team: str = TEAM, *, allow: bool = True) -> str:
        """The path that Slack leads back to."""
        asked = dict(parse_qsl(urlsplit(page).query)) | {"team": team}
        back = urlsplit(self.slack.oauth.answered(asked, allow=allow))
        return f"{back.path}?{back.query}"

    def token(self) -> str:
        self.inbox.refresh_from_db()
        house = self.day.company.house
        return str(stored_settings(house, self.inbox).get("bot_token", ""))

    def is_unused(self) -> bool:
        return not any(code.is_used for code in self.slack.oauth.codes.values())


@pytest.fixture
def walk(day: Day) -> Iterator[Walk]:
    with running(FakeSlack()) as slack:
        house = day.company.house
        slack.clock = lambda: house.clock().timestamp()
        slack.oauth.redirect_urls = [back_to_us()]
        client = day.client("ada")
        assert client.post(PAGE, {**KEYS, "slug": "slack", "name": "Slack"}).status_code == 302
        inbox = Inbox.objects.get(slug="slack")
        kept = stored_settings(house, inbox)
        set_inbox_settings(house, inbox, {**kept, "api_url": f"{slack.url}/api/"})
        inbox.save()
        yield Walk(day, slack, inbox)


def said(client: Client, path: str) -> str:
    shown = client.get(path, follow=True)
    assert shown.redirect_chain == [(PAGE, 302)], "its address keeps no code"
    return unescape(shown.content.decode())


def test_the_page_shows_a_description_with_our_addresses(day: Day) -> None:
    client = day.client("ada")
    shown = client.get(PAGE, {"name": "Fernhill", "slug": "care", "assistant": "on"})
    page = unescape(shown.content.decode())
    found = re.search(r'<code id="manifest">(.*?)</code>', page, re.S)
    assert found is not None
    made = json.loads(found[1])
    assert made["display_information"]["name"] == "Fernhill"
    assert made["settings"]["event_subscriptions"]["request_url"].endswith("/webhooks/slack/care")
    assert made["oauth_config"]["redirect_urls"] == [back_to_us()]
    assert "begin with https://" in page, "Slack calls no other address"
    socket = unescape(client.get(PAGE, {"socket": "on"}).content.decode())
    assert "/webhooks/slack/" not in re.sub(r"<form.*?</form>", "", socket, flags=re.S)
    odd = client.get(PAGE, {"slug": "../<b>"}).content.decode()
    assert "&lt;b" not in odd
    assert "/webhooks/slack/slack" in odd


def test_the_command_names_the_same_address(day: Day) -> None:
    assert back_to_us() == day.company.house.settings.public_url + from_the_command


def test_keys_go_in_and_never_come_out(walk: Walk) -> None:
    page = walk.client().get(PAGE).content.decode()
    assert "Not added yet" in page
    for secret in (CLIENT_SECRET, SIGNING_SECRET):
        assert secret not in page
    wrong = walk.client().post(PAGE, {**KEYS, "slug": "other", "client_secret": "too-little"})
    assert "These keys cannot be right" in wrong.content.decode()
    assert "too-little" not in wrong.content.decode()
    again = walk.client().post(PAGE, {**KEYS, "slug": "slack"})
    assert "There is a channel of this short name" in again.content.decode()


def test_a_consent_that_was_begun_here_adds_the_app(walk: Walk) -> None:
    client = walk.client()
    page = walk.set_out(client)
    assert CLIENT_SECRET not in page
    told = said(client, walk.agreed(page))
    assert "Added to Acme." in told
    assert walk.slack.oauth.tokens[walk.token()] == TEAM
    assert walk.token() not in told
    assert AuditEntry.objects.filter(action="inbox.install").count() == 1
    other = walk.agreed(walk.set_out(client, elsewhere="on"), SECOND)
    assert "Added to Beta & Söhne." in said(client, other)
    assert Inbox.objects.filter(channel="slack").count() == 2


def test_a_state_is_good_once(walk: Walk) -> None:
    client = walk.client()
    first = walk.agreed(walk.set_out(client))
    said(client, first)
    token = walk.token()
    assert "was not begun here" in said(client, first)
    assert walk.token() == token


def test_a_state_is_good_once_where_two_requests_read_one_session(walk: Walk) -> None:
    client = walk.client()
    page = walk.set_out(client)
    before = dict(client.session[KEPT])
    said(client, walk.agreed(page))
    token, session = walk.token(), client.session
    session[KEPT] = before
    session.save()
    assert "was used already" in said(client, walk.agreed(page))
    assert walk.token() == token


def test_somebody_elses_consent_is_refused(walk: Walk) -> None:
    """What an attacker began is brought into an administrator's browser, and the other way round."""
    begun = walk.agreed(walk.set_out(walk.client("ada")))
    walk.day.company.users["ruth"].role = "admin"
    walk.day.company.users["ruth"].save()
    assert "was not begun here" in said(walk.client("ruth"), begun)
    assert "was not begun here" in said(walk.client("ada"), begun), "another session of their own"
    assert (walk.token(), walk.is_unused()) == ("", True)


def test_a_session_that_became_anothers_keeps_no_consent(walk: Walk) -> None:
    client = walk.client()
    page = walk.set_out(client)
    session = client.session
    kept = {name: {**one, "user": str(walk.inbox.id)} for name, one in session[KEPT].items()}
    session[KEPT] = kept
    session.save()
    assert "was not begun here" in said(client, walk.agreed(page))
    assert (walk.token(), walk.is_unused()) == ("", True)


def test_a_consent_that_takes_longer_than_ten_minutes_is_refused(walk: Walk) -> None:
    client = walk.client()
    page = walk.set_out(client)
    walk.day.company.clock.advance(minutes=10)
    assert "took too long" in said(client, walk.agreed(page))
    assert (walk.token(), walk.is_unused()) == ("", True)


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000, "\x00", "é"])
def test_a_made_up_state_is_refused(walk: Walk, state: str) -> None:
    client = walk.client()
    good = dict(parse_qsl(urlsplit(walk.agreed(walk.set_out(client))).query))
    path = f"{BACK}?{urlencode({**good, 'state': state})}"
    shown = client.get(path)
    assert shown.status_code in (302, 400)
    assert (walk.token(), walk.is_unused()) == ("", True)


def test_who_is_nobody_or_may_not_brings_nothing_back(walk: Walk) -> None:
    back = walk.agreed(walk.set_out(walk.client()))
    assert Client().get(back).status_code == 302
    assert walk.client("amira").get(back).status_code == 403
    assert walk.client("amira").post(f"{PAGE}{walk.inbox.id}/add/").status_code == 403
    assert (walk.token(), walk.is_unused()) == ("", True)


def test_setting_out_needs_the_form_of_the_page(walk: Walk) -> None:
    client = walk.client(checks_csrf=True)
    assert client.post(f"{PAGE}{walk.inbox.id}/add/").status_code == 403
    assert client.post(PAGE, KEYS).status_code == 403
    assert client.get(f"{PAGE}{walk.inbox.id}/add/").status_code == 405


def test_who_cancels_adds_nothing_and_may_begin_again(walk: Walk) -> None:
    client = walk.client()
    page = walk.set_out(client)
    assert "Nobody agreed in Slack" in said(client, walk.agreed(page, allow=False))
    assert "was not begun here" in said(client, walk.agreed(page)), "that state is gone"
    assert "Added to Acme." in said(client, walk.agreed(walk.set_out(client)))


def test_several_begun_at_once_each_come_back(walk: Walk) -> None:
    client = walk.client()
    pages = [walk.set_out(client) for _ in range(6)]
    assert len(client.session[KEPT]) == 5
    assert "was not begun here" in said(client, walk.agreed(pages[0]))
    for page in (pages[5], pages[1]):
        assert "Added to Acme." in said(client, walk.agreed(page))


def test_missing_scopes_and_a_removal_are_said(walk: Walk) -> None:
    walk.slack.oauth.withheld = {"files:write"}
    client = walk.client()
    told = said(client, walk.agreed(walk.set_out(client)))
    assert "Slack did not grant: files:write." in told
    house = walk.day.company.house
    walk.inbox.refresh_from_db()
    note_removal(house, walk.inbox, house.clock())
    assert "taken out of this workspace" in client.get(PAGE).content.decode()
    assert "in no workspace" in client.get("/desk/settings/channels/").content.decode()
    tried = client.post("/desk/settings/channels/slack/test/").content.decode()
    assert "add it again" in tried


def test_the_settings_form_keeps_what_slack_told(walk: Walk) -> None:
    client = walk.client()
    said(client, walk.agreed(walk.set_out(client)))
    house, token = walk.day.company.house, walk.token()
    address = f"/admin/store/inbox/{walk.inbox.id}/change/"
    shown = client.get(address)
    page = shown.content.decode()
    assert "setting_channels" in page
    for name in ("refresh_token", "scopes", "installed_at", "token_until", "bot_user"):
        assert f"setting_{name}" not in page
    form = shown.context["adminform"].form
    posted = {name: value for name, value in form.initial.items() if value is not None}
    posted |= {"setting_channels": "C0HELP", "is_active": "on"}
    posted = {name: value for name, value in posted.items() if value is not False}
    saved = client.post(address, posted)
    assert saved.status_code == 302, saved.content.decode()
    walk.inbox.refresh_from_db()
    kept = stored_settings(house, walk.inbox)
    assert (kept["channels"], kept["bot_token"]) == (["C0HELP"], token)
    assert kept["workspace"] == "Acme"
    assert "files:write" in kept["scopes"]
