"""The whole walk in Chromium: the description, the keys, consent at Slack and back, a second workspace, the app taken out."""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest
from playwright.sync_api import expect

from bot.company import set_inbox_settings, stored_settings
from store.models import Inbox
from tests.fakes.slack import SIGNING_SECRET, FakeSlack, running
from tests.fakes.slack_oauth import CLIENT_ID, CLIENT_SECRET
from tests.web.desk.test_browser import Served
from web import house as web_house

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def test_the_app_is_added_by_consent_and_says_when_it_is_gone(served: Served) -> None:
    house = served.day.company.house
    web = house.settings.web.model_copy(update={"public_url": served.url})
    settings = house.settings.model_copy(update={"web": web})
    web_house.use(replace(house, settings=settings))
    with running(FakeSlack(clock=lambda: house.clock().timestamp())) as slack:
        slack.oauth.redirect_urls = [f"{served.url}/desk/settings/slack/back/"]
        page = served.page("ada", "/desk/settings/slack/")
        page.get_by_label("Short name").fill("care")
        page.get_by_role("button", name="Show the description").click()
        expect(page.locator("#manifest")).to_contain_text(f"{served.url}/webhooks/slack/care")
        page.get_by_label("Client ID").fill(CLIENT_ID)
        page.get_by_label("Client Secret").fill(CLIENT_SECRET)
        page.get_by_label("Signing Secret").fill(SIGNING_SECRET)
        page.keyboard.press("Enter")
        expect(page.get_by_text("The keys are kept.")).to_be_visible()
        inbox = Inbox.objects.get(slug="care")
        kept = {**stored_settings(house, inbox), "api_url": f"{slack.url}/api/"}
        set_inbox_settings(house, inbox, kept)
        inbox.save()
        page.locator("[data-inbox=care]").get_by_role("button", name="Add to Slack").click()
        expect(page.get_by_role("heading", name="Allow this app?")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Nobody agreed in Slack")).to_be_visible()
        page.locator("[data-inbox=care]").get_by_role("button", name="Add to Slack").click()
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("Added to Acme.")).to_be_visible()
        assert "code=" not in page.url
        card = page.locator("[data-inbox=care]")
        expect(card.locator(".state")).to_have_text("Added")
        card.get_by_role("button", name="Add to another workspace").click()
        page.get_by_label("Workspace").select_option(label="Beta & Söhne")
        page.get_by_role("button", name="Allow").click()
        expect(page.locator("[data-inbox=care-t0beta] .state")).to_have_text("Added")
        for request in slack.uninstall("T0BETA"):
            told = httpx2.post(
                f"{served.url}/webhooks/slack/care", content=request.body, headers=request.headers
            )
            assert told.status_code == 200
        page.reload()
        expect(page.locator("[data-inbox=care-t0beta] .state")).to_have_text("Removed")
        expect(page.locator("[data-inbox=care] .state")).to_have_text("Added")
        fetched = f"fetched {slack.url}/"
        served.trouble[:] = [one for one in served.trouble if not one.startswith(fetched)]
