"""Lines above quotations as programs and forums write them, each tried over, under and without marks, and layouts of single mails. Made here, no mail of anybody's."""

from __future__ import annotations

_A = "Acme Support <help@acme.example>"
ABOUT = [
    "2026-11-18 14:03 GMT+03:00 " + _A + ":",
    "On 2026-11-18 14:03 +0100, Acme Support wrote:",
    "Op 18 nov. 2026 om 14:03 schreef Acme Support <help@acme.example> het volgende:",
    "Acme Support via Forum <forum@acme.example> schrieb am Mi., 18. Nov. 2026 um 14:03:",
    "En date de : Mer 18.11.26, Acme Support <help@acme.example> a écrit :",
    "18 ноября 2026 г., 14:03 пользователь Acme Support <help@acme.example> написал:",
    "W dniu 18 listopada 2026 14:03 użytkownik Acme Support <help@acme.example> napisał:",
    "Użytkownik Acme Support <help@acme.example> napisał:",
    "Em qua., 18 de nov. de 2026 às 14:03, Acme Support <help@acme.example> escreveu:",
    "Den ons 18 nov. 2026 14:03Acme Support <help@acme.example> skrev:",
    "På 18. november 2026 på 14:03:11, Acme Support (help@acme.example) skrev:",
    "Il giorno mer 18 nov 2026 alle ore 14:03 Acme Support <help@acme.example> ha scritto:",
    "On Nov 18, 2026, Acme Support <help@acme.example> said:",
    "help@acme.example wrote:",
    "<help@acme.example> wrote:",
    "18/11/2026 14:03, Acme Support wrote:",
    "Op 18-11-2026 14:03, schreef Acme Support:",
    'Am 18.11.2026 schrieb "Acme Support" <help@acme.example>:',
    '"Acme Support" <help@acme.example> schrieb am 18.11.2026 14:03:11:',
    "Acme Support <help@acme.example>, 18 Kas 2026 Çar, 14:03 tarihinde şunu yazdı:",
    "18 Kas 2026 Çar, 14:03 tarihinde Acme Support <help@acme.example> şunu yazdı:",
    "Vào Th 4, 18 thg 11, 2026 vào lúc 14:03 Acme Support <help@acme.example> đã viết:",
    "Pada tanggal Rab, 18 Nov 2026 14.03, Acme Support <help@acme.example> menulis:",
    "Dne st 18. 11. 2026 14:03 uživatel Acme Support <help@acme.example> napsal:",
    "Acme Support <help@acme.example> ezt írta (időpont: 2026. nov. 18., Sze, 14:03):",
    "În mie., 18 nov. 2026 la 14:03, Acme Support <help@acme.example> a scris:",
    "2026-11-18, tr, 14:03 Acme Support <help@acme.example> rašė:",
    "Kuupäev K, 18. november 2026 kell 14:03 kirjutas kasutaja Acme Support (<help@acme.example>):",
    "ср, 18 лист. 2026 р. о 14:03 Acme Support <help@acme.example> пише:",
    "2026年11月18日水曜日 14:03 Acme Support さんは書きました:",
    "在 2026年11月18日星期三 下午2:03，Acme Support<help@acme.example> 写道：",
    "2026년 11월 18일 (수) 오후 2:03, Acme Support <help@acme.example>님이 작성:",
    "בתאריך יום ד׳, 18 בנוב׳ 2026, 14:03, מאת Acme Support ‏<help@acme.example>:",
    "في الأربعاء، 18 نوفمبر 2026 في 2:03 م تمت كتابة ما يلي بواسطة Acme Support <help@acme.example>:",
    "Στις Τετ, 18 Νοε 2026, 14:03 ο χρήστης Acme Support <help@acme.example> έγραψε:",
    "On Wednesday 18 November 2026 at 14:03, Acme Support <help@acme.example> wrote :",
    "On Wed 18. Nov 2026 at 14:03, Acme Support <help@acme.example> wrote:",
    "---- On Wed, 18 Nov 2026 14:03:11 +0100 help@acme.example wrote ----",
    "Il 18/11/26 14:03, Acme Support ha scritto:",
    "El 18/11/26 a las 14:03, Acme Support escribió:",
    "Le 18/11/2026 à 14:03, Acme Support a écrit :",
    "El miércoles, 18 de noviembre de 2026, 14:03:11 CET, Acme Support <help@acme.example> escribió:",
]

