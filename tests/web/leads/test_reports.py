"""Reports as pages: who may read them, numbers that open to what they count, files that no spreadsheet runs, and mail."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from bot import figures
from bot.figures import next_time, period_before
from bot.permissions import May
from core.errors import MalformedPayload, NotAllowed, PermanentFailure
from core.message import Outbound, Receipt
from store.models import AuditEntry, Figures, Inbox, Job, ReportMail, Team, Ticket, User
from store.reporting import NAMES, Unit, measures
from tests.web.desk.conftest import Day
from web.leads.charts import round_steps, time_steps
from web.leads.urls import urlpatterns
from web.leads.words import MEANINGS, TITLES, duration, value_told

PEOPLE = ("", "amira", "wei", "ruth", "ada", "otto", "ines")
READS = (302, 403, 403, 200, 200, 200, 403)
MATRIX: dict[str, tuple[int, ...]] = {
    "reports": READS,
    "measure": READS,
    "conversations": READS,
    "mail": (302, 403, 403, 302, 302, 302, 403),
    "stop_mail": (302, 403, 403, 404, 404, 404, 403),
}
FORM = {"every": "week", "hour": "7", "by": "team"}


def _address(name: str) -> str:
    places: dict[str, dict[str, Any]] = {
        "measure": {"name": "tickets"},
        "conversations": {"name": "tickets"},
        "stop_mail": {"mail": "11111111-1111-4111-8111-111111111111"},
    }
    return reverse(f"leads:{name}", kwargs=places.get(name, {}))


def test_every_page_answers_each_role_as_the_matrix_says(counted_day: Day) -> None:
    assert {pattern.name for pattern in urlpatterns} >= set(MATRIX)
    found = {}
    for name, expected in MATRIX.items():
        told = []
        for login in PEOPLE:
            client = counted_day.client(login)
            deed = client.post if name.endswith("mail") else client.get
            told.append(deed(_address(name), FORM if name == "mail" else {}).status_code)
        if tuple(told) != expected:
            found[name] = tuple(told)
    assert found == {}


def test_a_lead_without_sight_of_all_counts_their_own_teams(
    counted_day: Day, monkeypatch: pytest.MonkeyPatch, whole: str
) -> None:
    """As a custom role would be: reports, and tickets of one's own teams."""
    granted = {User.Role.LEAD: frozenset({May.WORK_TICKETS, May.SEE_REPORTS})}
    monkeypatch.setattr("bot.permissions._GRANTED", granted)
    page = counted_day.client("ruth").get(f"/desk/reports/tickets/conversations/?{whole}")
    shown = set(map(int, re.findall(r"#(\d+)", page.content.decode())))
    mine = Ticket.objects.filter(team__slug__in=["billing", "triage"])
    assert shown == set(mine.values_list("number", flat=True))
    assert shown < set(Ticket.objects.values_list("number", flat=True))


def test_every_number_opens_to_as_many_conversations_as_it_says(
    counted_day: Day, whole: str
) -> None:
    client, opened = counted_day.client("ruth"), 0
    for name in measures(counted_day.company.clock()):
        page = client.get(f"/desk/reports/{name}/?{whole}&by=team")
        assert page.status_code == 200
        for line in [*page.context["lines"], page.context["total"]]:
            behind = client.get(f"/desk/reports/{name}/{line.href}").context["rows"]
            assert len(behind) == line.number.count, (name, line.name)
            if page.context["has_hits"] and line.number.count:
                hits = client.get(f"/desk/reports/{name}/{line.hits_href}").context["rows"]
                assert len(hits) == line.number.hits
            opened += 1
    assert opened > 20


def test_the_links_of_a_page_lead_somewhere(counted_day: Day, whole: str) -> None:
    client = counted_day.client("ruth")
    for path in (f"/desk/reports/?{whole}", f"/desk/reports/response/?{whole}&by=day"):
        text = client.get(path).content.decode()
        links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', text)}
        for link in links:
            if link.startswith(("/static", "#")):
                continue
            base = urlsplit(path).path
            target = link if link.startswith("/") else base + link
            assert client.get(target, follow=True).status_code == 200, link


def test_every_measure_has_its_words_and_its_definition() -> None:
    from tests.architecture.source import ROOT

    names = set(measures(datetime(2027, 1, 1, tzinfo=UTC)))
    assert list(measures(datetime(2027, 1, 1, tzinfo=UTC))) == list(NAMES)
    assert set(TITLES) == set(MEANINGS) == set(figures.TITLES) == names
    page = (ROOT / "docs" / "reports.md").read_text()
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize(
    "query",
    ["from=2027-02-30", "from=x", "from=2027-03-02&to=2027-03-01", "by=nothing", "from=2001-01-01"],
)
def test_what_makes_no_sense_is_refused_in_words(counted_day: Day, query: str) -> None:
    assert counted_day.client("ruth").get(f"/desk/reports/tickets/?{query}").status_code == 400
    assert counted_day.client("ruth").get("/desk/reports/nothing/").status_code == 404


