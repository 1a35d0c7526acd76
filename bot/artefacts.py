"""Loading what was trained and indexed into a brain, and following it when another version becomes active. Training is `bot.workshop`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.again import policy_named
from bot.brain import Brain
from bot.clock import system_clock
from bot.engine import opened
from bot.glossary import load_glossary
from bot.house import House
from bot.settings import Answers as AnswerSettings
from bot.settings import Settings
from core.errors import NotFound, ThreadlineError
from core.ports import Encodes
from store.experiments import holdout_of, running
from store.knowledge import active_generation, active_models
from store.models import Brand

if TYPE_CHECKING:
    from kb_index.answer import Answerer
    from kb_index.asked import Asked
    from kb_index.generation import Generation

log = structlog.get_logger()

EVERY = 0.4
"""Seconds: what is changed or deleted reaches the next search within one."""
BRAND = "default"
TRIAL = "trial"
"""The part that says which other policy decides a share of the tickets; its version is empty while there is none."""
COMPANY = "company"
"""The part that says which languages the company's customers mostly write, and where it is; its version is just that."""


@dataclass(slots=True)
class Loaded:
    """Which version of each part a brain holds, and what goes with every index: confirmed questions and the glossary.

    `products`: names that the index gave, and `languages` and `time_zone` of the company, for an understander that is
    loaded after them."""

    versions: dict[str, str] = field(default_factory=dict)
    asked: Asked | None = None
    glossary: dict[str, list[str]] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    time_zone: str = "UTC"


def load_parts(
    settings: Settings,
    encoder_of: Callable[[Settings], Encodes],
    brain: Brain,
    loaded: Loaded | None = None,
) -> Loaded:
    """Brings a brain up to what is active now; a part that cannot be loaded stays as it was, and is logged."""
    loaded = loaded or Loaded()
    if brain.encoder is None:
        try:
            brain.encoder = encoder_of(settings)
        except (ThreadlineError, OSError) as problem:
            log.error("encoder_missing", problem=str(problem))
    wanted = _wanted()
    for kind, (version, folder) in wanted.items():
        if loaded.versions.get(kind, "") == version:
            continue
        try:
            _load(kind, settings.state / folder, brain, settings, loaded)
        except (ThreadlineError, OSError, ValueError, KeyError) as problem:
            log.error("part_not_loaded", part=kind, version=version, problem=str(problem))
            continue
        loaded.versions[kind] = version
        log.info("part_loaded", part=kind, version=version)
    brain.versions = {kind: version for kind, version in loaded.versions.items() if version}
    return loaded


async def follow(
    settings: Settings, encoder_of: Callable[[Settings], Encodes], brain: Brain, loaded: Loaded
) -> None:
    """Switches a serving brain to new versions within about a second, for ever."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            wanted = await asyncio.to_thread(_wanted)
            if any(loaded.versions.get(k, "") != v for k, (v, _) in wanted.items()):
                await asyncio.to_thread(load_parts, settings, encoder_of, brain, loaded)
        except (DatabaseError, InterfaceError) as problem:
            log.warning("versions_unknown", problem=type(problem).__name__)


def _wanted() -> dict[str, tuple[str, str]]:
    """Part to (version, folder in the state folder)."""
    wanted = {kind: (row.version, row.folder) for kind, row in active_models().items()}
    generation = active_generation(BRAND)
    if generation is not None:
        wanted["index"] = (str(generation.id), generation.folder)
    trial = running()
    wanted[TRIAL] = ("", "") if trial is None else (str(trial.id), "")
    wanted[COMPANY] = (_company(), "")
    return wanted


def _company() -> str:
    """Languages and time zone in one line; empty without a company."""
    row = Brand.objects.filter(slug=BRAND).values_list("languages", "time_zone").first()
    return "" if row is None else " ".join([",".join(map(str, row[0])), row[1]])


def _load(
    kind: str,
    folder: Path,
    brain: Brain,
    settings: Settings,
    loaded: Loaded | None = None,
) -> None:
    loaded = loaded or Loaded()
    match kind:
        case "acts":
            _read_with(brain, folder, loaded)
        case "router":
            _route_from(brain, folder)
        case "policy":
            from router.plans import read_policy
            from router.policy import policy_from
            from router.route import Router

            rules = policy_from(read_policy(folder / "policy.toml"))
            known = brain.router if isinstance(brain.router, Router) else Router(None)
            brain.router = known.under(rules)
        case "trial":
            _try_out(brain, settings)
        case "company":
            _know_company(brain, loaded)
        case "intents":
            from nlu.named import load_namer

            assert brain.encoder is not None
            brain.namer = load_namer(folder, brain.encoder)
        case "asked":
            from kb_index.asked import load_asked

            assert brain.encoder is not None
            loaded.asked = load_asked(folder, brain.encoder.name)
            _answer_anew(brain, settings.answers, loaded)
        case "glossary":
            loaded.glossary = load_glossary(folder)
            _answer_anew(brain, settings.answers, loaded)
        case "index":
            answer_from(brain, opened(settings, folder), settings.answers, loaded)
            _know_products(brain, loaded)
        case _:
            log.warning("part_unknown", part=kind)


def _read_with(brain: Brain, folder: Path, loaded: Loaded) -> None:
    from nlu.understand import load_understander

    assert brain.encoder is not None
    brain.understander = load_understander(
        folder, brain.encoder, products=loaded.products, clock=system_clock
    )
    _read_as_here(brain, loaded)


def _know_company(brain: Brain, loaded: Loaded) -> None:
    """Messages are read as this company's customers write them."""
    languages, _, loaded.time_zone = _company().partition(" ")
    loaded.languages = tuple(languages.split(",")) if languages else ()
    _read_as_here(brain, loaded)


