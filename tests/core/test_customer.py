"""Who is one person: the same in any order, undone without a trace, and never two accounts of one website."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customer import BOUND, WEIGHTS, Evidence, Tie, admitted, people, strength
from core.errors import TwoAccounts

ADDRESSES = [UUID(int=number) for number in range(1, 9)]
KINDS = [kind for kind in Evidence if kind is not Evidence.FIRST_SEEN]
TIES = st.builds(
    lambda pair, kind: Tie(min(pair), max(pair), kind),
    st.sets(st.sampled_from(ADDRESSES), min_size=2, max_size=2),
    st.sampled_from(KINDS),
)
ACCOUNTS = st.dictionaries(st.sampled_from(ADDRESSES), st.sampled_from(["shop", "forum"]))


def _people(ties: list[Tie]) -> set[frozenset[UUID]]:
    return set(people(ADDRESSES, ties))


def test_each_address_begins_as_a_person_of_its_own() -> None:
    assert _people([]) == {frozenset({address}) for address in ADDRESSES}


def test_which_evidence_is_enough_alone() -> None:
    enough = {kind for kind in KINDS if WEIGHTS[kind] >= BOUND}
    proven = {Evidence.SIGNED, Evidence.LOGIN, Evidence.PHONE}
    assert enough == proven | {Evidence.AGENT, Evidence.PROFILE}


def test_weak_evidence_of_one_kind_never_adds_up() -> None:
    one, two, three = ADDRESSES[:3]
    mails = [Tie(one, three, Evidence.MAIL), Tie(two, three, Evidence.MAIL)]
    together = [Tie(one, two, Evidence.AGENT), *mails]
    assert frozenset({one, two}) in _people(together)
    assert strength([Evidence.MAIL, Evidence.MAIL]) == strength([Evidence.MAIL]) < BOUND


@given(st.lists(TIES, max_size=14), st.randoms(use_true_random=False))
def test_the_order_of_evidence_never_matters(ties: list[Tie], random: object) -> None:
    shuffled = list(ties)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _people(ties) == _people(shuffled)


@given(st.lists(TIES, max_size=14), TIES)
def test_more_evidence_parts_nobody(ties: list[Tie], more: Tie) -> None:
    for group in _people(ties):
        assert any(group <= wider for wider in _people([*ties, more]))


@given(st.lists(TIES, max_size=10), ACCOUNTS, st.data())
def test_undoing_in_any_order_restores_what_was(
    ties: list[Tie], accounts: dict[UUID, str], data: st.DataObject
) -> None:
    """A walk of joining and undoing: afterwards everybody is who the ties that are left say, however we got there."""
    live: list[Tie] = []
    for tie in ties:
        before = _people(live)
        try:
            admitted(tie, live, accounts)
        except TwoAccounts:
            assert _people(live) == before
            continue
        if tie in live:
            continue
        live.append(tie)
        live.remove(tie)
        assert _people(live) == before, "joined and undone leaves no trace"
        live.append(tie)
        if data.draw(st.booleans()):
            live.remove(data.draw(st.sampled_from(live)))
    for tie in data.draw(st.permutations(live)):
        live = [one for one in live if one != tie]
        assert _people(live) == _people(list(reversed(live)))
    assert _people([]) == {frozenset({address}) for address in ADDRESSES}


@given(st.lists(TIES, max_size=14), ACCOUNTS)
def test_nobody_ever_has_two_accounts_of_one_website(
    ties: list[Tie], accounts: dict[UUID, str]
) -> None:
    live: list[Tie] = []
    for tie in ties:
        try:
            groups = admitted(tie, live, accounts)
        except TwoAccounts:
            continue
        live.append(tie)
        assert set(groups) <= _people(live)
    for undone in range(len(live) + 1):
        for group in _people(live[undone:]):
            websites = [accounts[address] for address in group if address in accounts]
            assert len(websites) == len(set(websites))


def test_two_accounts_of_one_website_are_refused_whatever_the_evidence() -> None:
    shop, other, browser = ADDRESSES[:3]
    known = [Tie(shop, browser, Evidence.SIGNED)]
    for kind in (Evidence.SIGNED, Evidence.AGENT, Evidence.LOGIN):
        with pytest.raises(TwoAccounts):
            admitted(Tie(other, browser, kind), known, {shop: "a", other: "a"})
        assert admitted(Tie(other, browser, kind), known, {shop: "a", other: "b"})
