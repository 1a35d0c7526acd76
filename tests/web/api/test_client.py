"""The Python client that is written from the description: typed, complete, and used here against the whole of `web` over HTTP."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.web.api.conftest import World
from web.api.api import openapi
from web.api.client import rendered


def test_every_operation_is_a_method_with_its_parameters(client: ModuleType) -> None:
    count = 0
    for methods in openapi()["paths"].values():
        for operation in methods.values():
            method = getattr(client.Client, operation["operationId"])
            known = set(inspect.signature(method).parameters)
            for parameter in operation["parameters"]:
                assert parameter["name"].lower().replace("-", "_") in known
            assert ("body" in known) == ("requestBody" in operation)
            count += 1
    assert count > 40


def test_it_needs_nothing_but_python(written: Path) -> None:
    asked = "import sys; sys.path.insert(0, sys.argv[1]); import threadline_api; print(len(dir(threadline_api.Client)))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", asked, str(written.parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) > 40


def test_mypy_finds_nothing_in_it_and_a_wrong_call(written: Path) -> None:
    wrong = written.with_name("wrong.py")
    wrong.write_text(
        "from threadline_api import Client\n"
        'api = Client("http://x", "t")\n'
        'api.deeds_reply(1, {"text": 1})\n'
        'api.tickets_get_ticket(1)["nothing"]\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=/dev/null",
         "--no-incremental", "wrong.py", "threadline_api.py"],
        capture_output=True, text=True, cwd=written.parent,
    )  # fmt: skip
    found = [line for line in done.stdout.splitlines() if ": error" in line]
    assert [line.partition(":")[0] for line in found] == ["wrong.py", "wrong.py"], done.stdout


def test_a_day_is_worked_with_it(client: ModuleType, world: World, url: str) -> None:
    api: Any = client.Client(url, world.tokens["amira"])
    assert api.company_get_me()["user"]["name"] == "Amira Haddad"
    number = world.made["maya"]
    found = [ticket["number"] for ticket in api.each(api.tickets_list_tickets, limit=1)]
    assert number in found
    assert len(found) == len(set(found)) > 1
    api.tickets_get_ticket(number)
    seen = api.etag
    body = {"text": "It is on its way.", "then": "wait"}
    said = api.deeds_reply(number, body, idempotency_key="one", if_match=seen)
    again = api.deeds_reply(number, body, idempotency_key="one", if_match=seen)
    assert said == again
    with pytest.raises(client.Problem) as stale:
        api.deeds_resolve(number, if_match=seen)
    assert (stale.value.status, stale.value.code) == (409, "stale_version")
    with pytest.raises(client.Problem) as foreign:
        api.tickets_get_ticket(world.made["hub"])
    assert foreign.value.status == 404
    conversation = str(world.conversation("maya"))
    texts = [
        one["text"] for one in api.each(api.conversations_list_messages, conversation, limit=2)
    ]
    assert texts.count("It is on its way.") == 1
    kinds = [one["type"] for one in api.each(api.events_list_happenings, limit=3)]
    assert "ticket_opened" in kinds
    assert isinstance(api.tickets_download(number, _file(api, conversation)), bytes)


def test_webhooks_are_set_up_with_it(client: ModuleType, world: World, url: str) -> None:
    api: Any = client.Client(url, world.tokens["ada"])
    made = api.hooks_create_webhook(
        {"name": "Bus", "url": "https://bus.example/x", "kinds": ["rated"]}
    )
    assert made["secret"].startswith("whsec_")
    changed = api.hooks_change_webhook(made["id"], {"is_active": False})
    assert (changed["is_active"], changed["kinds"]) == (False, ["rated"])
    assert api.hooks_change_webhook_secret(made["id"], {})["secret"] != made["secret"]
    call = api.hooks_send_test(made["id"])
    assert [one["id"] for one in api.each(api.hooks_list_webhook_calls, made["id"])] == [call["id"]]
    with pytest.raises(client.Problem) as waits:
        api.hooks_call_again(made["id"], call["id"])
    assert waits.value.status == 409
    assert api.hooks_delete_webhook(made["id"]) is None
    with pytest.raises(client.Problem) as gone:
        api.hooks_get_webhook(made["id"])
    assert gone.value.status == 404


def test_what_is_written_depends_on_the_description_alone() -> None:
    assert rendered(openapi()) == rendered(json.loads(json.dumps(openapi())))


def _file(api: Any, conversation: str) -> str:
    messages = api.conversations_list_messages(conversation)["items"]
    return str(next(file["id"] for message in messages for file in message["files"]))
