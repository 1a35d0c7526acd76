"""Clients that are not ours talk to the small Meta as they come: pywa for WhatsApp, python-facebook-api for all three, by their own settings alone.

Meta's own library is under a licence for Meta's services alone, and its address is no setting (`docs/channels/graph.md`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pyfacebook import FacebookError, GraphAPI
from pywa import WhatsApp
from pywa.errors import (
    ExpiredAccessToken,
    InvalidParameter,
    MediaUploadError,
    RateLimitIssues,
    ServiceUnavailable,
    TemplateNotExists,
    WhatsAppError,
)
from pywa.types import Button, CallbackButton, Message, MessageStatus
from pywa.types.message_status import MessageStatusType
from pywa.types.templates import BodyText, TemplateLanguage

from channels.graph import Graph
from core.errors import TemporaryFailure
from tests.channels.graph.provider import INBOX, NOW, arrived, graph_settings
from tests.fakes.forms import png
from tests.fakes.graph import (
    ACCOUNTS,
    APP,
    APP_SECRET,
    NOWHERE,
    PEOPLE,
    TOKEN,
    VERIFY,
    Brought,
    FakeGraph,
)
from tests.fakes.graph_rules import Refusal

ANN = {product: next(iter(people)) for product, people in PEOPLE.items()}


class Towards(httpx.HTTPTransport):
    """Calls of Meta's address go to another one. What is asked stays as it is."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        place = {"scheme": self._url.scheme, "host": self._url.host, "port": self._url.port}
        request.url = request.url.copy_with(**place)
        return super().handle_request(request)


@pytest.fixture
def whatsapp(graph: FakeGraph) -> Iterator[WhatsApp]:
    """pywa has no setting for the address, but one for the client that it calls with."""
    mounts = {"https://graph.facebook.com": Towards(graph.url)}
    with httpx.Client(mounts=mounts, trust_env=False) as session:
        yield WhatsApp(
            phone_id=ACCOUNTS["whatsapp"],
            token=TOKEN,
            session=session,
            app_id=APP,
            app_secret=APP_SECRET,
            verify_token=VERIFY,
            server=None,
            api_version="24.0",
        )


def graph_api(graph: FakeGraph, **settings: Any) -> GraphAPI:
    keys: dict[str, Any] = {"app_id": APP, "app_secret": APP_SECRET, "access_token": TOKEN}
    return GraphAPI(base_url=f"{graph.url}/", version="v24.0", **{**keys, **settings})


# ---- messages ------------------------------------------------------------------------------------


def test_it_writes_on_whatsapp_and_ann_chooses(whatsapp: WhatsApp, graph: FakeGraph) -> None:
    ann = ANN["whatsapp"]
    graph.say("whatsapp", ann, "hello")
    text = "¿Qué plan? [1] & {2}"
    sent = whatsapp.send_message(
        ann, text, buttons=[Button("Small", "s"), Button("Large", "l")], tracker="row-7"
    )
    (found,) = graph.said("whatsapp", ann)
    assert (found["id"], found["text"], found["key"]) == (sent.id, text, "row-7")
    assert found["choices"] == [("s", "Small"), ("l", "Large")]
    heard: list[CallbackButton] = []
    whatsapp.on_callback_button(lambda _, press: heard.append(press))
    assert hear(whatsapp, graph.choose("whatsapp", ann, 2)) == 200
    assert [(one.data, one.title, one.from_user.wa_id) for one in heard] == [("l", "Large", ann)]


def test_it_sends_files_and_templates_and_reads(whatsapp: WhatsApp, graph: FakeGraph) -> None:
    ann = ANN["whatsapp"]
    graph.say("whatsapp", ann, "hello")
    whatsapp.send_image(ann, png(), mime_type="image/png")
    assert graph.said("whatsapp", ann)[0]["file"]["content"] == png()
    words = BodyText("We answered: {{1}}", "lamp").params("Your lamp is there")
    whatsapp.send_template(ann, "we_answered", TemplateLanguage.ENGLISH, [words])
    assert graph.said("whatsapp", ann)[1]["text"] == "Your lamp is there"
    message = graph.chats["whatsapp", ann][0]["id"]
    whatsapp.mark_message_as_read(message)
    whatsapp.indicate_typing(message)
    assert (set(graph.seen), graph.typing) == ({message}, [message])
    assert whatsapp.get_business_phone_number().verified_name == "Acme"


