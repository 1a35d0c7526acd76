"""One believable day of a small company: four customers and what became of them. How each thing is done is `seed`."""

from __future__ import annotations

from bot import desk
from core.decision import Priority
from core.message import AddressKind, Attached, Sender, Verified
from store.models import ConversationKey
from tests.web.seed import (
    Company,
    answers,
    article,
    delivers,
    hands_over,
    loses_delivery,
    mails,
    passage,
    says,
    visitor,
)


def make_day(company: Company) -> dict[str, int]:
    """Several customers and what became of them; returns ticket numbers by a short name."""
    made: dict[str, int] = {}
    clock, users = company.clock, company.users
    twice = article(
        company,
        "charged-twice",
        "Find out why you were charged twice",
        "One invoice and two bank lines usually mean a reserved amount.",
    )
    maya = Sender(AddressKind.EMAIL, "maya.ruiz@example.org", Verified.PROVEN, "Maya Ruiz")
    mails(
        company,
        maya,
        "Card charged twice",
        "Hi,\n\nmy card was charged twice for order FH-20418, EUR 59.00 each, both on Monday. "
        "I only see one invoice in my account. Can you tell me which of the two is wrong and "
        "give it back?\n\nThank you\nMaya",
        html="<p>Hi,</p><p>my card was <b>charged twice</b> for order FH-20418.</p>"
        '<img src="https://tracker.example/pixel.gif"><script>alert(1)</script>',
        quoted="On Monday Fernhill wrote:\n> Your order FH-20418 is on its way.",
        attachments=(
            Attached("statement-november.pdf", "application/pdf", b"%PDF-1.4 statement"),
            Attached("screenshot.png", "image/png", b"\x89PNG picture"),
        ),
    )
    answers(company, "One invoice and two bank lines usually mean a reserved amount.", twice)
    clock.advance(minutes=6)
    conversation = _last_mail(company)
    mails(
        company,
        maya,
        "Re: Card charged twice",
        "No, for FH-20418 both amounts of EUR 59.00 are booked, not reserved. My bank confirmed it "
        "this morning. Please let a person look at this.",
        follows=conversation,
    )
    made["maya"] = hands_over(
        company,
        category="billing",
        priority=Priority.HIGH,
        why=(
            "The words are about billing: “charged twice”, “refund”.",
            "High, because money was taken and the answer had not helped.",
        ),
        confidence=0.93,
        entities=(("order_number", "FH-20418"), ("amount", "EUR 59.00")),
        passages=(passage(twice, "Fernhill checks a double charge within 2 working days."),),
    )
    clock.advance(minutes=20)
    hub = visitor(company, "")
    says(company, hub, "our hub shows a red light and nothing works since this morning")
    answers(company, "A red light means that the hub has no connection. Restart your router first.")
    clock.advance(minutes=2)
    says(company, hub, "did that twice already. all 14 rooms are without data, this is urgent")
    made["hub"] = hands_over(
        company,
        category="device",
        priority=Priority.CRITICAL,
        team="technical",
        reason="urgent",
        why=(
            "Devices, because of “hub” and “red light”.",
            "Critical, because many rooms are down.",
        ),
        contact="office@kita-sonnenhof.example",
    )
    clock.advance(minutes=25)
    jan = Sender(AddressKind.EMAIL, "jan@kowalski.example", Verified.NO, "Jan Kowalski")
    mails(
        company,
        jan,
        "Annual plan",
        "Can I move from the monthly to the annual plan in the middle of a month, and what happens "
        "to the days I have paid for?",
    )
    made["jan"] = hands_over(
        company,
        category="plans",
        priority=Priority.LOW,
        team="triage",
        reason="offer_taken",
        confidence=0.44,
        abstained=True,
        why=("Billing and plans were nearly as likely, so the first look decides.",),
    )
    clock.advance(minutes=5)
    desk.take(company.house, users["amira"], made["maya"])
    desk.note(
        company.house,
        users["amira"],
        made["maya"],
        "Finance sees two settled payments on 16 Nov. The second one has no invoice.",
    )
    clock.advance(minutes=4)
    delivers(company)
    desk.reply(
        company.house,
        users["amira"],
        made["maya"],
        "Hello Maya,\n\nyou are right: both payments were settled, and the second one belongs to no "
        "invoice. I have asked finance to return EUR 59.00 to your card; it usually arrives within "
        "two working days.\n\nKind regards\nAmira",
    )
    loses_delivery(company, "550 5.1.1 mailbox full")
    clock.advance(minutes=9)
    mails(
        company,
        maya,
        "Re: Card charged twice",
        "Thank you. Which reference will I see on my statement?",
        follows=conversation,
    )
    lee = visitor(company, "Lee")
    says(company, lee, "How do I delete my account and everything you know about me?")
    made["lee"] = hands_over(
        company, category="privacy", priority=Priority.MEDIUM, contact="lee@example.org"
    )
    clock.advance(minutes=3)
    desk.take(company.house, users["amira"], made["lee"])
    desk.reply(company.house, users["amira"], made["lee"], "I have started it.", resolves=True)
    clock.advance(minutes=30)
    return made


def _last_mail(company: Company) -> str:
    """The Message-ID of the newest mail, as a reply would name it."""
    key = (
        ConversationKey.objects.filter(inbox=company.mail)
        .select_related("conversation__address")
        .order_by("-id")[0]
    )
    row = key.conversation
    place = f"thread:{row.id}"
    sealed = bytes(key.key_cipher)
    return company.house.vault.open(row.address.key_wrapped, row.address_id, place, sealed).decode()