MORE: dict[str, tuple[str, str]] = {
    "one-line-head": (
        "It is blue.\n\n*From:* Acme Support [mailto:help@acme.example] *Sent:* Wednesday, November 18, 2026 2:03 PM *To:* Jo *Subject:* Colour\n\nWhich colour?\n",
        "It is blue.",
    ),
    "on-behalf": (
        "It is blue.\n\nFrom: forum@acme.example [mailto:forum@acme.example] On Behalf Of Acme Support\nSent: Wednesday, November 18, 2026 2:03 PM\nTo: Jo\nSubject: Colour\n\nWhich?\n",
        "It is blue.",
    ),
    "phone-same-line": (
        "It is blue.\n\nSent from my iPhone On Nov 18, 2026, at 2:03 PM, Acme Support <help@acme.example> wrote:\n\n> Which?\n",
        "It is blue.\n\nSent from my iPhone",
    ),
    "samsung-run": (
        "It is blue.\n\nSent from Samsung Mobile\n\n-------- Original message --------\nSubject: Colour\nFrom: Acme Support <help@acme.example>\nTo: Jo\nCC: \n\nWhich?\n",
        "It is blue.\n\nSent from Samsung Mobile",
    ),
    "date-after": (
        "It is blue.\n\nFrom: Acme Support\nDate: 2026-11-18 14:03\nTo: jo@post.example\nSubject: Colour\nWhich?\n",
        "It is blue.",
    ),
    "sent-at-iso": (
        "It is blue.\n\nFrom: help@acme.example\nSent: 2026-11-18T14:03:00Z\nTo: jo@post.example\nSubject: Colour\n\nWhich?\n",
        "It is blue.",
    ),
    "bullets-head": (
        "It is blue.\n\n* From: Acme Support <help@acme.example>\n* Sent: 18 Nov 2026 14:03\n* To: Jo\n* Subject: Colour\n\nWhich?\n",
        "It is blue.",
    ),
    "stars-dashes": (
        "It is blue.\n\n*******************\nFrom: Acme Support <help@acme.example>\nSent: 18 Nov 2026 14:03\nTo: Jo\nSubject: Colour\n\nWhich?\n",
        "It is blue.",
    ),
    "empty-then-quote": (
        "\n\n> Which colour?\n\nIt is blue.\n\n> Which size?\n\n42\n\n-- \nJo\n",
        "It is blue.\n\n42\n\n-- \nJo",
    ),
    "dash-list": (
        "- the lamp\n- the foot\n- > 3 screws\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme <help@acme.example> wrote:\n> What is missing?\n",
        "- the lamp\n- the foot\n- > 3 screws",
    ),
    "p-s-below": (
        "It is blue.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme <help@acme.example> wrote:\n> Which?\n\nP.S. And the foot is green.\n",
        "It is blue.\n\nP.S. And the foot is green.",
    ),
    "quoted-in-words": (
        'You said "it comes tomorrow" on Wed, Nov 18, 2026.\nIt did not.\n',
        'You said "it comes tomorrow" on Wed, Nov 18, 2026.\nIt did not.',
    ),
    "mentions": (
        "On Monday I wrote to you:\nno answer. On Tuesday I called:\nnobody.\n",
        "On Monday I wrote to you:\nno answer. On Tuesday I called:\nnobody.",
    ),
    "headline": (
        "From: Berlin\nTo: Rome\nDate: 18 November 2026\nPassengers: 2\n\nCan I change it?\n",
        "From: Berlin\nTo: Rome\nDate: 18 November 2026\nPassengers: 2\n\nCan I change it?",
    ),
    "steps": (
        "I did this:\n1. File > Open\n2. Edit > Paste\n> then it froze\n\nWhat now?\n",
        "I did this:\n1. File > Open\n2. Edit > Paste\n> then it froze\n\nWhat now?",
    ),
    "sig-rule": (
        "Yes.\n\n______________________\nJo Park\nFirm\n\nFrom: Acme <help@acme.example>\nSent: 18 Nov 2026 14:03\nTo: Jo\nSubject: x\n\nOk?\n",
        "Yes.\n\n______________________\nJo Park\nFirm",
    ),
    "yes-below-mobile": (
        "Get Outlook for Android\n\nYes please\n\n________________________________\nFrom: Acme <help@acme.example>\nSent: Wednesday, November 18, 2026 2:03:11 PM\nTo: Jo <jo@post.example>\nSubject: x\n\nOk?\n",
        "Get Outlook for Android\n\nYes please",
    ),
    "de-antwort-inline": (
        "Hallo,\n\nmeine Antworten stehen unten im Text in Rot.\n\nVon: Acme <help@acme.example>\nGesendet: 18. November 2026 14:03\nAn: Jo\nBetreff: Fragen\n\nFarbe? Blau.\nGröße? 42\n",
        "Hallo,\n\nmeine Antworten stehen unten im Text in Rot.\n\nVon: Acme <help@acme.example>\nGesendet: 18. November 2026 14:03\nAn: Jo\nBetreff: Fragen\n\nFarbe? Blau.\nGröße? 42",
    ),
    "trailing-gt": (
        "It is blue.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme <help@acme.example> wrote:\n>\n> Which?\n>\n>\n",
        "It is blue.",
    ),
    "fold-name": (
        "It is blue.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support of the Whole Wide World\n<help@acme.example>\nwrote:\n\n> Which?\n",
        "It is blue.",
    ),
    "fwd-ask": (
        "Please see below.\n\n---------- Forwarded message ---------\nFrom: Shop <shop@shop.example>\nDate: Wed, Nov 18, 2026 at 2:03 PM\nSubject: Bill\nTo: Jo\n\nPay 40 EUR.\n",
        "Please see below.\n\n---------- Forwarded message ---------\nFrom: Shop <shop@shop.example>\nDate: Wed, Nov 18, 2026 at 2:03 PM\nSubject: Bill\nTo: Jo\n\nPay 40 EUR.",
    ),
    "log-mail": (
        "The log:\n\nNov 18 14:03:11 mx postfix/smtp[1]: 4711: to=<a@b.example>, status=sent\nNov 18 14:03:12 mx postfix/qmgr[2]: 4711: from=<help@acme.example>\n\nIs that fine?\n",
        "The log:\n\nNov 18 14:03:11 mx postfix/smtp[1]: 4711: to=<a@b.example>, status=sent\nNov 18 14:03:12 mx postfix/qmgr[2]: 4711: from=<help@acme.example>\n\nIs that fine?",
    ),
    "poll": (
        "1. yes\n2. no\n3. 18.11.2026, 14:03 please call\n\nAm 18.11.2026 um 14:03 schrieb Acme:\n\n> 1. blau?\n> 2. rot?\n> 3. wann?\n",
        "1. yes\n2. no\n3. 18.11.2026, 14:03 please call",
    ),
}

