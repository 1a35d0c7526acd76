"""A stored Decision is made once more by the brain, and what differs is told."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from core.decision import Case, Neighbour, Routed
from core.understanding import Scored
from router.embedding import packed
from router.policy import default_policy
from router.route import Router
from store.bodies import seal_json
from store.models import Decision
from tests.web.api.conftest import Answers, World

CASE = Case("my card was charged twice", "en", "email", customer_tier="vip")


def _decided(world: World, routed: Routed, case: Case | None = CASE) -> None:
    """Maya's ticket was decided so."""
    row = Decision.objects.select_related("conversation__address").get(
        ticket__number=world.made["maya"]
    )
    kept = {} if case is None else {"case": asdict(case)}
    row.verdict_cipher = seal_json(
        world.house.vault,
        row.conversation.address,
        f"decision.verdict:{row.id}",
        {**asdict(routed), **kept},
    )
    row.save()


def test_the_same_versions_decide_the_same_and_a_change_is_named(
    world: World, brain: Answers
) -> None:
    routed = Router(None, default_policy()).route(CASE)
    _decided(world, routed)
    path = world.path("maya", "/decision/again")
    found = world.ask("amira", "GET", path).json()
    assert (found["is_same"], found["different"]) == (True, [])
    assert found["versions"] == dict(routed.versions)
    _decided(world, replace(routed, team="billing", confidence=0.5))
    found = world.ask("amira", "GET", path).json()
    assert (found["is_same"], found["different"]) == (False, ["confidence", "team"])


def test_the_embedding_and_languages_of_then_are_read_again_and_nothing_differs(
    world: World, brain: Answers
) -> None:
    routed = Router(None, default_policy()).route(CASE)
    heard = (Scored("de", 0.9), Scored("en", 0.1))
    _decided(world, replace(routed, embedding=packed([0.6, 0.8]), languages=heard))
    asked = world.path("maya", "/decision/again")
    assert world.ask("amira", "GET", asked).json() | {"versions": {}} == {
        "ticket": world.made["maya"],
        "is_same": True,
        "versions": {},
        "different": [],
    }


def test_what_was_not_kept_cannot_be_decided_again(world: World, brain: Answers) -> None:
    routed = Router(None, default_policy()).route(CASE)
    path = world.path("maya", "/decision/again")
    _decided(world, routed, case=None)
    assert world.ask("amira", "GET", path).status_code == 404
    gone = replace(routed, versions=(("router", "none"), ("policy", "0123456789abcdef")))
    _decided(world, gone)
    answer = world.ask("amira", "GET", path)
    assert answer.status_code == 404
    assert "0123456789abcdef" in answer.json()["detail"]


@pytest.mark.parametrize("login", ["wei", "ines"])
def test_nobody_learns_of_a_ticket_that_they_may_not_see(
    world: World, brain: Answers, login: str
) -> None:
    _decided(world, Router(None, default_policy()).route(CASE))
    answer = world.ask(login, "GET", world.path("maya", "/decision/again"))
    assert answer.status_code in {403, 404}
    assert "versions" not in answer.json()


def test_what_a_later_version_says_more_is_no_difference(world: World, brain: Answers) -> None:
    """A decision from before urgency, neighbours and the like were asked for."""
    routed = Router(None, default_policy()).route(CASE)
    row = Decision.objects.select_related("conversation__address").get(
        ticket__number=world.made["maya"]
    )
    then = {**asdict(routed), "case": asdict(CASE)}
    for name in ("needs", "urgencies", "sentiments", "neighbours", "embedding"):
        del then[name]
    then["guess"] = {k: v for k, v in then["guess"].items() if "urgency" not in k}
    place = f"decision.verdict:{row.id}"
    row.verdict_cipher = seal_json(world.house.vault, row.conversation.address, place, then)
    row.save()
    found = world.ask("amira", "GET", world.path("maya", "/decision/again")).json()
    assert (found["is_same"], found["different"]) == (True, [])


def test_a_decision_gives_every_question_its_probabilities(world: World) -> None:
    said = (Scored("upset", 0.8), Scored("calm", 0.2))
    near = Neighbour("billing", "low", "billing", 0.91, world.made["maya"])
    hidden = Neighbour("billing", "low", "billing", 0.9, 999_999)
    routed = Router(None, default_policy()).route(CASE)
    _decided(world, replace(routed, sentiments=said, needs=said[:1], neighbours=(hidden, near)))
    found = world.ask("amira", "GET", world.path("maya", "/decision")).json()
    assert found["sentiments"] == [asdict(one) for one in said]
    assert found["needs"] == [asdict(said[0])]
    assert [one["ticket"] for one in found["neighbours"]] == [world.made["maya"]]
    assert found["neighbours"][0]["subject"]
