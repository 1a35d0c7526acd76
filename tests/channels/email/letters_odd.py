"""Replies that look unlike most: ticket systems, calendars, mailing lists, terminals, old and rare programs, broken folds. Made here, no mail of anybody's."""

from __future__ import annotations

_LEGAL = (
    "This e-mail is confidential and may be privileged. If you are not the intended recipient, please notify the sender"
    " and delete it. Firm Ltd is registered in England, No. 01234567."
)
_HEAD = "From: Acme Support <help@acme.example>\nSent: 18 November 2026 14:03\nTo: Jo Park <jo@firm.example>\nSubject: Order 8841"

TEXTS: dict[str, tuple[str, str]] = {
    # ---- ticket systems
    "zendesk-line": (
        "The blue one, please.\n\n##- Please type your reply above this line -##\n\nYour request (8841) has been updated.\n\nAnn (Acme)\nNov 18, 2026, 14:03 GMT+1\n\nWhich colour?\n",
        "The blue one, please.",
    ),
    "jira-bare-line": (
        "Works again on our side, you may close it.\n\n---—-—-—-—---\nReply above this line.\n\nAnn Berg commented:\n\nDoes it work now?\n\nView request: https://acme.example/portal/8841\n",
        "Works again on our side, you may close it.",
    ),
    "bare-line-of-a-helpdesk": (
        "Yes.\n\nPlease reply above this line\n\nHello Jo,\n\nmay we close the ticket?\n",
        "Yes.",
    ),
    "zammad-line-de": (
        "Nein, der Drucker druckt immer noch nichts.\n\n### Bitte antworten Sie oberhalb dieser Linie ###\n\nHallo Herr Vogt,\n\nist das Problem gelöst?\n",
        "Nein, der Drucker druckt immer noch nichts.",
    ),
    "salesforce": (
        "Please close the case.\n\nJo\n\n--------------- Original Message ---------------\nFrom: Acme Support [help@acme.example]\nSent: 18/11/2026 14:03\nTo: jo@firm.example\nSubject: Case 00008841\n\nMay we close it?\n\nref:_00D20abc._5002xyz:ref\n",
        "Please close the case.\n\nJo",
    ),
    "servicenow": (
        "It is the second floor printer.\n\n________________________________\nFrom: Acme Service Desk <help@acme.example>\nSent: Wednesday, November 18, 2026 2:03 PM\nTo: jo@firm.example\nSubject: INC0008841 comments added\n\nWhich printer?\n\nRef:MSG0815_4711\n",
        "It is the second floor printer.",
    ),
    "basecamp-line": (
        "Agreed.\n\n-- \nWrite ABOVE THIS LINE to post a reply or view this on Basecamp\n\nAnn: agreed?\n",
        "Agreed.",
    ),
    "github-below": (
        "Fixed in my fork, see the branch `retry`.\n\nOn Wed, 18 Nov 2026, 14:03 Ann Berg, <notifications@forge.example> wrote:\n\n> *ann* left a comment (acme/shop#8841)\n>\n> Does this still happen?\n>\n> —\n> Reply to this email directly, view it on the forge, or unsubscribe.\n> You are receiving this because you were mentioned. Message ID:\n> ***@***.***>\n",
        "Fixed in my fork, see the branch `retry`.",
    ),
    # ---- calendars
    "outlook-appointment": (
        "I can only come at four.\n\n-----Original Appointment-----\nFrom: Acme Support <help@acme.example>\nSent: Wednesday, November 18, 2026 2:03 PM\nTo: Acme Support; Jo Park\nSubject: Accepted: Call about the boiler\nWhen: Friday, November 20, 2026 3:00 PM-3:30 PM.\nWhere: by telephone\n",
        "I can only come at four.",
    ),
    "outlook-appointment-de": (
        "Ich komme etwas später.\n\n-----Ursprünglicher Termin-----\nVon: Acme Support <help@acme.example>\nGesendet: Mittwoch, 18. November 2026 14:03\nAn: Acme Support; Hans Vogt\nBetreff: Zugesagt: Rückruf\nZeit: Freitag, 20. November 2026 15:00-15:30\nOrt: Telefon\n",
        "Ich komme etwas später.",
    ),
    "stays-google-accepted": (
        "Ann Berg has accepted this invitation.\n\nCall about the boiler\nFriday Nov 20, 2026 ⋅ 3pm – 3:30pm\nCentral European Time - Berlin\n\nGuests\nAcme Support - organizer\nann.berg@post.example\n",
        "Ann Berg has accepted this invitation.\n\nCall about the boiler\nFriday Nov 20, 2026 ⋅ 3pm – 3:30pm\nCentral European Time - Berlin\n\nGuests\nAcme Support - organizer\nann.berg@post.example",
    ),
    # ---- terminals and old programs
    "mutt": (
        "Confirmed with 2.4.1 as well.\n\n-- \nJo\n\nOn Wed, Nov 18, 2026 at 02:03:11PM +0100, Acme Support wrote:\n> Which version?\n",
        "Confirmed with 2.4.1 as well.\n\n-- \nJo",
    ),
    "gnus-writes": (
        "Acme Support <help@acme.example> writes:\n\n> Which version do you run,\n> and on which system?\n\n2.4.1 on Debian.\n\nJo\n",
        "2.4.1 on Debian.\n\nJo",
    ),
    "gnus-supercite": (
        '>>>>> "Acme" == Acme Support <help@acme.example> writes:\n\n    Acme> Which version do you run?\n\n2.4.1 on Debian.\n',
        "2.4.1 on Debian.",
    ),
    "evolution": (
        "On Wed, 2026-11-18 at 14:03 +0100, Acme Support wrote:\n> Could you send us a picture?\n\nI have attached two.\n\n> And the serial number?\n\nSN-4711.\n",
        "I have attached two.\n\nSN-4711.",
    ),
    "pine": (
        "On Wed, 18 Nov 2026, Acme Support wrote:\n\n> The parcel was returned to us.\n\nThen send it again, please.\n",
        "Then send it again, please.",
    ),
    "eudora": (
        "At 14:03 18/11/2026 +0100, Acme Support wrote:\n>Shall we refund it?\n\nYes, to the card.\n",
        "Yes, to the card.",
    ),
    "kmail": (
        "On Wednesday, 18 November 2026 14:03:11 Central European Standard Time Acme Support wrote:\n> Shall we refund it?\nYes, to the card.\n",
        "Yes, to the card.",
    ),
    "postbox": (
        "Yes, to the card.\n\nAcme Support wrote on 11/18/26 2:03 PM:\n> Shall we refund it?\n",
        "Yes, to the card.",
    ),
    "sylpheed-below-signature": (
        "Yes, to the card.\n\nOn Wed, 18 Nov 2026 14:03:11 +0100\nAcme Support <help@acme.example> wrote:\n\n> Shall we refund it?\n\n-- \nJo Park\n",
        "Yes, to the card.",
    ),
    "numbered-initials": (
        "AS> Shall we refund it?\n\nYes, to the card.\n\nAS> And the bag?\n\nKeep it.\n\nWednesday, November 18, 2026, 2:03:11 PM, you wrote:\n\nAS> Shall we refund it?\nAS> And the bag?\n",
        "Yes, to the card.\n\nKeep it.",
    ),
    # ---- telephones and web mail
    "edison-mailto": (
        "Friday works.\n\nOn Nov 18, 2026 at 2:03 PM, Acme Support <help@acme.example (mailto:help@acme.example)> wrote:\n\nWhich day suits you?\n",
        "Friday works.",
    ),
    "iphone-attribution-quoted-too": (
        "Friday works.\n\n> On Nov 18, 2026, at 2:03 PM, Acme Support <help@acme.example> wrote:\n> \n> \ufeffWhich day suits you?\n",
        "Friday works.",
    ),
    "thunderbird-android-de": (
        "Freitag passt.\n-- \nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.\n\nAm 18. November 2026 14:03:11 MEZ schrieb Acme Support\n<help@acme.example>:\n>Welcher Tag passt\n>Ihnen?\n",
        "Freitag passt.\n-- \nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    ),
    "feishu": (
        '周五可以。\n\nFrom: "Acme Support"<help@acme.example>\nDate:  Wed, Nov 18, 2026, 14:03\nSubject:  订单 8841\nTo: "wang"<wang@post.example>\n\n哪天方便？\n',
        "周五可以。",
    ),
    "exmail-line": (
        '周五可以，请上午送。\n\n\n------------------\n王芳\n\n \n \n \n------------------ Original ------------------\nFrom:  "Acme Support"<help@acme.example>;\nDate:  Wed, Nov 18, 2026 02:03 PM\nTo:  "wang"<wang@post.example>; \n\nSubject:  订单 8841\n\n \n\n哪天方便？\n',
        "周五可以，请上午送。\n\n\n------------------\n王芳",
    ),
    "sfr": (
        'Oui, vendredi.\n\n========================================\n\nMessage du : 18/11/2026 14:03\nDe : "Acme Support" <help@acme.example>\nA : luc@courrier.example\nCopie à : \nSujet : Livraison\n\n\nVendredi vous convient ?\n',
        "Oui, vendredi.",
    ),
    "orange-no-empty-line": (
        'Oui, vendredi.\n\nLuc\n\n> Message du 18/11/26 14:03\n> De : "Acme Support"\n> A : luc@courrier.example\n> Copie à :\n> Objet : Livraison\nBonjour Luc,\nvendredi vous convient ?\n',
        "Oui, vendredi.\n\nLuc",
    ),
    "web-de-phone": (
        "Freitag passt.\n--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.\nAm 18.11.26, 14:03 schrieb Acme Support <help@acme.example>:\n\nWelcher Tag passt?\n",
        "Freitag passt.\n--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
    ),
    "inbox-lv": (
        "Jā, piektdien.\n\nCitējot *Acme Support <help@acme.example>*:\n\n> Kura diena der?\n",
        "Jā, piektdien.",
    ),
    "sapo": (
        "Sim, na sexta.\n\nCitando Acme Support <help@acme.example>:\n\n> Que dia dá jeito?\n>\n> Ana\n",
        "Sim, na sexta.",
    ),
    "mailru-app": (
        "Да, в пятницу.\n\nОтправлено из мобильной Почты Mail\n\nсреда, 18 ноября 2026 г., 14:03 +03:00 от Acme Support help@acme.example:\n\n> Какой день удобен?\n",
        "Да, в пятницу.\n\nОтправлено из мобильной Почты Mail",
    ),
    "ukr-net-marked": (
        'Так, у п\'ятницю.\n\n18 листопада 2026, 14:03:11, від "Acme Support" <help@acme.example>:\n\n> Який день зручний?\n',
        "Так, у п'ятницю.",
    ),
    # ---- broken folds and marks
    "wrapped-at-72": (
        "Yes, both of them.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> We have looked at your order and found that two of the four lamps that\nyou\n> ordered are not in stock at the moment, so that we would have to send\nthem\n> later.\n",
        "Yes, both of them.",
    ),
    "wrapped-and-answered": (
        "On Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> We have looked at your order and found that two of the four lamps that\nyou\n> ordered are not in stock. Shall we send them later?\n\nYes, later is fine.\n",
        "Yes, later is fine.",
    ),
    "flowed-spaces": (
        "I tried it twice and it did not help, so please send somebody who can \nlook at it.\n\nOn 18/11/2026 14:03, Acme Support wrote:\n> Have you tried to switch it off and \n> on again?\n>  - pull the plug\n>  - wait a minute\n",
        "I tried it twice and it did not help, so please send somebody who can \nlook at it.",
    ),
    "attribution-with-soft-break": (
        "Yes.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.exampl=\ne> wrote:\n\n> Is it blue?\n",
        "Yes.",
    ),
    "attribution-over-three-lines": (
        "Yes.\n\nOn Wed, Nov 18, 2026 at 2:03 PM\nAcme Support via the long name of a list of customers of ours\n<customers-of-ours-and-their-friends@lists.acme.example> wrote:\n\n> Is it blue?\n",
        "Yes.",
    ),
    "two-levels-of-marks": (
        ">> Is it blue?\n> I think so.\n\nIt is green, I looked again.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n>> Is it blue?\n> I think so.\n> Could you look again?\n",
        "It is green, I looked again.",
    ),
    "marks-with-bars": (
        "It is green.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n| Is it blue?\n| Ann\n",
        "It is green.",
    ),
    # ---- signatures and notices
    "notices-top-and-bottom": (
        f"CAUTION: This message came from outside the firm. Do not open links that you do not expect.\n\nPlease send the invoice to accounting.\n\nJo Park\nHead of Purchasing\n\n{_LEGAL}\n\n{_HEAD}\n\nTo whom shall we send it?\n\n{_LEGAL}\n",
        f"CAUTION: This message came from outside the firm. Do not open links that you do not expect.\n\nPlease send the invoice to accounting.\n\nJo Park\nHead of Purchasing\n\n{_LEGAL}",
    ),
    "logos-in-the-signature": (
        f"Please send the invoice to accounting.\n\nJo Park\n[cid:image001.png@01DC58A1.4B0E2F30]\nT +44 20 555 0100\n[A blue logo with a swan]<https://firm.example/>\n\n{_HEAD}\n\nTo whom shall we send it?\n",
        "Please send the invoice to accounting.\n\nJo Park\n[cid:image001.png@01DC58A1.4B0E2F30]\nT +44 20 555 0100\n[A blue logo with a swan]<https://firm.example/>",
    ),
    "impressum-de": (
        "Bitte an die Buchhaltung.\n\nMit freundlichen Grüßen\ni. A. Hans Vogt\n\nFirma GmbH | Geschäftsführer: A. Berg | HRB 4711 Amtsgericht Köln\n\nVon: Acme Support <help@acme.example>\nGesendet: Mittwoch, 18. November 2026 14:03\nAn: Hans Vogt <vogt@firma.example>\nCc: buch@firma.example\nBetreff: [EXT] AW: Rechnung 8841\n\nAn wen geht die Rechnung?\n",
        "Bitte an die Buchhaltung.\n\nMit freundlichen Grüßen\ni. A. Hans Vogt\n\nFirma GmbH | Geschäftsführer: A. Berg | HRB 4711 Amtsgericht Köln",
    ),
    # ---- lists
    "mailman-footer": (
        "+1, it breaks for us too.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n> Who else sees this?\n> _______________________________________________\n> Users mailing list\n> users@lists.acme.example\n> https://lists.acme.example/listinfo/users\n",
        "+1, it breaks for us too.",
    ),
    "google-groups-footer": (
        'It breaks for us too.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> Who else sees this?\n\n-- \nYou received this message because you are subscribed to the Google Groups "users" group.\nTo unsubscribe from this group, send an email to users+unsubscribe@groups.example.\n',
        "It breaks for us too.",
    ),
    # ---- what only looks quoted
    "stays-prompt-and-output": (
        "I ran what you asked for:\n\n> show version\nv2.4.1\n> show status\nERROR 17\n\nWhat does that mean?\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> Please run show version and show status.\n",
        "I ran what you asked for:\n\n> show version\nv2.4.1\n> show status\nERROR 17\n\nWhat does that mean?",
    ),
    "stays-comparison": (
        "The parcel weighs\n> 30 kg\nso the courier refuses it.\n",
        "The parcel weighs\n> 30 kg\nso the courier refuses it.",
    ),
    "stays-normal-diff": (
        "This patch fixes it:\n\n3c3\n< retries = 0\n---\n> retries = 3\n\nPlease apply it.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> Do you have a patch?\n",
        "This patch fixes it:\n\n3c3\n< retries = 0\n---\n> retries = 3\n\nPlease apply it.",
    ),
    "stays-unified-diff": (
        "--- a/retry.py\n+++ b/retry.py\n@@ -1,2 +1,2 @@\n-retries = 0\n+retries = 3\n time = 5\n\nThat is all.\n\nOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> Do you have a patch?\n",
        "--- a/retry.py\n+++ b/retry.py\n@@ -1,2 +1,2 @@\n-retries = 0\n+retries = 3\n time = 5\n\nThat is all.",
    ),
    "stays-python-prompt": (
        ">>> import acme\n>>> acme.version\n'2.4.1'\n\nThat is what I see.\n",
        ">>> import acme\n>>> acme.version\n'2.4.1'\n\nThat is what I see.",
    ),
    "stays-mail-headers-pasted": (
        "Here are the headers of the mail that I got, is it from you?\n\nReceived: from mx.acme.example (mx.acme.example [192.0.2.1])\nFrom: Acme Billing <billing@acme.example>\nTo: jo@firm.example\nDate: Wed, 18 Nov 2026 14:03:11 +0100\nSubject: Your card\n\nI have not clicked.\n",
        "Here are the headers of the mail that I got, is it from you?\n\nReceived: from mx.acme.example (mx.acme.example [192.0.2.1])\nFrom: Acme Billing <billing@acme.example>\nTo: jo@firm.example\nDate: Wed, 18 Nov 2026 14:03:11 +0100\nSubject: Your card\n\nI have not clicked.",
    ),
    "stays-chat-log-pasted": (
        "This is our chat of yesterday:\n\n[18.11.2026, 14:03] Ann: we pay it back\n[18.11.2026, 14:05] Me: when?\n[18.11.2026, 14:06] Ann wrote: today\n\nNothing came.\n",
        "This is our chat of yesterday:\n\n[18.11.2026, 14:03] Ann: we pay it back\n[18.11.2026, 14:05] Me: when?\n[18.11.2026, 14:06] Ann wrote: today\n\nNothing came.",
    ),
    "stays-html-in-text": (
        "The page says <b>Error</b> and then </div> -> nothing.\n-> I pressed F5\n=> the same\n",
        "The page says <b>Error</b> and then </div> -> nothing.\n-> I pressed F5\n=> the same",
    ),
    # ---- answers at the quotation
    "one-word-answered": (
        "On Wed, 18 Nov 2026, 14:03 Acme Support, <help@acme.example> wrote:\n\n> Cancel?\n\nyes\n",
        "yes",
    ),
    "stays-answered-on-the-marked-line": (
        "On Wed, 18 Nov 2026, 14:03 Acme Support, <help@acme.example> wrote:\n\n> Shall we cancel? >> YES please\n",
        "On Wed, 18 Nov 2026, 14:03 Acme Support, <help@acme.example> wrote:\n\n> Shall we cancel? >> YES please",
    ),
    "numbered-answers": (
        "> 1. Which colour?\nblue\n> 2. Which size?\n42\n> 3. By when?\nFriday\n",
        "blue\n42\nFriday",
    ),
    "yes-below-each-of-two-people": (
        "On Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\n\n> On Tue, Nov 17, 2026 at 9:00 AM Jo Park <jo@firm.example> wrote:\n>> The lamp is broken.\n>\n> All of it?\n\nOnly the foot.\n\n> May we send a foot?\n\nYes.\n",
        "Only the foot.\n\nYes.",
    ),
    "tofu-with-answer-inside-told": (
        f"Answers below in capitals.\n\n{_HEAD}\n\nWhich colour? BLUE\nWhich size? 42\n",
        f"Answers below in capitals.\n\n{_HEAD}\n\nWhich colour? BLUE\nWhich size? 42",
    ),
    # ---- scripts and directions
    "stays-ja-fullwidth-marks": (
        "お世話になっております。山田です。\n\n＞ ご希望の日はございますか。\n\n金曜日でお願いします。\n\n＞ お時間は午前でよろしいですか。\n\nはい、午前で。\n",
        "お世話になっております。山田です。\n\n＞ ご希望の日はございますか。\n\n金曜日でお願いします。\n\n＞ お時間は午前でよろしいですか。\n\nはい、午前で。",
    ),
    "ja-attributed-marks": (
        "2026年11月18日(水) 14:03 Acme サポート <help@acme.example>:\n> ご希望の日はございますか。\n金曜日でお願いします。\n> お時間は？\n午前で。\n",
        "金曜日でお願いします。\n午前で。",
    ),
    "ja-outlook-new": (
        "金曜日でお願いします。\n\n山田\n________________________________\n差出人: Acme サポート <help@acme.example>\n送信日時: 2026年11月18日 水曜日 14:03\n宛先: 山田 <yamada@post.example>\n件名: Re: ご注文 8841\n\nご希望の日は？\n",
        "金曜日でお願いします。\n\n山田",
    ),
    "zh-mac": (
        "周五上午可以。\n\n> 2026年11月18日 下午2:03，Acme Support <help@acme.example> 写道：\n> \n> 哪天方便？\n",
        "周五上午可以。",
    ),
    "ko-outlook": (
        "금요일에 보내 주세요.\n\n보낸 사람: Acme Support <help@acme.example>\n보낸 날짜: 2026년 11월 18일 수요일 오후 2:03\n받는 사람: kim@post.example\n제목: 주문 8841\n\n언제가 좋으세요?\n",
        "금요일에 보내 주세요.",
    ),
    "he-with-english-inside": (
        "הזמנה Order 8841 לא הגיעה, tracking: RR123IL.\n\n\u200eOn Wed, Nov 18, 2026 at 2:03 PM Acme Support <help@acme.example> wrote:\u200e\n\n\u200f> מה מספר ההזמנה?\n",
        "הזמנה Order 8841 לא הגיעה, tracking: RR123IL.",
    ),
    "ar-outlook-marks": (
        "الرقم هو 8841 من فضلكم.\n\n\u200fمن: Acme Support <help@acme.example>\n\u200fتم الإرسال: الأربعاء، 18 نوفمبر 2026 02:03 م\n\u200fإلى: omar@post.example\n\u200fالموضوع: طلبكم\n\nما رقم الطلب؟\n",
        "الرقم هو 8841 من فضلكم.",
    ),
    "ar-gmail-digits": (
        "نعم، يوم الجمعة.\n\nفي الأربعاء، ١٨ نوفمبر ٢٠٢٦ في ٢:٠٣ م تمت كتابة ما يلي بواسطة Acme Support <help@acme.example>:\n\n> أي يوم يناسبكم؟\n",
        "نعم، يوم الجمعة.",
    ),
    # ---- machines
    "stays-bounce-in-words": (
        "Your message to help@acme.example couldn't be delivered.\n\nhelp wasn't found at acme.example.\n\nOriginal Message Details\nCreated Date:   11/18/2026 1:03:11 PM\nSender Address: jo@firm.example\nRecipient Address: help@acme.example\nSubject:        Order 8841\n\nError Details\nError: 550 5.1.10 RESOLVER.ADR.RecipientNotFound\n",
        "Your message to help@acme.example couldn't be delivered.\n\nhelp wasn't found at acme.example.\n\nOriginal Message Details\nCreated Date:   11/18/2026 1:03:11 PM\nSender Address: jo@firm.example\nRecipient Address: help@acme.example\nSubject:        Order 8841\n\nError Details\nError: 550 5.1.10 RESOLVER.ADR.RecipientNotFound",
    ),
    "stays-sendmail-transcript": (
        "The original message was received at Wed, 18 Nov 2026 14:03:11 +0100\nfrom mx.firm.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<help@acme.example>\n\n   ----- Transcript of session follows -----\n550 5.1.1 <help@acme.example>... User unknown\n",
        "The original message was received at Wed, 18 Nov 2026 14:03:11 +0100\nfrom mx.firm.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<help@acme.example>\n\n   ----- Transcript of session follows -----\n550 5.1.1 <help@acme.example>... User unknown",
    ),
    "challenge": (
        "I apologize for this automatic reply to your email.\n\nTo control spam, I now allow incoming messages only from senders I have approved beforehand.\n\nOn Wed, 18 Nov 2026 14:03:11 +0100, Acme Support <help@acme.example> wrote:\n> Which day?\n",
        "I apologize for this automatic reply to your email.\n\nTo control spam, I now allow incoming messages only from senders I have approved beforehand.",
    ),
}
_MSO_HEAD = (
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Acme Support &lt;help@acme.example&gt; <br>'
    "<b>Sent:</b> Wednesday, November 18, 2026 2:03 PM<br><b>To:</b> Jo Park &lt;jo@firm.example&gt;<br><b>Subject:</b> Order 8841</p></div>"
)
PAGES: dict[str, tuple[str, str]] = {
    "word-nested-tables": (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0in}</style><!--[if gte mso 9]><xml><o:shapedefaults/></xml><![endif]--></head><body lang=EN-US><div class=WordSection1>'
        "<table class=MsoNormalTable><tr><td><table><tr><td><p class=MsoNormal>Lamp<o:p></o:p></p></td><td><p class=MsoNormal>2 pieces<o:p></o:p></p></td></tr></table></td></tr></table>"
        f"<p class=MsoNormal>Both are broken.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>{_MSO_HEAD}<p class=MsoNormal>What did you order?</p></div></body></html>",
        "Lamp 2 pieces\n\nBoth are broken.",
    ),
    "word-answers-in-table-cell": (
        f'<html><body><table width="100%"><tr><td style="padding:10px"><p class="MsoNormal">The invoice goes to accounting.</p><p class="MsoNormal">Jo Park<br>Firm Ltd</p></td></tr></table>{_MSO_HEAD}<table><tr><td>To whom does it go?</td></tr></table></body></html>',
        "The invoice goes to accounting.\n\nJo Park\nFirm Ltd",
    ),
    "apple-attribution-inside-cite": (
        '<html><body dir="auto">Friday works.<div dir="ltr"><br></div><div dir="ltr">Sent from my iPad</div><div dir="ltr"><br><blockquote type="cite">On Nov 18, 2026, at 2:03&#8239;PM, Acme Support &lt;help@acme.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeffWhich day?</div></blockquote></body></html>',
        "Friday works.\n\nSent from my iPad",
    ),
    "gmail-answers-between-paragraphs": (
        '<div dir="ltr"><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Wed, Nov 18, 2026 at 2:03 PM Acme &lt;help@acme.example&gt; wrote:</div><blockquote class="gmail_quote" style="margin:0"><div>Which colour?</div></blockquote><div><br></div><div>Blue</div><div>&nbsp;</div><blockquote class="gmail_quote"><div>Shall we wrap it?</div></blockquote><div><br></div><div>yes</div></div></div>',
        "Blue\n\nyes",
    ),
    "zendesk-page": (
        '<div>The blue one.</div><br><div class="gmail_quote"><div style="color:#b5b5b5">##- Please type your reply above this line -##</div><p>Your request (8841) has been updated.</p></div>',
        "The blue one.",
    ),
    "helpdesk-line-page": (
        '<p>The blue one.</p><div><div style="color:#aaa;font-size:10px">--- Please reply above this line ---</div><table><tr><td>Hello Jo, which colour?</td></tr></table></div>',
        "The blue one.",
    ),
    "roundcube-page": (
        '<html><body style="font-size: 10pt"><p>Freitag passt.</p><p id="reply-intro">Am 2026-11-18 14:03, schrieb Acme Support:</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div class="pre">Welcher Tag?</div></blockquote></body></html>',
        "Freitag passt.",
    ),
    "zimbra-page": (
        '<html><body><div style="font-family: arial"><div>Vendredi, merci.</div><div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>De: </b>"Acme" &lt;help@acme.example&gt;<br><b>À: </b>"Luc" &lt;luc@courrier.example&gt;<br><b>Envoyé: </b>Mercredi 18 Novembre 2026 14:03:11<br><b>Objet: </b>Livraison<br></div><br><div data-marker="__QUOTED_TEXT__">Quel jour ?</div></div></body></html>',
        "Vendredi, merci.",
    ),
    "notes-cells-page": (
        '<font size=2 face="sans-serif">Freitag passt.</font><br><br><br><font size=1 color=#5f5f5f face="sans-serif">Von: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>Acme Support &lt;help@acme.example&gt;</font><br><font size=1 color=#5f5f5f>An: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>vogt@firma.example</font><br><font size=1 color=#5f5f5f>Datum: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>18.11.2026 14:03</font><br><font size=1 color=#5f5f5f>Betreff: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>Lieferung</font><br><hr noshade><br><font>Welcher Tag?</font>',
        "Freitag passt.",
    ),
    "spark-section-page": (
        '<html><body><div name="messageBodySection"><div dir="auto">Friday works.</div></div><div name="messageSignatureSection"><br><div dir="auto">Jo</div></div><div name="messageReplySection">On 18 Nov 2026 at 14:03 +0100, Acme Support &lt;help@acme.example&gt;, wrote:<br><blockquote type="cite" style="border-left-width:thin">Which day?</blockquote></div></body></html>',
        "Friday works.\n\nJo",
    ),
    "samsung-head-page": (
        '<html><body><div dir="auto">Friday works.</div><div><br></div><div id="composer_signature"><div style="font-size:85%">Sent from my Galaxy</div></div><div><br></div><div style="font-size:100%"><!-- originalMessage --><div>-------- Original message --------</div><div>From: Acme &lt;help@acme.example&gt; </div><div>Date: 18/11/2026  14:03  (GMT+00:00) </div><div>To: jo@firm.example </div><div>Subject: Order 8841 </div><div><br></div></div><div>Which day?</div></body></html>',
        "Friday works.\n\nSent from my Galaxy",
    ),
    "aliyun-page": (
        '<div class="__aliyun_email_body_block"><div>周五可以。</div><div><br></div><blockquote style="margin-right:0"><div>------------------------------------------------------------------</div><div>发件人：Acme &lt;help@acme.example&gt;</div><div>发送时间：2026年11月18日(星期三) 14:03</div><div>收件人：wang &lt;wang@post.example&gt;</div><div>主　题：订单</div><div><br></div><div>哪天方便？</div></blockquote></div>',
        "周五可以。",
    ),
    "lark-page": (
        '<p>周五可以。</p><div class="lark-mail-quote"><div class="lark-mail-meta"><div>发件人: "Acme" &lt;help@acme.example&gt;</div><div>日期: 2026年11月18日 (周三) 14:03</div><div>主题: 订单 8841</div><div>收件人: "wang" &lt;wang@post.example&gt;</div></div><div>哪天方便？</div></div>',
        "周五可以。",
    ),
    "yahoo-mobile-page": (
        '<div id="yMail_cursorElementTracker_1">Friday works.</div><br><div id="ymail_android_signature"><a>Yahoo Mail: Search, Organize, Conquer</a></div><br><blockquote style="margin:0 0 20px 0"><div style="color:#6D00F6"><div>On Wed, Nov 18, 2026 at 2:03 PM, Acme Support</div><div>&lt;help@acme.example&gt; wrote:</div></div><div style="padding:10px 0 0 20px;border-left:1px solid #6D00F6">Which day?</div></blockquote>',
        "Friday works.\n\nYahoo Mail: Search, Organize, Conquer",
    ),
    "rtl-gmail-page": (
        '<div dir="rtl">ההזמנה <span dir="ltr">Order 8841</span> לא הגיעה.</div><br><div class="gmail_quote"><div dir="rtl" class="gmail_attr">\u202bבתאריך יום ד׳, 18 בנוב׳ 2026 ב-14:03 מאת \u202aAcme\u202c\u200f &lt;\u202ahelp@acme.example\u202c\u200f&gt;:\u202c</div><blockquote class="gmail_quote">מה המספר?</blockquote></div>',
        "ההזמנה Order 8841 לא הגיעה.",
    ),
    "own-pre-with-code": (
        '<p>I ran:</p><pre>&gt; acme status\nERROR 17\n&gt; acme retry</pre><p>What now?</p><div class="gmail_quote"><div class="gmail_attr">On Wed, Nov 18, 2026 at 2:03 PM Acme &lt;help@acme.example&gt; wrote:</div><blockquote class="gmail_quote">Run acme status.</blockquote></div>',
        "I ran:\n\n> acme status\nERROR 17\n> acme retry\n\nWhat now?",
    ),
    "disclaimers-around-page": (
        f'<div style="background-color:#FFEB9C">CAUTION: external sender.</div><br><p class="MsoNormal">We agree.</p><p style="font-size:8pt">{_LEGAL}</p>{_MSO_HEAD}<p class="MsoNormal">Do you agree?</p><p style="font-size:8pt">{_LEGAL}</p>',
        f"CAUTION: external sender.\n\nWe agree.\n\n{_LEGAL}",
    ),
    "logo-signature-page": (
        f'<p class="MsoNormal">We agree.</p><table><tr><td><img src="cid:logo.png" alt="Firm"></td><td style="border-left:2px solid red"><b>Jo Park</b><br>Purchasing<br><a href="tel:+44205550100">+44 20 555 0100</a></td></tr></table>{_MSO_HEAD}<p class="MsoNormal">Do you agree?</p>',
        "We agree.\n\nJo Park\nPurchasing\n+44 20 555 0100",
    ),
    "bordered-signature-below-text": (
        '<p>Please call me at noon.</p><div style="border-top:solid 1px #ccc;padding-top:4px">Jo Park<br>Firm Ltd, Long Street 4<br>From Monday: new number +44 20 555 0100</div><p>PS: not on Friday.</p>',
        "Please call me at noon.\n\nJo Park\nFirm Ltd, Long Street 4\nFrom Monday: new number +44 20 555 0100\n\nPS: not on Friday.",
    ),
    "thunderbird-answered-page": (
        '<div class="moz-cite-prefix">On 18/11/2026 14:03, Acme wrote:<br></div><blockquote type="cite" cite="mid:1@acme.example"><p>Which colour?</p></blockquote><p>Blue.</p><blockquote type="cite"><p>Which size?</p></blockquote><p>42.</p><div class="moz-signature">-- <br>Jo</div>',
        "Blue.\n\n42.\n\n--\nJo",
    ),
    "appointment-page": (
        '<p class="MsoNormal">I can only come at four.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">-----Original Appointment-----<br><b>From:</b> Acme &lt;help@acme.example&gt; <br><b>Sent:</b> Wednesday, November 18, 2026 2:03 PM<br><b>To:</b> Acme; Jo Park<br><b>Subject:</b> Call<br><b>When:</b> Friday, November 20, 2026 3:00 PM-3:30 PM (UTC+01:00).<br><b>Where:</b> Teams</p></div></div><p>Join the meeting now</p>',
        "I can only come at four.",
    ),
    "outlook-rule-then-words": (
        '<p>Order of the day</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>From Monday on we are closed.</p><p>To reach us, call.</p><p>Sent parcels will wait.</p></div><p>Is that clear?</p>',
        "Order of the day\n\nFrom Monday on we are closed.\n\nTo reach us, call.\n\nSent parcels will wait.\n\nIs that clear?",
    ),
}
