"""What Twilio says of a message never takes it back (R21), and settles what nobody knew."""

from __future__ import annotations

import itertools

import pytest

from core.message import Delivery
from store.models import Event, OutboxRow
from store.outbox import lease, mark_failed
from store.reports import reported
from tests.channels.sms.conftest import Line
from tests.channels.sms.test_sms_consent import HOLD, LEASE, opted_out_events
from tests.fakes.twilio import CUSTOMER, NUMBER

State = OutboxRow.State
STATUSES = ("queued", "sending", "sent", "undelivered", "delivered")
WALKS = [
    *itertools.permutations(STATUSES),
    ("delivered", "delivered", "sent", "sent"),
    ("sent", "failed", "queued"),
    ("read", "delivered", "accepted"),
    ("scheduled", "canceled"),
]
MEANT = {
    "accepted": Delivery.ACCEPTED,
    "scheduled": Delivery.ACCEPTED,
    "queued": Delivery.ACCEPTED,
    "sending": Delivery.ACCEPTED,
    "sent": Delivery.SENT,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
}


def said(line: Line, text: str = "Tomorrow.") -> OutboxRow:
    """A message that Twilio took."""
    line.say(line.text("When does it come?"), text)
    line.deliver()
    return OutboxRow.objects.latest("id")


def test_in_every_order_the_furthest_word_stands(line: Line) -> None:
    for number, walk in enumerate(WALKS):
        customer, sid = f"+1501712{number:04}", f"SM{number:032x}"
        line.say(line.text("When does it come?", customer), "Tomorrow.")
        row = OutboxRow.objects.latest("id")
        sent = {
            "state": State.SENT,
            "provider_id": sid,
            "attempts": 1,
            "settled_at": row.created_at,
        }
        OutboxRow.objects.filter(id=row.id).update(**sent)
        taken = {"sid": sid, "to": customer, "from": NUMBER, "callback": line.url}
        for status in walk:
            line.bring(line.twilio.status(taken, status))
        row.refresh_from_db()
        furthest = max((MEANT[status] for status in walk), key=lambda delivery: delivery.rank)
        assert reported(row) is furthest, walk
        assert row.state == (State.DEAD if furthest is Delivery.FAILED else State.SENT), walk


def test_an_undelivered_message_is_shown_with_its_code(line: Line) -> None:
    row = said(line)
    line.bring(line.twilio.status(line.twilio.messages[0], "undelivered", 30005))
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.DEAD, "Twilio could not deliver it: error 30005")
    assert Event.objects.filter(kind="delivery_dead").count() == 1


def test_an_opt_out_told_by_a_status_counts(line: Line) -> None:
    said(line)
    line.bring(line.twilio.status(line.twilio.messages[0], "failed", 21610))
    assert opted_out_events() == ["opted_out"]
    assert CUSTOMER not in str(Event.objects.filter(kind="opted_out").get().data)


def test_a_message_nobody_knew_about_is_known_by_its_status(line: Line) -> None:
    """A worker died after Twilio took it; the status call names the row before anybody asks."""
    line.say(line.text("hello"), "one")
    (row,) = lease(line.house.vault, "dead", LEASE, HOLD, 1, line.house.clock())
    mark_failed(row.id, row.fence, "unknown", "it may have arrived", line.house.clock())
    taken = line.twilio._keep(
        {"To": CUSTOMER, "Body": "one", "StatusCallback": f"{line.url}?outbox={row.key}"},
        "outbound-api",
    )
    line.bring(line.twilio.status(taken, "sent"))
    outbox = OutboxRow.objects.get()
    assert (outbox.state, outbox.provider_id) == (State.SENT, taken["sid"])


@pytest.mark.parametrize("query", ["", "?outbox=", "?outbox=nonsense", "?outbox=" + "0" * 32])
def test_a_word_about_nothing_of_ours_changes_nothing(line: Line, query: str) -> None:
    row = said(line)
    stranger = {**line.twilio.messages[0], "sid": "SM" + "9" * 32, "callback": line.url + query}
    line.bring(line.twilio.status(stranger, "failed"))
    row.refresh_from_db()
    assert (row.state, reported(row)) == (State.SENT, None)
