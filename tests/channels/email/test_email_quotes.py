"""New text apart from quotations, in the words of many programs and languages. Each line is as the program writes it."""

from __future__ import annotations

import html
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email_quotes import split_html, split_text
from channels.email_titles import is_forward_subject

# Gmail's line above a quoted message, by its interface language.
GMAIL = {
    "en": "On Mon, Nov 23, 2026 at 12:40 PM Maya Ruiz <maya@acme.example> wrote:",
    "en-GB": "On Mon, 23 Nov 2026 at 12:40, Maya Ruiz <maya@acme.example> wrote:",
    "de": "Am Mo., 23. Nov. 2026 um 12:40 Uhr schrieb Maya Ruiz <maya@acme.example>:",
    "fr": "Le lun. 23 nov. 2026 à 12:40, Maya Ruiz <maya@acme.example> a écrit :",
    "es": "El lun, 23 nov 2026 a las 12:40, Maya Ruiz (<maya@acme.example>) escribió:",
    "it": "Il giorno lun 23 nov 2026 alle ore 12:40 Maya Ruiz <maya@acme.example> ha scritto:",
    "pt": "Em seg., 23 de nov. de 2026 às 12:40, Maya Ruiz <maya@acme.example> escreveu:",
    "nl": "Op ma 23 nov 2026 om 12:40 schreef Maya Ruiz <maya@acme.example>:",
    "sv": "Den mån 23 nov. 2026 kl 12:40 skrev Maya Ruiz <maya@acme.example>:",
    "da": "Den man. 23. nov. 2026 kl. 12.40 skrev Maya Ruiz <maya@acme.example>:",
    "no": "man. 23. nov. 2026 kl. 12:40 skrev Maya Ruiz <maya@acme.example>:",
    "fi": "ma 23. marrask. 2026 klo 12.40 Maya Ruiz (maya@acme.example) kirjoitti:",
    "pl": "pon., 23 lis 2026 o 12:40 Maya Ruiz <maya@acme.example> napisał(a):",
    "cs": "po 23. 11. 2026 v 12:40 odesílatel Maya Ruiz <maya@acme.example> napsal:",
    "sk": "po 23. 11. 2026 o 12:40 Maya Ruiz <maya@acme.example> napísal(a):",
    "hu": "Maya Ruiz <maya@acme.example> ezt írta (időpont: 2026. nov. 23., H, 12:40):",
    "ro": "lun., 23 nov. 2026 la 12:40, Maya Ruiz <maya@acme.example> a scris:",
    "tr": "Maya Ruiz <maya@acme.example>, 23 Kas 2026 Pzt, 12:40 tarihinde şunu yazdı:",
    "el": "Στις Δευ 23 Νοε 2026 στις 12:40 μ.μ., ο χρήστης Maya Ruiz <maya@acme.example> έγραψε:",
    "ru": "пн, 23 нояб. 2026 г. в 12:40, Maya Ruiz <maya@acme.example>:",
    "uk": "пн, 23 лист. 2026 р. о 12:40 Maya Ruiz <maya@acme.example> пише:",
    "bg": "На пн, 23.11.2026 г. в 12:40 Maya Ruiz <maya@acme.example> написа:",
    "hr": "pon, 23. stu 2026. u 12:40 Maya Ruiz <maya@acme.example> napisao je:",
    "sl": "V V pon., 23. nov. 2026 ob 12:40 je oseba Maya Ruiz <maya@acme.example> napisala:",
    "lt": "2026-11-23, pr, 12:40 Maya Ruiz <maya@acme.example> rašė:",
    "vi": "Vào Th 2, 23 thg 11, 2026 vào lúc 12:40 Maya Ruiz <maya@acme.example> đã viết:",
    "id": "Pada tanggal Sen, 23 Nov 2026 pukul 12.40 Maya Ruiz <maya@acme.example> menulis:",
    "th": "ในวันที่ จ. 23 พ.ย. 2026 เวลา 12:40 Maya Ruiz <maya@acme.example> เขียนว่า:",
    "zh-CN": "Maya Ruiz <maya@acme.example> 于2026年11月23日周一 12:40写道：",
    "zh-TW": "Maya Ruiz <maya@acme.example> 於 2026年11月23日 週一 下午12:40寫道：",
    "ja": "2026年11月23日(月) 12:40 Maya Ruiz <maya@acme.example>:",
    "ko": "2026년 11월 23일 (월) 오후 12:40, Maya Ruiz <maya@acme.example>님이 작성:",
    "ar": "في الاثنين، 23 نوفمبر 2026 في 12:40 م تمت كتابة ما يلي بواسطة Maya Ruiz <maya@acme.example>:",
    "he": "\u202bבתאריך יום ב׳, 23 בנוב׳ 2026 ב-12:40 מאת \u202aMaya Ruiz\u202c\u200f <\u202amaya@acme.example\u202c\u200f>:\u202c",
    "ca": "El dl., 23 de nov. 2026, 12:40, Maya Ruiz <maya@acme.example> va escriure:",
}
# Apple Mail, Thunderbird, Yahoo, Yandex, mail.ru, Exchange by phone, folded ones.
OTHERS = {
    "Apple en": "On 23 Nov 2026, at 12:40, Maya Ruiz <maya@acme.example> wrote:",
    "Apple de": "Am 23.11.2026 um 12:40 schrieb Maya Ruiz <maya@acme.example>:",
    "Apple fr": "Le 23 nov. 2026 à 12:40, Maya Ruiz <maya@acme.example> a écrit :",
    "Apple es": "El 23 nov 2026, a las 12:40, Maya Ruiz <maya@acme.example> escribió:",
    "Apple it": "Il giorno 23 nov 2026, alle ore 12:40, Maya Ruiz <maya@acme.example> ha scritto:",
    "Apple ja": "2026/11/23 12:40、Maya Ruiz <maya@acme.example>のメール:",
    "Thunderbird en": "On 23/11/2026 12:40, Maya Ruiz wrote:",
    "Thunderbird de": "Am 23.11.26 um 12:40 schrieb Maya Ruiz:",
    "Thunderbird fr": "Le 23/11/2026 à 12:40, Maya Ruiz a écrit :",
    "Thunderbird pl": "W dniu 23.11.2026 o 12:40, Maya Ruiz pisze:",
    "Thunderbird cs": "Dne 23. 11. 26 v 12:40 Maya Ruiz napsal(a):",
    "Thunderbird ru": "23.11.2026 12:40, Maya Ruiz пишет:",
    "Thunderbird nl": "Op 23-11-2026 om 12:40 schreef Maya Ruiz:",
    "Yahoo en": "On Monday, November 23, 2026 at 12:40:10 PM GMT+1, Maya Ruiz <maya@acme.example> wrote:",
    "Yahoo de": "Am Montag, 23. November 2026 um 12:40:10 MEZ hat Maya Ruiz <maya@acme.example> Folgendes geschrieben:",
    "Yahoo fr": "Le lundi 23 novembre 2026 à 12:40:10 UTC+1, Maya Ruiz <maya@acme.example> a écrit :",
    "Yandex": '23.11.2026, 12:40, "Maya Ruiz" <maya@acme.example>:',
    "mail.ru": "Понедельник, 23 ноября 2026, 12:40 +03:00 от Maya Ruiz <maya@acme.example>:",
    "Proton": "On Monday, November 23rd, 2026 at 12:40 PM, Maya Ruiz <maya@acme.example> wrote:",
    "Zoho": "---- On Mon, 23 Nov 2026 12:40:10 +0100 Maya Ruiz <maya@acme.example> wrote ----",
    "GMX web": "Am 23.11.26, 12:40 schrieb Maya Ruiz <maya@acme.example>:",
    "ISO": "2026-11-23 12:40 GMT+01:00 Maya Ruiz <maya@acme.example>:",
    "folded": "On Mon, Nov 23, 2026 at 12:40 PM Maya Ruiz of Acme Incorporated <\nmaya@acme.example> wrote:",
    "folded thrice": "Le lun. 23 nov. 2026\nà 12:40, Maya Ruiz\n<maya@acme.example> a\nécrit :",
}  # fmt: skip
# The labels Outlook writes, by language: from, sent, to, subject.
OUTLOOK = {
    "en": "From Sent To Subject", "de": "Von Gesendet An Betreff", "fr": "De Envoyé À Objet",
    "es": "De Enviado_el Para Asunto", "it": "Da Inviato A Oggetto", "pt": "De Enviado Para Assunto",
    "nl": "Van Verzonden Aan Onderwerp", "sv": "Från Skickat Till Ämne", "da": "Fra Sendt Til Emne",
    "fi": "Lähettäjä Lähetetty Vastaanottaja Aihe", "pl": "Od Wysłane Do Temat",
    "cs": "Od Odesláno Komu Předmět", "sk": "Od Odoslané Komu Predmet",
    "hu": "Feladó Elküldve Címzett Tárgy", "ro": "De_la Trimis Către Subiect",
    "tr": "Kimden Gönderildi Kime Konu", "el": "Από Στάλθηκε Προς Θέμα", "ru": "От Отправлено Кому Тема",
    "uk": "Від Надіслано Кому Тема", "bg": "От Изпратено До Относно", "hr": "Šalje Poslano Prima Predmet",
    "sl": "Od Poslano Za Zadeva", "vi": "Từ Đã_gửi Đến Chủ_đề", "id": "Dari Dikirim Kepada Subjek",
    "th": "จาก ส่ง ถึง เรื่อง", "zh-CN": "发件人 发送时间 收件人 主题", "zh-TW": "寄件者 寄件日期 收件者 主旨",
    "ja": "差出人 送信日時 宛先 件名", "ko": "보낸_사람 보낸_날짜 받는_사람 제목",
    "ar": "من تم_الإرسال إلى الموضوع", "he": "מאת נשלח אל נושא", "ca": "De Enviat Per_a Assumpte",
}  # fmt: skip
TITLES = [
    "-----Original Message-----", "----- Original message -----", "-----Ursprüngliche Nachricht-----",
    "-------- Message d'origine --------", "-----Mensaje original-----", "-----Messaggio originale-----",
    "-----Mensagem original-----", "-----Oorspronkelijk bericht-----", "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----", "-----Opprinnelig melding-----", "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----", "-----Původní zpráva-----", "-----Eredeti üzenet-----",
    "-----Özgün İleti-----", "-----Исходное сообщение-----", "-----原始邮件-----", "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----", "-----원본 메시지-----", "-----الرسالة الأصلية-----", "-----הודעה מקורית-----",
]  # fmt: skip

