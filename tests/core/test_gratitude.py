"""What a customer writes after a solution: thanks alone, in many languages, and thanks after which something is still wrong."""

from __future__ import annotations

import pytest

from core.gratitude import is_thanks_alone, wants_more

ALONE = """Thank you! | THX | Thanks again | ok, thank you so much | Cheers | Vielen Dank! | Herzlichen Dank | ¡Muchas gracias! | Merci beaucoup !
Muito obrigado! | شكرا جزيلا | شُكْراً | Grazie mille! | Dank je wel! | Dziękuję bardzo | Çok teşekkür ederim | Спасибо большое! | Дякую | Tack så mycket | Mange tak
Tusen takk | Kiitos paljon | Děkuji moc | Hvala lepa | Mulțumesc | Köszönöm szépen | Ευχαριστώ πολύ | תודה רבה | धन्यवाद | Cảm ơn bạn | Terima kasih banyak
ขอบคุณครับ | どうもありがとうございます | 谢谢您 | 감사합니다 | 👍 | 👍🏽 | 🙏🙏 | ❤️ | Thanks 😊"""
MORE = """Thanks, but it still does not work. | Thank you. How do I change my address? | thanks for nothing | Danke, aber es geht nicht | Danke für nichts
Gracias, pero sigue sin funcionar | Merci, mais ça ne marche pas | Merci, toujours pas reçu | Obrigado, mas não funciona | شكرا لكن المشكلة ما زالت موجودة | شكرا، أين طلبي؟
Grazie, ma non funziona | Dank je, maar het werkt niet | Спасибо, но не работает | 谢谢,但是还是不行 | Teşekkürler ama hâlâ çalışmıyor | Dzięki, ale nie działa
Tack, men det fungerar inte | Grazie, ma il pacco non è arrivato | Köszönöm, de nem működik | Kiitos, mutta ei toimi | ありがとう。でもまだ動きません | 감사합니다 하지만 안 돼요 | Ευχαριστώ αλλά δεν δουλεύει | תודה אבל זה לא עובד"""
OTHER = """It works now, thank you | Merci, ma facture est là | Thanks, the men came at ten | Gracias por la ayuda de ayer | Danke, alles gut | Bring 👍 back | Thanks, no problem | Merci. De rien | 👎 | Thanksgiving | """


def each(texts: str) -> list[str]:
    return [one.strip() for line in texts.splitlines() for one in line.split("|")]


@pytest.mark.parametrize("text", each(ALONE))
def test_thanks_alone_are_known_in_any_language(text: str) -> None:
    assert (is_thanks_alone(text), wants_more(text)) == (True, False)


@pytest.mark.parametrize("text", each(MORE))
def test_a_but_or_a_question_wants_more(text: str) -> None:
    assert (is_thanks_alone(text), wants_more(text)) == (False, True)


@pytest.mark.parametrize("text", each(OTHER))
def test_everything_else_is_left_to_what_it_means(text: str) -> None:
    assert (is_thanks_alone(text), wants_more(text)) == (False, False)


def test_a_long_text_is_never_thanks_alone() -> None:
    assert is_thanks_alone("thanks " * 40)
    assert not is_thanks_alone("thanks " * 50)
