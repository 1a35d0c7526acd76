"""What a text costs: set once, shown where a text is written; and the mark that browsers ask for."""

from __future__ import annotations

from django.test import Client

from bot.company import make_inbox
from bot.options import options_of
from store.models import Brand, Conversation
from tests.web.desk.conftest import Day

SMS = {"account_sid": "AC" + "0" * 32, "number": "+15017122661", "auth_token": "0" * 32}
FORM = {"name": "Fernhill", "time_zone": "Europe/Berlin"}


def test_the_price_of_a_text_stands_beside_it(day: Day) -> None:
    company = day.company
    texts = make_inbox(company.house, company.brand, "line", "Texts", "sms", SMS)
    Conversation.objects.filter(ticket__number=day.made["maya"]).update(inbox=texts)
    amira, ada = day.client("amira"), day.client("ada")
    assert "data-price" not in amira.get(day.path("maya")).content.decode()
    address = "/desk/settings/company/"
    ada.post(address, {**FORM, "text_amount": "0,0079", "text_currency": "USD"})
    assert str(options_of(Brand.objects.get()).text_price.amount) == "0.0079"
    page = amira.get(day.path("maya")).content.decode()
    assert 'data-price="0.0079" data-currency="USD"' in page
    assert "data-price" not in amira.get(day.path("lee")).content.decode()
    ada.post(address, {**FORM, "text_amount": "cheap"})
    ada.post(address, {**FORM, "text_amount": "-1"})
    assert str(options_of(Brand.objects.get()).text_price.amount) == "0.0079"


def test_browsers_get_our_mark(day: Day) -> None:
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
