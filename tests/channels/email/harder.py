"""Replies in which people write what only looks quoted, or answer where programs quote: made here, no mail of anybody's."""

from __future__ import annotations

import html
from collections.abc import Iterator

from tests.channels.email.replies import TONGUES, Tongue, Written

OLD = "It comes tomorrow."
ABOUT = "On Mon, Nov 23, 2026 at 12:40 PM Maya Ruiz <maya@acme.example> wrote:"
HEADER = "From: Maya Ruiz\nSent: Monday, November 23, 2026 12:40 PM\nTo: Ann\nSubject: Order"


def harder() -> Iterator[Written]:
    """Every language in every layout, then what was written one by one."""
    for tongue in TONGUES:
        yield from _texts(tongue)
        yield from _pages(tongue)
    for name, text in STAYS.items():
        yield Written(f"stays-{name}", "txt", text, text)
        text = f"Hello,\n\n{text}\n\nAnn"
        yield Written(f"stays-{name}-within", "txt", text, text)
        yield Written(f"stays-{name}-quoting", "txt", f"{text}\n\n{ABOUT}\n\n> {OLD}\n", text)
    for name, (text, expected) in PARTS.items():
        yield Written(f"part-{name}", "txt", text, expected)
    for name, (page, expected) in PAGES.items():
        yield Written(f"page-{name}", "html", page, expected)


def _texts(tongue: Tongue) -> Iterator[Written]:
    new, first, last = "\n".join(tongue.new), tongue.new[0], tongue.new[-1]
    marked = "\n".join(f"> {line}" for line in tongue.quoted)
    header = "\n".join(
        f"{label}: {value}"
        for label, value in zip(
            tongue.labels, ("Acme <help@acme.example>", tongue.sent, "Ann", "4711"), strict=True
        )
    )
    code = "> npm start\n> npm ERR! 4711"
    layouts = {
        "code-above": (f"{first}\n\n{code}\n\n{last}\n\n{tongue.gmail}\n\n{marked}\n", f"{first}\n{code}\n{last}"),
        "code-below": (f"{tongue.gmail}\n{marked}\n\n{first.rstrip('.。')}:\n\n{code}\n\n{last}\n", f"{first.rstrip('.。')}:\n{code}\n{last}"),
        "copied-and-answered": (
            f"> {tongue.quoted[0]}\n\n{first}\n\n> {tongue.quoted[1]}\n\n{last}\n\n{tongue.gmail}\n\n{marked}\n",
            f"{first}\n{last}",
        ),
        "dashes-below": (f"{tongue.gmail}\n{marked}\n\n--\n{new}\n", f"--\n{new}"),
        "one-word": (f"{tongue.apple}\n> https://acme.example/orders/4711\n{first.split()[0]}\n", first.split()[0]),
        "path": (f"{first}\n\n> A > B > C\n", f"{first}\n> A > B > C"),
        "bullets": (f"{first}\n> 4711\n> 4712 x\n", f"{first}\n> 4711\n> 4712 x"),
        "price": (f"> 100 EUR\n\n{new}\n", f"> 100 EUR\n{new}"),
        "shown": (f"{first.rstrip('.。')}:\n\n{header}\n\n{last}\n", f"{first.rstrip('.。')}:\n{header}\n{last}"),
        "only-header": (f"{header}\n\n{new}\n", f"{header}\n{new}"),
        "signed-with-arrows": (f"{new}\n\n{tongue.closing}\n\n> Ann Berg\n> +49 30 555 1234\n", f"{new}\n{tongue.closing}\n> Ann Berg\n> +49 30 555 1234"),
        "only-phone-above": (f"{tongue.mobile}\n\n{tongue.gmail}\n\n{new}\n", f"{tongue.mobile}\n{tongue.gmail}\n{new}"),
        "numbers": (f"1) {first}\n2) 4711: 10:15\n3. help@acme.example\n\n{tongue.gmail}\n{marked}\n", f"1) {first}\n2) 4711: 10:15\n3. help@acme.example"),
        "log": (f"{first}\n\n2027-03-02 10:15:00:\n> ERROR 4711\n> ERROR 4712\n\n{last}\n", f"{first}\n2027-03-02 10:15:00:\n> ERROR 4711\n> ERROR 4712\n{last}"),
    }  # fmt: skip
    for layout, (text, expected) in layouts.items():
        yield Written(f"{tongue.code}-{layout}", "txt", text, expected)


