"""R15 and R22 for Teams: no forged call is accepted and none breaks us; keys may change, be invented, and be away."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest

import channels.teams_keys
from channels.teams import Teams
from channels.teams_keys import AGAIN, FRESH, UNKNOWN, USABLE, SigningKeys, fetched
from core.errors import BadSignature, TemporaryFailure
from store.models import InboxRow
from tests.channels.teams.conftest import Office
from tests.channels.teams.provider import (
    INBOX,
    NOW,
    THREAD,
    TeamsProvider,
    arrived,
    keyed_token,
    teams_settings,
    unsigned_token,
)
from tests.fakes.teams import ANN, APP_ID, FOREIGN_TENANT, PERSONAL, FakeTeams, Signed

PATH = "/webhooks/teams/acme"
SEED = 22
WORDS = ["hello", "¿Dónde está?", "订单", "🙂 <at>x</at> & <b>", "x" * 2000, '{"serviceUrl":"x"}']

Forge = Callable[[FakeTeams, random.Random], Signed]


def genuine(teams: FakeTeams, chance: random.Random) -> dict[str, Any]:
    where, words = chance.choice([PERSONAL, THREAD]), chance.choice(WORDS)
    return teams.activity(ANN, where, words, call=where == THREAD)


def _claiming(**choices: list[Any]) -> Forge:
    """A token that is right but for claims; None leaves one out."""

    def forge(teams: FakeTeams, chance: random.Random) -> Signed:
        changes = {name: chance.choice(values) for name, values in choices.items()}
        token = teams.token(teams.claims(**changes))
        return teams.signed(genuine(teams, chance), token)

    return forge


def _timed(teams: FakeTeams, chance: random.Random) -> Signed:
    now, aside = int(teams.clock()), 301 + chance.randrange(10**6)
    changes = chance.choice(
        [{"exp": now - aside, "nbf": now - 2 * aside}, {"nbf": now + aside, "exp": now + 2 * aside}]
    )
    return teams.signed(genuine(teams, chance), teams.token(teams.claims(**changes)))


def _altered_body(teams: FakeTeams, chance: random.Random) -> Signed:
    """Only what the token vouches for can be checked in a body: its service, channel and organisation."""
    activity = genuine(teams, chance)
    told = activity["serviceUrl"]
    evil = [
        "https://evil.example/",
        told + "x",
        told + "../",
        "https://smba.trafficmanager.net/",
        "",
    ]
    evil += [
        told.replace("127.0.0.1", "127.0.0.1@evil.example"),
        told.replace("http", "https"),
        None,
    ]
    changes: list[dict[str, Any]] = [
        {"serviceUrl": chance.choice(evil)},
        {"channelId": chance.choice(["webchat", "directline", "MSTEAMS", "", None, 7])},
        {"channelData": {"tenant": {"id": FOREIGN_TENANT}}},
        {"conversation": {**activity["conversation"], "tenantId": FOREIGN_TENANT}},
        {"conversation": {"id": PERSONAL}, "channelData": None},
    ]
    return teams.signed({**activity, **chance.choice(changes)})


def _broken_body(teams: FakeTeams, chance: random.Random) -> Signed:
    call = teams.signed(genuine(teams, chance))
    cut = call.body[: chance.randrange(len(call.body))]
    odd = [cut, b"\xff" + call.body, b"[" * 5000, b"null", b"[]", b"7", b'{"type":"message"}']
    return Signed(chance.choice(odd), call.headers)


def _foreign_key(teams: FakeTeams, chance: random.Random) -> Signed:
    header: dict[str, Any] = {"kid": chance.choice(teams.key_names)}
    header |= chance.choice([{}, {"jku": f"{teams.url}/evil"}, {"x5u": "https://evil.example"}])
    token = teams.token(teams.claims(), "a stranger", **header)
    return teams.signed(genuine(teams, chance), token)


def _unknown_key(teams: FakeTeams, chance: random.Random) -> Signed:
    kid = chance.choice(["", "key-9", "é", "../key-1", "' or 1=1", "k" * 3000])
    return teams.signed(genuine(teams, chance), teams.token(teams.claims(), "a stranger", kid=kid))


def _other_algorithm(teams: FakeTeams, chance: random.Random) -> Signed:
    claims = teams.claims()
    tokens = [unsigned_token(claims, name) for name in ("none", "None", "NONE", "RS256", "RS512")]
    return teams.signed(genuine(teams, chance), chance.choice([*tokens, keyed_token(claims)]))


def _altered_token(teams: FakeTeams, chance: random.Random) -> Signed:
    token = teams.token()
    header, payload, signature = token.split(".")
    place = chance.randrange(len(payload) - 2)
    other = "A" if payload[place] != "A" else "B"
    odd = [
        f"{header}.{payload[:place]}{other}{payload[place + 1 :]}.{signature}",
        f"{header}.{payload}.{signature[::-1]}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.{signature}",
        f"{payload}.{header}.{signature}",
        f"..{signature}",
        token + "x" * 9000,
        "W10.W10.W10",
        "..",
        "é中.é.é",
    ]
    return teams.signed(genuine(teams, chance), chance.choice(odd))


def _other_header(teams: FakeTeams, chance: random.Random) -> Signed:
    call, token = teams.signed(genuine(teams, chance)), teams.token()
    odd = [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {token}",
        token,
        f"Bearer  {token}",
        f"Bearer {token} x",
    ]
    headers = {**call.headers, "authorization": chance.choice(odd)}
    if chance.random() < 0.2:
        del headers["authorization"]
    return Signed(call.body, headers)


FORGERIES: dict[str, Forge] = {
    "a claim is missing": lambda teams, chance: _claiming(
        **{chance.choice(["exp", "nbf", "iss", "aud", "serviceurl"]): [None]}
    )(teams, chance),
    "another issuer": _claiming(
        iss=[
            "https://api.botframework.com/",
            f"https://sts.windows.net/{FOREIGN_TENANT}/",
            "https://login.microsoftonline.com/common/v2.0",
            "",
            7,
            ["https://api.botframework.com"],
        ]
    ),
    "another audience": _claiming(
        aud=[FOREIGN_TENANT, "", [], [APP_ID], [APP_ID, FOREIGN_TENANT], 7, APP_ID.upper(), {}]
    ),
    "another service": _claiming(
        serviceurl=["https://evil.example/", "", 7, [], "https://smba.trafficmanager.net/teams/"]
    ),
    "another organisation's token": _claiming(tid=[FOREIGN_TENANT, "x"]),
    "times that are none": _claiming(
        exp=["", "x", True, [], {}, "99999999999", -1, 0, 10**400, 1e400]
    ),
    "out of time": _timed,
    "altered body": _altered_body,
    "broken body": _broken_body,
    "foreign key": _foreign_key,
    "unknown key": _unknown_key,
    "another algorithm": _other_algorithm,
    "altered token": _altered_token,
    "another header": _other_header,
}


async def test_no_forgery_is_accepted_and_none_breaks_us(
    office: Office, http: httpx2.AsyncClient
) -> None:
    chance, told = random.Random(SEED), Counter[tuple[str, int]]()
    for about, forge in FORGERIES.items():
        for _ in range(40):
            forged = forge(office.teams, chance)
            headers = [(name.encode(), value.encode()) for name, value in forged.headers.items()]
            answer = await http.post(PATH, content=forged.body, headers=headers)
            told[about, answer.status_code] += 1
    assert set(told) == {(about, 401) for about in FORGERIES}
    assert told.total() == 560
    assert office.teams.key_fetches <= 2
    assert await office.company.house.database.run(InboxRow.objects.count) == 0


async def test_every_genuine_call_is_accepted(office: Office, http: httpx2.AsyncClient) -> None:
    chance, teams = random.Random(SEED), office.teams
    teams.key_names = ["key-1", "key-2"]
    for _ in range(210):
        now = int(teams.clock())
        claims = teams.claims(
            nbf=now + chance.randrange(-3600, 299),
            exp=now + chance.randrange(301, 3600),
            serviceurl=chance.choice([teams.service_url, teams.service_url.rstrip("/")]),
        )
        token = teams.token(claims, chance.choice(teams.key_names))
        call = teams.signed(genuine(teams, chance), token)
        answer = await http.post(PATH, content=call.body, headers=call.headers)
        assert answer.status_code == 200, answer.text
    assert teams.key_fetches == 1


@pytest.fixture
def channel(teams: FakeTeams) -> Teams:
    teams.clock = NOW.timestamp
    return Teams(INBOX, teams_settings(teams.url))


def called(teams: FakeTeams, after: timedelta = timedelta(), key: str = "") -> Any:
    """A genuine arrival so long after the beginning."""
    teams.clock = (NOW + after).timestamp
    activity = teams.activity(ANN, PERSONAL, "hello")
    return arrived(teams.signed(activity, teams.token(key=key)), NOW + after)


def test_a_new_key_counts_from_its_first_call_on(channel: Teams, teams: FakeTeams) -> None:
    channel.verify(called(teams))
    teams.key_names = ["key-2", "key-1"]
    minute = timedelta(minutes=1)
    channel.verify(called(teams, minute))
    channel.verify(called(teams, minute, "key-1"))
    assert teams.key_fetches == 2
    teams.key_names = ["key-2"]
    channel.verify(called(teams, FRESH + 2 * minute))
    with pytest.raises(BadSignature):  # the old one was withdrawn
        channel.verify(called(teams, FRESH + 2 * minute, "key-1"))
    assert teams.key_fetches == 4


def test_invented_keys_make_us_ask_once_an_hour(channel: Teams, teams: FakeTeams) -> None:
    channel.verify(called(teams))
    for n in range(10_000):
        with pytest.raises(BadSignature):
            channel.verify(arrived(_named(teams, f"k{n}"), NOW + timedelta(seconds=n / 10)))
    assert teams.key_fetches == 2
    with pytest.raises(BadSignature):
        channel.verify(arrived(_named(teams, "later"), NOW + UNKNOWN))
    assert teams.key_fetches == 3


def _named(teams: FakeTeams, kid: str) -> Signed:
    """A call whose token names this key; cheap to make, for nobody has signed it."""
    told = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": kid}).encode())
    _, payload, _ = unsigned_token({}).split(".")
    token = f"{told.rstrip(b'=').decode()}.{payload}.AAAA"
    return teams.signed(teams.activity(ANN, PERSONAL, "hello"), token)


def test_while_no_keys_can_be_read_the_known_ones_count(channel: Teams, teams: FakeTeams) -> None:
    channel.verify(called(teams))
    teams.keys_are_away = True
    for hours in range(1, 25):
        channel.verify(called(teams, FRESH - timedelta(minutes=1) + timedelta(hours=hours - 1)))
    with pytest.raises(TemporaryFailure):
        channel.verify(called(teams, FRESH + timedelta(hours=24)))
    teams.keys_are_away = False
    channel.verify(called(teams, FRESH + timedelta(hours=24) + AGAIN))


def _started(teams: FakeTeams, folder: Path) -> Teams:
    """As a process that has just begun."""
    channel = Teams(INBOX, teams_settings(teams.url))
    channel.remember_in(folder)
    return channel


def test_keys_are_known_after_a_restart_at_their_age(teams: FakeTeams, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    _started(teams, folder).verify(called(teams))
    teams.keys_are_away = True
    minute = timedelta(minutes=1)
    _started(teams, folder).verify(called(teams, minute))
    _started(teams, folder).verify(called(teams, USABLE - minute))
    for moment in (USABLE, -minute):  # too old, and younger than nothing can be
        with pytest.raises(TemporaryFailure):
            _started(teams, folder).verify(called(teams, moment))
    assert teams.key_fetches == 1
    teams.keys_are_away, teams.key_names = False, ["key-2"]
    channel = _started(teams, folder)
    channel.verify(called(teams, FRESH))  # what was kept is as due for another look as what was not
    with pytest.raises(BadSignature):
        channel.verify(called(teams, FRESH, "key-1"))


def test_kept_keys_that_are_nonsense_or_of_elsewhere_are_not_believed(
    teams: FakeTeams, tmp_path: Path
) -> None:
    _started(teams, tmp_path).verify(called(teams))
    (kept,) = tmp_path.iterdir()
    whole = json.loads(kept.read_text())
    teams.keys_are_away = True
    for told in (
        "{",
        "[]",
        json.dumps({**whole, "from": "https://elsewhere.example"}),
        json.dumps({**whole, "at": "2026-01-01T00:00:00"}),
        json.dumps({**whole, "keys": [{"kid": "key-1", "kty": "oct", "k": "AAAA"}]}),
    ):
        kept.write_text(told)
        with pytest.raises(TemporaryFailure):
            _started(teams, tmp_path).verify(called(teams))
    kept.write_text(json.dumps(whole))
    _started(teams, tmp_path).verify(called(teams))


def test_before_the_first_keys_nobody_can_tell(channel: Teams, teams: FakeTeams) -> None:
    teams.keys_are_away = True
    with pytest.raises(TemporaryFailure):
        channel.verify(called(teams))
    teams.keys_are_away = False
    with pytest.raises(TemporaryFailure):  # asked a moment ago
        channel.verify(called(teams, timedelta(seconds=1)))
    channel.verify(called(teams, AGAIN))


def test_a_key_must_be_endorsed_for_teams(channel: Teams, teams: FakeTeams) -> None:
    teams.endorsements = ["webchat"]
    with pytest.raises(BadSignature):
        channel.verify(called(teams))


def test_who_comes_while_the_first_keys_are_fetched_waits_for_them(
    teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = SigningKeys(teams_settings(teams.url).metadata_url)
    asked, may_come = Event(), Event()

    def slow(url: str) -> list[Any]:
        asked.set()
        assert may_come.wait(60)
        return fetched(url)

    monkeypatch.setattr(channels.teams_keys, "fetched", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(keys.named, teams.key_names[0], NOW)
        assert asked.wait(60)
        second = pool.submit(keys.named, teams.key_names[0], NOW)
        wait([second], timeout=0.3)
        may_come.set()
        assert first.result() is not None
        assert second.result() is first.result()


def test_keys_of_another_host_are_not_read(teams: FakeTeams) -> None:
    with pytest.raises(ValueError, match="somebody else"):
        fetched(f"{teams.url.replace('127.0.0.1', 'localhost')}/v1/.well-known/openidconfiguration")


def test_other_organisations_are_let_in_by_name(teams: FakeTeams) -> None:
    teams.clock = NOW.timestamp
    provider = TeamsProvider()
    provider.teams = teams
    foreign = provider.forgeries()["another organisation"]
    own = Teams(INBOX, teams_settings(teams.url))
    with pytest.raises(BadSignature):
        own.verify(foreign)
    both = {"channelData": {"tenant": {"id": FOREIGN_TENANT}}}
    conversation = {"id": PERSONAL, "tenantId": FOREIGN_TENANT}
    activity = teams.activity(ANN, PERSONAL, "hello") | both | {"conversation": conversation}
    arrival = arrived(teams.signed(activity))
    with pytest.raises(BadSignature):
        own.verify(arrival)
    Teams(INBOX, teams_settings(teams.url, more_tenants=[FOREIGN_TENANT])).verify(arrival)
    Teams(INBOX, teams_settings(teams.url, any_tenant=True)).verify(arrival)
    with pytest.raises(BadSignature):  # it names two
        Teams(INBOX, teams_settings(teams.url, any_tenant=True)).verify(foreign)
