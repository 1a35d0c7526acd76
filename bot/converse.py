"""One turn of one conversation: what was said becomes a reply, a ticket, or both, and never nothing.

The steps stand in order: is it a rating, or why? is a resolved ticket wanted again? understand once; let Rasa decide;
without Rasa answer or hand over; route what is handed over; commit. What follows what is Rasa's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import structlog
from structlog.contextvars import bound_contextvars

from bot import texts
from bot.degrade import chosen
from bot.dialogue import Dialogue, TurnResult, Understanding, fallback
from bot.handoff import FOR_PEOPLE, case_of, packet_of, to_triage
from bot.house import House
from bot.rated import apart, rated, rated_meanwhile
from bot.reply import PEOPLE, Outcome, finish_turn
from bot.survey import REASON
from bot.tracing import span
from channels.registry import work_kinds
from core.decision import Case, Routed
from core.errors import ClaimLost, DialogueFailed, IndexStale
from core.gratitude import is_thanks_alone, wants_more
from core.message import AddressKind, Reply
from core.reason import may_be_reason, wants_something
from core.understanding import Act, EffectKind, Turn, Understood
from store.assignment import people_seen
from store.claims import Claimed
from store.faults import reached
from store.models import Conversation
from store.preferred import preferred_email
from store.turns import postpone
from store.withheld import answers_a_machine

log = structlog.get_logger()

ATTEMPTS = 3
"""After so many turns that died on the way, a person gets the conversation without asking the models again."""
PATIENCE = timedelta(seconds=18)
"""A brain that restarts is waited for so long; then a person gets the conversation."""
AGAIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Carries out turns with the standing parts of one worker."""

    house: House
    dialogue: Dialogue

    async def converse(self, claimed: Claimed) -> None:
        """Thinks about a claimed conversation and commits the outcome.

        A lost claim is no error: somebody else has taken over, and what was computed here never happens.
        """
        newest = claimed.waiting[-1].id if claimed.waiting else None
        with (
            bound_contextvars(conversation=str(claimed.conversation)),
            span("converse", newest, messages=len(claimed.waiting)),
        ):
            await self._converse(claimed)

    async def _converse(self, claimed: Claimed) -> None:
        try:
            words, press = apart(claimed)
            outcome = await self._think(words)
            if outcome is not None and outcome.rating is None:
                outcome = replace(outcome, rating=press)
            if outcome is None:
                later = self.house.clock() + AGAIN
                await self.house.database.run(
                    postpone, claimed.conversation, claimed.claim, later, counts=False
                )
            else:
                await self._commit(claimed, outcome)
        except ClaimLost:
            log.info("turn_superseded")
            now = self.house.clock()
            await self.house.database.run(postpone, claimed.conversation, claimed.claim, now)

    async def hand_over_unfinished(self, claimed: Claimed) -> None:
        """The customer was asked something on the way to a person and has left: the person gets what there is."""
        with bound_contextvars(conversation=str(claimed.conversation)):
            try:
                await self._commit(claimed, await self._give_up(claimed, None, "left_form"))
            except ClaimLost:
                log.info("turn_superseded")

    async def _commit(self, claimed: Claimed, outcome: Outcome) -> None:
        try:
            with span("commit"):
                await self.house.database.run(finish_turn, self.house, claimed, outcome)
        except IndexStale:
            # The index follows within a second; then the question has another answer, or none.
            log.info("answer_stale")
            later = self.house.clock() + timedelta(seconds=1)
            await self.house.database.run(postpone, claimed.conversation, claimed.claim, later)

    async def _think(self, claimed: Claimed) -> Outcome | None:
        """The outcome, or None when it is worth waiting a moment for a brain that is away."""
        if not claimed.waiting:
            return Outcome()
        if claimed.speaker in PEOPLE:
            # The desk has seen the messages already; whoever speaks there answers them, but for a rating.
            return rated_meanwhile(claimed, self.house.clock()) or Outcome()
        if any(message.for_people for message in claimed.waiting):
            return await self._to_people(claimed)
        if (told := rated(claimed, self.house.clock())) is not None:
            return told
        if claimed.attempts > ATTEMPTS:
            return await self._give_up(claimed, None, "bot_failed")
        if await self._answers_a_machine(claimed):
            return await self._give_up(claimed, None, "machine")
        words = self._words(claimed)
        try:
            understanding = await self.dialogue.understand(
                words,
                claimed.history,
                language_hint=claimed.language,
                brand=claimed.brand,
                audience=frozenset({"public"}),
            )
        except DialogueFailed as failure:
            log.warning("understanding_failed", problem=str(failure))
            if self.house.clock() - claimed.waiting[0].accepted_at < PATIENCE:
                return None
            return await self._give_up(claimed, None, "bot_unavailable")
        reached("understood")
        if any(message.wants_person for message in claimed.waiting):
            says_matter = any(message.says_matter for message in claimed.waiting)
            asked = _asked_for_people(understanding.understood, says_matter)
            understanding = replace(understanding, understood=asked)
        if self._says_why(claimed, understanding.understood):
            why = texts.rating_with_comment(claimed.text, claimed.language) or (None, claimed.text)
            return Outcome(rating=why[0], comment=why[1])
        if claimed.status == Conversation.Status.RESOLVED and claimed.has_ticket:
            return self._after_resolved(claimed, understanding)
        result = await self._turn(claimed, words, understanding)
        return await self._outcome(claimed, understanding, result)

    async def _to_people(self, claimed: Claimed) -> Outcome:
        """What its channel keeps from machines: a ticket in triage, told to the customer unless that must be silent too."""
        why = next(message.for_people for message in claimed.waiting if message.for_people)
        is_quiet = claimed.waiting[-1].is_quiet
        if claimed.status == Conversation.Status.RESOLVED and claimed.has_ticket:
            return Outcome(reopens=not is_thanks_alone(claimed.text), is_quiet=is_quiet)
        language = "" if is_quiet else await self._written_in(claimed)
        is_told = why == "encrypted" and not is_quiet
        said = Reply(texts.text(why, language), kind="notice") if is_told else None
        people = await self.house.database.read(people_seen, self.house.clock(), work_kinds())
        arguments: dict[str, object] = {"reason": why}
        return Outcome(
            replies=(said,) if said else (),
            routed=to_triage(FOR_PEOPLE.get(why, FOR_PEOPLE["bulk"])),
            case=case_of(claimed, None, arguments, people, self.house.clock()),
            packet=packet_of(claimed, None, None, arguments),
            language=language,
            is_quiet=is_quiet,
        )

    async def _written_in(self, claimed: Claimed) -> str:
        """The customer's language: known, or that of what can be read, the subject at least; empty where nothing tells."""
        subjects = [message.subject for message in claimed.waiting]
        words = "\n".join([claimed.text, *subjects]).strip()
        if claimed.language or not words:
            return claimed.language
        try:
            heard = await self.dialogue.understand(words, (), brand=claimed.brand)
        except DialogueFailed:
            return ""
        reached("understood")
        return heard.understood.language

    def _says_why(self, claimed: Claimed, understood: Understood) -> bool:
        """The first words behind a rating that came without any, unless they plainly want something. Thanks alone are
        answered as thanks; who rated on the page had room for words there."""
        since, waiting = claimed.wordless_since, claimed.waiting
        if since is None or waiting[-1].accepted_at - since > REASON:
            return False
        said = [item.text for item in claimed.earlier if item.speaker == "customer"]
        if not said or texts.rating_in(said[-1], claimed.language) is None:
            return False
        if any(message.wants_person for message in waiting) or is_thanks_alone(claimed.text):
            return False
        return may_be_reason(claimed.text) and not wants_something(understood)

    async def _answers_a_machine(self, claimed: Claimed) -> bool:
        """A mail loop whose headers were stripped: after a few rounds a person looks, and nothing more is sent."""
        address, came_by = claimed.waiting[-1].address, claimed.waiting[-1].inbox
        goes_on_elsewhere = came_by != claimed.inbox  # perhaps by mail
        if address is None or not (claimed.contact.kind is AddressKind.EMAIL or goes_on_elsewhere):
            return False
        return await self.house.database.read(answers_a_machine, address, self.house.clock())

    def _words(self, claimed: Claimed) -> str:
        """The waiting messages as one text; a number stands for the choice it picks."""
        if len(claimed.waiting) == 1 and claimed.earlier:
            return chosen(claimed.text, claimed.earlier[-1].buttons)
        return claimed.text

    def _after_resolved(self, claimed: Claimed, understanding: Understanding) -> Outcome:
        """Thanks do not reopen a ticket; anything else does.

        To miss what is still wrong costs more than to look at thanks: what is said with a "but" or asked reopens, however
        polite the whole sounds, and thanks alone are known in more languages than acts are.
        """
        understood = understanding.understood
        words = understood.gist or claimed.text
        language = claimed.language or understood.language
        polite = {Act.THANK, Act.GOODBYE, Act.AFFIRM, Act.GREET}
        is_polite = understood.act in polite and not set(understood.also) - polite
        if is_thanks_alone(words) or (is_polite and not wants_more(words)):
            return Outcome((Reply(texts.text("anytime", language), kind="notice"),))
        return Outcome(reopens=True)

    async def _turn(self, claimed: Claimed, words: str, understanding: Understanding) -> TurnResult:
        understood, answer = understanding.as_json()
        turn = Turn(
            conversation=str(claimed.conversation),
            turn=uuid4().hex,
            text=words,
            understood=understood,
            answer=answer,
            state=claimed.state,
            facts=facts_of(claimed),
        )
        try:
            result = await self.dialogue.turn(turn)
        except DialogueFailed as failure:
            log.warning("dialogue_failed", problem=str(failure))
            return fallback(understanding, claimed.state)
        reached("turned")
        return result

    async def _outcome(
        self, claimed: Claimed, understanding: Understanding, result: TurnResult
    ) -> Outcome:
        understood, answer = understanding.understood, understanding.answer
        language = _language(claimed, understood, result)
        handoff = next((e for e in result.effects if e.kind is EffectKind.HANDOFF), None)
        if handoff is None and not result.replies and not result.effects:
            # Rasa chose silence. A customer is never left without an answer, a ticket or a reason.
            return await self._give_up(claimed, understanding, "no_reply")
        if handoff is None:
            return Outcome(
                result.replies,
                result.state,
                result.effects,
                language=language,
                is_unfinished=bool(result.form),
            )
        arguments = {**_contact(result), **handoff.arguments}
        case, routed = await self._route(claimed, understood, arguments)
        return Outcome(
            replies=result.replies,
            state=result.state,
            effects=result.effects,
            routed=routed,
            case=case,
            packet=packet_of(claimed, understood, answer, arguments, result.replies),
            language=language,
        )

    async def _give_up(
        self, claimed: Claimed, understanding: Understanding | None, reason: str
    ) -> Outcome:
        understood = understanding.understood if understanding else None
        answer = understanding.answer if understanding else None
        arguments: dict[str, object] = {"reason": reason}
        if claimed.status == Conversation.Status.RESOLVED and claimed.has_ticket:
            return Outcome(reopens=True)
        case, routed = await self._route(claimed, understood, arguments)
        return Outcome(
            routed=routed,
            case=case,
            packet=packet_of(claimed, understood, answer, arguments),
        )

    async def _route(
        self, claimed: Claimed, understood: Understood | None, arguments: dict[str, object]
    ) -> tuple[Case, Routed]:
        now = self.house.clock()
        people = await self.house.database.read(people_seen, now, work_kinds())
        own = await self.house.database.read(preferred_email, claimed.conversation)
        case = case_of(claimed, understood, arguments, people, now, own)
        try:
            routed = await self.dialogue.route(case)
        except DialogueFailed as failure:
            log.warning("routing_failed", problem=str(failure))
            why = "The classifier could not be asked, so the triage team decides."
            return case, to_triage(why)
        reached("routed")
        return case, routed


