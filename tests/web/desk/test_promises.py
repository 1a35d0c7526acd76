"""Another promise for a ticket at the desk: who is shown the way, what the form says, and taking it back. The rule is `tests.store.test_promises`."""

from __future__ import annotations

import json

import pytest

from store.models import SlaPolicy, Ticket
from tests.web.desk.conftest import Day


@pytest.fixture
def quick(day: Day) -> SlaPolicy:
    targets = {
        "response": {name: {"seconds": 60} for name in ("critical", "high", "medium", "low")}
    }
    return SlaPolicy.objects.create(brand=day.company.brand, name="Quick & short", targets=targets)


def _ticket(day: Day) -> Ticket:
    return Ticket.objects.select_related("policy").get(number=day.made["maya"])


def test_a_lead_chooses_sees_it_told_and_takes_it_back(day: Day, quick: SlaPolicy) -> None:
    client, before = day.client("ruth"), _ticket(day)
    form = client.get(day.path("maya", "promise/form")).content.decode()
    assert "Quick &amp; short" in form
    assert f'value="{before.policy_id}" selected' in form
    sent = {"policy": str(quick.id), "version": str(before.version)}
    done = client.post(day.path("maya", "promise"), sent)
    assert "promise: Promised → Quick &amp; short" in done.content.decode()
    assert _ticket(day).policy == quick
    token = json.loads(done["HX-Trigger"])["desk:say"]["undo"]
    undone = client.post("/desk/many/undo/", {"token": token})
    assert "1 taken back" in undone["HX-Trigger"]
    assert _ticket(day).policy == before.policy
    assert _ticket(day).resolution_due == before.resolution_due


def test_the_same_promise_changes_nothing_and_nonsense_is_refused(day: Day) -> None:
    client, before = day.client("ruth"), _ticket(day)
    sent = {"policy": str(before.policy_id), "version": str(before.version)}
    done = client.post(day.path("maya", "promise"), sent)
    assert json.loads(done["HX-Trigger"])["desk:say"]["undo"] == ""
    assert _ticket(day).clock == before.clock
    stale = client.post(day.path("maya", "promise"), sent)
    assert stale.status_code == 409
    for wrong in ({"policy": "x"}, {}):
        answer = client.post(day.path("maya", "promise"), {"version": "1", **wrong})
        assert answer.status_code == 400


def test_only_those_who_lead_are_shown_the_way(day: Day, quick: SlaPolicy) -> None:
    assert "/promise/form/" in day.client("ruth").get(day.path("maya")).content.decode()
    assert "/promise/form/" not in day.client("amira").get(day.path("maya")).content.decode()
    assert 'data-bulk="policy"' in day.client("ruth").get("/desk/many/choices/").content.decode()
    assert (
        'data-bulk="policy"' not in day.client("amira").get("/desk/many/choices/").content.decode()
    )