def _pages(tongue: Tongue) -> Iterator[Written]:
    first, last = html.escape(tongue.new[0]), html.escape(tongue.new[-1])
    quoted = "".join(f"<div>{html.escape(line)}</div>" for line in tongue.quoted)
    both, gmail = f"{tongue.new[0]}\n{tongue.new[-1]}", html.escape(tongue.gmail)
    pages = {
        "answer-in-nested-gmail": (
            f'<div class="gmail_quote"><div><div class="gmail_attr">{gmail}</div><div><blockquote class="gmail_quote">'
            f"{quoted}</blockquote></div><div>{first}</div></div></div><p>{last}</p>",
            both,
        ),
        "answer-in-proton": (
            f'<div class="protonmail_quote">{gmail}<blockquote class="protonmail_quote" type="cite">{quoted}'
            f"</blockquote><div>{first}</div></div><div>{last}</div>",
            both,
        ),
        "own-blockquote": (f"<p>{first}</p><blockquote>{last}</blockquote>", both),
        "own-blockquote-quoting": (
            f'<div>{first}<blockquote>{last}</blockquote></div><div class="gmail_quote"><div class="gmail_attr">'
            f'{gmail}</div><blockquote class="gmail_quote">{quoted}</blockquote></div>',
            both,
        ),
        "answer-under-gmail-container": (
            f'<div><div class="gmail_quote gmail_quote_container"><div class="gmail_attr">{gmail}</div><blockquote '
            f'class="gmail_quote">{quoted}</blockquote><div>{first}</div></div><div>{last}</div></div>',
            both,
        ),
        "answer-under-zoho": (
            f'<div>{first}</div><div class="zmail_extra"><div>---- {gmail} ----</div><blockquote>{quoted}'
            f"</blockquote></div><div>{last}</div>",
            both,
        ),
        "answer-under-proton": (
            f'<div class="protonmail_quote">{gmail}<blockquote class="protonmail_quote" type="cite">{quoted}'
            f"</blockquote></div><div>{first}</div><div>{last}</div>",
            both,
        ),
        "answer-under-yahoo": (
            f'<div id="yahoo_quoted_1" class="yahoo_quoted">{quoted}</div><p>{first}</p><p>{last}</p>',
            both,
        ),
    }
    for layout, (page, expected) in pages.items():
        yield Written(f"{tongue.code}-html-{layout}", "html", page, expected)


