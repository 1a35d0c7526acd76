"""Skills in a company's history: what an import says of them, who solved what, and that a training learns them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import training
from bot.past import import_tickets, past_rows
from bot.training import retrain_router, unknown_skills
from bot.workshop import quiet
from store.assignment import who_knows
from store.models import Agent, AgentSkill, Skill, User
from tests.company import Company

Line = tuple[str, str, str, str]


def export(path: Path, lines: Sequence[Line]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Text", "Type", "Group", "Prio", "Needs", "Solved by"))
        writer.writerows(
            (text, team, team, "high" if needs else "low", needs, by)
            for text, team, needs, by in lines
        )
    return path


MAP = "text=Text,category=Type,team=Group,priority=Prio,skills=Needs,agent=Solved by"


def knows(company: Company, user: User, slug: str, until: date | None = None) -> None:
    skill, _ = Skill.objects.get_or_create(
        brand=company.brand, slug=slug, defaults={"name": slug.upper()}
    )
    agent = Agent.objects.get(user=user)
    AgentSkill.objects.create(agent=agent, skill=skill, level=4, expires_on=until)


def test_an_import_says_which_skills_and_by_whom(company: Company, tmp_path: Path) -> None:
    knows(company, company.agent, "api")
    lines = [
        ("the webhook fails", "orders", "Rest API, DE", company.agent.name),
        ("the webhook is slow", "orders", "", "Somebody"),
        ("a keyboard", "orders", "none", ""),
    ]
    path = export(tmp_path / "t.csv", lines)
    told = import_tickets(company.house, path, MAP, "", "", quiet, "Rest API=api")
    assert told["new"] == 3
    rows = {row["text"]: row for row in past_rows(company.house)}
    kept = [rows[text]["skills"] for text, *_ in lines]
    assert kept == ["api;de", "-", "-"]
    assert [rows[text].get("agent", "") for text, *_ in lines] == [
        company.agent.name,
        "Somebody",
        "",
    ]
    assert unknown_skills(list(rows.values())) == ["de"]
    again = import_tickets(company.house, path, MAP, "", "", quiet, "Rest API=api")
    assert again["unchanged"] == 3


def test_who_solved_it_is_a_colleague_of_one_name_and_with_what_counts_today(
    company: Company,
) -> None:
    today = company.house.clock().date()
    knows(company, company.agent, "api")
    knows(company, company.agent, "de", today - timedelta(days=1))
    found = {one.user: one.skills for one in who_knows(company.house.clock())}
    assert found[company.agent.id] == {"api"}
    rows = [{"agent": name} for name in (company.agent.name, company.agent.email.upper(), "x", "")]
    solvers = [row["solver"] for row in training._with_solvers(company.house, rows)]
    assert solvers == ["api", "api", "", ""]
    User.objects.filter(id=company.other.id).update(name=company.agent.name.upper())
    solvers = [row["solver"] for row in training._with_solvers(company.house, rows)]
    assert solvers == ["", "api", "", ""], "a name that two have says nothing"


def test_a_history_that_names_skills_teaches_them(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    if database != "sqlite":
        pytest.skip("skipped: learning takes seconds and is the same on every database")
    monkeypatch.setattr("router.learn._UPDATES", 60)
    monkeypatch.setattr(training, "EMBEDDED", 0)
    monkeypatch.setattr(training, "_encoder", lambda house: None)
    lines = [
        (f"{('webhook token error', 'invoice card refund')[at % 2]} {at}",
         ("technical", "billing")[at % 2], ("api", "")[at % 2], "")
        for at in range(120)
    ]  # fmt: skip
    import_tickets(company.house, export(tmp_path / "t.csv", lines), MAP, "", "", quiet)
    told = retrain_router(company.house, past_rows(company.house), quiet)
    assert told["activated"]
    assert set(told["skills"]) == {"api"}
    assert told["skills"]["api"]["from"] == "said"
    assert told["skills"]["api"]["accuracy"] > 0.9
