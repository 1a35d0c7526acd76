"""How a call stands, in the reader's language. What happened to it, line by line, is `web.desk.words`'s."""

from __future__ import annotations

from django.utils.translation import gettext

from core.line import ASKED, THERE, Beside, Standing
from store.models import Call, User


def standing(where: Standing, agent: User | None, *, is_own: bool = False) -> str:
    """Where a caller stands, as the ticket's head says it; `is_own`: to the colleague whose telephone it is."""
    told = {"who": agent.name if agent else ""}
    ringing = gettext("Ringing at %(who)s’s telephone") % told
    together = gettext("On the telephone with %(who)s") % told
    held = gettext("%(who)s keeps the caller on hold") % told
    if is_own:
        held = gettext("The caller is on hold")
        ringing = gettext("Your telephone rings")
        together = gettext("You are on the telephone")
    words: dict[Standing, str] = {
        Standing.WAITING: gettext("Waits on the telephone"),
        Standing.AWAY: gettext("Called while nobody was here"),
        Standing.CALL_BACK: gettext("Wants to be called back"),
        Standing.RINGING: ringing,
        Standing.RINGING_BACK: ringing,
        Standing.TALKING: together,
        Standing.HELD: held,
        Standing.CALLING: together,
        Standing.TALKED: gettext("Has spoken with %(who)s") % told,
        Standing.MESSAGE: gettext("Chose to leave a message"),
        Standing.GONE: gettext("Hung up while waiting"),
    }
    return words[where]


def own_telephone(where: Standing) -> tuple[str, str]:
    """What a colleague does at their own telephone, and the words of the button that puts it down."""
    if where in {Standing.RINGING, Standing.RINGING_BACK}:
        return gettext("Pick up and press 1 to be connected"), gettext("Stop ringing")
    if where is Standing.HELD:
        return gettext("Hanging up gives the caller back to the line"), gettext("Hang up")
    return gettext("Keys and mute are at your telephone"), gettext("Hang up")


def holding(where: Standing, beside: str = "") -> tuple[str, str]:
    """The deed that puts their caller on hold, or takes them back, and its words; both empty where there is none."""
    match where:
        case Standing.TALKING | Standing.CALLING:
            return "hold", gettext("Hold")
        case Standing.HELD if beside in ASKED:
            return "unhold", gettext("Back to the caller")
        case Standing.HELD:
            return "unhold", gettext("Speak again")
    return "", ""


def asking(call: Call) -> tuple[str, str]:
    """How it stands with the colleague who is asked while the caller is on hold, and what hanging up does; both empty
    where nobody is."""
    told = {"who": call.aside_agent.name if call.aside_agent else ""}
    match Beside(call.beside):
        case Beside.RINGING:
            calls = gettext("The caller is on hold, and %(who)s is being called") % told
            return calls, gettext("Hanging up gives the caller back to the line")
        case Beside.ACCEPTED | Beside.TALKING:
            speaks = gettext("You speak with %(who)s; the caller is on hold") % told
            return speaks, gettext("Hanging up connects the caller with %(who)s") % told
        case Beside.OVER:
            gone = gettext("%(who)s is not on the line; the caller is on hold") % told
            return gone, gettext("Hanging up gives the caller back to the line")
    return "", ""


def asked(call: Call) -> tuple[str, str, str]:
    """To the colleague who is asked: how it stands, what is to be done, and the words of the button that hangs up."""
    told = {"who": call.agent.name if call.agent else ""}
    if call.beside in THERE:
        speaks = gettext("You speak with %(who)s; the caller is on hold") % told
        return speaks, "", gettext("Hang up")
    rings = gettext("%(who)s asks you about this caller") % told
    return rings, gettext("Pick up and press 1 to speak with them first"), gettext("Stop ringing")
