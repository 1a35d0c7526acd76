"""Addresses that nobody has proven anything to use, with signs in them that a database refuses: not there, and never a fault."""

from __future__ import annotations

import httpx2
import pytest

from tests.company import Company
from web.arrivals import ArrivalApp
from web.streams import StreamApp

ODD = (
    "%00",
    "a%00b",
    "%ff",
    "%ed%a0%80",
    "x" * 3_000,
    "..%2f..",
    "%2e%2e",
    "'%20or%201=1",
    "%F0%9F%98%80",
    "-1",
    "%0a",
)
CHAT = "/chat/v1/conversations"


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_address_is_not_there(company: Company, odd: str) -> None:
    app = ArrivalApp(company.house, StreamApp(company.house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://help.example.org") as http:
        for path in (
            f"/webhooks/{odd}/{odd}",
            f"/webhooks/webhook/{odd}",
            f"/webhooks/slack/a?{odd}={odd}",
        ):
            assert (await http.post(path, content=b"{}")).status_code in (401, 404, 405), path
        assert (await http.get(f"/chat/v1/look?inbox={odd}")).status_code == 404
        for deed in ("messages", "files", "typing", "ratings"):
            answer = await http.post(
                f"{CHAT}/{odd}/{deed}?client_id={odd}&name={odd}", content=b"{}"
            )
            assert answer.status_code in (401, 404), deed
        for path in (f"{CHAT}/{odd}/files/{odd}", f"{CHAT}/{odd}/transcript"):
            assert (await http.get(path)).status_code in (401, 404, 405), path
        opened = await http.post(CHAT, json={"inbox": "website"})
        token = {"authorization": f"Bearer {opened.json()['token']}"}
        mine = f"{CHAT}/{opened.json()['conversation']}"
        assert (await http.get(f"{mine}/files/{odd}", headers=token)).status_code in (404, 405)
        named = await http.post(f"{mine}/files?client_id=a&name={odd}", headers=token, content=b"x")
        assert named.status_code in (202, 400)
