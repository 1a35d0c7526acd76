"""The home tab: the person's own open tickets and nobody else's, and the way to the form."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx2

from bot.handoff import packet_of
from bot.reply import Outcome, finish_turn
from core.decision import Priority, Routed
from store.models import Ticket
from store.turns import claim
from tests.channels.slack.conftest import Office
from tests.channels.slack.test_slack_actions import bring
from tests.fakes.slack import ANN, BEN, RANDOM


def hand_over(office: Office, text: str) -> None:
    """Everything that waits becomes a ticket."""
    house = office.company.house
    for claimed in claim(house.vault, "test", timedelta(minutes=1), 10, house.clock()):
        routed = Routed("billing", Priority.HIGH, "billing")
        packet = packet_of(claimed, None, None, {"summary": text})
        finish_turn(house, claimed, Outcome(routed=routed, packet=packet))


def shown(view: dict[str, object]) -> str:
    return json.dumps(view, ensure_ascii=False)


async def test_people_see_their_own_open_tickets(office: Office, http: httpx2.AsyncClient) -> None:
    slack, run = office.slack, office.company.house.database.run
    for user, text in ((ANN, "My bill <is> wrong"), (BEN, "Secret of Ben")):
        await bring(http, *slack.command(user, RANDOM, text))
        await run(hand_over, office, text)
    await bring(http, *slack.open_home(ANN))
    number = await run(lambda: min(Ticket.objects.values_list("number", flat=True)))
    page = shown(slack.homes[ANN])
    assert f"*#{number}* My bill &lt;is&gt; wrong" in page
    assert "we are on it" in page
    assert "Ben" not in page
    await run(lambda: Ticket.objects.update(status=Ticket.Status.PENDING))
    await bring(http, *slack.open_home(ANN))
    assert "we wait for your answer" in shown(slack.homes[ANN])
    await run(lambda: Ticket.objects.update(status=Ticket.Status.RESOLVED))
    await bring(http, *slack.open_home(ANN))
    assert "Nothing is open." in shown(slack.homes[ANN])


async def test_the_home_tab_leads_to_the_form(office: Office, http: httpx2.AsyncClient) -> None:
    slack = office.slack
    await bring(http, *slack.open_home(ANN))
    button = slack.homes[ANN]["blocks"][-1]
    pressed = {**button["elements"][0], "block_id": button["block_id"], "action_ts": "1795435200.1"}
    await bring(http, *slack.press_in_view(ANN, slack.homes[ANN], pressed))
    assert slack.views[0]["type"] == "modal"


async def test_the_tab_of_messages_is_not_the_home_tab(
    office: Office, http: httpx2.AsyncClient
) -> None:
    slack = office.slack
    opened = {"type": "app_home_opened", "user": ANN, "tab": "messages", "event_ts": "1795435200.1"}
    await bring(http, slack.event(opened))
    await bring(
        http,
        slack.event(
            {**opened, "tab": "home"}, team_id="T8", authorizations=[], context_team_id="T8"
        ),
    )
    assert slack.homes == {}


async def test_a_home_tab_that_cannot_be_filled_does_no_harm(
    office: Office, http: httpx2.AsyncClient
) -> None:
    office.slack.scripts.append(("views.publish", "not_enabled"))
    await bring(http, *office.slack.open_home(ANN))
    assert office.slack.homes == {}