STAYS = {
    "told-en": "On 3 March 2027 at 10:15 your colleague wrote:\nwe refund it.\nThat was a month ago.",
    "told-me-en": "On 2 March 2027 at 10:15 I wrote to help@acme.example:\nThe lamp is broken.",
    "told-de": "Am 02.03.2027 um 10:15 schrieb Ihre Kollegin:\nwir erstatten das Geld.\nNichts kam.",
    "told-me-de": "Am 02.03.2027 um 10:15 habe ich Ihnen geschrieben:\ndie Lampe ist kaputt.",
    "told-fr": "Le 2 mars 2027 à 10:15 votre collègue a écrit :\nnous remboursons.\nRien n'est venu.",
    "told-me-fr": "Le 2 mars 2027 à 10:15 j'ai écrit :\nla lampe est cassée.",
    "told-es": "El 2 de marzo de 2027 a las 10:15 su colega escribió:\ndevolvemos el dinero.\nNada llegó.",
    "told-it": "Il 2 marzo 2027 alle 10:15 il vostro collega ha scritto:\nrimborsiamo.\nNiente.",
    "told-me-it": "Il 2 marzo 2027 alle 10:15 vi ho scritto:\nla lampada è rotta.",
    "told-pt": "Em 2 de março de 2027 às 10:15 o seu colega escreveu:\ndevolvemos o dinheiro.",
    "told-nl": "Op 2 maart 2027 om 10:15 schreef uw collega:\nwij betalen terug.\nNiets gekomen.",
    "told-me-nl": "Op 2 maart 2027 om 10:15 schreef ik:\nde lamp is kapot.",
    "told-pl": "W dniu 02.03.2027 o 10:15 wasz kolega napisał:\nzwracamy pieniądze.\nNic nie przyszło.",
    "told-ru": "2 марта 2027 г. в 10:15 ваш коллега написал:\nмы вернём деньги.\nНичего не пришло.",
    "told-me-ru": "2 марта 2027 г. в 10:15 я написал:\nлампа разбита.",
    "told-tr": "2 Mart 2027 10:15 tarihinde ben yazdım, sizin çalışanınız yazdı:\nparayı iade ederiz.",
    "told-ar": "في 2 مارس 2027 الساعة 10:15 كتب لي زميلكم:\nسنعيد المال.",
    "told-he": "ב-2 במרץ 2027 בשעה 10:15 הנציג שלכם כתב:\nנחזיר את הכסף.",
    "told-ja": "2027年3月2日 10:15に御社の担当者は次のように書きました：\n返金します。",
    "told-zh": "2027年3月2日 10:15你们的同事写道：\n我们退款。\n什么也没有。",
    "told-ko": "2027년 3월 2일 10:15에 귀사 직원이 작성:\n환불합니다.",
    "told-sv": "Den 2 mars 2027 kl. 10:15 skrev er kollega:\nvi betalar tillbaka.",
    "told-no-year": "On 3 March at 10:15 Bob of the shop wrote:\nwe refund it.\nThat was long ago.",
    "wrote-in-sentence": "I know that on 2 March 2027, at 10:15, somebody wrote: it comes.\nIt did not.",
    "mail-in-sentence": "The mail that Bob <bob@acme.example> wrote on 2 March 2027 said:\nit comes.",
    "sentences-then-wrote": "On Monday 3 lamps broke.\nPlease call me at 10:15.\nMy wife wrote:\nthe lamp is broken.",
    "python": "This is what I see:\n\n>>> import lamp\n>>> lamp.on()\nTraceback\n\nWhat now?",
    "python-first": ">>> import lamp\nTraceback: no lamp\n\nWhat now?",
    "diff": "My change:\n\n2c2\n< lamp on\n---\n> lamp off\n\nIs it right?",
    "diff-last": "2c2\n< lamp on\n---\n> lamp off",
    "redirect": "I ran this:\n\necho 1\n> out.txt\n\nand the file is empty.",
    "tag-end": "My page has this:\n\n<a href='x'\n>link</a>\n\nIt does not work.",
    "mood": "It is broken again\n\n>:(",
    "bigger": "> 3 days is too long.\nPlease hurry.",
    "bigger-wide": "＞100件の注文がありました。\n確認してください。",
    "to-a-person": ">サポート様\nランプが壊れています。",
    "menu": "I clicked\n\n> Settings > Account > Close\n\nand nothing happened.",
    "breadcrumb-last": "It fails under\n\n> Settings > Account > Close",
    "arrow-list": "I need\n> a lamp\n> a table\n> two chairs",
    "parcel": "The parcel:\n\nFrom: Berlin\nSent: 2 March 2027\nTo: Rome\n\nIt never arrived.",
    "parcel-de": "Paket verloren\n\nVon: Berlin\nGesendet: 02.03.2027\nAn: Rom\n\nBitte suchen.",
    "parcel-fr": "Colis perdu\n\nDe : Paris\nEnvoyé : 2 mars 2027\nÀ : Rome\n\nCherchez-le.",
    "parcel-ru": "Посылка\n\nОт: Москва\nОтправлено: 02.03.2027\nКому: Иванов\n\nНайдите её.",
    "parcel-zh": "包裹丢了\n\n发件人： 王\n日期： 2027-03-02\n收件人： 李\n\n请查一下。",
    "flight": "My flight:\nFrom: Berlin 10:15\nTo: Rome 12:30\nDate: 2 March 2027\nPlease move it.",
    "meeting": "Date: 2 March 2027\nTime: 10:15\nTo: the whole team\n\nCan you come?",
    "addresses": "ann@kunden.example 10:15\nbob@kunden.example 11:15\n\nPlease add both:\nthey need it.",
    "address-first": "ann@kunden.example: wrong\nann.berg@kunden.example: right\nPlease change it.",
    "address-colon": "My new address is <ann@kunden.example>:\nplease use it from 2 March 2027 on.",
    "times-colon": "2.3.2027 10:15:\ncalled, nobody answered\n3.3.2027 11:00:\ncalled again",
    "dated-list": "2027-03-02 10:15 ordered\n2027-03-03 11:15 paid\nand until today:\nnothing",
    "from-in-list": "From: the kitchen\nTo: the cellar\n\nNo light anywhere.",
    "original-word": "This is my\n\n--- original message in a bottle\n\nHa.",
    "rules": "=====\nImportant\n=====\n\nThe lamp is broken.\n\n-----\nAnn",
    "dashes-name": "The lamp is broken.\n\n--\nAnn Berg\nFrom: Rome, since 2020",
    "disclaimer": "The lamp is broken.\n\nIf you got this in error, delete the original message: thank you.",
    "disclaimer-de": "Die Lampe ist kaputt.\n\nDiese E-Mail ist vertraulich. Haben Sie sie irrtümlich erhalten, löschen Sie die ursprüngliche Nachricht.",
    "above-word": "Please look at the text above this line:\nit is wrong.",
    "starred": "** see the drawing **\n__ and the other __\nThanks.",
    "log-of-somebody": "What is this?\n\n2026-11-23 12:40:10 ERROR ann@kunden.example:\n> stack\n> trace\n\nIt comes daily.",
    "poem": "In your ad you wrote:\n'the light of 2027, at 10:15'\nIt is dark here.",
    "quote-marks": "\"It comes tomorrow\", you wrote.\nIt is the 4th day.",
    "subject-only": "Subject: broken lamp\nDate: 2 March 2027\n\nThe lamp is broken.",
    "form": "Name: Ann\nFrom: Rome\nDate: 2 March 2027\nE-Mail: ann@kunden.example\nText: The lamp is broken.",
    "re-line": "Re: order 4711\nTo: your warehouse\n\nThe lamp is broken.",
}  # fmt: skip
"""All of it is new, alone and with a quotation below."""

