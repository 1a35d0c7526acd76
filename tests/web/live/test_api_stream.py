"""The API's event stream: opened by a token, with the same events as the desk's."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from tests.web.live.conftest import Stream, Web
from tests.web.live.test_streams_http import until

PATH = "/api/v1/stream"


def _stream(web: Web, token: str, after: str = "") -> AbstractAsyncContextManager[Stream]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return web.stream(PATH + (f"?after={after}" if after else ""), headers)


async def test_only_a_token_made_for_reading_tickets_opens_it(web: Web) -> None:
    writes = web.do("token", login="ruth", scopes=["tickets:write"])
    session = web.do("sign_in", login="ruth")
    for token, status in (("", 401), ("nonsense", 401), (writes, 403)):
        async with _stream(web, token) as stream:
            assert stream.status == status
            assert stream.headers["content-type"] == "application/problem+json"
    async with web.stream(PATH, {"Cookie": f"sessionid={session}"}) as stream:
        assert stream.status == 401
    assert web.http.post(PATH).status_code == 401
    reads = web.do("token", login="ruth", scopes=["tickets:read"])
    headers = {"Authorization": f"Bearer {reads}"}
    assert web.http.post(PATH, headers=headers).status_code == 405


async def test_people_see_their_teams_events_and_resume_by_position(web: Web) -> None:
    web.do("answer", text="")  # nothing of earlier tests waits
    own, foreign = (
        web.do("token", login=name, scopes=["tickets:read"]) for name in ("lucia", "wei")
    )
    async with _stream(web, own) as mine, _stream(web, foreign) as others:
        assert (mine.status, others.status) == (200, 200)
        await asyncio.sleep(0.3)
        chat = web.open()
        web.post(chat, "my parcel is broken")
        web.do("answer", text="", team="orders")
        seen = await until(mine, "speaker_changed")
        assert {frame.data["conversation"] for frame in seen} == {chat.conversation}
        hidden = await until(others, "queue_changed")
        assert all(frame.data == {"type": "queue_changed"} for frame in hidden)
    async with _stream(web, own, after=seen[0].id) as again:
        missed = await until(again, "speaker_changed")
        assert [frame.id for frame in missed] == [frame.id for frame in seen[1:]]


async def test_a_position_nobody_gave_is_refused(web: Web) -> None:
    token = web.do("token", login="ruth", scopes=["tickets:read"])
    async with _stream(web, token, after="x") as stream:
        assert stream.status == 400


async def test_a_revoked_token_opens_it_no_more(web: Web) -> None:
    token = web.do("token", login="ruth", scopes=["tickets:read"])
    used = web.do("used_tokens")
    async with _stream(web, token) as stream:
        assert stream.status == 200
        assert web.do("used_tokens") == used + 1
    web.do("revoke_tokens")
    async with _stream(web, token) as stream:
        assert stream.status == 401