def _asked_for_people(understood: Understood, says_matter: bool) -> Understood:
    """Words that came with the request for people say what it is about, whatever they would mean alone.

    A pressed key says no more than the request; what was written into a form is the matter, even "I want a human".
    """
    if understood.act is Act.URGENT_COMPLAINT:
        return understood
    if understood.act is Act.REQUEST_PERSON and not says_matter:
        return understood
    also = dict.fromkeys((*understood.also, Act.GIVE_DETAILS))
    return replace(understood, act=Act.REQUEST_PERSON, also=tuple(also))


def facts_of(claimed: Claimed) -> dict[str, object]:
    """What the dialogue may know from our database."""
    # A visitor leaves with the page and is reached by mail if we have an address; everybody else where they wrote.
    leaves = claimed.contact.kind in {AddressKind.VISITOR, AddressKind.OTHER}
    contact = claimed.mail if leaves else claimed.contact.value
    return {
        "channel": claimed.channel,
        "contact": contact,
        "name": claimed.contact.display_name,
        "verified": claimed.contact.verified.value,
        "language": claimed.language,
        "tickets": [
            {
                "number": ticket.number,
                "category": ticket.category,
                "status": ticket.status,
                "team": ticket.team,
                "next_step_due": ticket.due.isoformat() if ticket.due else "",
            }
            for ticket in claimed.tickets
        ],
    }


def _language(claimed: Claimed, understood: Understood, result: TurnResult) -> str:
    """The language asked for, else the one spoken at the start, else the one just heard."""
    for effect in result.effects:
        if effect.kind is EffectKind.SET_LANGUAGE:
            return str(effect.arguments.get("language", claimed.language))
    if claimed.language and understood.language_confidence < 0.8:
        return claimed.language
    return understood.language or claimed.language


def _contact(result: TurnResult) -> dict[str, str]:
    for effect in result.effects:
        if effect.kind is EffectKind.SET_CONTACT:
            return {"contact": str(effect.arguments.get("contact", ""))}
    return {}
