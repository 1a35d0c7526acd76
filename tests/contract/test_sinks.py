"""Four hundred strings into every place where words become somebody else's syntax: cells, headers, marks, verbs, log lines, file names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product

import pytest
import structlog

from bot.logs import set_up_logs
from channels.slack_blocks import blocks_of, fallback
from channels.voice_twiml import Place, Script
from core.message import AddressKind, Button, Citation, Outbound, Sender
from store.reporting import safe_cell
from tests.channels.email.provider import CUSTOMER
from tests.channels.email.test_email_sending import KNOWN, composed, parsed
from tests.channels.slack.provider import NOW
from tests.channels.slack.test_slack_sending import parsed_by_slack
from tests.channels.voice.provider import voice_settings
from tests.fakes.twiml import checked
from tests.web.hostile import payloads

MARKS = (
    "<!channel>", "<!here|x>", "<@U0ANN>", "<#C0HELP>", "<https://evil.example|your bank>", "&lt;!channel&gt;",
    "=1+1", "=cmd|'/C calc'!A0", "@SUM(A1)", "\tx", "-2+3", "\r\nBcc: v@x.example", "\nX-Evil: 1", "\x0bBcc: v@x.example",
    "=?utf-8?q?=0D=0ABcc:_v=40x.example?=", "</Say><Dial>+19005550100</Dial>", "]]><Redirect>https://x</Redirect>",
    "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;", '{"event": "forged"}', "\u2028{\"event\": 1}",
    "\x1b[2J\x1b]0;x\x07", '"; filename="evil.html', "../../etc/passwd", "a\x00b", "%s%n{0.__class__}",
)  # fmt: skip
AROUND = ("{}", "a {} b", "\r{}", "\u202e{}", "{}\r\n{}", "\ufeff{}", '"{}"', "'{}'")
STRINGS = [
    around.replace("{}", mark) for mark, around in product(MARKS, AROUND)
] + payloads(200)  # fmt: skip
FORMULA = re.compile(r"[\s\ufeff\u00a0]*[=+\-@|%＝＋－＠]")


def test_there_are_four_hundred_of_them() -> None:
    assert len(set(STRINGS)) >= 400


def test_no_cell_becomes_a_formula() -> None:
    for text in STRINGS:
        assert not FORMULA.match(safe_cell(text)), text


def test_no_mail_gets_another_header_or_receiver() -> None:
    for text in STRINGS:
        to = Sender(AddressKind.EMAIL, CUSTOMER, display_name=text)
        raw = composed(Outbound("row-7", to, text, NOW, subject=text, author=text))
        head = raw.partition(b"\r\n\r\n")[0]
        names = [line.split(b":")[0].lower().decode() for line in re.split(rb"\r\n(?![ \t])", head)]
        assert set(names) <= KNOWN, text
        assert [one.addr_spec for one in parsed(raw)["To"].addresses] == [CUSTOMER], text


def test_nothing_becomes_a_mention_or_a_disguised_link_in_slack() -> None:
    for text in STRINGS:
        source = Citation("a", text, f"https://help.example.org/{text}", "", "r")
        outbound = Outbound(
            "row-7",
            Sender(AddressKind.SLACK, "T1:U1"),
            text,
            NOW,
            citations=(source,),
            author=text,
            buttons=(Button(text, text),),
        )
        for written in (*parsed_by_slack(blocks_of(outbound)), fallback(outbound)):
            for found in re.findall(r"<([^<>]*)>", written):
                assert re.match(r"https://help\.example\.org/|https?://[^|]*$", found), text


def test_nothing_becomes_a_verb_of_a_call() -> None:
    for text in STRINGS:
        company = re.sub(r"[\x00-\x1f]", "", text)[:80] or "x"
        script = Script(voice_settings(company=company, hints=(text[:100],)), "https://x/")
        for document in (script.ask(Place(), text, (text,)), script.end(text), script.record(Place(), text)):  # fmt: skip
            tags = {verb.tag for verb in checked(document).iter()}
            assert tags <= {"Response", "Gather", "Say", "Redirect", "Record", "Hangup"}, text


@pytest.fixture
def _logs() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("_logs")
def test_each_log_line_stays_one_and_says_what_it_was_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("info", "test")
    log = structlog.get_logger()
    for text in STRINGS:
        log.info("refused", name=text)
    lines = capsys.readouterr().err.split("\n")[:-1]
    assert len(lines) == len(STRINGS)
    for text, line in zip(STRINGS, lines, strict=True):
        said = json.loads(line)
        assert (said["event"], said["name"]) == ("refused", text)
        assert line.isprintable()