LONG = "> Would you rather have another lamp of the same kind, or shall we send you"
PARTS = {
    "right-behind": (f"Thanks! {ABOUT}\n> Which?", "Thanks!"),
    "right-behind-unmarked": (f"Please send it. {ABOUT}\n\nWhich?", "Please send it."),
    "right-behind-de": ("Bitte schicken. Am Mo., 23. Nov. 2026 um 12:40 Uhr schrieb Maya <maya@acme.example>:\n> Welche?", "Bitte schicken."),
    "right-behind-fr": ("Merci ! Le lun. 23 nov. 2026 à 12:40, Maya <maya@acme.example> a écrit :\n> Laquelle ?", "Merci !"),
    "right-behind-zh": ("谢谢！在 2026年11月23日，12:40，Maya <maya@acme.example> 写道：\n> 哪个？", "谢谢！"),
    "escaped-from": (f"{ABOUT}\n> Which?\n\n>From now on the big one.\n\nAnn", ">From now on the big one.\nAnn"),
    "postscript": (f"Yes.\n\n{ABOUT}\n> Which?\n\n-- \nAnn\n\nP.S. The table too.", "Yes.\n--\nAnn\nP.S. The table too."),
    "told-above-quotation": (f"Hello,\n\nYour colleague wrote on 2 March 2027:\n> It comes.\nIt did not.\n\n{ABOUT}\n> Which?", "Hello,\nYour colleague wrote on 2 March 2027:\n> It comes.\nIt did not."),
    "lower-answer": (f"{ABOUT}\n{LONG} the money\nthe money please\n\nAnn", "the money please\nAnn"),
    "after-link": (f"{ABOUT}\n> see https://acme.example/orders\nok\n\nAnn", "ok\nAnn"),
    "after-bracket": (f"{ABOUT}\n> the lamp (the big one\nwhich\n\nAnn", "which\nAnn"),
    "link-broken": (f"{ABOUT}\n> see https://acme.example/a-very-long/\norders/4711?x=1\n> Maya\n\nThanks", "Thanks"),
    "in-red": (f"My answers are in red below.\n\n{HEADER}\n\nWhich lamp?\nThe big one.", f"My answers are in red below.\n{HEADER}\nWhich lamp?\nThe big one."),
    "inline": (f"See my comments inline.\n\n{HEADER}\n\nWhich lamp?\nThe big one.", f"See my comments inline.\n{HEADER}\nWhich lamp?\nThe big one."),
    "inline-marked": (f"See my comments inline.\n\n{ABOUT}\n> Which lamp?\nThe big one.", "See my comments inline.\nThe big one."),
    "in-rot": ("Meine Antworten stehen unten in Rot.\n\nVon: Maya\nGesendet: Montag, 23. November 2026 12:40\nAn: Ann\nBetreff: x\n\nWelche?\nDie große.", "Meine Antworten stehen unten in Rot.\nVon: Maya\nGesendet: Montag, 23. November 2026 12:40\nAn: Ann\nBetreff: x\nWelche?\nDie große."),
    "en-rouge": ("Voir mes réponses en rouge.\n\nDe : Maya\nEnvoyé : lundi 23 novembre 2026 12:40\nÀ : Ann\nObjet : x\n\nLaquelle ?\nLa grande.", "Voir mes réponses en rouge.\nDe : Maya\nEnvoyé : lundi 23 novembre 2026 12:40\nÀ : Ann\nObjet : x\nLaquelle ?\nLa grande."),
    "forward-comment": ("Is this from you?\n\n---------- Forwarded message ---------\nFrom: X <x@bad.example>\nDate: Mon, Nov 23, 2026 at 12:40 PM\nSubject: Pay\nTo: <ann@kunden.example>\n\nPay now!", "Is this from you?\n---------- Forwarded message ---------\nFrom: X <x@bad.example>\nDate: Mon, Nov 23, 2026 at 12:40 PM\nSubject: Pay\nTo: <ann@kunden.example>\nPay now!"),
    "apple-forward": ("Is this from you?\n\nBegin forwarded message:\n\n> From: X <x@bad.example>\n> Subject: Pay\n> Date: 23 November 2026 at 12:40\n>\n> Pay now!", "Is this from you?\nBegin forwarded message:\n> From: X <x@bad.example>\n> Subject: Pay\n> Date: 23 November 2026 at 12:40\n>\n> Pay now!"),
    "no-blank-outlook": (f"The lamp is broken.\n{HEADER}\n\nOld.", "The lamp is broken."),
    "two-attributions": (f"Yes.\n\n{ABOUT}\n> Which?\n>\n> On 2 Nov 2026, at 9:00, Ann <ann@kunden.example> wrote:\n>> Lamp", "Yes."),
    "signature-then-quote": (f"Yes.\n\n-- \nAnn Berg\n+49 30 1234567\n\n{ABOUT}\n> Which?", "Yes.\n--\nAnn Berg\n+49 30 1234567"),
    "spaces-before-marks": (f"Yes.\n\n{ABOUT}\n   > Which?\n   > Maya", "Yes."),
    "question-under-dashes": (f"See below\n\n{ABOUT}\n> Which?\n\n--\nThe big one. And when does it come?", "See below\n--\nThe big one. And when does it come?"),
}  # fmt: skip
"""What arrives, and what of it is new."""