NEW = "Hello,\n\nit still has not arrived: order 4711, ordered on 12/11/2026.\nCan you check? My number is 555-1234.\n\nThanks\nAnn"
OLD = ["Dear Ann,", "", "your parcel is on its way.", "", "Maya"]


def marked(lines: list[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines)


@pytest.mark.parametrize("about", [*GMAIL, *OTHERS])
def test_marked_quotations_go(about: str) -> None:
    line = {**GMAIL, **OTHERS}[about]
    split = split_text(f"{NEW}\n\n{line}\n\n{marked(OLD)}\n")
    assert split.new == NEW
    assert "parcel" in split.quoted


@pytest.mark.parametrize("about", [*GMAIL, *OTHERS])
def test_unmarked_quotations_go_where_the_line_above_is_clear(about: str) -> None:
    line = {**GMAIL, **OTHERS}[about]
    assert split_text(f"{NEW}\n\n{line}\n\n" + "\n".join(OLD)).new == NEW


@pytest.mark.parametrize("about", [*GMAIL, *OTHERS])
def test_answers_below_stay(about: str) -> None:
    line = {**GMAIL, **OTHERS}[about]
    text = f"{line}\n\n> Where do you live?\nIn Rome.\n\n> And since when?\n\nSince 2020.\n\nAnn"
    assert split_text(text).new.split() == ["In", "Rome.", "Since", "2020.", "Ann"]


WHOLE = {
    "Lotus Notes": '-----maya@acme.example wrote: -----\nTo: ann@x.example\nFrom: maya@acme.example\nDate: 11/23/2026 12:40PM\nSubject: Your order\n\nDear Ann',
    "Lotus Notes 2": "From: Maya Ruiz/ACME\nTo: Ann Example/X\nDate: 23.11.2026 12:40\nSubject: Your order\n\n\nDear Ann",
    "pine": "Maya Ruiz wrote:\n\n> Dear Ann",
    "Horde": "Quoting Maya Ruiz <maya@acme.example>:\n\n> Dear Ann",
    "Samsung": "-------- Original message --------\nFrom: Maya Ruiz <maya@acme.example>\nDate: 23/11/2026 12:40 (GMT+01:00)\nTo: ann@x.example\nSubject: Your order\n\nDear Ann",
    "Windows phone": "________________________________\nFrom: Maya Ruiz\nSent: \u200e23/\u200e11/\u200e2026 12:40\nTo: Ann\nSubject: Your order\n\nDear Ann",
    "163": 'At 2026-11-23 12:40:10, "Maya Ruiz" <maya@acme.example> wrote:\n\nDear Ann',
    "163 Chinese": "在 2026-11-23 12:40:10，\"Maya\" <maya@acme.example> 写道：\n\nDear Ann",
    "QQ": "------------------\xa0原始邮件\xa0------------------\n发件人: \"Maya\" <maya@acme.example>;\n发送时间: 2026年11月23日(星期一) 中午12:40\n收件人: \"Ann\" <ann@x.example>;\n主题: Your order\n\nDear Ann",
    "Foxmail": "发件人： Maya\n发送时间： 2026-11-23 12:40\n收件人： Ann\n主题： Your order\n\nDear Ann",
    "a word lost": "Am 23.11.2026 um 12:40 schrieb Maya:\n> Dear Ann, your parcel with all of the many good things in it is by now on its\nway to you.\n> Maya",
    "on behalf": "From: support@acme.example [mailto:support@acme.example] On Behalf Of Maya\nSent: Monday, November 23, 2026 12:40 PM\nTo: Ann\nSubject: x\n\nDear Ann",
    "wide marks": "2026年11月23日(月) 12:40 Maya <maya@acme.example>:\n\n＞ Dear Ann",
    "with a copy": "Von: Maya Ruiz\nGesendet: Montag, 23. November 2026 12:40\nAn: Ann Example\nCc: Boss; Other\nBetreff: Bestellung\nPriorität: Hoch\n\nDear Ann",
}  # fmt: skip


@pytest.mark.parametrize("about", WHOLE)
def test_habits_of_single_programs(about: str) -> None:
    assert split_text(f"{NEW}\n\n{WHOLE[about]}\n").new == NEW


def header_block(labels: str, form: str = "{}: {}") -> str:
    values = [
        "Maya Ruiz <maya@acme.example>",
        "Monday, 23 November 2026 12:40",
        "Ann Example",
        "Your order",
    ]
    names = [label.replace("_", " ") for label in labels.split()]
    return "\n".join(form.format(*pair) for pair in zip(names, values, strict=True))


@pytest.mark.parametrize("form", ["{}: {}", "*{}:* {}", "{} : {}", "  {}: {}"])
@pytest.mark.parametrize("language", OUTLOOK)
def test_header_blocks_end_the_new_text(language: str, form: str) -> None:
    block = header_block(OUTLOOK[language], form)
    for above in ("", "________________________________\n"):
        assert split_text(f"{NEW}\n\n{above}{block}\n\n" + "\n".join(OLD)).new == NEW


@pytest.mark.parametrize("title", TITLES)
def test_titles_end_the_new_text(title: str) -> None:
    assert split_text(f"{NEW}\n\n{title}\n\n" + "\n".join(OLD)).new == NEW


HTML_STYLES = {
    "Gmail": '<div dir="ltr">{new}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{line}<br></div><blockquote class="gmail_quote" style="margin:0">{old}</blockquote></div>',
    "Apple": '<html><body>{new}<br><blockquote type="cite"><div>{line}</div><br><div>{old}</div></blockquote></body></html>',
    "Thunderbird": '<p>{new}</p><div class="moz-cite-prefix">{line}<br></div><blockquote type="cite" cite="mid:1@x">{old}</blockquote>',
    "Outlook web": '<div>{new}</div><div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> Maya &lt;m@x.example&gt;<br><b>Sent:</b> Monday<br></div><div>{old}</div>',
    "Outlook iOS": '<div>{new}</div><div id="ms-outlook-mobile-body-separator-line"></div><div id="mail-editor-reference-message-container">{line}{old}</div>',
    "Yahoo": '<div class="yahoo-style-wrap">{new}</div><div id="ydp1yahoo_quoted_2" class="yahoo_quoted"><div>{line}</div>{old}</div>',
    "Proton": '<div>{new}</div><div class="protonmail_quote">{line}<blockquote class="protonmail_quote" type="cite">{old}</blockquote></div>',
    "GMX": '<div>{new}</div><div name="quote" style="margin:10px"><div>{line}</div>{old}</div>',
    "plain blockquote": "<div>{new}</div><div>{line}</div><blockquote>{old}</blockquote>",
    "blockquote around all": "<div>{new}</div><blockquote><div>{line}</div><div>{old}</div></blockquote>",
}  # fmt: skip


@pytest.mark.parametrize("style", HTML_STYLES)
@pytest.mark.parametrize("language", ["en", "de", "ru", "ja", "ar", "tr"])
def test_html_quotations_go(style: str, language: str) -> None:
    new = html.escape(NEW).replace("\n", "<br>")
    old = "".join(f"<div>{line or '<br>'}</div>" for line in OLD)
    page = HTML_STYLES[style].format(new=new, old=old, line=html.escape(GMAIL[language]))
    assert split_html(page).new.split() == NEW.split()


def test_answers_between_gmails_quotations_stay() -> None:
    frame = '<div class="gmail_quote"><div class="gmail_attr">{line}<br></div>{body}</div>'
    quoted = '<blockquote class="gmail_quote"><div>{}</div></blockquote>'
    body = (
        quoted.format("Where?")
        + "<div>In Rome.</div>"
        + quoted.format("Since when?")
        + "<div>2020</div>"
    )
    page = "<div>See below</div>" + frame.format(line=html.escape(GMAIL["de"]), body=body)
    assert split_html(page).new.split() == ["See", "below", "In", "Rome.", "2020"]


def outlook(above: str, inside: str) -> str:
    head = "From: Maya <maya@acme.example>\nSent: Monday, November 23, 2026 12:40 PM\nTo: Ann\nSubject: Re: Lamp"
    return f"{above}\n\n{head}\n\nWhich colour?\n{inside}\n"


@pytest.mark.parametrize(
    "above",
    [
        "أجبت أدناه باللون الأحمر.", "ตอบด้านล่างเป็นสีแดงค่ะ", "Tôi trả lời bên dưới bằng chữ đỏ.",
        "Ich habe Ihnen unten geantwortet.", "Ho risposto sotto, in rosso.", "Odpovídám níže.",
        "Cevapladım, aşağıda kırmızı ile.", "Отвечаю ниже красным.", "Am răspuns mai jos.",
        "See below.", "Hi Maya,\n\nPlease see below.\n\nThanks", "Siehe unten", "Voir ci-dessous.", "Patrz poniżej", "Смотрите ниже",
    ],
)  # fmt: skip
def test_answers_that_nothing_marks_stay_where_the_text_points_at_them(above: str) -> None:
    assert "Blue, please." in split_text(outlook(above, "Blue, please.")).new


@pytest.mark.parametrize(
    "above", ["Do you have it in blue?", "I saw the lamp.", "The price is below mine.", "I see it."]
)
def test_who_points_at_nothing_quotes(above: str) -> None:
    assert split_text(outlook(above, "We have blue ones.")).new == above


def test_a_moment_and_a_bare_address_stand_above_a_quotation() -> None:
    """Tuta writes so; above anything else it may be a line of a log."""
    stamp = "23 Nov 2026, 18:00 by maya@acme.example:"
    assert split_text(f"Not yet.\n\n{stamp}\n\n> Tomorrow.").new == "Not yet."
    log = f"The log says:\n\n{stamp}\n\nqueue is full"
    assert split_text(log).new == log


def test_the_block_of_a_bulgarian_mailbox_ends_the_new_text() -> None:
    block = "От: Maya maya@acme.example\nОтносно: Лампа\nДо: ivan@x.example\nИзпратено на: 23.11.2026 18:00\n\nУтре."
    for title in ("-------- Оригинално писмо --------\n", ""):
        assert split_text(f"Още няма.\n\n{title}{block}").new == "Още няма."


def test_a_forward_in_gmails_frame_stays() -> None:
    page = '<div>Yours?</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: F &lt;f@x.example&gt;<br>Date: Mon, 23 Nov 2026 at 10:00<br>To: A &lt;a@x.example&gt;<br></div>Pay at once</div>'
    assert split_html(page).new.split()[-3:] == ["Pay", "at", "once"]


# ---- when unsure the text stays -----------------------------------------------------------------

KEPT = {
    "a journey": "Please change my trip:\nFrom: Berlin\nTo: Munich\nDate: 12 May 2027 10:30\nThanks, Ann",
    "a form": "Name: Ann Example\nEmail: ann@x.example\nSubject: broken kettle\nMessage: it is broken",
    "a form with from": "You have a new message\n\nFrom: Ann <ann@x.example>\nSubject: kettle\n\nIt is broken",
    "what somebody wrote": "On 12 May your colleague wrote:\nYou will get a refund.\nI did not get one.",
    "what I wrote": "As I wrote:\nthe kettle is broken",
    "a list footer": "Hello\n\n__________\nriak-users mailing list\nhttp://x.example/list",
    "a rule": "Part one\n--------------------\nPart two",
    "a time table": "Opening hours:\nMon 10:00\nTue 11:00 wrote nobody",
    "a forward": "Is this from you?\n\n---------- Forwarded message ---------\nFrom: Fake <f@x.example>\nDate: Mon, 23 Nov 2026 at 10:00\nSubject: pay\nTo: <ann@x.example>\n\nPay at once",
    "an Apple forward": "Is this from you?\n\nBegin forwarded message:\n\nFrom: Fake <f@x.example>\nDate: 23 November 2026 at 10:00\nTo: ann@x.example\nSubject: pay\n\nPay at once",
    "a German forward": "Ist das von Ihnen?\n\n-------- Weitergeleitete Nachricht --------\nBetreff: Mahnung\nDatum: Mon, 23 Nov 2026 10:00\nVon: F <f@x.example>\n\nZahlen",
    "only a quotation": "On Mon, Nov 23, 2026 at 12:40 PM Maya <m@x.example> wrote:\n\n> hello",
    "only an earlier mail": "From: A <a@x.example>\nSent: Monday, 23 November 2026\nTo: B\nSubject: C\n\nText",
    "a Python prompt": "It fails:\n>>> import acme\n>>> acme.run()\nError",
    "a signature": "Hello\n\n--\nrick",
    "a mobile signature": "Hello\n\nSent from my iPhone",
    "a call": "Hi,\n\nOn 23 Nov 2026 at 12:40 I got a call. He said: you will refund.\n\nThanks",
    "a log": "Log:\n2026-11-23 12:40:10 admin@x.example:\nfailed to start\nPlease help",
    "a removal": "My details\nFrom: 12 Main St\nTo: 14 Other St\nSubject: moving\nDate: 12 May\nThanks",
    "what I sent": "I sent you this:\nSent: yesterday\nTo: support@acme.example\nbut no answer",
    "a strange mail": "Order 12\nDate: 2026-11-23 10:00\nFrom: shop@x.example\nIs this your mail?",
    "a sentence with a date": "Hello\n\nThis was on Monday 23 November 2026 12:40, as Maya <m@x.example> wrote:\nit will be fixed.\nIt is not.",
    "a sentence in German": "Hallo,\n\nam 23.11.2026 um 12:40 schrieb mir Frau Ruiz (m@x.example):\n\"Es kommt\"\nEs kam nicht.",
    "a command": "I get:\n> npm start\nand it fails",
    "commands at the end": "I typed this:\n\n> npm start\n> npm stop",
    "prices": "Prices\n>100 EUR ok\n<100 EUR not",
    "a framed form": "____________________\nName: Ann\nFrom: Rome\nTo: Paris\nSubject: trip\n____________________\nHow much?",
    "arrows": "Settings -> Mail -> Accounts\n=> does not work",
}  # fmt: skip


@pytest.mark.parametrize("about", KEPT)
def test_when_unsure_the_text_stays(about: str) -> None:
    assert split_text(KEPT[about]).new == KEPT[about]


@pytest.mark.parametrize(
    "text", [f"{NEW}\n\n> old\n> older", f"> old\n> older\n\n{NEW}", f"{NEW}\n> On 23 Nov 2026, at 12:40, M <m@x.example> wrote:\n>\n> old"]
)  # fmt: skip
def test_marked_lines_at_either_end_are_quotation(text: str) -> None:
    assert split_text(text).new == NEW


def test_a_plain_blockquote_is_the_writers_own() -> None:
    assert split_html("<p>They say</p><blockquote>No refund</blockquote><p>Is that so?</p>").new.split() == (
        ["They", "say", "No", "refund", "Is", "that", "so?"]
    )  # fmt: skip


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: x", "TR : x", "RV: x", "I: x", "转发：x", "[ext] Fwd: x"]
)
def test_forward_subjects(subject: str) -> None:
    assert is_forward_subject(subject)


