"""How the desk says things: times, clocks, events, states and kinds, in the reader's language. No queries here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, assert_never

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from core.redaction import says_only_a_card
from core.sla import ClockState
from store.desk import Due
from store.desk_ticket import Item
from store.models import User
from web.desk.customer_words import TOLD
from web.desk.escalation_words import escalated
from web.desk.later import told_later

Text = str | Promise

PRIORITIES: dict[int, Text] = {
    1: gettext_lazy("Critical"),
    2: gettext_lazy("High"),
    3: gettext_lazy("Medium"),
    4: gettext_lazy("Low"),
}

STATUSES: dict[str, Text] = {
    "open": gettext_lazy("Open"),
    "pending": gettext_lazy("Waiting for the customer"),
    "resolved": gettext_lazy("Resolved"),
    "closed": gettext_lazy("Closed"),
}

ROLES: dict[str, Text] = {
    User.Role.AGENT: gettext_lazy("Agent"),
    User.Role.LEAD: gettext_lazy("Lead"),
    User.Role.ADMIN: gettext_lazy("Admin"),
    User.Role.AUDITOR: gettext_lazy("Auditor"),
    User.Role.AUTHOR: gettext_lazy("Knowledge author"),
}

_CHANNELS: dict[str, Text] = {
    "email": gettext_lazy("Email"),
    "graph": gettext_lazy("WhatsApp, Messenger, Instagram"),
    "sms": gettext_lazy("Text message"),
    "voice": gettext_lazy("Telephone"),
    "webchat": gettext_lazy("Web chat"),
}

_SERVICES: dict[str, Text] = {
    "instagram": gettext_lazy("Instagram"),
    "messenger": gettext_lazy("Messenger"),
    "whatsapp": gettext_lazy("WhatsApp"),
}
"""Of a channel that carries several."""

_CATEGORIES: dict[str, Text] = {
    "account_access": gettext_lazy("Account access"),
    "api": gettext_lazy("API"),
    "billing": gettext_lazy("Billing"),
    "delivery": gettext_lazy("Delivery"),
    "device": gettext_lazy("Devices"),
    "other": gettext_lazy("Other"),
    "plans": gettext_lazy("Plans"),
    "privacy": gettext_lazy("Privacy"),
    "returns": gettext_lazy("Returns"),
}

_CLOCKS: dict[str, Text] = {
    "response": gettext_lazy("First reply"),
    "next_response": gettext_lazy("Next reply"),
    "resolution": gettext_lazy("Resolution"),
}

PRESENCE: dict[str, Text] = {
    "online": gettext_lazy("Online"),
    "busy": gettext_lazy("Busy"),
    "away": gettext_lazy("Away"),
    "wrap_up": gettext_lazy("Wrapping up"),
    "offline": gettext_lazy("Offline"),
}

_REASONS: dict[str, Text] = {
    "asked_for_person": gettext_lazy("The customer asked for a person."),
    "offer_taken": gettext_lazy(
        "The bot had no answer, and the customer took the offer of a person."
    ),
    "urgent": gettext_lazy("It sounded urgent."),
    "bot_failed": gettext_lazy("The bot failed several times on this conversation."),
    "bot_unavailable": gettext_lazy("The bot could not be reached."),
    "no_reply": gettext_lazy("The bot had nothing to say."),
    "unanswered": gettext_lazy("The assistant found no answer."),
    "left_form": gettext_lazy("The customer left before saying where to answer."),
    "public_post": gettext_lazy("Somebody wrote about us in public."),
    "machine": gettext_lazy("So many answers came so fast that a machine may be writing."),
    "list": gettext_lazy("It came through a mailing list: nothing was answered by machine."),
    "bulk": gettext_lazy("Its headers forbid automatic answers: nothing was answered by machine."),
    "encrypted": gettext_lazy("It is encrypted: nothing could be read."),
    "always": gettext_lazy(
        "A machine wrote it, and colleagues decided that every mail of this sender opens a ticket."
    ),
    "kept": gettext_lazy("It was kept without a ticket, and a colleague made one of it."),
}

_SLOTS: dict[str, Text] = {
    "email": gettext_lazy("Email"),
    "phone": gettext_lazy("Phone"),
    "order_number": gettext_lazy("Order"),
    "ticket_number": gettext_lazy("Ticket"),
    "amount": gettext_lazy("Amount"),
    "date": gettext_lazy("Date"),
    "serial_number": gettext_lazy("Serial number"),
    "product": gettext_lazy("Product"),
    "language": gettext_lazy("Language"),
    "url": gettext_lazy("Link"),
}

VERIFIED: dict[str, tuple[Text, Text]] = {
    "proven": (
        gettext_lazy("Verified"),
        gettext_lazy("The sender proved that this address is theirs."),
    ),
    "channel": (
        gettext_lazy("Known to the channel"),
        gettext_lazy("The provider vouches for this address."),
    ),
    "no": (
        gettext_lazy("Not verified"),
        gettext_lazy("Anybody could have written this. Ask before you reveal or change anything."),
    ),
}


def channel(name: str) -> str:
    """A channel's name for people."""
    return str(_CHANNELS.get(name) or _SERVICES.get(name) or _plain(name))


