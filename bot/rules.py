"""The rules of routing as they are edited: rows that become a version of the policy, shown beforehand on last week's tickets."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from bot import wire
from bot.company import default_brand
from bot.house import House
from bot.permissions import May, require
from bot.policies import known_teams, policy_in_service, put_into_service
from bot.strangers import must_know, strangers
from core.decision import Guess, Priority
from core.errors import MalformedPayload
from router.rule_lines import conditions_of, lines_of, target_lines, targets_of
from store.decisions import Decided, decided_since, decisions_since
from store.models import RoutingRule, User

if TYPE_CHECKING:
    from router.policy import RoutingPolicy, Verdict

WEEK = timedelta(days=7)
MOST = 2000
"""Tickets that are decided once more."""
SHOWN = 50
EXAMPLE = (
    "customer_tier in vip, enterprise\ntext says outage, down or facts.intent is report_outage"
)
TARGETS_EXAMPLE = (
    "technical with api, de\n5 min: technical with api\n15 min: orders unless nobody_online"
)
STEP = 10
"""Between the positions of two rules, so that another fits in without moving all."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket of last week that the rules as they are edited would have decided otherwise. `meant`: for whom in its team, as
    it waits: the skills, or the targets as people write them."""

    number: int
    team: tuple[str, str]
    priority: tuple[Priority, Priority]
    rules: tuple[str, ...]
    meant: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Preview:
    """What would have been different. `fired`: by rule; `untold`: tickets whose Decision does not say what the
    classifiers found; `problems`: what is hardly meant; `is_cut`: there were more tickets, and these are the newest."""

    tickets: int = 0
    untold: int = 0
    changed: list[Changed] = field(default_factory=list)
    moved: int = 0
    reprioritised: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    is_new: bool = False
    is_cut: bool = False


def begin_editing(house: House) -> None:
    """Where nothing was edited yet, the rows are the policy in service."""
    if RoutingRule.objects.exists():
        return
    brand = default_brand()
    rules = _in_service(house).get("rules", ())
    RoutingRule.objects.bulk_create(
        RoutingRule(
            brand=brand,
            position=at * STEP,
            name=rule["name"],
            because=rule["because"],
            when=list(rule.get("when", ())),
            then=dict(rule.get("then", {})),
        )
        for at, rule in enumerate(rules, 1)
    )


def check_rule(row: RoutingRule) -> None:
    """Raises `MalformedPayload` in words for a rule that cannot be read."""
    from router.policy import policy_from

    must_know(policy_from({"name": "one", "rules": [_rule(row)]}).named)
    if not row.then:
        raise MalformedPayload("Say what the rule changes: without that it would do nothing.")


def as_toml(house: House, *, also: RoutingRule | None = None) -> str:
    """The policy as it is edited, in the form of `router/policy.toml`. `also`: one row as if it were switched on."""
    from router.rules_file import to_toml

    return to_toml(_edited(house, also))


def preview(house: House, *, also: RoutingRule | None = None) -> Preview:
    """Decides the tickets of the last seven days once more under both policies, from what the classifiers found then."""
    from router.policy import policy_from
    from router.rules_file import problems_of

    before, after = policy_from(_in_service(house)), policy_from(_edited(house, also))
    found = Preview(is_new=before.version != after.version)
    found.problems = [*problems_of(after, known_teams(house.settings)), *strangers(after.named)]
    since = house.clock() - WEEK
    for one in decided_since(house.vault, since, MOST):
        _compare(found, one, before, after)
    found.is_cut = decisions_since(since) > MOST
    return found


def enable(house: House, user: User) -> dict[str, Any]:
    """The edited rules serve from now on; running brains follow within a second. Raises `NotAllowed`,
    `MalformedPayload`."""
    require(user, May.CONFIGURE)
    with transaction.atomic():
        return put_into_service(house, as_toml(house), actor=f"user:{user.id}")


def start_over(house: House, user: User) -> None:
    """Forgets what was edited; the rows are the policy in service again. Raises `NotAllowed`."""
    require(user, May.CONFIGURE)
    with transaction.atomic():
        RoutingRule.objects.all().delete()
        begin_editing(house)


def _compare(found: Preview, one: Decided, before: RoutingPolicy, after: RoutingPolicy) -> None:
    verdict = _verdict(one)
    found.tickets += 1
    if verdict is None:
        found.untold += 1
        return
    was, _, _ = before.applied(verdict)
    would, rules, _ = after.applied(verdict)
    found.fired.update(rules)
    found.moved += was.team != would.team
    found.reprioritised += was.priority != would.priority
    differs = (was.team, was.priority, was.skills, was.targets) != (
        would.team,
        would.priority,
        would.skills,
        would.targets,
    )
    if differs:
        teams, priorities = (was.team, would.team), (was.priority, would.priority)
        meant = (_meant(was), _meant(would))
        found.changed.append(Changed(one.number, teams, priorities, rules, meant))


def _meant(verdict: Verdict) -> str:
    if not verdict.targets:
        return ", ".join(verdict.skills)
    return "; ".join(target_lines([asdict(one) for one in verdict.targets]).split("\n"))


def _verdict(one: Decided) -> Verdict | None:
    from router.policy import verdict_of

    case, guess = one.verdict.get("case"), one.verdict.get("guess")
    if not case or not guess:
        return None
    first = Guess(**{**guess, "priority": Priority(guess["priority"])})
    return verdict_of(wire.case_from_json(case), first)


def _in_service(house: House) -> dict[str, Any]:
    from router.plans import read_policy

    return read_policy(policy_in_service(house.settings))


def _edited(house: House, also: RoutingRule | None) -> dict[str, Any]:
    policy = _in_service(house)
    rows = list(RoutingRule.objects.order_by("position", "name"))
    if also is not None:
        rows = [row for row in rows if row.pk != also.pk]
        rows = sorted([*rows, also], key=lambda row: (row.position, row.name))
    rules = [_rule(row) for row in rows if row.is_on or row is also]
    return {**policy, "rules": rules}


def _rule(row: RoutingRule) -> dict[str, Any]:
    return {"name": row.name, "because": row.because, "when": row.when, "then": row.then}


__all__ = [
    "EXAMPLE",
    "TARGETS_EXAMPLE",
    "Changed",
    "Preview",
    "as_toml",
    "begin_editing",
    "check_rule",
    "conditions_of",
    "enable",
    "lines_of",
    "preview",
    "start_over",
    "target_lines",
    "targets_of",
]