@pytest.mark.parametrize("subject", ["Re: Fwd", "Forward gear broken", "AW: x", "", "WGT: x"])
def test_other_subjects(subject: str) -> None:
    assert not is_forward_subject(subject)


WORDS = st.text(
    string.ascii_letters + string.digits + "äßéñçøł жшы 日本 ,.?!-()'", min_size=1, max_size=60
)


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(WORDS, min_size=1, max_size=8),
    which=st.sampled_from([*GMAIL.values(), *OTHERS.values()]),
)
def test_new_text_is_never_dropped(lines: list[str], which: str) -> None:
    """Whatever letters somebody types above a quotation, each word comes back."""
    new = "\n".join(lines)
    split = split_text(f"{new}\n\n{which}\n{marked(OLD)}")
    if new.strip():
        assert split.new.split() == new.split()


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=600))
def test_no_word_vanishes_from_both(text: str) -> None:
    split = split_text(text)
    assert sorted((split.new + "\n" + split.quoted).split()) == sorted(
        word for word in text.split() if word.strip("\ue000\ue001\ue002\ue003\ue004")
    ) or any(0xE000 <= ord(char) <= 0xE004 for char in text)


@pytest.mark.parametrize(
    "line",
    ["y" * 500, "word " * 80, "a@" * 200, "1:" * 200, "> q", "From: a@b.example", "On 1 Jan 2020 at 10:00 x", ":", "_ " * 200],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_no_text_takes_long(line: str) -> None:
    """A hang is what fails here: a quadratic pattern takes minutes."""
    split = split_text((line + "\n") * (60_000 // len(line)))
    assert split.new


def test_the_seeded_mix_of_languages_is_stable() -> None:
    """Several quotations of several languages inside one another."""
    chance = random.Random(7)
    for _ in range(50):
        inner = "\n".join(OLD)
        for _ in range(3):
            line = chance.choice([*GMAIL.values(), *OTHERS.values()])
            inner = f"Level text\n\n{line}\n" + marked(inner.split("\n"))
        line = chance.choice([*GMAIL.values()])
        assert split_text(f"{NEW}\n\n{line}\n{marked(inner.split(chr(10)))}").new == NEW


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "Hello,\n\nAnn\n<ann@example.org> wrote:\nthat she is away.",
        "Ann\n<ann@example.org> wrote:\n\nwhatever",
        "Ann\n<ann@example.org> schrieb:\n\nwhatever",
    ],
)
def test_an_address_under_a_name_that_begins_no_quotation_is_passed(text: str) -> None:
    """Reading went back to the name for ever."""
    found = split_text(text)
    assert found.new.split() == text.split()
    assert found.quoted == ""
