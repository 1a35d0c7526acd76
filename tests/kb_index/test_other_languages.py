"""Articles and questions in French, Portuguese and Arabic: words, what is asked for, sentences, and figures."""

from __future__ import annotations

import pytest

from kb_index.conflict import quantities
from kb_index.sentences import split
from kb_index.spans import asked_for, asks
from kb_index.words import terms


@pytest.mark.parametrize(
    ("language", "question", "article"),
    [
        (
            "fr",
            "Combien de temps pour les livraisons en Belgique ?",
            "la livraison vers la Belgique",
        ),
        ("pt", "Como posso cancelar os planos mensais?", "O cancelamento do plano mensal"),
        ("ar", "كيف يمكنني إرجاع الجهاز؟", "إرجاع جهاز"),
    ],
)
def test_a_question_shares_its_terms_with_the_article(
    language: str, question: str, article: str
) -> None:
    asked, written = set(terms(question, language)), set(terms(article, language))
    assert len(asked & written) >= 2
    assert len(asked) <= 4, "what says nothing of the subject is left out"


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("fr", "comment résilier mon abonnement", "how"),
        ("fr", "combien coûte la livraison", "how_many"),
        ("fr", "quand arrive mon colis", "when"),
        ("pt", "onde encontro a fatura", "how"),
        ("pt", "quanto custa o envio", "how_many"),
        ("pt", "quando chega a encomenda", "when"),
        ("ar", "كيف ألغي اشتراكي", "how"),
        ("ar", "كم رسوم التوصيل", "how_many"),
        ("ar", "متى يصل الطرد", "when"),
    ],
)
def test_what_is_asked_for(language: str, text: str, kind: str) -> None:
    asked = asked_for(text, language)
    assert {name: getattr(asked, name) for name in ("how", "how_many", "when")} == {
        name: name == kind for name in ("how", "how_many", "when")
    }
    assert asks(text, language)
    assert asks(f"{text}؟" if language == "ar" else f"{text} ?", language)


def test_an_arabic_question_mark_ends_a_sentence() -> None:
    text = "هل الرابط صالح؟ نعم، لمدة ساعة."
    assert [text[start:end] for start, end in split(text, "ar")] == [
        "هل الرابط صالح؟",
        "نعم، لمدة ساعة.",
    ]


@pytest.mark.parametrize(
    "text", ["sous 5 jours", "em 5 dias", "خلال 5 أيام", "in 5 days", "en 5 días", "in 5 Tagen"]
)
def test_the_same_figure_in_each_language(text: str) -> None:
    assert {unit: set(found) for unit, found in quantities(text).items()} == {"day": {"5"}}
