"""Things of the desk that an address of the API can name, each made when it is first asked for."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from bot import desk_views, macros, replying
from bot.rulings import decide
from core.rulings import Ruling
from store.desk_filter import Criteria
from store.held import Written
from store.lessons import _sealed
from store.models import (
    Conversation,
    HeldReply,
    InboxRow,
    Lesson,
    Macro,
    Message,
    PublicPost,
    SavedView,
    SenderRuling,
)
from store.posts import PostBody, seal_post
from tests.web.api.conftest import World
from tests.web.kept import an_absence, something_unreadable

ASKED = "Why was my card charged twice?"


HIGH = Criteria(priority="2")


def saved_view(world: World, name: str = "High", wanted: Criteria = HIGH) -> SavedView:
    """Ruth's, for the team that Amira is in too; one of another name is the admin's own."""
    if name != "High":
        return desk_views.save(world.house, world.user("ada"), name, wanted)
    return desk_views.save(world.house, world.user("ruth"), name, wanted, "billing")


def macro(world: World) -> Macro:
    """Ruth's, for the team that Amira is in too."""
    known = Macro.objects.filter(name="Thanks").first()
    said = {"name": "Thanks", "text": "Thank you, {{customer.first_name}}", "for": "billing"}
    return known or macros.save(world.house, world.user("ruth"), {**said, "then": "wait"})


def macro_named(world: World, name: str) -> Macro:
    """One for everybody."""
    return macros.save(world.house, world.user("ada"), {"name": name, "text": "Hello."})


def held(world: World) -> HeldReply:
    """Amira's, for tomorrow."""
    known = HeldReply.objects.first()
    if known is None:
        at, amira = world.clock() + timedelta(days=1), world.user("amira")
        known = replying.schedule(
            world.house, amira, world.made["maya"], Written("Until then."), at
        )
    return known


def lesson(world: World, kind: str = "answer") -> Lesson:
    """Of what Maya wrote, as it would be found."""
    mine = Message.objects.filter(conversation__ticket__number=world.made["maya"])
    message = mine.select_related("address").order_by("seq")[0]
    target = {
        "answer": {"article": "plans"},
        "route": {"team": "billing", "category": "billing", "priority": 2},
    }[kind]
    known = Lesson.objects.filter(message=message, kind=kind).first()
    row = known or Lesson(
        brand_id=message.address.brand_id,
        kind=kind,
        source="rated",
        message=message,
        customer=uuid4(),
        language="en",
        target=target,
        before={} if kind == "answer" else {"team": "technical", "category": "device", "priority": 3},
        found_at=world.clock(),
    )  # fmt: skip
    if known is None:
        row.text_cipher = _sealed(world.house.vault, row, ASKED)
        row.save(force_insert=True)
    return row


def kept(world: World, mark: int = 1) -> Message:
    """An automatic reply of somebody who has no ticket."""
    return an_absence(world.house, f"a{mark}")


def ruling(world: World, mark: int = 1) -> SenderRuling:
    """Never a ticket from there."""
    return decide(world.house, world.user("ruth"), "mail", f"news{mark}.example", Ruling.NEVER)


def unread(world: World, mark: int = 1) -> InboxRow:
    """A mail that could not be read."""
    return something_unreadable(world.house, f"u{mark}")


def post(world: World, mark: int = 1, ticket: str = "") -> PublicPost:
    """What Maya wrote in public; `ticket`: what it became."""
    talk = Conversation.objects.select_related("inbox", "address").get(
        ticket__number=world.made["maya"]
    )
    became = Conversation.objects.get(ticket__number=world.made[ticket]) if ticket else None
    known = PublicPost.objects.filter(lookup=bytes([mark])).first()
    row = known or PublicPost(
        brand_id=talk.brand_id,
        inbox=talk.inbox,
        address=talk.address,
        conversation=became,
        lookup=bytes([mark]),
        kind="comment",
        state="conversation" if became else "new",
        posted_at=world.clock(),
        arrived_at=world.clock(),
    )
    if known is None:
        seal_post(world.house.vault, row, PostBody(f"post/{mark}", f"Why twice? ({mark})"))
        row.save(force_insert=True)
    return row
