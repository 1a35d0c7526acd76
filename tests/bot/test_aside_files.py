"""Files of side conversations: sent with the question or apart, opened by who sees the ticket, and never the customer's."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from bot import asides, uploads
from bot.backup import named_paths
from bot.replying import kept
from channels.contract import Capabilities
from core.errors import MalformedPayload, NotFound, PermanentFailure, TemporaryFailure
from core.message import Attached
from store.events import public_after
from store.models import AsideMessage, Attachment, Job, OutboxRow
from store.receiving import Filed
from tests.bot.test_asides import Asking, AskingAndFinding, Beside
from tests.company import Company

pytestmark = pytest.mark.usefixtures("in_this_thread")

SEAL = Attached("seal.png", "image/png", b"a picture of the seal")
LIST = Attached("parts.csv", "text/csv", b"S-9;2")


class AskingApart(AskingAndFinding):
    """A chat, where each file is a message of its own."""

    can: ClassVar[Capabilities] = replace(Asking.can, files_apart=True)


@pytest.fixture
def beside(company: Company) -> Beside:
    return Beside(company, Asking())


def _kept(beside: Beside) -> tuple[Filed, ...]:
    return kept(beside.house, [SEAL, LIST])


async def test_files_go_out_with_the_question_and_are_opened_beside_the_ticket(
    beside: Beside,
) -> None:
    aside = beside.ask(files=_kept(beside))
    await beside.goes_out()
    (sent,) = beside.channel.taken
    assert [(one.name, one.content) for one in sent.attachments] == [
        (SEAL.name, SEAL.content),
        (LIST.name, LIST.content),
    ]
    (said,) = beside.shown.said
    assert [(one.name, one.size) for one in said.files] == [("seal.png", 21), ("parts.csv", 5)]
    number, house = beside.ticket.number, beside.house
    found = asides.opened_file(house, beside.company.other, number, aside, said.id, 1)
    assert found == ("parts.csv", b"S-9;2")
    with pytest.raises(NotFound):
        asides.opened_file(house, beside.company.agent, number, aside, said.id, 1)


async def test_no_file_of_it_is_the_customers(beside: Beside) -> None:
    beside.ask(files=_kept(beside))
    await beside.goes_out()
    assert not Attachment.objects.exists(), "the thread, its packet and its chat read these"
    assert not OutboxRow.objects.exists()
    told = public_after(beside.house.vault, beside.ticket.conversation.id, 0)
    assert told
    assert "seal.png" not in " ".join(str(one.data) for one in told)
    assert len(list(named_paths(beside.house.vault))) == 2, "but a backup has them"


async def test_where_files_stand_alone_each_is_sent_once_after_the_words(company: Company) -> None:
    beside = Beside(company, AskingApart())
    aside = beside.ask(files=_kept(beside))
    first = Job.objects.get(kind="send_aside").payload
    for _ in range(3):
        assert beside.shown.said[0].state == "waiting"
        await beside.goes_out()
    taken = beside.channel.taken
    assert [(one.text, [file.name for file in one.attachments]) for one in taken] == [
        ("Do you have seal S-9?", []),
        ("", ["seal.png"]),
        ("", ["parts.csv"]),
    ]
    assert len({one.key for one in taken}) == 3
    assert f"out-{taken[0].key}" in taken[1].in_reply_to, "in the thread of the words"
    assert beside.shown.said[0].state == "sent"
    Job.objects.create(kind="send_aside", payload=first, run_at=beside.house.clock())
    AsideMessage.objects.update(state="waiting")  # as a job that is run twice would find it
    await beside.goes_out()
    assert len(beside.channel.taken) == 3, "a part that is out is not sent again"
    assert beside.shown.id == aside


async def test_a_file_that_was_refused_goes_again_without_the_words(company: Company) -> None:
    beside = Beside(company, AskingApart())
    aside = beside.ask(files=_kept(beside))
    await beside.goes_out()
    beside.channel.script.append(PermanentFailure("too large for us"))
    await beside.goes_out()
    (said,) = beside.shown.said
    assert (said.state, said.problem) == ("failed", "too large for us")
    asides.send_again(beside.house, beside.company.other, beside.ticket.number, aside, said.id)
    beside.channel.script.append(TemporaryFailure("silence", certain=False))
    with pytest.raises(TemporaryFailure):
        await beside.goes_out()
    for _ in range(2):
        await beside.goes_out()
    assert beside.shown.said[0].state == "sent"
    names = [[file.name for file in one.attachments] for one in beside.channel.taken]
    assert names == [[], ["seal.png"], ["parts.csv"]], (
        "what was found to be there is not sent twice"
    )


async def test_a_file_that_is_gone_is_told_and_nothing_is_sent(beside: Beside) -> None:
    beside.ask(files=[replace(_kept(beside)[0], stored_as="0" * 32)])
    await beside.goes_out()
    assert not beside.channel.taken
    (said,) = beside.shown.said
    assert (said.state, said.problem) == ("failed", "A file of this message is no longer stored.")


async def test_what_the_channel_does_not_carry_is_refused_before_it_is_said(beside: Beside) -> None:
    house, user, number = beside.house, beside.company.other, beside.ticket.number
    aside = beside.ask()
    large = [replace(_kept(beside)[0], size=beside.channel.can.attachment_bytes + 1)]
    with pytest.raises(MalformedPayload, match="MB"):
        beside.ask(files=large)
    with pytest.raises(MalformedPayload, match="MB"):
        asides.say(house, user, number, aside, "And this?", large)
    assert AsideMessage.objects.count() == 1


async def test_who_may_not_see_the_ticket_keeps_no_file_for_it(beside: Beside) -> None:
    house, number = beside.house, beside.ticket.number
    with pytest.raises(NotFound):
        uploads.attached(house, beside.company.agent, number, [SEAL])
    assert uploads.attached(house, beside.company.other, number, [SEAL])[0].name == "seal.png"
