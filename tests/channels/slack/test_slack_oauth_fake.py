"""The fake gives tokens as Slack does: once, in time, to whom they belong, and takes them back. The vendor's client asks."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web import WebClient

from tests.fakes.slack import ANN, TEAM, FakeSlack
from tests.fakes.slack_oauth import CLIENT_ID, CLIENT_SECRET, SECOND

BACK = "https://help.example.org/back/"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(slack: FakeSlack) -> Clock:
    clock = Clock()
    slack.clock = clock
    slack.oauth.redirect_urls = [BACK]
    return clock


def page(slack: FakeSlack, **changes: str) -> str:
    asked = {"client_id": CLIENT_ID, "redirect_uri": BACK, **changes}
    made = AuthorizeUrlGenerator(
        client_id=asked["client_id"],
        redirect_uri=asked["redirect_uri"],
        scopes=["chat:write", "commands"],
        authorization_url=f"{slack.url}/oauth/v2/authorize",
    )
    return made.generate("of ours".replace(" ", "%20"))


def code_of(slack: FakeSlack, team: str = TEAM) -> str:
    asked = dict(parse_qsl(urlsplit(page(slack)).query)) | {"team": team}
    return dict(parse_qsl(urlsplit(slack.oauth.answered(asked)).query))["code"]


def access(slack: FakeSlack, **changes: str) -> dict[str, object]:
    client = WebClient(base_url=f"{slack.url}/api/")
    asked = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": BACK}
    answer = client.oauth_v2_access(**{**asked, **changes})  # type: ignore[arg-type]
    assert isinstance(answer.data, dict)
    return answer.data


def refused(slack: FakeSlack, **changes: str) -> str:
    with pytest.raises(SlackApiError) as caught:
        access(slack, **changes)
    return str(caught.value.response["error"])


def test_the_page_asks_and_leads_back_with_the_state(slack: FakeSlack, clock: Clock) -> None:
    shown = httpx2.get(page(slack))
    assert shown.status_code == 200
    assert "Allow this app?" in shown.text
    form = dict(parse_qsl(urlsplit(page(slack)).query)) | {"team": TEAM}
    for allow, names in (("allow", {"code", "state"}), ("cancel", {"error", "state"})):
        told = httpx2.post(f"{slack.url}/oauth/v2/consent", data={**form, "answer": allow})
        assert told.status_code == 302
        back = told.headers["location"]
        assert back.startswith(f"{BACK}?")
        found = dict(parse_qsl(urlsplit(back).query))
        assert set(found) == names
        assert found["state"] == "of ours"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/back/"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://help.example.org/other/"}, "bad_redirect_uri"),
    ],
)
def test_what_is_not_the_apps_is_refused_on_the_page(
    slack: FakeSlack, clock: Clock, changes: dict[str, str], says: str
) -> None:
    shown = httpx2.get(page(slack, **changes))
    assert (shown.status_code, says in shown.text) == (400, True)


def test_a_code_is_good_once(slack: FakeSlack, clock: Clock) -> None:
    code = code_of(slack)
    given = access(slack, code=code)
    assert given["scope"] == "chat:write,commands"
    assert refused(slack, code=code) == "code_already_used"


def test_a_code_is_good_for_ten_minutes(slack: FakeSlack, clock: Clock) -> None:
    early, late = code_of(slack), code_of(slack)
    clock.now += 599
    access(slack, code=early)
    clock.now += 1
    assert refused(slack, code=late) == "invalid_code"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"code": "made-up"}, "invalid_code"),
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "d6" * 16}, "bad_client_secret"),
        ({"redirect_uri": f"{BACK}elsewhere"}, "bad_redirect_uri"),
    ],
)
def test_what_does_not_fit_gets_no_token_and_the_code_stays_good(
    slack: FakeSlack, clock: Clock, changes: dict[str, str], says: str
) -> None:
    code = code_of(slack)
    assert refused(slack, **{"code": code, **changes}) == says
    assert access(slack, code=code)["ok"]


def test_keys_may_come_as_arguments(slack: FakeSlack, clock: Clock) -> None:
    asked = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": BACK}
    told = httpx2.post(f"{slack.url}/api/oauth.v2.access", data={**asked, "code": code_of(slack)})
    assert told.json()["ok"]
    wrong = base64.b64encode(b"1.2:x").decode()
    told = httpx2.post(
        f"{slack.url}/api/oauth.v2.access",
        data={"code": code_of(slack)},
        headers={"authorization": f"Basic {wrong}"},
    )
    assert told.json() == {"ok": False, "error": "invalid_client_id"}


def test_each_workspace_has_its_token_until_it_is_taken_back(
    slack: FakeSlack, clock: Clock
) -> None:
    tokens = [
        str(access(slack, code=code_of(slack, team))["access_token"]) for team in (TEAM, SECOND)
    ]
    assert len(set(tokens)) == 2
    first, second = (WebClient(token, base_url=f"{slack.url}/api/") for token in tokens)
    assert first.chat_postMessage(channel=slack.direct(ANN), text="hello")["ok"]
    slack.uninstall()
    with pytest.raises(SlackApiError, match="account_inactive"):
        first.auth_test()
    assert second.auth_test()["ok"]
    slack.revoke(SECOND)
    with pytest.raises(SlackApiError, match="token_revoked"):
        second.auth_test()


def test_tokens_that_end_are_renewed_once_each(slack: FakeSlack, clock: Clock) -> None:
    slack.oauth.rotates = True
    given = access(slack, code=code_of(slack))
    token, refresh = str(given["access_token"]), str(given["refresh_token"])
    again = access(slack, grant_type="refresh_token", refresh_token=refresh)
    assert again["access_token"] != token
    assert refused(slack, grant_type="refresh_token", refresh_token=refresh) == (
        "invalid_refresh_token"
    )
    clock.now += 43_200
    with pytest.raises(SlackApiError, match="token_expired"):
        WebClient(token, base_url=f"{slack.url}/api/").auth_test()