_QUOTE = "<div>It comes tomorrow.</div>"
PAGES = {
    "apple-forward": (
        '<div>Is this from you?</div><blockquote type="cite"><div>Begin forwarded message:</div><div><b>From: </b>X</div><div>Pay now!</div></blockquote>',
        "Is this from you?\nBegin forwarded message:\nFrom: X\nPay now!",
    ),
    "apple-forward-de": (
        '<div>Von Ihnen?</div><blockquote type="cite"><div>Anfang der weitergeleiteten Nachricht:</div><div>Zahlen!</div></blockquote>',
        "Von Ihnen?\nAnfang der weitergeleiteten Nachricht:\nZahlen!",
    ),
    "typed-inside-on-a-phone": (
        f'<div>Sent from my iPhone</div><blockquote type="cite">{_QUOTE}<div>Not at home then!</div></blockquote>',
        "Sent from my iPhone\nIt comes tomorrow.\nNot at home then!",
    ),
    "answers-in-red": (
        '<p>My answers are in red below.</p><div id="divRplyFwdMsg"><b>From:</b> Maya</div><div>Which?</div><div style="color:red">The big one.</div>',
        "My answers are in red below.\nFrom: Maya\nWhich?\nThe big one.",
    ),
    "pulled-quote": ("<h2>News</h2><blockquote>The lamp is broken.</blockquote><p>Ann</p>", "News\nThe lamp is broken.\nAnn"),
    "dear-wrote": ("<p>In 2026 at 10:15 you wrote:</p><p>it comes.</p><p>No.</p>", "In 2026 at 10:15 you wrote:\nit comes.\nNo."),
    "escaped-marks": ("<p>I typed:</p><p>&gt; git status</p><p>&gt; git push</p><p>Nothing.</p>", "I typed:\n> git status\n> git push\nNothing."),
    "table-from-to": ("<table><tr><td>From: Rome</td></tr><tr><td>To: Berlin</td></tr><tr><td>Date: 2.3.2027</td></tr></table><p>Change it.</p>", "From: Rome\nTo: Berlin\nDate: 2.3.2027\nChange it."),
    "rule-between": ("<p>First.</p><hr><p>Second.</p>", "First.\nSecond."),
}  # fmt: skip
"""HTML, and what of it is new."""

