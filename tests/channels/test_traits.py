"""What an adapter can do is looked at once for its class, and is what Python would say each time."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pytest

from channels import contract, traits
from channels.contract import Reacts, ShowsTickets, Streams
from channels.traits import Remembering
from tests.company import ScriptedChannel


@runtime_checkable
class Sings(Protocol, metaclass=Remembering):
    """Can sing."""

    def sing(self) -> str:
        """A song."""


class Bird:
    def sing(self) -> str:
        return "la"


def test_a_class_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    ask = traits._OfProtocols.__instancecheck__

    def counted(cls: type, instance: object) -> bool:
        looked.append(instance)
        return bool(ask(cls, instance))

    monkeypatch.setattr(traits._OfProtocols, "__instancecheck__", counted)
    assert [isinstance(one, Sings) for one in (Bird(), Bird(), object(), object())] == [
        True,
        True,
        False,
        False,
    ]
    assert len(looked) == 2


def test_one_protocol_says_nothing_of_another() -> None:
    channel = ScriptedChannel()
    assert not isinstance(channel, Reacts)
    assert not isinstance(channel, ShowsTickets)
    assert not isinstance(channel, Streams)


def test_every_ability_is_remembered() -> None:
    every = vars(contract).values()
    asked = [one for one in every if getattr(one, "_is_runtime_protocol", False)]
    assert asked
    assert all(isinstance(one, Remembering) for one in asked)
