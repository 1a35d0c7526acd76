"""What Twilio is asked to do with calls that are there, or shall be: ring, hang up, go on by another document. What the documents say is `voice_colleague`'s and `voice_line`'s."""

from __future__ import annotations

from dataclasses import dataclass

from channels.twilio_api import TwilioApi
from channels.voice_colleague import ColleagueScript
from channels.voice_fields import call_id_of, call_ids_of, thread_of
from channels.voice_line import LineScript
from channels.voice_settings import VoiceSettings
from channels.voice_twiml import Script
from core.errors import PermanentFailure
from core.ids import ThreadKey
from core.line import InLine, Ring


@dataclass(frozen=True, slots=True)
class Legs:
    """The calls of one number. Each deed raises as `TwilioApi.post` does."""

    api: TwilioApi
    settings: VoiceSettings

    async def ring(self, ring: Ring) -> str:
        """Calls a colleague; what is said and done there comes back under the ring's number."""
        script = ColleagueScript(Script(self.settings, ring.webhook))
        return call_id_of(await self.api.post("Calls", script.call_of(ring)))

    async def hang_up(self, leg: str) -> None:
        """`completed` ends a call that rings, too."""
        await self.api.post(f"Calls/{leg}", {"Status": "completed"})

    async def hold(self, leg: str, here: InLine, webhook: str) -> None:
        """Breaks into what that call obeys."""
        script = ColleagueScript(Script(self.settings, webhook))
        await self.api.post(f"Calls/{leg}", {"Twiml": script.held(here)})

    async def far_end(self, leg: str) -> ThreadKey:
        """What that call has dialled is its child."""
        query = {"ParentCallSid": leg, "Status": "in-progress"}
        found = call_ids_of(await self.api.get("Calls", query))
        if not found:
            raise PermanentFailure("nobody has picked up at the customer's")
        return thread_of(found[0])

    async def park(self, thread: ThreadKey, here: InLine, webhook: str) -> None:
        """A child that obeys another document stays; its parent's `Dial` is over, and asks how to go on. The other way
        round Twilio hangs up on the child."""
        script = LineScript(Script(self.settings, webhook))
        call = thread.removeprefix("call:")
        await self.api.post(f"Calls/{call}", {"Twiml": script.parked(here)})
