"""Roles of the company's own: what they permit, for which rows, and that nobody gives or takes more than they have."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bot import company, desk, tokens
from bot.permissions import May, figures_of, may, permissions_of, teams_of, tickets_of
from core.errors import Conflict, MalformedPayload, NotAllowed, NotFound
from store.models import Role, Team, Ticket, User
from tests.concurrency import together
from tests.web.desk.conftest import Day
from web.account.second_step import lacks_second_step
from web.desk_stream import staff_for


def _role(day: Day, *permissions: May, **more: Any) -> Role:
    role = Role(
        brand=day.company.brand,
        name=" ".join(permissions)[:80],
        permissions=list(permissions),
        **more,
    )
    company.keep(day.company.house, day.company.users["ada"], role)
    return role


def _person(day: Day, role: Role, login: str = "nora") -> User:
    user = User(email=f"{login}@fernhill.example", name=login.title(), custom_role=role)
    user.set_unusable_password()
    company.keep(day.company.house, day.company.users["ada"], user)
    day.company.users[login] = user
    return User.objects.get(id=user.id)


def test_an_own_role_permits_what_it_names_and_nothing_else(day: Day) -> None:
    nora = _person(day, _role(day, May.SEE_ALL_TICKETS, May.SEE_REPORTS, like="auditor"))
    assert permissions_of(nora) == {May.SEE_ALL_TICKETS, May.SEE_REPORTS}
    assert not nora.is_staff
    number = day.made["maya"]
    assert day.client("nora").get(day.path("maya")).status_code == 200
    with pytest.raises(NotAllowed, match="see_all_tickets see_reports"):
        desk.take(day.company.house, nora, number)
    nora.is_active = False
    assert permissions_of(nora) == frozenset()


def test_a_bound_role_sees_its_teams_and_no_other_row_anywhere(day: Day) -> None:
    technical = day.company.teams["technical"]
    role = _role(day, May.SEE_ALL_TICKETS, May.SEE_REPORTS, May.WORK_TICKETS, teams=[technical.id])
    nora = _person(day, role)
    seen = set(tickets_of(nora).values_list("number", flat=True))
    assert seen == set(Ticket.objects.filter(team=technical).values_list("number", flat=True))
    assert day.made["maya"] not in seen
    assert set(teams_of(nora)) == {technical}
    assert set(figures_of(nora).values_list("team", flat=True)) <= {technical.id}
    assert day.client("nora").get(day.path("maya")).status_code == 404
    assert "Maya" not in day.client("nora").get("/desk/view/all/").content.decode()
    staff = staff_for(nora)
    billing = day.company.teams["billing"].id
    assert staff.sees(technical.id, None)
    assert not staff.sees(billing, None)
    Ticket.objects.filter(number=day.made["maya"]).update(assignee=nora)
    assert not tickets_of(nora).filter(number=day.made["maya"]).exists()
    assert not staff.sees(billing, nora.id)


def test_a_role_bound_to_a_brand_sees_the_teams_of_that_brand(day: Day) -> None:
    from store.models import Brand

    other = Brand.objects.create(slug="other", name="Other")
    team = Team.objects.create(brand=other, slug="other", name="Other")
    nora = _person(day, _role(day, May.SEE_ALL_TICKETS, brands=[str(other.id)]))
    assert set(teams_of(nora)) == {team}
    assert not tickets_of(nora).exists()
    assert not staff_for(nora).sees_all


def test_nobody_gives_what_they_have_not(day: Day) -> None:
    house, users = day.company.house, day.company.users
    people = _role(day, May.MANAGE_PEOPLE, May.WORK_TICKETS)
    nora = _person(day, people)
    with pytest.raises(NotAllowed, match="configure"):
        company.keep(
            house, nora, Role(brand=day.company.brand, name="Up", permissions=["configure"])
        )
    boss = User(email="boss@fernhill.example", name="Boss", role="admin")
    with pytest.raises(NotAllowed):
        company.keep(house, nora, boss)
    company.keep(house, nora, User(email="new@fernhill.example", name="New", role="agent"))
    ada = User.objects.get(id=users["ada"].id)
    ada.name = "Taken"
    with pytest.raises(NotAllowed):
        company.keep(house, nora, ada)
    with pytest.raises(Conflict):
        company.keep(house, nora, people)
    setter = _person(day, _role(day, May.CONFIGURE), "sam")
    with pytest.raises(NotAllowed):
        tokens.make_service(house, setter, "Up", "admin", [], ["company:read"], 1)
    with pytest.raises(NotAllowed):
        company.keep(house, setter, User(email="x@fernhill.example", name="X", role="agent"))


def test_a_role_says_something_that_exists(day: Day) -> None:
    for role in (
        Role(brand=day.company.brand, name="None", permissions=[]),
        Role(brand=day.company.brand, name="Odd", permissions=["fly"]),
        Role(brand=day.company.brand, name=" ", permissions=["configure"]),
        Role(brand=day.company.brand, name="Where", permissions=["configure"], teams=["nowhere"]),
        Role(brand=day.company.brand, name="Like", permissions=["configure"], like="king"),
    ):
        with pytest.raises((MalformedPayload, NotFound)):
            company.keep(day.company.house, day.company.users["ada"], role)


def test_who_holds_a_role_follows_its_change(day: Day) -> None:
    role = _role(day, May.WORK_TICKETS)
    nora = _person(day, role)
    assert not nora.is_staff
    data = {"name": "Wide", "permission": ["work_tickets", "configure"], "like": "lead"}
    address = reverse("company:change_role", kwargs={"role": role.id})
    assert day.client("ada").post(address, data).status_code == 302
    nora = User.objects.get(id=nora.id)
    assert (nora.is_staff, nora.role, nora.is_superuser) == (True, "lead", False)
    assert may(nora, May.CONFIGURE)
    assert day.client("nora").get("/admin/store/team/").status_code == 200
    assert day.client("nora").get("/admin/store/user/").status_code == 403


def test_a_role_may_require_a_second_step(day: Day) -> None:
    nora = _person(day, _role(day, May.WORK_TICKETS, needs_second_step=True))
    assert lacks_second_step(nora)
    assert day.client("nora").get("/desk/").status_code == 302


def test_a_held_role_is_not_removed(day: Day) -> None:
    role = _role(day, May.WORK_TICKETS)
    _person(day, role)
    day.client("ada").post(reverse("company:remove_role", kwargs={"role": role.id}))
    assert Role.objects.filter(id=role.id).exists()
    User.objects.filter(custom_role=role).update(custom_role=None)
    day.client("ada").post(reverse("company:remove_role", kwargs={"role": role.id}))
    assert not Role.objects.filter(id=role.id).exists()


def _rights(day: Day, **more: Any) -> User:
    """Another admin."""
    user = User(email="bea@fernhill.example", name="Bea", role="admin", **more)
    company.keep(day.company.house, day.company.users["ada"], user)
    return User.objects.get(id=user.id)


def _off(day: Day, by: User, whom: User) -> None:
    row = User.objects.get(id=whom.id)
    row.is_active = False
    company.keep(day.company.house, by, row, ["is_active"])


def test_the_last_who_may_do_everything_stays(day: Day) -> None:
    house, ada = day.company.house, day.company.users["ada"]
    robot = tokens.make_service(house, ada, "Robot", "admin", [], ["company:read"], 1).row.user
    with pytest.raises(Conflict, match="left"):
        _off(day, robot, ada)
    lesser = User.objects.get(id=ada.id)
    lesser.role = "lead"
    with pytest.raises(Conflict, match="left"):
        company.keep(house, robot, lesser)
    assert User.objects.get(id=ada.id).is_active
    every = _role(day, *May)
    nora = _person(day, every)
    _off(day, nora, ada)
    every = Role.objects.get(id=every.id)
    every.permissions = [May.MANAGE_PEOPLE.value]
    with pytest.raises(Conflict, match="left"):
        company.keep(house, robot, every)
    assert may(User.objects.get(id=nora.id), May.CONFIGURE)


def test_two_admins_do_not_switch_each_other_off_at_once(company_of_two: tuple[Day, User]) -> None:
    day, bea = company_of_two
    ada = day.company.users["ada"]
    results = together([lambda: _off(day, ada, bea), lambda: _off(day, bea, ada)])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "NotAllowed"]
    assert User.objects.filter(role="admin", is_active=True).count() == 1


@pytest.fixture
def company_of_two(day: Day) -> tuple[Day, User]:
    return day, _rights(day)
