"""Public pages asked for with signs that a database refuses: not there, or as if they had not been written, and never a fault."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.company import Company
from tests.web.test_odd_addresses import ODD
from web import house as web_house


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_page_is_no_fault(company: Company, odd: str) -> None:
    web_house.use(company.house)
    client = Client(raise_request_exception=False)
    paths = (
        f"/help/{odd}", f"/help/?q={odd}", f"/?q={odd}&lang={odd}", f"/search/?q={odd}&lang={odd}", f"/survey/{odd}?r={odd}",
        f"/transcript/{odd}", f"/rate/{odd}", f"/files/{odd}", f"/account/login/?next={odd}", f"/desk/?q={odd}", f"/api/v1/{odd}",
    )  # fmt: skip
    faults = [path for path in paths if client.get(path).status_code >= 500]
    for path in (f"/survey/{odd}", "/account/login/", f"/rate/{odd}"):
        said = {
            "login": "a\x00b",
            "password": "\x00",
            "rating": "\x00",
            "comment": "\x00",
            "q": "\x00",
        }
        if client.post(path, said).status_code >= 500:
            faults.append(f"POST {path}")
    headers = {"accept-language": "a\x00b;q=x", "cookie": "sessionid=\x00; threadline_language=%00"}
    assert client.get("/", headers=headers).status_code < 500
    assert faults == []
