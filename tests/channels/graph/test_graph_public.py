"""Comments, posts and mentions on the house: kept once, judged by a rule, answered under the post or once in private."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from bot import desk, posts, replying
from bot.dialogue import Dialogue
from bot.options import set_options
from bot.permissions import posts_of
from bot.ways import reaches
from channels.graph import Graph
from channels.graph_public import read_posts
from core.errors import (
    Conflict,
    IllegalTransition,
    MalformedPayload,
    NotAllowed,
    NotFound,
    PermanentFailure,
)
from core.message import Attached
from core.understanding import Act
from store.held import Written
from store.jobs import job_done, take_jobs
from store.models import (
    Address,
    Brand,
    Conversation,
    HeldReply,
    Message,
    OutboxRow,
    PublicPost,
    Survey,
    Ticket,
)
from store.posts import shown_posts
from store.withheld import IN_PUBLIC
from tests.bot.scripted import ScriptedDialogue
from tests.channels.graph.conftest import Office
from tests.channels.graph.provider import graph_settings
from tests.channels.office import answer, caller, deliver, states
from tests.fakes.graph import ACCOUNTS, FakeGraph

PATH = "/webhooks/graph/acme"
State = PublicPost.State
both = pytest.mark.parametrize("office", ["messenger", "instagram"], indirect=True)
page = pytest.mark.parametrize("office", ["messenger"], indirect=True)
picture = pytest.mark.parametrize("office", ["instagram"], indirect=True)


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue(acts={"Nice!": Act.CHIT_CHAT, "It broke!": Act.URGENT_COMPLAINT})


async def bring(here: Office, *changes: dict[str, object], product: str = "") -> None:
    """What the web process does with calls about public things."""
    http = caller(here)
    for change in changes:
        call = here.graph.public(product or here.product, change)
        answered = await http.post(PATH, content=call.body, headers=call.headers)
        assert answered.status_code == 200


@pytest.mark.parametrize(("is_live", "hours"), [(True, 4), (False, 7 * 24)])
def test_in_a_broadcast_a_private_answer_has_as_long_as_that_lasts(
    is_live: bool, hours: int
) -> None:
    graph, settings = FakeGraph(), graph_settings("instagram")
    change = graph.square.comment("instagram", "7700000000000001", "Hello!", is_live=is_live)
    (post,) = read_posts(graph.public("instagram", change).body, settings)
    assert post.private_until == post.at + timedelta(hours=hours)


async def judge(here: Office, dialogue: ScriptedDialogue) -> None:
    """Runs the jobs that are due, as a worker does."""
    run, house = here.company.house.database.run, here.company.house
    jobs = await run(take_jobs, "w", timedelta(seconds=30), 50, house.clock(), only=posts.JOB)
    for job in jobs:
        await posts.judge(house, cast("Dialogue", dialogue), job.payload)
        await run(job_done, job)


def only_post() -> PublicPost:
    rows = PublicPost.objects.select_related("address", "inbox", "conversation__ticket")
    return rows.get()


def shown(here: Office) -> list[tuple[str, str, str]]:
    rows = PublicPost.objects.select_related("address", "inbox", "conversation__ticket")
    ordered = list(rows.order_by("arrived_at", "posted_at"))
    return [
        (one.author, one.body.text, one.row.state)
        for one in shown_posts(here.company.house.vault, ordered)
    ]


def taken(here: Office) -> Ticket:
    """The ticket of the only post, with the agent of the team it went to."""
    ticket = Ticket.objects.get()
    desk.take(here.company.house, here.company.other, ticket.number)
    return ticket


# ---- what arrives -------------------------------------------------------------------------------


@both
async def test_a_question_in_public_becomes_a_ticket_and_the_bot_says_nothing(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    change = square.comment(here.product, here.ann, "Where is my order?")
    await bring(here, change, change)
    run = here.company.house.database.run
    assert await run(shown, here) == [("Ann Example", "Where is my order?", "new")]
    await judge(here, dialogue)
    post = await run(only_post)
    assert (post.state, post.act, post.asks) == (State.CONVERSATION, "ask", 0.9)
    ticket = await run(lambda: Ticket.objects.select_related("conversation", "team").get())
    assert (ticket.team.slug, ticket.reason) == ("orders", "public_post")
    assert ticket.conversation.speaker == Conversation.Speaker.QUEUE
    assert dialogue.seen == [], "no turn of the assistant"
    assert square.ours(here.product) == []
    assert await run(OutboxRow.objects.count) == 0


@page
async def test_what_needs_no_answer_waits_for_a_person(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    await bring(
        here, square.comment(here.product, here.ann, "Nice!"), square.visit(here.ann, "It broke!")
    )
    await judge(here, dialogue)
    # Meta tells seconds: both were written in the same one.
    assert set(await run(shown, here)) == {
        ("Ann Example", "Nice!", "new"),
        ("Ann Example", "It broke!", "conversation"),
    }


@page
async def test_the_company_says_when_a_post_becomes_a_ticket(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    for rule in ({"automatic": False}, {"sure": 0.95}):
        await run(lambda rule=rule: set_options(Brand.objects.get(), posts=rule))
        await bring(here, square.comment(here.product, here.ann, f"Why {rule}?"))
        await judge(here, dialogue)
    assert [state for _, _, state in await run(shown, here)] == ["new", "new"]


@picture
@pytest.mark.parametrize("in_comment", [True, False])
async def test_instagram_is_asked_what_a_mention_says(
    office: Office, dialogue: ScriptedDialogue, in_comment: bool
) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    await bring(
        here, square.mention(here.product, here.ann, "Is @acme open on Sunday?", in_comment)
    )
    assert await run(shown, here) == [("", "", "new")]
    await judge(here, dialogue)
    ((author, text, state),) = await run(shown, here)
    assert (author, text, state) == ("Ann Example", "Is @acme open on Sunday?", "conversation")
    ticket = await run(taken, here)
    number = ticket.number
    await run(desk.reply, here.company.house, here.company.other, number, "Yes, until six.")
    assert await deliver(here) == ["sent"]
    assert square.ours(here.product) == ["Yes, until six."]


@picture
async def test_what_is_gone_before_we_asked_is_nothing(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    change = square.mention(here.product, here.ann, "Is @acme open?")
    square.posts[square.last(here.product)]["is_gone"] = True
    await bring(here, change)
    await judge(here, dialogue)
    post = await here.company.house.database.run(only_post)
    assert (post.is_withdrawn, post.state) == (True, State.NEW)


@page
async def test_a_change_counts_until_somebody_answers(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    await bring(here, square.comment(here.product, here.ann, "Nice!"))
    await judge(here, dialogue)
    mark = square.last(here.product)
    await bring(here, square.edit(mark, "Nice! But where is it?"))
    await judge(here, dialogue)
    post = await run(only_post)
    assert (post.state, post.act) == (State.CONVERSATION, "ask")
    # Meta tells when it was made, so both edits bear one time.
    again = square.edit(mark, "Nice! But where is MY one?")
    await bring(here, again, again)
    assert await run(here.texts) == [["Nice! But where is MY one?"]]


@page
async def test_what_its_author_took_back_is_gone(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await bring(here, square.remove(square.last(here.product)))
    await judge(here, dialogue)
    assert await run(shown, here) == [("Ann Example", "", "new")]
    post = await run(only_post)
    with pytest.raises(Conflict):
        await run(posts.answer, here.company.house, here.company.agent, post.id)


@both
async def test_our_own_words_and_likes_are_nothing(office: Office) -> None:
    here, square = office, office.graph.square
    own = ACCOUNTS[here.product]
    like = {"field": "feed", "value": {"item": "like", "verb": "add", "from": {"id": here.ann}}}
    await bring(here, square.comment(here.product, own, "From us"), like)
    assert await here.company.house.database.run(PublicPost.objects.count) == 0


def test_card_numbers_are_removed_before_the_first_write(office: Office) -> None:
    here = office
    settings = graph_settings("messenger")
    call = here.graph.public("messenger", here.graph.square.visit("66", "Pay 4111 1111 1111 1111"))
    arrived = Graph(here.inbox.id, settings).posts(here.arrived(call, here.clock()))
    posts.take_posts(here.company.house, here.inbox, arrived)
    ((_, text, _),) = shown(here)
    assert "1111 1111" not in text


# ---- answers ------------------------------------------------------------------------------------


@both
async def test_it_is_answered_where_everybody_reads_and_goes_on_there(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house, other = here.company.house, here.company.other
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await judge(here, dialogue)
    first = square.last(here.product)
    ticket = await run(taken, here)
    await run(desk.reply, house, other, ticket.number, "On its way.")
    assert await deliver(here) == ["sent"]
    assert square.ours(here.product) == ["On its way."]
    ours = next(mark for mark, one in square.posts.items() if one["text"] == "On its way.")
    assert square.posts[ours]["parent"] == first
    await bring(here, square.comment(here.product, here.ann, "Since when?", under=ours))
    bert = list(here.graph_people)[1]
    here.clock.advance(seconds=1)  # posts of one second stand in no order
    await bring(here, square.comment(here.product, bert, "Mine too", under=first))
    assert await run(here.texts) == [["Where is my order?", "Since when?"]]
    assert [text for _, text, _ in await run(shown, here)] == ["Where is my order?", "Mine too"]


@both
async def test_one_private_answer_is_given_and_goes_on_in_private(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house, other = here.company.house, here.company.other
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await judge(here, dialogue)
    number = (await run(taken, here)).number
    talk = await run(lambda: Conversation.objects.select_related("address", "contact").get())

    def ways() -> list[tuple[bool, bool]]:
        return [(one.is_own, one.is_private_answer) for one in reaches(house, talk)]

    assert await run(ways) == [(True, False), (False, True)]
    private = (await run(reaches, house, talk))[1].name
    with pytest.raises(MalformedPayload, match="Only one private answer"):
        await run(lambda: desk.reply(house, other, number, "word " * 400, way=private))
    file = await run(replying.kept, house, [Attached("a.txt", "text/plain", b"x")])
    with pytest.raises(MalformedPayload, match="Files go neither"):
        await run(replying.send, house, other, number, Written("Here", "", file, None, private))
    await run(lambda: desk.reply(house, other, number, "What is its number?", way=private))
    assert await run(ways) == [(True, False)], "one is all that Meta takes"
    assert await deliver(here) == ["sent"]
    ((said, about),) = [
        (one["text"], one["about"]) for one in here.graph.said(here.product, here.ann)
    ]
    assert (said, about) == ("What is its number?", {"comment_id": square.last(here.product)})
    assert square.ours(here.product) == []
    await run(here.take, here.graph.say(here.product, here.ann, "It is AB-1"))
    assert await run(here.texts) == [["Where is my order?", "It is AB-1"]]
    await run(desk.reply, house, other, number, "It comes tomorrow.")
    assert await deliver(here) == ["sent", "sent"]
    assert here.graph.said(here.product, here.ann)[-1]["text"] == "It comes tomorrow."
    assert square.ours(here.product) == [], "who wrote in private last is answered in private"


@page
async def test_after_seven_days_there_is_no_private_way(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house = here.company.house
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await judge(here, dialogue)
    here.clock.advance(days=7, seconds=1)
    talk = await run(lambda: Conversation.objects.select_related("address", "contact").get())
    assert [one.is_own for one in await run(reaches, house, talk)] == [True]


@pytest.mark.parametrize(("moment", "reason"), [("late", "7 days"), ("twice", "already")])
async def test_what_meta_refuses_of_private_answers_is_said(
    graph: FakeGraph, moment: str, reason: str
) -> None:
    from tests.channels.graph.provider import GraphProvider

    provider = GraphProvider("messenger")
    square = provider.graph.square
    provider.start()
    try:
        square.comment("messenger", provider.ann, "Where is it?")
        mark = square.last("messenger")
        square.posts[mark]["at"] -= 8 * 86_400 if moment == "late" else 0
        key = f"messenger/{ACCOUNTS['messenger']}/comment/{mark}"
        sent = provider.outbound("Hello")
        outbound = type(sent)(key="row", to=sent.to, text="Hello", in_reply_to=(key,))
        if moment == "twice":
            await provider.channel.send(outbound)
        with pytest.raises(PermanentFailure, match=reason):
            await provider.channel.send(outbound)
    finally:
        provider.stop()


@page
async def test_nothing_but_people_speaks_in_public(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house, other = here.company.house, here.company.other
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await judge(here, dialogue)
    ticket = await run(taken, here)
    await run(desk.reply, house, other, ticket.number, "It is there.")
    await run(desk.resolve, house, other, ticket.number)
    assert await run(Survey.objects.count) == 0, "nobody is asked how it was before everybody"
    await deliver(here)
    await bring(
        here, square.comment(here.product, here.ann, "Thanks!", under=square.last(here.product))
    )
    await run(answer, here, "You are welcome.")
    await deliver(here)
    assert square.ours(here.product) == ["It is there."]
    row = await run(OutboxRow.objects.latest, "id")
    assert (row.state, row.last_error) == (OutboxRow.State.CANCELLED, IN_PUBLIC)


# ---- who may ------------------------------------------------------------------------------------


@page
async def test_posts_are_of_the_persons_brands_and_tickets(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house, company = here.company.house, here.company
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Nice!"))
    post = await run(only_post)

    def seen() -> list[bool]:
        people = (company.agent, company.other, company.lead)
        return [posts_of(one).exists() for one in people]

    assert await run(seen) == [True, True, True]
    elsewhere = await run(lambda: Brand.objects.create(slug="else", name="Else"))
    await run(lambda: PublicPost.objects.update(brand=elsewhere))
    assert await run(seen) == [False, False, False]
    with pytest.raises(NotFound):
        await run(posts.answer, house, company.agent, post.id)
    with pytest.raises(NotFound):
        await run(posts.ignore, house, company.agent, post.id)
    await run(lambda: PublicPost.objects.update(brand=company.brand))
    await judge(here, dialogue)
    await run(posts.answer, house, company.other, post.id)
    assert await run(seen) == [False, True, True], "of another team's ticket"
    assert await run(lambda: Ticket.objects.get().assignee_id) == company.other.id


@page
async def test_by_hand_it_is_once_and_by_who_works(
    office: Office, dialogue: ScriptedDialogue
) -> None:
    here, square = office, office.graph.square
    house, company = here.company.house, here.company
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Nice!"))
    post = await run(only_post)
    await run(posts.ignore, house, company.agent, post.id)
    assert (await run(only_post)).state == State.IGNORED
    await run(posts.notice, house, company.agent, post.id)
    ticket = await run(posts.answer, house, company.agent, post.id)
    assert ticket.team.slug == "care", "nobody has read it yet, so triage"
    for deed in (posts.answer, posts.ignore):
        with pytest.raises((Conflict, IllegalTransition)):
            await run(deed, house, company.agent, post.id)
    await judge(here, dialogue)
    assert await run(Ticket.objects.count) == 1
    await run(
        lambda: type(company.agent).objects.filter(id=company.agent.id).update(role="auditor")
    )
    reader = await run(lambda: type(company.agent).objects.get(id=company.agent.id))
    with pytest.raises(NotAllowed):
        await run(posts.ignore, house, reader, post.id)


@page
async def test_erasure_takes_posts_too(office: Office, dialogue: ScriptedDialogue) -> None:
    here, square = office, office.graph.square
    run = here.company.house.database.run
    await bring(here, square.comment(here.product, here.ann, "My name is Ann, where is it?"))
    await run(lambda: Address.objects.update(key_wrapped=None))
    await judge(here, dialogue)
    (one,) = await run(lambda: shown_posts(here.company.house.vault, [only_post()]))
    assert (one.is_erased, one.author, one.body.text) == (True, "", "")
    raw = await run(lambda: bytes(PublicPost.objects.get().body_cipher))
    assert b"Ann" not in raw
    assert await run(Message.objects.count) == 0


@page
async def test_a_held_answer_goes_out_in_public(office: Office, dialogue: ScriptedDialogue) -> None:
    here, square = office, office.graph.square
    house, other = here.company.house, here.company.other
    run = house.database.run
    await bring(here, square.comment(here.product, here.ann, "Where is my order?"))
    await judge(here, dialogue)
    number = (await run(taken, here)).number
    await run(replying.send, house, other, number, Written("On its way."))
    here.clock.advance(seconds=9)
    held = await run(HeldReply.objects.get)
    assert await run(replying.release, house, held.id)
    assert await deliver(here) == ["sent"]
    assert await run(states) == ["sent"]
    assert square.ours(here.product) == ["On its way."]
