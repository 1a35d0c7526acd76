"""Which agent is a customer's own, over the API and at the desk."""

from __future__ import annotations

from tests.web.api.conftest import World
from tests.web.desk.conftest import Day, day, desk_company

__all__ = ["day", "desk_company"]


def _own(world: World) -> object:
    return world.ask("amira", "GET", world.path("maya", "/identity")).json()["agent"]


def test_it_is_said_and_taken_back_over_the_api(world: World) -> None:
    amira = world.user("amira")
    place = world.path("maya", "/identity/agent")
    assert _own(world) is None
    answer = world.ask("amira", "PUT", place, {"agent": amira.email})
    assert (answer.status_code, answer.json()["number"]) == (200, world.made["maya"])
    assert _own(world) == {"id": str(amira.id), "name": amira.name}
    refused = world.ask("amira", "PUT", place, {"agent": "nobody@fernhill.example"})
    assert refused.status_code == 404
    assert "nobody@fernhill.example" in refused.json()["detail"]
    assert world.ask("amira", "PUT", place, {"agent": ""}).status_code == 422
    assert world.ask("amira", "PUT", place, {"agent": None}).status_code == 200
    assert _own(world) is None


def test_it_is_chosen_and_taken_back_at_the_desk(day: Day) -> None:
    client = day.client("amira", fragment=True)
    amira = day.company.users["amira"]
    amira.name = "Amira <b>"
    amira.save()
    page = client.get(day.path("maya")).content.decode()
    assert '<input type="email" name="agent"' in page
    chosen = client.post(day.path("maya", "own-agent"), {"agent": amira.email}).content.decode()
    assert '<p class="own-agent"><bdi>Amira &lt;b&gt;</bdi>' in chosen
    assert "changed who the customer’s own agent is" in chosen
    assert '<input type="email" name="agent"' not in chosen
    readers = day.client("otto", fragment=True).get(day.path("maya")).content.decode()
    assert '<p class="own-agent"><bdi>Amira' in readers
    assert "own-agent/" not in readers, "who only reads changes nothing"
    taken = client.post(day.path("maya", "own-agent"), {"agent": ""}).content.decode()
    assert '<input type="email" name="agent"' in taken