MORE_PAGES: dict[str, tuple[str, str]] = {
    "yahoo-head-table": (
        "<p>It is blue.</p><table><tr><td><b>From:</b></td><td>Acme &lt;help@acme.example&gt;</td></tr><tr><td><b>Sent:</b></td><td>Wednesday, November 18, 2026 2:03 PM</td></tr><tr><td><b>To:</b></td><td>Jo</td></tr><tr><td><b>Subject:</b></td><td>Colour</td></tr></table><p>Which?</p>",
        "It is blue.",
    ),
    "outlook-mac-span": (
        '<div>It is blue.</div><div><br></div><span id="OLK_SRC_BODY_SECTION"><div style="border-top: 1pt solid"><b>From: </b>Acme<br><b>Date: </b>18 November 2026<br></div><div>Which?</div></span>',
        "It is blue.",
    ),
    "teams-mtg": (
        "<div>It is blue.</div><hr><p><b>De :</b> Acme &lt;help@acme.example&gt;<br><b>Envoyé :</b> mercredi 18 novembre 2026 14:03<br><b>À :</b> Luc<br><b>Objet :</b> Couleur</p><p>Laquelle ?</p>",
        "It is blue.",
    ),
    "rtl-outlook": (
        '<div dir="rtl">הוא כחול.</div><hr><div dir="rtl"><b>מאת:</b> Acme &lt;help@acme.example&gt;<br><b>נשלח:</b> יום רביעי 18 נובמבר 2026 14:03<br><b>אל:</b> נועה<br><b>נושא:</b> צבע</div><div>איזה?</div>',
        "הוא כחול.",
    ),
    "cjk-outlook": (
        '<p>青です。</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Acme &lt;help@acme.example&gt; <br><b>Sent:</b> 2026年11月18日 水曜日 14:03<br><b>To:</b> 山田<br><b>Subject:</b> 色</p></div><p>どれ？</p>',
        "青です。",
    ),
    "own-hr": (
        "<p>First part.</p><hr><p>From here on it is about the lamp.</p><p>It is broken.</p>",
        "First part.\n\nFrom here on it is about the lamp.\n\nIt is broken.",
    ),
    "list-and-quote": (
        '<p>My points:</p><ul><li>blue</li><li>42</li></ul><blockquote type="cite"><p>Which?</p></blockquote>',
        "My points:\n\n* blue\n* 42",
    ),
    "gmail-fwd-in-quote": (
        '<div dir="ltr">See this</div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: Shop &lt;s@shop.example&gt;<br>Date: Wed<br>Subject: Bill<br>To: Jo</div><p>Pay.</p></div>',
        "See this\n\n---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\nDate: Wed\nSubject: Bill\nTo: Jo\n\nPay.",
    ),
    "apple-inline": (
        '<div>Answers:</div><blockquote type="cite"><div>On 18 Nov 2026, at 14:03, Acme &lt;help@acme.example&gt; wrote:</div><br><div>Which?</div></blockquote><div>Blue</div><blockquote type="cite"><div>Size?</div></blockquote><div>42</div>',
        "Answers:\n\nBlue\n42",
    ),
    "quote-div-border": (
        '<div>Blue.</div><div style="border-left:2px solid #00f;padding-left:5px"><div style="font:10pt arial"><b>From:</b> Acme<br><b>To:</b> jo@post.example<br><b>Sent:</b> Wednesday, November 18, 2026 2:03 PM<br><b>Subject:</b> Colour</div><div>Which?</div></div>',
        "Blue.",
    ),
}