def channels() -> list[tuple[str, Text]]:
    """Channels that have a name of their own, to choose from."""
    return list(_CHANNELS.items())


def categories() -> list[tuple[str, Text]]:
    """Categories that have a name of their own, to choose from."""
    return list(_CATEGORIES.items())


def category(slug: str) -> str:
    """A category's name for people."""
    return str(_CATEGORIES.get(slug) or _plain(slug))


def slot(name: str) -> str:
    """What a value that was found in a message is."""
    return str(_SLOTS.get(name) or _plain(name))


def reason(code: str) -> str:
    """Why the bot handed over, as a sentence; empty where nothing was said."""
    return str(_REASONS.get(code) or (_plain(code) + "." if code else ""))


def title(subject: str) -> str:
    """What a ticket is about, said in words where nothing but a card number was written."""
    if not says_only_a_card(subject):
        return subject
    return gettext("A card number and nothing else: %(number)s") % {"number": subject}


def mark(name: str) -> str:
    """What a mail's parts say of it, as a label; nobody has checked it."""
    known = {
        "signed": gettext("signed (not verified)"),
        "encrypted": gettext("encrypted"),
        "calendar": gettext("calendar"),
        "forged": gettext("sender is probably forged"),
        "public": gettext("in public"),
    }
    return known.get(name, _plain(name))


def clock(name: str) -> str:
    """A clock's name."""
    return str(_CLOCKS.get(name) or _plain(name))


def _plain(slug: str) -> str:
    return slug.replace("_", " ").capitalize()


def span(length: timedelta) -> str:
    """A length of time in at most two units: `3 d 4 h`, `2 h 5 min`, `40 min`."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        parts = [gettext("%(n)s d") % {"n": days}]
        return " ".join([*parts, gettext("%(n)s h") % {"n": hours}] if hours else parts)
    if hours:
        parts = [gettext("%(n)s h") % {"n": hours}]
        return " ".join(
            [*parts, gettext("%(n)s min") % {"n": rest}] if rest and hours < 6 else parts
        )
    if minutes:
        return gettext("%(n)s min") % {"n": minutes}
    return gettext("under a minute")


def due(reading: Due, now: datetime) -> str:
    """A clock in words: `2 h left`, `late by 14 min`."""
    match reading.state:
        case ClockState.RUNNING:
            left = (reading.due or now) - now
            return gettext("%(time)s left") % {"time": span(left)}
        case ClockState.BREACHED:
            late = span((reading.met_at or now) - (reading.due or now))
            if reading.met_at:
                return gettext("was late by %(time)s") % {"time": late}
            return gettext("late by %(time)s") % {"time": late}
        case ClockState.PAUSED:
            return gettext("resting")
        case ClockState.MET:
            return pgettext("a promise", "met")
        case ClockState.ENDED:
            return pgettext("a promise", "ended")
        case _:
            assert_never(reading.state)


def tone(reading: Due | None) -> str:
    """The colour's name for a clock; words beside it say the same."""
    if reading is None:
        return "calm"
    if reading.state is ClockState.BREACHED:
        return "calm" if reading.met_at else "late"
    if reading.is_close:
        return "close"
    return {ClockState.MET: "met", ClockState.PAUSED: "rest"}.get(reading.state, "calm")


def size(count: int) -> str:
    """A file's size."""
    if count < 1024:
        return ngettext("%(n)s byte", "%(n)s bytes", count) % {"n": count}
    if count < 1024 * 1024:
        return gettext("%(n)s KB") % {"n": round(count / 1024)}
    return gettext("%(n)s MB") % {"n": f"{count / 1024 / 1024:.1f}"}


def actor(name: str) -> str:
    """Who did something, where it was no person; a name that is none of ours as it is."""
    return {
        "bot": gettext("The bot"),
        "customer": gettext("The customer"),
        "system": gettext("Threadline"),
    }.get(name, name)


def happening(item: Item, teams: dict[str, str]) -> str:
    """An event as one line."""
    who = item.name or actor(item.actor)
    data = item.data
    match item.kind:
        case "ticket_opened":
            ticket = data.get("ticket", {})
            told = {"number": ticket.get("number", ""), "team": ticket.get("team", "")}
            return gettext("Ticket %(number)s opened for %(team)s") % told
        case "ticket_taken":
            return gettext("%(who)s took the ticket") % {"who": who}
        case "ticket_released":
            return gettext("%(who)s gave the ticket back to the queue") % {"who": who}
        case "ticket_reopened":
            return gettext("%(who)s opened the ticket again") % {"who": who}
        case "resolved":
            return gettext("%(who)s resolved this") % {"who": who}
        case "rated":
            return gettext("The customer rated: %(n)s of 5") % {"n": data.get("rating", "?")}
        case "sla_breached":
            return gettext("Promise broken: %(clock)s") % {"clock": clock(data.get("clock", ""))}
        case "ticket_escalated":
            return escalated(data, PRIORITIES)
        case "ticket_changed":
            return _changed(item.actor, who, data, teams)
        case "opted_out":
            return gettext("The customer wants no more messages")
        case "address_gone":
            return gettext("Mail to the customer came back: there is no such address")
        case "opted_in":
            return gettext("The customer takes messages again")
        case "call":
            return _called(data)
        case _:
            offer = offered(item.kind, str(data.get("name", "")))
            plainly = str(TOLD.get(item.kind, "")) % {"who": who} or _plain(item.kind)
            return offer or _undone(item.kind) or told_later(item.kind, who, data) or plainly


