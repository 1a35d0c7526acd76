"""What an app says in answer to a press, a command or a form: at once in its response, or later to the address that came along. The workspace is `slack`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.slack_rules import is_view, refusal_of_message

if TYPE_CHECKING:
    from tests.fakes.slack import FakeSlack

Json = dict[str, Any]

ANSWERS = 5
ANSWERS_FOR = 1800
"""How often and how many seconds long an address takes answers (docs.slack.dev, handling user interaction)."""


@dataclass
class Address:
    """Where one press, command or shortcut is answered. `ts`: the message that it is about."""

    channel: str
    user: str
    until: float
    ts: str = ""
    left: int = ANSWERS


class Answers:
    """The answers of one workspace."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._addresses: dict[str, Address] = {}
        self.told: list[tuple[str, Json]] = []
        """Forms that stay as they are, by view, with what is wrong in them."""

    def address(self, channel: str, user: str, ts: str = "") -> str:
        """A new address for what somebody did."""
        mark = f"R{len(self._addresses) + 1:06d}"
        until = self._slack.clock() + ANSWERS_FOR
        self._addresses[mark] = Address(channel, user, until, ts)
        return f"{self._slack.url}/respond/{mark}"

    async def take(self, request: Request) -> Response:
        """An answer that comes later."""
        address = self._addresses.get(request.path_params["mark"])
        if address is None or self._slack.clock() >= address.until:
            return JSONResponse({"ok": False, "error": "expired_url"}, 404)
        if not address.left:
            return JSONResponse({"ok": False, "error": "used_url"}, 404)
        try:
            answer = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        if refusal := self.shown(answer, address):
            return PlainTextResponse(refusal, 400)
        address.left -= 1
        return PlainTextResponse("ok")

    def at_once(self, body: bytes, channel: str, user: str) -> None:
        """The body of the response to a command: words, or a message."""
        if not body:
            return
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {"text": body.decode()}
        self.shown(answer, Address(channel, user, 0.0))

    def form(self, answer: Any, view: Json) -> None:
        """What becomes of a form that was sent off: it goes, it says what is wrong, or another view takes its place."""
        answer = answer if isinstance(answer, dict) else {}
        if answer.get("response_action") == "errors":
            blocks = {block.get("block_id") for block in view["blocks"]}
            assert answer["errors"], "errors that name no block"
            assert set(answer["errors"]) <= blocks, "errors of blocks that are not there"
            self.told.append((str(view.get("id")), answer["errors"]))
        elif answer.get("response_action") in ("update", "push"):
            assert is_view(answer.get("view")), "Slack would show an error in the form"
            self._slack.views.append({**answer["view"], "id": f"V{len(self._slack.views)}"})

    def shown(self, answer: Json, address: Address) -> str:
        """Shows it; the reason why it cannot be shown."""
        slack = self._slack
        if answer.get("delete_original") and address.ts:
            slack.messages[address.channel].remove(slack.at(address.channel, address.ts))
            return ""
        if refusal := refusal_of_message(answer):
            return refusal
        if answer.get("replace_original") and address.ts:
            message = slack.at(address.channel, address.ts)
            message |= {key: answer[key] for key in ("text", "blocks") if key in answer}
        elif answer.get("response_type") == "in_channel":
            slack.post(address.channel, answer)
        else:
            about = {"channel": address.channel, "user": address.user}
            slack.whisper({**answer, **about})
        return ""
