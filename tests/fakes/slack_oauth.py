"""How a Slack app is added to a workspace: the page of consent, codes, tokens, and taking the app out again (docs.slack.dev, installing with OAuth)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

Json = dict[str, Any]

CLIENT_ID, CLIENT_SECRET = "2141029472.691202649728", "c5" * 16
SECOND, ORGANISATION = "T0BETA", "E0GRID"
CODE_SECONDS = 600
TOKEN_SECONDS = 43_200
NAMES = {"T0ACME": "Acme", SECOND: "Beta & Söhne", ORGANISATION: "Grid"}


@dataclass
class Code:
    """What somebody agreed to. `back`: the redirect address that was named."""

    team: str
    scopes: tuple[str, ...]
    back: str
    until: float
    is_used: bool = False


@dataclass
class OAuth:
    """One app and who has added it. `redirect_urls`: what stands in the app's settings; a longer address below one of
    them is one of them too."""

    clock: Callable[[], float]
    redirect_urls: list[str] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    """Scopes that nobody is given."""
    rotates: bool = False
    """Tokens end after twelve hours and come with one that renews them."""
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """Bot tokens that are good, with their workspace."""
    ends: dict[str, float] = field(default_factory=dict)
    refreshes: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    """Tokens that were good, with what is said of them now."""
    _made: int = 0

    # ---- the page ---------------------------------------------------------------------------

    async def authorize(self, request: Request) -> Response:
        """Asks the person. What does not fit the app is said there and leads nowhere."""
        asked = dict(request.query_params)
        if refusal := self._refused(asked):
            return HTMLResponse(f"<h1>Something went wrong</h1><p>{refusal}</p>", 400)
        chosen = asked.get("team") or "T0ACME"
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">'
            for name in ("state", "client_id", "scope", "redirect_uri")
        )
        options = "".join(
            f'<option value="{team}"{" selected" if team == chosen else ""}>{escape(name)}</option>'
            for team, name in NAMES.items()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><title>Slack</title><link rel="icon" href="data:,"><h1>Allow this app?</h1>'
            f'<form method="post" action="consent"><label>Workspace <select name="team">{options}'
            f"</select></label>{hidden}<button name='answer' value='allow'>Allow</button>"
            "<button name='answer' value='cancel'>Cancel</button></form></html>"
        )

    def _refused(self, asked: Json) -> str:
        if asked.get("client_id") != CLIENT_ID:
            return "invalid_client_id"
        if not self._is_known(asked.get("redirect_uri", "")):
            return "bad_redirect_uri"
        return "" if asked.get("scope") else "invalid_scope"

    def _is_known(self, back: str) -> bool:
        return any(back == one or back.startswith(f"{one}/") for one in self.redirect_urls)

    async def consent(self, request: Request) -> Response:
        """The person's answer, and back to the app with it."""
        form = {
            name: values[0]
            for name, values in parse_qs((await request.body()).decode(), True).items()
        }
        if refusal := self._refused(form):
            return HTMLResponse(refusal, 400)
        return RedirectResponse(self.answered(form, allow=form.get("answer") == "allow"), 302)

    def answered(self, asked: Json, *, allow: bool = True) -> str:
        """The address that the browser is led back to; what was asked is as in the address of the page, with `team`."""
        told = {"state": asked.get("state", "")}
        if not allow:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', **told})}"
        scopes = tuple(one for one in asked["scope"].split(",") if one not in self.withheld)
        code = f"2141029472.{self._number()}.code"
        until = self.clock() + CODE_SECONDS
        self.codes[code] = Code(asked.get("team") or "T0ACME", scopes, asked["redirect_uri"], until)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, **told})}"

    # ---- tokens -----------------------------------------------------------------------------

    def access(self, request: Request, call: Json) -> Json:
        """`oauth.v2.access`: the app's own keys, as Basic or as arguments, and a code or a token that renews."""
        client, secret = _keys(request, call)
        if client != CLIENT_ID:
            return _no("invalid_client_id")
        if secret != CLIENT_SECRET:
            return _no("bad_client_secret")
        if call.get("grant_type") == "refresh_token":
            return self._renewed(str(call.get("refresh_token", "")))
        code = self.codes.get(str(call.get("code", "")))
        if code is None or self.clock() >= code.until:
            return _no("invalid_code")
        if code.is_used:
            return _no("code_already_used")
        if call.get("redirect_uri") != code.back:
            return _no("bad_redirect_uri")
        code.is_used = True
        return self._given(code.team, code.scopes)

    def _renewed(self, refresh: str) -> Json:
        if refresh not in self.refreshes:
            return _no("invalid_refresh_token")
        return self._given(*self.refreshes.pop(refresh))

    def _given(self, team: str, scopes: tuple[str, ...]) -> Json:
        prefix = "xoxe.xoxb" if self.rotates else "xoxb"
        token = f"{prefix}-{team.lower()}-{self._number()}-{'t' * 16}"
        self.tokens[token] = team
        is_org = team.startswith("E")
        place = {"id": team, "name": NAMES[team]}
        given = {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(scopes),
            "bot_user_id": "U0BOT",
            "app_id": "A0APP",
            "team": None if is_org else place,
            "enterprise": place if is_org else None,
            "is_enterprise_install": is_org,
            "authed_user": {"id": "U0ADMIN"},
        }
        if self.rotates:
            refresh = f"xoxe-1-{self._number()}-{'r' * 16}"
            self.refreshes[refresh] = (team, scopes)
            self.ends[token] = self.clock() + TOKEN_SECONDS
            given |= {"refresh_token": refresh, "expires_in": TOKEN_SECONDS}
        return given

    def refusal(self, token: str) -> str:
        """Why this token is no good, empty for one that is."""
        if token in self.revoked:
            return self.revoked[token]
        if token in self.ends and self.clock() >= self.ends[token]:
            return "token_expired"
        return "" if token in self.tokens else "invalid_auth"

    def take_back(self, team: str, *, is_uninstalled: bool = True) -> None:
        """All tokens of a workspace are no good any more."""
        for token in [token for token, of in self.tokens.items() if of == team]:
            del self.tokens[token]
            self.revoked[token] = "account_inactive" if is_uninstalled else "token_revoked"
        self.refreshes = {one: of for one, of in self.refreshes.items() if of[0] != team}

    def _number(self) -> int:
        self._made += 1
        return self._made


def _keys(request: Request, call: Json) -> tuple[str, str]:
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        client, _, secret = base64.b64decode(told).decode().partition(":")
        return client, secret
    return str(call.get("client_id", "")), str(call.get("client_secret", ""))


def _no(code: str) -> Json:
    return {"ok": False, "error": code}
