"""A small CRM and translator of the company's: checks our signature, knows two customers, and can be told to fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
KNOWN = {
    "maya.ruiz@example.org": [
        {"label": "Plan", "value": "Gold", "url": "https://crm.example/c/7"},
        {"label": "Since", "value": "2024", "url": "javascript:alert(1)"},
    ]
}
WORDS = {"Hello": {"de": "Hallo", "es": "Hola"}}


@dataclass
class FakeService:
    """`secrets`: by which a question may be signed. `script`: what the next questions meet: a status, `garbage`, `huge` or `elsewhere`."""

    secrets: list[str] = field(default_factory=list)
    url: str = ""
    script: list[int | str] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Starlette(routes=[Route("/slot", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        asked = self._signed(body, dict(request.headers))
        if asked is None:
            return Response(status_code=401)
        self.asked.append(asked)
        step = self.script.pop(0) if self.script else 200
        if isinstance(step, int) and step != 200:
            return Response(status_code=step)
        if step == "elsewhere":
            return RedirectResponse("https://elsewhere.example/", 307)
        if step == "huge":
            return Response(b'{"text": "' + b"x" * 200_000 + b'"}')
        if step == "garbage":
            return Response(b"<html>", media_type="text/html")
        return Response(json.dumps(self._answer(asked)), media_type="application/json")

    def _signed(self, body: bytes, headers: dict[str, str]) -> Json | None:
        for secret in self.secrets:
            try:
                found: Json = Verifier(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return found
        return None

    def _answer(self, asked: Json) -> Json:
        if asked["type"] == "customer.fields":
            values = [one["value"] for one in asked["addresses"]]
            return {"fields": next((KNOWN[one] for one in values if one in KNOWN), [])}
        if asked["type"] == "translation.text":
            found = WORDS.get(asked["text"], {}).get(
                asked["to"], f"[{asked['to']}] {asked['text']}"
            )
            return {"text": found, "language": "en"}
        return {}