RARER = (
    "2027(e)ko martxoaren 2a 10:15(e)an, Acme Help(e)k idatzi zuen:",
    "O 02/03/27 ás 10:15, Acme Help escribiu:",
    "Ar 02/03/2027 10:15, ysgrifennodd Acme Help:",
    "Ar 02/03/2027 10:15, scríobh Acme Help:",
    "Op 02/03/2027 10:15 het Acme Help geskryf:",
    "La 02/03/2027 10:15, Acme Help skribis:",
    "Më 02/03/2027 10:15, Acme Help shkroi:",
    "02.03.2027 10:15, Acme Help піша:",
    "На 02.03.2027 10:15, Acme Help напиша:",
    "02.03.2027 10:15, Acme Help жазды:",
    "02.03.2027 10:15 da Acme Help yozdi:",
    "02.03.2027 10:15, Acme Help-ը գրել է:",
    "02.03.2027 10:15, Acme Help წერს:",
    "০২/০৩/২০২৭ ১০:১৫ এ, Acme Help লিখেছেন:",
    "02/03/2027 10:15 அன்று, Acme Help எழுதியது:",
    "०२/०३/२०२७ १०:१५ को, Acme Help ने लिखा:",
    "در ۰۲/۰۳/۲۰۲۷ ۱۰:۱۵، Acme Help نوشت:",
    "02/03/2027 10:15 کو، Acme Help نے لکھا:",
    "Mnamo 02/03/2027 10:15, Acme Help aliandika:",
    "Noong 02/03/2027 10:15, sumulat si Acme Help:",
    "2027-03-02 10:15, Acme Help rašė:",
    "02.03.2027 10:15 Acme Help kirjutas:",
    "02.03.2027 10:15, Acme Help rakstīja:",
    "Þann 02.03.2027 10:15, skrifaði Acme Help:",
)
"""Lines above quotations, in languages that few replies are written in."""