def _read_as_here(brain: Brain, loaded: Loaded) -> None:
    from nlu.understand import Understander

    if isinstance(brain.understander, Understander):
        brain.understander.know_company(loaded.languages, loaded.time_zone)


def _know_products(brain: Brain, loaded: Loaded) -> None:
    """Messages are searched for the products that the index names."""
    from kb_index.answer import Answerer
    from nlu.understand import Understander

    assert isinstance(brain.answerer, Answerer)
    loaded.products = brain.answerer.generation.products()
    if isinstance(brain.understander, Understander):
        brain.understander.know_products(loaded.products)


def _route_from(brain: Brain, folder: Path) -> None:
    """By this model from now on, under the rules and the trial that there are."""
    from router.route import Router, load_router

    known = brain.router if isinstance(brain.router, Router) else Router(None)
    served = load_router(folder, known.policy, brain.encoder)
    brain.router = served.trying(known.trial)


def _try_out(brain: Brain, settings: Settings) -> None:
    """A share of the tickets is decided by the other policy of the trial that runs, or none any more."""
    from router.route import Router

    row = running()
    known = brain.router if isinstance(brain.router, Router) else Router(None)
    found = None if row is None else (holdout_of(row), policy_named(settings, row.other))
    brain.router = known.trying(found)


def _answer_anew(brain: Brain, answers: AnswerSettings, loaded: Loaded) -> None:
    """From the same index with what else was loaded."""
    from kb_index.answer import Answerer

    if isinstance(brain.answerer, Answerer):
        answer_from(brain, brain.answerer.generation, answers, loaded)


def answer_from(
    brain: Brain, generation: Generation, answers: AnswerSettings, loaded: Loaded | None = None
) -> None:
    """From now on this brain answers from that index, with what else was loaded."""
    loaded = loaded or Loaded()
    brain.answerer = _answerer(generation, brain.encoder, answers, loaded.asked, loaded.glossary)


def answerer_of(
    house: House, encoder: Encodes, brand: str = BRAND, asked: Asked | None = None
) -> Answerer:
    """Answers from the index that serves now, in a process without a brain; `asked`: instead of the confirmed
    questions that serve. Raises `NotFound`, `IndexStale`."""
    row = active_generation(brand)
    if row is None:
        raise NotFound("Nothing is indexed.")
    generation = opened(house.settings, house.settings.state / row.folder)
    known = asked if asked is not None else asked_now(house, encoder)
    glossary = _glossary_now(house)
    return _answerer(generation, encoder, house.settings.answers, known, glossary)


def _glossary_now(house: House) -> dict[str, list[str]]:
    active = active_models().get("glossary")
    return load_glossary(house.settings.state / active.folder) if active else {}


def asked_now(house: House, encoder: Encodes) -> Asked | None:
    """The confirmed questions that serve; None where there are none that this encoder read."""
    from kb_index.asked import load_asked

    active = active_models().get("asked")
    if active is None:
        return None
    try:
        return load_asked(house.settings.state / active.folder, encoder.name)
    except ThreadlineError as problem:
        log.warning("part_not_loaded", part="asked", problem=str(problem))
        return None


def _answerer(
    generation: Generation,
    encoder: Encodes | None,
    answers: AnswerSettings,
    asked: Asked | None,
    glossary: dict[str, list[str]],
) -> Answerer:
    from kb_index.answer import Answerer
    from kb_index.decide import Costs
    from nlu.ordinary import real_words

    return Answerer(
        generation,
        encoder,
        costs=Costs(answers.wrong_answer, answers.handoff, answers.clarify),
        allowed_hosts=frozenset(answers.link_hosts),
        glossary={**glossary, **answers.glossary},
        asked=asked,
        words=real_words(),
    )
