"""A visitor's message or file, from the headers and the body of a call to the answer. How the call came is `web.arrivals` and `web.message_door`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from bot.house import House
from bot.receive import receive
from channels.webchat import BODY_LIMIT
from core.errors import Conflict, ThreadlineError
from core.ids import ConversationId
from web.arrival_errors import answer_to
from web.bodies import too_large
from web.doors import Doors, chat_arrival
from web.gate import Gate
from web.problems import problem

Read = Callable[[], Awaitable[bytes]]
"""Reads the body of a call, once the call may be taken."""


class Messages:
    """Stores what visitors write and tells the number under which it stands."""

    def __init__(self, house: House, doors: Doors, gate: Gate) -> None:
        self._house = house
        self._doors = doors
        self._gate = gate

    async def answer(
        self, headers: Mapping[str, str], address: str, conversation: str, body: bytes
    ) -> tuple[Response, Exception | None]:
        """What is answered to a message that is whole, told to pages of allowed origins, and what failed, if it is a fault of ours."""
        origin = headers.get("origin")
        try:
            cors = await self._doors.headers_for(origin)
        except ThreadlineError as error:
            return problem(error), None

        async def read() -> bytes:
            if len(body) > BODY_LIMIT:
                raise too_large(BODY_LIMIT)
            return body

        fault = None
        try:
            answer = await self.take(headers, address, conversation, read)
        except Exception as error:  # noqa: BLE001  as Starlette does for every other address
            answer, fault = await answer_to(error, origin)
        answer.headers.update(cors)
        return answer, fault

    async def take(
        self,
        headers: Mapping[str, str],
        address: str,
        conversation: str,
        read: Read,
        **meta: str,
    ) -> Response:
        """202 once it is stored. `address`: the network's; `meta`: what stands beside a file."""
        self.refuse_without_room()
        path = f"/chat/v1/conversations/{conversation}"
        meta["conversation"] = conversation
        unread = chat_arrival(self._house, "POST", path, headers, b"", **meta)
        door, claims = await self._doors.opened_by(unread)
        self._gate.message(address, conversation)
        arrival = replace(unread, body=await read())
        inbounds = door.channel.parse(arrival)
        (accepted,) = await self._house.database.run(receive, self._house, door.inbox, inbounds)
        if accepted.is_conflict:
            raise Conflict("This client_id was used for another text.")
        answer: dict[str, object] = {"seq": accepted.public_seq}
        token = door.channel.renewed_token(claims, arrival.received_at)
        if accepted.conversation != claims.conversation:
            # The old conversation was closed: this message began one that follows it.
            answer["conversation"] = str(accepted.conversation)
            token = door.channel.issue_token(
                ConversationId(accepted.conversation),
                claims.visitor,
                arrival.received_at,
                is_known=claims.is_known,
            )
        if token:
            answer["token"] = token
        return JSONResponse(answer, 202, headers={"cache-control": "no-store"})

    def refuse_without_room(self) -> None:
        """Before anything is read: what would wait too long to be stored is not accepted, and comes again."""
        self._gate.room(self._house.database.waiting, self._house.settings.web.most_waiting)
