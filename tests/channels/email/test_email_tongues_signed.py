"""Signatures of many languages begin where they do: functions and streets are written small in most. Made here, no mail of anybody's."""

from __future__ import annotations

import pytest

from channels.email_signature import signature_start, without_signature

SIGNED = [
    (
        "Anna Schmidt",
        "Hallo,\n\nbitte senden Sie mir die Rechnung noch einmal.",
        "Mit freundlichen Grüßen\nAnna Schmidt\nEinkauf\nMuster GmbH\nTel.: +49 221 555 01 23\nwww.muster.example",
    ),
    (
        "Jean Dupont",
        "Bonjour,\n\nje n'ai toujours pas reçu le colis.",
        "Bien cordialement,\n\nJean Dupont\nDirecteur des achats\n12 rue de la Paix\n75002 Paris\nTél. 01 23 45 67 89",
    ),
    (
        "María López",
        "Hola, ¿pueden enviarme otra?",
        "Un saludo,\nMaría López\nDpto. de Compras | Firma S.L.\nMóvil: +34 600 123 456",
    ),
    (
        "Giulia Rossi",
        "Buongiorno,\n\nla lampada è rotta.",
        "Cordiali saluti\nGiulia Rossi\nUfficio Acquisti\nVia Roma 10, 20121 Milano",
    ),
    (
        "João Silva",
        "Boa tarde, o pedido chegou errado.",
        "Atenciosamente,\nJoão Silva\nGerente Comercial\n(11) 91234-5678",
    ),
    (
        "Piotr Nowak",
        "Dzień dobry,\nproszę o fakturę.",
        "Z poważaniem\nPiotr Nowak\nKierownik działu zakupów\ntel. 22 555 12 34",
    ),
    (
        "Иван Петров",
        "Добрый день! Заказ не пришёл.",
        "С уважением,\nИван Петров\nООО «Ромашка»\nтел. +7 495 123-45-67",
    ),
    ("Олена Коваль", "Доброго дня, де мій заказ?", "З повагою,\nОлена Коваль\nменеджер"),
    (
        "山田太郎",
        "お世話になっております。\n注文番号8841の件、まだ届きません。",
        "よろしくお願いいたします。\n--------------------\n株式会社サンプル\n山田太郎\nTEL 03-1234-5678\nyamada@sample.example\n--------------------",
    ),
    ("王芳", "您好，订单还没有到。", "此致\n敬礼\n王芳\n电话：010-12345678"),
    (
        "김민수",
        "안녕하세요. 주문이 아직 오지 않았습니다.",
        "감사합니다.\n김민수 드림\n010-1234-5678",
    ),
    (
        "Mehmet Yılmaz",
        "Merhaba,\nsiparişim gelmedi.",
        "Saygılarımla,\nMehmet Yılmaz\nSatın Alma Müdürü\nTel: 0212 555 12 34",
    ),
    ("عمر حسن", "السلام عليكم، لم يصل الطلب.", "مع أطيب التحيات\nعمر حسن\nهاتف: 0501234567"),
    ("נועה לוי", "שלום, ההזמנה לא הגיעה.", "בברכה,\nנועה לוי\nטל' 03-5551234"),
    (
        "Jo Park",
        "Please send it again. I was at home all day.",
        "Thanks,\nJo\n\nJo Park | Head of Purchasing | Firm Ltd\n4 Long Street, London EC1A 1AA\nT: +44 20 7946 0100 | M: +44 7700 900123 | jo@firm.example",
    ),
    (
        "Jo Park",
        "Please send it again.\n\nI need:\n- two lamps\n- one foot",
        "Jo Park\nSenior Buyer",
    ),
    (
        "Kari Nordmann",
        "Hei, pakken kom ikke.",
        "Med vennlig hilsen\nKari Nordmann\nInnkjøpssjef\nTlf. 22 12 34 56",
    ),
    (
        "Anna Virtanen",
        "Hei, paketti ei tullut.",
        "Ystävällisin terveisin\nAnna Virtanen\nOstopäällikkö\nPuh. 040 123 4567",
    ),
    ("Nguyễn Văn An", "Chào bạn, hàng chưa tới.", "Trân trọng,\nNguyễn Văn An\nĐT: 0901 234 567"),
    (
        "Eva Novák",
        "Dobrý den, zásilka nepřišla.",
        "S pozdravem\nEva Novák\nvedoucí nákupu\ntel.: 222 333 444",
    ),
    (
        "Kovács Péter",
        "Jó napot, a csomag nem jött meg.",
        "Üdvözlettel:\nKovács Péter\nbeszerzési vezető\n+36 1 234 5678",
    ),
    ("Νίκος Παππάς", "Καλημέρα, το δέμα δεν ήρθε.", "Με εκτίμηση,\nΝίκος Παππάς\nΤηλ. 210 1234567"),
    (
        "Jan de Vries",
        "Hallo, het pakket is niet aangekomen.",
        "Met vriendelijke groet,\n\nJan de Vries\nInkoper\n06-12345678",
    ),
    ("Somchai", "สวัสดีครับ ของยังไม่มาถึง", "ขอบคุณครับ\nสมชาย"),
]


@pytest.mark.parametrize(("who", "text", "signature"), SIGNED)
def test_a_signature_begins_with_its_closing_words(who: str, text: str, signature: str) -> None:
    whole = f"{text}\n\n{signature}"
    assert signature_start(whole.split("\n"), who) == len(text.split("\n")) + 1
    assert without_signature(whole, who)[0] in (text, whole)


@pytest.mark.parametrize(
    "text",
    [
        "The lamp is broken.\n\nThanks\nMaria told me that it was broken and nobody came",
        "Bitte liefern:\n\nDanke\n- zwei Lampen\n- ein Fuß",
        "Hola.\nGracias\n¿Cuándo llega?",
        "Où est-il ?\n\nMerci\nJean arrive demain ?",
        "I need it.\nThanks\nMaria\nShe said it is broken and you must come at once to her",
        "I need it.\nThanks\nMaria\nShe is in, call her please.",
    ],
)
def test_words_below_thanks_are_no_signature(text: str) -> None:
    assert signature_start(text.split("\n"), "Ann Berg") == len(text.split("\n"))
    assert without_signature(text, "Ann Berg") == (text, "")