@pytest.mark.parametrize("product", ["whatsapp", "messenger", "instagram"])
def test_it_writes_on_each_of_the_three(product: str, graph: FakeGraph) -> None:
    """Here as forms with the token and its proof in them, where ours sends JSON with both outside."""
    graph.say(product, ANN[product], "hello")
    if product == "whatsapp":
        about: dict[str, Any] = {"messaging_product": product, "to": ANN[product], "type": "text"}
        about["text"] = json.dumps({"body": "Good day"})
    else:
        about = {"messaging_type": "RESPONSE", "message": json.dumps({"text": "Good day"})}
        about["recipient"] = json.dumps({"id": ANN[product]})
    api = graph_api(graph)
    made = api.post_object(ACCOUNTS[product], "messages", data=about)
    (found,) = graph.said(product, ANN[product])
    told = made["messages"][0]["id"] if product == "whatsapp" else made["message_id"]
    assert (found["id"], found["text"]) == (told, "Good day")


def test_it_answers_a_comment_and_asks_who_somebody_is(graph: FakeGraph) -> None:
    api, ann = graph_api(graph), ANN["messenger"]
    graph.public("messenger", graph.square.comment("messenger", ann, "Where is my lamp?"))
    api.post_object(graph.square.last("messenger"), "comments", data={"message": "On its way"})
    assert graph.square.ours("messenger") == ["On its way"]
    assert api.get_object(ann, fields="name")["name"] == "Ann Example"
    assert api.get_object(ACCOUNTS["messenger"], fields="id,name")["name"] == "Acme"


# ---- calls of the webhook ------------------------------------------------------------------------


def hear(whatsapp: WhatsApp, call: Brought) -> int:
    """As an application of pywa's does it: the check first."""
    told = call.headers.get("x-hub-signature-256")
    refused = whatsapp.webhook_update_validator(call.body, told)
    return refused[1] if refused else whatsapp.webhook_update_handler(call.body)[1]


def test_it_understands_what_the_webhook_brings(whatsapp: WhatsApp, graph: FakeGraph) -> None:
    ann, said, states = ANN["whatsapp"], list[Message](), list[MessageStatus]()
    whatsapp.on_message(lambda _, message: said.append(message))
    whatsapp.on_message_status(lambda _, status: states.append(status))
    hear(whatsapp, graph.say("whatsapp", ann, "Größe? 🙂"))
    hear(whatsapp, graph.send_file("whatsapp", ann, png(), "image/png", "my lamp"))
    assert [(one.from_user.name, one.text or one.caption) for one in said] == [
        ("Ann Example", "Größe? 🙂"),
        ("Ann Example", "my lamp"),
    ]
    assert said[1].image is not None
    about = whatsapp.get_media_url(said[1].image.id)
    assert (about.mime_type, about.file_size) == ("image/png", len(png()))
    hear(whatsapp, graph.status("wamid.1", "delivered", key="row-7"))
    hear(whatsapp, graph.status("wamid.2", "failed", code=131026))
    assert [(one.status, one.tracker) for one in states] == [
        (MessageStatusType.DELIVERED, "row-7"),
        (MessageStatusType.FAILED, None),
    ]
    assert states[1].error is not None
    assert states[1].error.code == 131026


def test_it_believes_what_the_fake_signs_and_nothing_else(
    whatsapp: WhatsApp, graph: FakeGraph
) -> None:
    """pywa's check of the signature beside ours."""
    channel = Graph(INBOX, graph_settings("whatsapp", graph.url))
    for text in ("hello", "Größe? 🙂", '{"a": "\\u00e4"}'):
        good = graph.say("whatsapp", ANN["whatsapp"], text)
        channel.verify(arrived(good))
        assert hear(whatsapp, good) == 200
        altered = Brought(good.body.replace(b"messages", b"massages", 1), good.headers)
        graph.secret = "another app's"
        other = graph.say("whatsapp", ANN["whatsapp"], text)
        graph.secret = APP_SECRET
        assert hear(whatsapp, altered) == 403
        assert hear(whatsapp, other) == 403
    token, challenge = VERIFY, "1158201444"
    assert whatsapp.webhook_challenge_handler(token, challenge) == (challenge, 200)
    assert f"hub.challenge={challenge}" in graph.question(token).query