def _undone(kind: str) -> str:
    words = {
        "message_edited": gettext("The customer changed this message"),
        "message_withdrawn": gettext("The customer took this message back"),
        "board_failed": gettext("A ticket could not be shown at the team's board"),
        "delivery_dead": gettext("A message could not be delivered"),
        "delivery_unknown": gettext("Nobody knows whether a message arrived"),
        "delivery_delayed": gettext(
            "A message has been failing for a while; later ones went ahead"
        ),
    }
    return words.get(kind, "")


def _called(data: dict[str, Any]) -> str:
    """One move of a caller in line."""
    where = str(data.get("standing", ""))
    told = {"who": data.get("agent", "")}
    if data.get("failed") and where in {"talking", "calling", "held"}:
        return gettext("That could not be done; the call goes on as before")
    if data.get("failed"):
        return gettext("The colleague’s telephone could not be reached")
    if asked := _asked(data):
        return asked
    words = {
        "waiting": gettext("The caller waits on the line"),
        "away": gettext("The caller was told that nobody is here now"),
        "call_back": gettext("The caller wants to be called back"),
        "ringing": gettext("A colleague’s telephone rings"),
        "ringing_back": gettext("A colleague’s telephone rings"),
        "talking": gettext("%(who)s and the caller are connected") % told,
        "held": gettext("%(who)s has put the caller on hold") % told,
        "calling": gettext("%(who)s calls the customer") % told,
        "talked": gettext("The call is over"),
        "message": gettext("The caller chose to leave a message"),
        "gone": gettext("The caller hung up while waiting"),
    }
    said = words.get(where, _plain(where))
    return (
        gettext("%(said)s; the talk is recorded") % {"said": said} if data.get("recorded") else said
    )


def _asked(data: dict[str, Any]) -> str:
    """A second colleague is called while the caller is on hold; empty where none is."""
    told = {"who": data.get("agent", ""), "second": data.get("second", "")}
    words = {
        "ringing": gettext("%(who)s calls %(second)s while the caller is on hold") % told,
        "accepted": gettext("%(who)s speaks with %(second)s while the caller is on hold") % told,
        "over": gettext("%(second)s is not on the line; the caller is on hold") % told,
    }
    return words.get(str(data.get("beside", "")), "")


def toolbar() -> tuple[tuple[str, str, str, str], ...]:
    """What a text can be formatted with: name, icon, word and keys of each button."""
    return (
        ("bold", "bold", gettext("Bold"), "Control+B"),
        ("italic", "italic", gettext("Italic"), "Control+I"),
        ("link", "link", gettext("Link"), "Control+K"),
        ("list", "list", gettext("List"), "Control+Shift+8"),
        ("numbers", "numbers", gettext("Numbered list"), "Control+Shift+7"),
        ("quote", "quote", gettext("Quotation"), "Control+Shift+9"),
        ("code", "code", gettext("Code"), "Control+E"),
    )


def offered(kind: str, name: str) -> str:
    """What became of an offer to a colleague, as one line; empty for what is none."""
    phrases = {
        "ticket_offered": gettext("Offered to %(who)s"),
        "offer_declined": gettext("%(who)s declined the offer"),
        "offer_expired": gettext("%(who)s did not answer the offer"),
        "offer_rescinded": gettext("The offer to %(who)s was taken back"),
        "ticket_merged": gettext("Merged into another ticket: what comes later is there"),
        "ticket_split": gettext("The merging was taken back"),
    }
    return phrases.get(kind, "") % {"who": name}


def _changed(actor: str, who: str, data: dict[str, Any], teams: dict[str, str]) -> str:
    if data.get("status") == "pending":
        return gettext("%(who)s waits for the customer; the clocks rest") % {"who": who}
    if data.get("status") == "open" and actor != "customer":
        return told_later("ticket_snoozed", who, {})
    if data.get("status") == "open":
        return gettext("%(who)s wrote; the clocks run again") % {"who": who}
    before, after = data.get("before", {}), data.get("after", {})
    names: dict[str, tuple[str, Callable[[Any], str]]] = {
        "priority": (gettext("priority"), lambda value: str(PRIORITIES.get(value, value))),
        "category": (gettext("category"), lambda value: category(str(value))),
        "team": (gettext("team"), lambda value: teams.get(str(value), str(value))),
        "policy": (gettext("promise"), str),
    }
    parts = [
        f"{label}: {name(before.get(key))} → {name(after.get(key))}"
        for key, (label, name) in names.items()
        if before.get(key) != after.get(key)
    ]
    return gettext("%(who)s changed %(what)s") % {"who": who, "what": ", ".join(parts)}
