"""Passkeys in a real Chromium with a virtual authenticator: added, used as a second step and alone, taken away; an answer works once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, Route, expect

from store.models import User
from tests.web.desk.test_browser import Served, browser, own_day, served

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
    pytest.mark.timeout(600),
]
expect.set_options(
    timeout=60_000
)  # as long as its page waits: passwords are hashed in earnest here
PASSWORD = "a long enough password"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Person:
    """Somebody at a browser with a key in it. A key belongs to a name, so the address is `localhost`."""

    def __init__(self, served: Served, login: str) -> None:
        self.user: User = served.day.company.users[login]
        self.user.set_password(PASSWORD)
        self.user.save()
        self.url = f"http://localhost:{urlsplit(served.url).port}"
        self.context: BrowserContext = served.browser.new_context()
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.refused: list[str] = []
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.keys = self.context.new_cdp_session(self.page)
        self.keys.send("WebAuthn.enable")
        self.key: Any = self.keys.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.refused.append(text)

    def at(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def types_the_password(self) -> None:
        self.at("/account/login/")
        self.page.get_by_label("Email").fill(self.user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def is_in(self) -> None:
        expect(self.page).to_have_url(f"{self.url}/desk/view/mine/")

    def is_refused(self) -> None:
        """Says who they are by the key alone, and is not let in."""
        self.at("/account/login/")
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in with a passkey").click()
        self.at("/desk/")
        expect(self.page.get_by_label("Password")).to_be_visible()

    def leaves(self) -> None:
        self.page.goto("about:blank")  # the desk would go to the sign-in by itself
        self.context.clear_cookies()

    def at_once_more(self, path: str) -> None:
        """A page that wants the password again first."""
        self.at(f"/account/reauthenticate/?next={path}")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Confirm").click()
        expect(self.page).to_have_url(f"{self.url}{path}")

    def adds_the_key(self) -> None:
        self.at_once_more("/account/2fa/webauthn/add/")
        self.page.get_by_label("Sign in with it alone, without the password").check()
        self.page.get_by_role("button", name="Add", exact=True).click()
        self.page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
        assert Authenticator.objects.filter(user=self.user, type="webauthn").count() == 1


def test_a_passkey_is_added_used_and_taken_away(served: Served) -> None:
    amira = Person(served, "amira")
    amira.types_the_password()
    amira.is_in()
    amira.adds_the_key()
    amira.leaves()
    amira.types_the_password()
    expect(amira.page.get_by_role("button", name="Use your passkey")).to_be_visible()
    amira.at("/desk/")
    expect(amira.page.get_by_role("button", name="Use your passkey")).to_be_visible()
    amira.leaves()
    amira.types_the_password()
    amira.page.get_by_role("button", name="Use your passkey").click()
    amira.is_in()
    amira.leaves()
    amira.at("/account/login/")
    amira.page.get_by_role("button", name="Sign in with a passkey").click()
    amira.is_in()
    key = Authenticator.objects.get(user=amira.user, type="webauthn")
    assert key.last_used_at is not None
    amira.at_once_more(f"/account/2fa/webauthn/keys/{key.pk}/remove/")
    with amira.page.expect_navigation():
        amira.page.locator("main form button").first.click()
    amira.page.wait_for_load_state("networkidle")
    assert not Authenticator.objects.filter(user=amira.user, type="webauthn").exists()
    amira.leaves()
    amira.is_refused()
    assert amira.refused == []


def test_who_has_a_key_alone_is_asked_for_no_code_and_told_when_it_fails(served: Served) -> None:
    amira = Person(served, "amira")
    amira.types_the_password()
    amira.is_in()
    amira.adds_the_key()
    amira.leaves()
    amira.types_the_password()
    page = amira.page
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    expect(page.get_by_text("authenticator", exact=False)).to_have_count(0)
    expect(page.locator("input[name=code]")).to_be_hidden()
    page.get_by_text("Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_be_visible()
    amira.keys.send("WebAuthn.clearCredentials", amira.key)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work, and nothing was changed")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_an_answer_of_a_key_is_taken_once_and_by_nobody_else(served: Served) -> None:
    amira, said = Person(served, "amira"), list[str]()
    amira.types_the_password()
    amira.is_in()
    amira.adds_the_key()
    amira.leaves()

    def listens(route: Route) -> None:
        said.append(route.request.post_data or "")
        route.continue_()

    amira.page.route("**/account/2fa/webauthn/login/", lambda route: listens(route))
    amira.at("/account/login/")
    amira.page.get_by_role("button", name="Sign in with a passkey").click()
    amira.is_in()
    stolen = next(one for one in said if "credential" in one)
    thief = served.browser.new_context()
    page = thief.new_page()
    page.goto(f"{amira.url}/account/login/")
    page.evaluate(
        """async (body) => {
          const form = new URLSearchParams(body);
          form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
          await fetch("/account/2fa/webauthn/login/");
          await fetch("/account/2fa/webauthn/login/", { method: "POST", body: form });
        }""",
        stolen,
    )
    page.goto(f"{amira.url}/desk/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_who_left_is_let_in_by_no_key(served: Served) -> None:
    amira = Person(served, "amira")
    amira.types_the_password()
    amira.is_in()
    amira.adds_the_key()
    amira.leaves()
    User.objects.filter(pk=amira.user.pk).update(is_active=False)
    amira.is_refused()
