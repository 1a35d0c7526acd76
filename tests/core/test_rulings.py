"""Which domains can be decided about, and which addresses are in them."""

from __future__ import annotations

import pytest

from core.rulings import domain_in, domains_of, is_everybodys


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("letters.example", "letters.example"),
        (" @News.Letters.Example. ", "news.letters.example"),
        ("*.letters.example", "letters.example"),
        ("bücher.example", "bücher.example"),
        ("shop.co.uk", "shop.co.uk"),
        ("co.uk", ""),
        ("com.br", ""),
        ("com", ""),
        ("", ""),
        ("a b.example", ""),
        ("ann@letters.example", ""),
        ("letters..example", ""),
        ("https://letters.example/", ""),
        ("x" * 300 + ".example", ""),
    ],
)
def test_what_is_a_domain(typed: str, domain: str) -> None:
    assert domain_in(typed) == domain


def test_an_address_is_in_its_domain_and_those_above() -> None:
    assert domains_of("Ann@News.Letters.example") == ("news.letters.example", "letters.example")
    assert domains_of("unknown") == ()
    assert len(domains_of("a@" + "b." * 400 + "example")) <= 12


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "yahoo.co.uk", "web.de", "gmx.net", "hotmail.fr", "mail.ru", "proton.me"],
)
def test_where_anybody_has_an_address(domain: str) -> None:
    assert is_everybodys(domain)
    assert not is_everybodys(f"firm-{domain}")