# ---- refusals ------------------------------------------------------------------------------------


def test_what_whatsapp_refuses_is_refused_as_the_client_knows_it(
    whatsapp: WhatsApp, graph: FakeGraph
) -> None:
    ann = ANN["whatsapp"]
    graph.say("whatsapp", ann, "hello")
    refused: list[WhatsAppError] = []
    for kind, call in {
        InvalidParameter: lambda: whatsapp.send_message("12", "hello"),
        TemplateNotExists: lambda: whatsapp.send_template(ann, "none", TemplateLanguage.ENGLISH),
        MediaUploadError: lambda: whatsapp.send_image(ann, b"<svg/>", mime_type="image/svg+xml"),
    }.items():
        with pytest.raises(kind) as caught:
            call()
        refused.append(caught.value)
    graph.script += [Refusal(503, 131016, message="Service unavailable"), Refusal(400, 80007)]
    for expected in (ServiceUnavailable, RateLimitIssues):
        with pytest.raises(expected) as caught:
            whatsapp.send_message(ann, "hello")
        refused.append(caught.value)
    graph.token = "another"
    with pytest.raises(ExpiredAccessToken) as caught:
        whatsapp.send_message(ann, "hello")
    refused.append(caught.value)
    assert refused[-1].message.startswith("Invalid OAuth access token")
    assert [one.status_code for one in refused] == [400, 404, 400, 503, 400, 401]
    assert all(one.details for one in refused[:4])
    assert {one.type for one in refused} == {"OAuthException"}
    traces = {one.fbtrace_id for one in refused}
    assert len(traces) == len(refused)
    assert None not in traces
    assert graph.said("whatsapp", ann) == []


@pytest.mark.parametrize("product", ["messenger", "instagram"])
def test_what_the_others_refuse_bears_code_and_subcode(product: str, graph: FakeGraph) -> None:
    api = graph_api(graph)
    graph.heard[product, ANN[product]] = graph.clock() - 25 * 3600

    def refusal(person: str, text: str, account: str = ACCOUNTS[product]) -> tuple[int, int, str]:
        about = {"messaging_type": "RESPONSE", "message": json.dumps({"text": text})}
        about["recipient"] = json.dumps({"id": person})
        with pytest.raises(FacebookError) as caught:
            api.post_object(account, "messages", data=about)
        error: Any = caught.value
        assert error.fbtrace_id
        return error.code, getattr(error, "error_subcode", 0), error.type

    assert refusal(ANN[product], "hello") == (10, 2018278, "OAuthException")
    assert refusal(NOWHERE[product], "hello") == (100, 2018001, "OAuthException")
    graph.say(product, ANN[product], "hello")
    assert refusal(ANN[product], "x" * 2001) == (100, 2018034, "OAuthException")
    assert refusal(ANN[product], "hello", "4711") == (100, 33, "GraphMethodException")
    api = graph_api(graph, app_secret="another")
    assert refusal(ANN[product], "hello")[0] == 100
    api = graph_api(graph, access_token="another")
    assert refusal(ANN[product], "hello")[0] == 190
    assert graph.said(product, ANN[product]) == []


async def test_how_much_is_used_up_is_told_and_believed(graph: FakeGraph) -> None:
    api, ann = graph_api(graph, sleep_on_rate_limit=False), ANN["messenger"]
    graph.used, graph.rest_minutes = 91, 19
    graph.say("messenger", ann, "hello")
    api.get_object(ACCOUNTS["messenger"], fields="id")
    assert api.rate_limit.get_limit().call_count == 91
    told = api.rate_limit.get_limit(ACCOUNTS["messenger"], "messenger")
    assert (told.call_count, told.estimated_time_to_regain_access) == (91, 19)
    graph.script.append(Refusal(400, 80006, message="There have been too many calls"))
    with pytest.raises(FacebookError) as caught:
        api.post_object(ACCOUNTS["messenger"], "messages", data={"messaging_type": "RESPONSE"})
    error: Any = caught.value
    assert error.code == 80006
    # Ours waits for as long as Meta says.
    graph.script.append(Refusal(400, 80007))
    channel = Graph(INBOX, graph_settings("whatsapp", graph.url))
    with pytest.raises(TemporaryFailure) as asked:
        await channel.try_out(NOW)
    assert asked.value.retry_after == 19 * 60