def test_a_file_says_the_same_and_holds_no_formula(counted_day: Day, whole: str) -> None:
    Team.objects.filter(slug="billing").update(name='=HYPERLINK("http://evil.example";"x")')
    client = counted_day.client("ruth")
    told = client.get(f"/desk/reports/tickets/?{whole}&by=team&format=csv")
    assert told["Content-Type"].startswith("text/csv")
    assert "attachment" in told["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert sum(int(row["conversations"]) for row in rows) == Ticket.objects.count()
    assert any(row["team"].startswith("'=HYPERLINK") for row in rows)
    everything = client.get(f"/desk/reports/?{whole}&format=csv").content.decode("utf-8-sig")
    assert {row["measure"] for row in csv.DictReader(io.StringIO(everything))} <= set(TITLES)


def test_a_parquet_file_holds_the_same_numbers_typed(counted_day: Day, whole: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the parquet extra is not installed")
    client = counted_day.client("ruth")
    said = client.get(f"/desk/reports/?{whole}&format=csv").content.decode("utf-8-sig")
    wanted = list(csv.DictReader(io.StringIO(said)))
    told = client.get(f"/desk/reports/?{whole}&format=parquet")
    assert told["Content-Disposition"] == 'attachment; filename="reports.parquet"'
    table = parquet.read_table(io.BytesIO(told.content))
    assert table.schema.metadata[b"parted_by"] == b"team"
    assert {str(table.schema.field(name).type) for name in ("count", "value")} == {
        "int64",
        "double",
    }
    found = [(row["measure"], row["count"], row["unit"]) for row in table.to_pylist()]
    assert found == [(row["measure"], int(row["count"]), row["unit"]) for row in wanted]


def test_without_the_extra_parquet_is_neither_offered_nor_written(
    counted_day: Day, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.leads.parquet.is_there", lambda: False)
    client = counted_day.client("ruth")
    assert b"format=parquet" not in client.get(f"/desk/reports/?{whole}").content
    assert client.get(f"/desk/reports/?{whole}&format=parquet").status_code == 404


def test_a_page_reads_the_database_a_bounded_number_of_times(
    counted_day: Day, whole: str, django_assert_max_num_queries: Any
) -> None:
    client = counted_day.client("ruth")
    with django_assert_max_num_queries(40):
        client.get(f"/desk/reports/?{whole}")
    with django_assert_max_num_queries(14):
        client.get(f"/desk/reports/response/?{whole}&by=agent")


BERLIN = ZoneInfo("Europe/Berlin")


def test_the_next_mail_is_at_the_hour_of_the_person_over_summer_time_too() -> None:
    now = datetime(2027, 3, 27, 12, tzinfo=UTC)  # the Saturday before the clocks change
    assert next_time("day", 7, BERLIN, now) == datetime(2027, 3, 28, 5, tzinfo=UTC)
    assert next_time("week", 7, BERLIN, now) == datetime(2027, 3, 29, 5, tzinfo=UTC)
    assert next_time("month", 7, BERLIN, now) == datetime(2027, 4, 1, 5, tzinfo=UTC)
    week = period_before("week", datetime(2027, 3, 29, 5, tzinfo=UTC), BERLIN)
    assert (str(week.first), str(week.last)) == ("2027-03-22", "2027-03-28")
    month = period_before("month", datetime(2027, 4, 1, 5, tzinfo=UTC), BERLIN)
    assert (str(month.first), str(month.last)) == ("2027-03-01", "2027-03-31")


class Mailbox:
    """Takes mails, or refuses them while `away`."""

    def __init__(self) -> None:
        self.taken: list[Outbound] = []

    async def send(self, outbound: Outbound) -> Receipt:
        self.taken.append(outbound)
        return Receipt("sent")


async def test_a_report_is_mailed_once_and_the_next_is_planned(counted_day: Day) -> None:
    from dataclasses import replace

    mailbox = Mailbox()
    company = counted_day.company
    house = replace(company.house, channel_of=lambda inbox: mailbox)  # type: ignore[arg-type,return-value]
    run = house.database.run
    row = await run(figures.mail_report, house, company.users["ruth"], "day", 7, "team")
    await run(figures.mail_report, house, company.users["ruth"], "day", 9, "team")
    jobs = await run(
        lambda: list(Job.objects.filter(kind=figures.JOB).values_list("payload", flat=True))
    )
    assert len(jobs) == 1, "asked again is changed, not doubled"
    row = await run(ReportMail.objects.get, id=row.id)
    assert row.next_at.astimezone(BERLIN).hour == 9
    company.clock.now = row.next_at + timedelta(seconds=1)
    for _ in range(2):
        await figures.send_report(house, jobs[0])
    [mail] = mailbox.taken
    assert mail.to.value == "ruth@fernhill.example"
    assert "First response:" in mail.text
    assert "/desk/reports/?from=" in mail.text
    assert mail.attachments[0].content.startswith(b"measure,team")
    later = await run(ReportMail.objects.get, id=row.id)
    assert later.next_at == row.next_at + timedelta(days=1)
    assert await run(Job.objects.filter(kind=figures.JOB, run_at=later.next_at).count) == 1


async def test_who_may_no_longer_see_reports_gets_none(counted_day: Day) -> None:
    from dataclasses import replace

    mailbox, company = Mailbox(), counted_day.company
    house = replace(company.house, channel_of=lambda inbox: mailbox)  # type: ignore[arg-type,return-value]
    run = house.database.run
    await run(figures.mail_report, house, company.users["ruth"], "day", 7, "team")
    [job] = await run(
        lambda: list(Job.objects.filter(kind=figures.JOB).values_list("payload", flat=True))
    )
    await run(User.objects.filter(email__startswith="ruth").update, role="agent")
    company.clock.advance(days=2)
    await figures.send_report(house, job)
    assert mailbox.taken == []
    assert not await run(ReportMail.objects.exists)


async def test_without_a_mailbox_the_page_says_so_and_the_next_is_planned(counted_day: Day) -> None:
    house, run = counted_day.company.house, counted_day.company.house.database.run
    await run(figures.mail_report, house, counted_day.company.users["ruth"], "day", 7, "team")
    await run(Inbox.objects.filter(channel="email").update, is_active=False)
    [job] = await run(
        lambda: list(Job.objects.filter(kind=figures.JOB).values_list("payload", flat=True))
    )
    counted_day.company.clock.advance(days=2)
    with pytest.raises(PermanentFailure):
        await figures.send_report(house, job)
    row = await run(ReportMail.objects.get)
    assert row.problem
    assert row.next_at > counted_day.company.clock()


def test_mail_is_asked_for_by_readers_and_stopped_by_its_owner(counted_day: Day) -> None:
    company = counted_day.company
    with pytest.raises(NotAllowed):
        figures.mail_report(company.house, company.users["amira"], "day", 7, "team")
    for wrong in (("year", 7, "team"), ("day", 24, "team"), ("day", 7, "day")):
        with pytest.raises(MalformedPayload):
            figures.mail_report(company.house, company.users["ruth"], *wrong)
    counted_day.client("ruth").post("/desk/reports/mail/", FORM)
    row = ReportMail.objects.get()
    path = f"/desk/reports/mail/{row.id}/stop/"
    assert counted_day.client("ada").post(path).status_code == 404
    assert counted_day.client("ruth", checks_csrf=True).post(path).status_code == 403
    assert counted_day.client("ruth").post(path).status_code == 302
    assert not ReportMail.objects.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"report.mail", "report.stop"} <= actions


def test_numbers_and_categories_are_written_as_the_reader_writes_them(
    counted_day: Day, whole: str
) -> None:
    told = {}
    for language in ("en", "de", "fr"):
        with override(language):
            told[language] = [
                value_told(Unit.COUNT, 12_345.0).replace("\u202f", "\xa0"),
                value_told(Unit.RATING, 4.5),
            ]
    assert told == {
        "en": ["12,345", "4.50"],
        "de": ["12.345", "4,50"],
        "fr": ["12\xa0345", "4,50"],
    }
    ruth = counted_day.company.users["ruth"]
    ruth.language = "de"
    ruth.save()
    page = counted_day.client("ruth").get(f"/desk/reports/tickets/conversations/?{whole}")
    assert "<td>Abrechnung</td>" in page.content.decode()
    assert "<td>billing</td>" not in page.content.decode()


def test_hostile_names_are_text(counted_day: Day, whole: str) -> None:
    Team.objects.filter(slug="billing").update(name="<script>alert(1)</script>")
    Figures.objects.update(category='"><img src=x onerror=alert(1)>')
    client: Client = counted_day.client("ruth")
    for path in (
        f"tickets/?{whole}&by=team",
        f"tickets/conversations/?{whole}",
        f"tickets/?{whole}&by=category",
    ):
        text = client.get(f"/desk/reports/{path}").content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 7, 12, 99, 100, 101, 5_000, 123_456])
def test_a_chart_of_counts_has_a_few_round_lines(highest: int) -> None:
    steps = round_steps(highest)
    assert 2 <= len(steps) <= 6
    assert steps[0] == 0
    assert steps[-1] >= highest
    assert all(step == int(step) for step in steps)


@pytest.mark.parametrize("highest", [0, 0.4, 59, 75, 1_800, 5_700, 90_000, 700_000, 40_000_000])
def test_a_chart_of_times_has_lines_that_are_said_in_one_unit(highest: float) -> None:
    steps = time_steps(highest)
    assert 2 <= len(steps) <= 6
    assert steps[-1] >= highest
    unit = next(one for one in (86_400, 3600, 60, 1) if steps[1] >= one)
    assert steps[1] % unit == 0


def test_a_duration_says_no_nothing() -> None:
    said = {3600: "1 h", 5400: "1 h 30 min", 86_400: "1 d", 90_000: "1 d 1 h", 59: "59 s"}
    assert {seconds: duration(seconds) for seconds in said} == said
