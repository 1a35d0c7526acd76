"""Replies of many languages and programs as plain text, each written out whole, with what is new in it: made here, no mail of anybody's."""

from __future__ import annotations

LETTERS: dict[str, tuple[str, str]] = {
    "fi-outlook-mobile": (
        "Hei,\n\npaketti tuli perille, mutta laturi puuttuu. Voitteko lähettää sen erikseen?\n\nHanki Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nLähettäjä: Acme Asiakaspalvelu <tuki@acme.example>\nLähetetty: keskiviikko 18. marraskuuta 2026 klo 9.12.41\nVastaanottaja: Veera Laine <veera@posti.example>\nAihe: Tilaus 8841\n\nHei Veera,\ntilauksesi on lähetetty.\n",
        "Hei,\n\npaketti tuli perille, mutta laturi puuttuu. Voitteko lähettää sen erikseen?\n\nHanki Outlook for iOS<https://aka.ms/o0ukef>",
    ),
    "fi-gmail": (
        "Kiitos, kokeilin uudestaan ja nyt se toimii.\n\nke 18. marrask. 2026 klo 14.03 Acme Tuki (tuki@acme.example) kirjoitti:\n\n> Hei Veera,\n>\n> kokeile käynnistää laite uudelleen.\n",
        "Kiitos, kokeilin uudestaan ja nyt se toimii.",
    ),
    "th-gmail": (
        "ยังไม่ได้รับเงินคืนเลยค่ะ ผ่านมาสิบวันแล้ว\n\nเมื่อ พ. 18 พ.ย. 2026 เวลา 14:03 Acme Support <help@acme.example>\nเขียนว่า:\n\n> สวัสดีค่ะ\n> เราได้ทำรายการคืนเงินแล้ว\n",
        "ยังไม่ได้รับเงินคืนเลยค่ะ ผ่านมาสิบวันแล้ว",
    ),
    "th-outlook": (
        "ขอเปลี่ยนที่อยู่จัดส่งเป็นสำนักงานได้ไหมครับ\n\nสมชาย\n\nจาก: Acme Support <help@acme.example>\nส่งเมื่อ: 18 พฤศจิกายน 2569 14:03\nถึง: somchai@posta.example\nเรื่อง: คำสั่งซื้อ 8841\n\nคำสั่งซื้อของคุณกำลังจัดส่ง\n",
        "ขอเปลี่ยนที่อยู่จัดส่งเป็นสำนักงานได้ไหมครับ\n\nสมชาย",
    ),
    "he-apple": (
        "החבילה הגיעה פתוחה, אני רוצה החלפה.\n\nנשלח מה-iPhone שלי\n\n\u200fב-18 בנוב׳ 2026, בשעה 14:03, \u200fAcme Support <help@acme.example> כתב/ה:\n\n> \u200fשלום נועה,\n> ההזמנה נשלחה.\n",
        "החבילה הגיעה פתוחה, אני רוצה החלפה.\n\nנשלח מה-iPhone שלי",
    ),
    "he-gmail": (
        "תודה, אפשר לקבל חשבונית על שם החברה?\n\n\u202bבתאריך יום ד׳, 18 בנוב׳ 2026 ב-14:03 מאת \u202aAcme Support\u202c\u200f <\u202ahelp@acme.example\u202c\u200f>:\u202c\n\n> שלום,\n> מצורפת הקבלה.\n",
        "תודה, אפשר לקבל חשבונית על שם החברה?",
    ),
    "el-yahoo": (
        "Δεν μπορώ να συνδεθώ ούτε με τον νέο κωδικό.\n\nΜαρία\n\nΣτις Τετάρτη 18 Νοεμβρίου 2026, 02:03:11 μ.μ. EET, ο χρήστης Acme Support <help@acme.example> έγραψε:\n\n Γεια σας,\nσας στείλαμε νέο κωδικό.\n",
        "Δεν μπορώ να συνδεθώ ούτε με τον νέο κωδικό.\n\nΜαρία",
    ),
    "el-gmail": (
        "Ναι, παρακαλώ ακυρώστε την.\n\nΣτις Τετ 18 Νοε 2026 στις 2:03 μ.μ., ο/η Acme Support <help@acme.example>\nέγραψε:\n\n> Θέλετε να ακυρώσουμε την παραγγελία;\n",
        "Ναι, παρακαλώ ακυρώστε την.",
    ),
    "en-proton": (
        "That worked, thanks. One more thing: can I move the plan to my other account?\n\nSent with [Proton Mail](https://proton.me/mail/home) secure email.\n\nOn Wednesday, November 18th, 2026 at 2:03 PM, Acme Support <help@acme.example> wrote:\n\n> Hello Jo,\n>\n> please sign out once.\n",
        "That worked, thanks. One more thing: can I move the plan to my other account?\n\nSent with [Proton Mail](https://proton.me/mail/home) secure email.",
    ),
    "de-proton": (
        "Leider nein, der Fehler kommt immer noch.\n\nGesendet mit [Proton Mail](https://proton.me/mail/home).\n\nAm Mittwoch, 18. November 2026 um 14:03, Acme Support <help@acme.example> schrieb:\n\n> Hallo Jo,\n> ist der Fehler weg?\n",
        "Leider nein, der Fehler kommt immer noch.\n\nGesendet mit [Proton Mail](https://proton.me/mail/home).",
    ),
    "pt-thunderbird": (
        "Bom dia,\n\na segunda via chegou ilegível. Podem reenviar em PDF?\n\nObrigada\nCarla\n\nÀs 14:03 de 18/11/2026, Acme Support escreveu:\n> Olá Carla,\n> segue a segunda via.\n",
        "Bom dia,\n\na segunda via chegou ilegível. Podem reenviar em PDF?\n\nObrigada\nCarla",
    ),
    "it-thunderbird": (
        "Il tecnico non si è presentato.\n\nIl 18/11/26 14:03, Acme Support ha scritto:\n> Il tecnico passa domani tra le 9 e le 12.\n\nChe facciamo adesso?\n",
        "Il tecnico non si è presentato.\n\nChe facciamo adesso?",
    ),
    "en-zoho": (
        "Please keep the old number.\n\n\n\nSent using Zoho Mail\n\n\n\n\n---- On Wed, 18 Nov 2026 14:03:11 +0530 Acme Support <help@acme.example> wrote ---\n\nHello Ravi,\nwe can port your number.\n",
        "Please keep the old number.\n\nSent using Zoho Mail",
    ),
    "es-zoho": (
        "Prefiero la tarde, a partir de las cinco.\n\n\n---- El mié, 18 nov 2026 14:03:11 -0300 Acme Support <help@acme.example> escribió ----\n\n¿Mañana por la mañana o por la tarde?\n",
        "Prefiero la tarde, a partir de las cinco.",
    ),
    "en-lotus": (
        "The invoice still shows the old VAT number.\n\nRegards\nPetra Novak\nAccounts Payable\n\n\n\n\nFrom:   Acme Support <help@acme.example>\nTo:     petra.novak@firm.example\nDate:   18/11/2026 14:03\nSubject:        Re: Invoice 8841\n\n\n\nDear Petra,\nwe have changed it.\n",
        "The invoice still shows the old VAT number.\n\nRegards\nPetra Novak\nAccounts Payable",
    ),
    "de-lotus": (
        "Bitte die Lieferung stoppen, wir haben doppelt bestellt.\n\nMit freundlichen Grüßen\nK. Brandt\n\n\n\nVon:    Acme Support <help@acme.example>\nAn:     k.brandt@firma.example,\nKopie:  einkauf@firma.example\nDatum:  18.11.2026 14:03\nBetreff:        Ihre Bestellung 8841\n\n\n\nGuten Tag,\nIhre Bestellung ist unterwegs.\n",
        "Bitte die Lieferung stoppen, wir haben doppelt bestellt.\n\nMit freundlichen Grüßen\nK. Brandt",
    ),
    "en-inline-between": (
        "Hi,\n\nOn 18/11/2026 14:03, Acme Support wrote:\n> Which device do you use?\n\nA tablet, two years old.\n\n> Since when does it happen?\n\nSince the update last week.\n\n> Did you restart it?\n\nTwice.\n\nJo\n",
        "Hi,\n\nA tablet, two years old.\n\nSince the update last week.\n\nTwice.\n\nJo",
    ),
    "nl-inline-between": (
        "Op wo 18 nov 2026 om 14:03 schreef Acme Support <help@acme.example>:\n\n> Wat is uw klantnummer?\n\nDat is 8841-22.\n\n> Mogen we u bellen?\n\nJa, na vieren.\n\nGroet,\nJoost\n",
        "Dat is 8841-22.\n\nJa, na vieren.\n\nGroet,\nJoost",
    ),
    "en-forward-is-new": (
        "---------- Forwarded message ---------\nFrom: Bank of Testing <noreply@bank.example>\nDate: Wed, Nov 18, 2026 at 2:03 PM\nSubject: Payment declined\nTo: <jo@post.example>\n\n\nYour payment to Acme was declined by the merchant.\n",
        "---------- Forwarded message ---------\nFrom: Bank of Testing <noreply@bank.example>\nDate: Wed, Nov 18, 2026 at 2:03 PM\nSubject: Payment declined\nTo: <jo@post.example>\n\n\nYour payment to Acme was declined by the merchant.",
    ),
    "pl-forward-with-words": (
        "Przesyłam, co dostałem z banku. Czemu płatność odrzucona?\n\n---------- Forwarded message ---------\nOd: Bank <noreply@bank.example>\nDate: śr., 18 lis 2026 o 14:03\nSubject: Płatność odrzucona\nTo: <jan@poczta.example>\n\nPłatność dla Acme została odrzucona.\n",
        "Przesyłam, co dostałem z banku. Czemu płatność odrzucona?\n\n---------- Forwarded message ---------\nOd: Bank <noreply@bank.example>\nDate: śr., 18 lis 2026 o 14:03\nSubject: Płatność odrzucona\nTo: <jan@poczta.example>\n\nPłatność dla Acme została odrzucona.",
    ),
    "sv-samsung": (
        "Hej! Går det att få en ny faktura, den gamla är borttappad.\n\nSkickat från min Galaxy\n\n\n-------- Originalmeddelande --------\nFrån: Acme Support <help@acme.example>\nDatum: 2026-11-18 14:03 (GMT+01:00)\nTill: lisa@brev.example\nÄmne: Re: Faktura 8841\n\nHej Lisa,\nfakturan skickades i maj.\n",
        "Hej! Går det att få en ny faktura, den gamla är borttappad.\n\nSkickat från min Galaxy",
    ),
    "da-outlook": (
        "Vi har ikke modtaget varen endnu.\n\nMvh\nSøren\n\nFra: Acme Support <help@acme.example>\nSendt: 18. november 2026 14:03\nTil: Søren Holm <soren@brev.example>\nEmne: SV: Ordre 8841\n\nHej Søren,\nvaren er afsendt.\n",
        "Vi har ikke modtaget varen endnu.\n\nMvh\nSøren",
    ),
    "no-apple": (
        "Ja takk, send den på nytt.\n\nHilsen Kari\n\n> 18. nov. 2026 kl. 14:03 skrev Acme Support <help@acme.example>:\n> \n> Hei Kari,\n> skal vi sende den på nytt?\n> \n",
        "Ja takk, send den på nytt.\n\nHilsen Kari",
    ),
    "cs-seznam": (
        'Dobrý den, stále mi to účtuje dvakrát.\n\nS pozdravem Jana\n\n---------- Původní e-mail ----------\nOd: Acme Support <help@acme.example>\nKomu: jana@posta.example\nDatum: 18. 11. 2026 14:03:11\nPředmět: Re: Faktura 8841\n"\n\nDobrý den,\nvrátili jsme vám platbu.\n"\n',
        "Dobrý den, stále mi to účtuje dvakrát.\n\nS pozdravem Jana",
    ),
    "sk-gmail": (
        "Áno, súhlasím s výmenou.\n\nst 18. 11. 2026 o 14:03 Acme Support <help@acme.example> napísal(a):\n\n> Súhlasíte s výmenou?\n",
        "Áno, súhlasím s výmenou.",
    ),
    "hu-freemail": (
        "Jó napot!\n\nA kupon kódját nem fogadja el az oldal.\n\nÜdv,\nBéla\n\nAcme Support <help@acme.example> ezt írta (időpont: 2026. nov. 18., Sze, 14:03):\n\n> Kedves Béla!\n> Küldünk egy kupont.\n",
        "Jó napot!\n\nA kupon kódját nem fogadja el az oldal.\n\nÜdv,\nBéla",
    ),
    "ro-yahoo": (
        "Nu, coletul nu a ajuns. Ce fac acum?\n\n    Pe miercuri, 18 noiembrie 2026 la 14:03:11 EET, Acme Support <help@acme.example> a scris:  \n \n Bună ziua,\ncoletul a fost livrat.\n",
        "Nu, coletul nu a ajuns. Ce fac acum?",
    ),
    "tr-gmail": (
        "Faturayı hâlâ göremiyorum, tekrar gönderir misiniz?\n\nAcme Support <help@acme.example>, 18 Kas 2026 Çar, 14:03 tarihinde şunu yazdı:\n\n> Merhaba,\n> faturanız ektedir.\n",
        "Faturayı hâlâ göremiyorum, tekrar gönderir misiniz?",
    ),
    "tr-outlook-mobile": (
        "Adresi değiştirdim, yine de eski adrese gitti.\n\niOS için Outlook'u edinin<https://aka.ms/o0ukef>\n________________________________\nGönderen: Acme Support <help@acme.example>\nGönderildi: Çarşamba, Kasım 18, 2026 2:03:11 PM\nKime: Ayşe Kaya <ayse@posta.example>\nKonu: Sipariş 8841\n\nSiparişiniz yolda.\n",
        "Adresi değiştirdim, yine de eski adrese gitti.\n\niOS için Outlook'u edinin<https://aka.ms/o0ukef>",
    ),
    "ru-mailru": (
        "Добрый день! Деньги так и не пришли.\n\n--\nИрина\nОтправлено из Почты Mail\n\n>Среда, 18 ноября 2026, 14:03 +03:00 от Acme Support <help@acme.example>:\n> \n>Здравствуйте, Ирина!\n>Мы вернули деньги.\n",
        "Добрый день! Деньги так и не пришли.\n\n--\nИрина\nОтправлено из Почты Mail",
    ),
    "ru-yandex": (
        'Да, удобно в субботу.\n\n18.11.2026, 14:03, "Acme Support" <help@acme.example>:\n\n> Когда вам удобно?\n',
        "Да, удобно в субботу.",
    ),
    "uk-ukrnet": (
        'Дякую, вже працює. Але рахунок досі старий.\n\n18 листопада 2026, 14:03:11, від "Acme Support" <help@acme.example>:\n\n> Вітаємо!\n> Тариф змінено.\n',
        "Дякую, вже працює. Але рахунок досі старий.",
    ),
    "bg-abv": (
        "Не съм получил кода.\n\nПоздрави,\nИван\n\n \n>-------- Оригинално писмо --------\n>От: Acme Support help@acme.example\n>Относно: Re: Код 8841\n>До: ivan@poshta.example\n>Изпратено на: 18.11.2026 14:03\n \n>Здравейте,\n>изпратихме кода.\n",
        "Не съм получил кода.\n\nПоздрави,\nИван",
    ),
    "ja-gmail": (
        "お世話になっております。\n返品の宛先を教えてください。\n\n田中\n\n2026年11月18日(水) 14:03 Acme Support <help@acme.example>:\n\n> 田中様\n> 返品を承りました。\n",
        "お世話になっております。\n返品の宛先を教えてください。\n\n田中",
    ),
    "ja-outlook": (
        "承知しました。金曜日でお願いします。\n\n差出人: Acme Support <help@acme.example>\n送信日時: 2026年11月18日 14:03\n宛先: 田中 <tanaka@post.example>\n件名: RE: 配送日について\n\n木曜日と金曜日のどちらがよろしいですか。\n",
        "承知しました。金曜日でお願いします。",
    ),
    "ja-becky": (
        "届いておりません。再送をお願いします。\n\nOn Wed, 18 Nov 2026 14:03:11 +0900\nAcme Support <help@acme.example> wrote:\n\n> 商品を発送しました。\n",
        "届いておりません。再送をお願いします。",
    ),
    "ko-naver": (
        '아직 환불이 안 됐습니다. 확인 부탁드립니다.\n\n-----Original Message-----\nFrom: "Acme Support" <help@acme.example>\nTo: <kim@post.example>;\nCc:\nSent: 2026. 11. 18. (수) 14:03 (GMT+09:00)\nSubject: Re: 환불\n\n환불 처리했습니다.\n',
        "아직 환불이 안 됐습니다. 확인 부탁드립니다.",
    ),
    "ko-gmail": (
        "네, 그렇게 해 주세요.\n\n2026년 11월 18일 (수) 오후 2:03, Acme Support <help@acme.example>님이 작성:\n\n> 교환해 드릴까요?\n",
        "네, 그렇게 해 주세요.",
    ),
    "zh-qq": (
        '还是打不开，请再查一下。\n\n\n------------------ 原始邮件 ------------------\n发件人: "Acme Support" <help@acme.example>;\n发送时间: 2026年11月18日(星期三) 下午2:03\n收件人: "李雷"<lilei@post.example>;\n\n主题: Re: 无法登录\n\n\n\n请重新登录。\n',
        "还是打不开，请再查一下。",
    ),
    "zh-tw-gmail": (
        "好的，麻煩改寄到公司。\n\nAcme Support <help@acme.example> 於 2026年11月18日 週三 下午2:03寫道：\n\n> 您要改寄到哪裡？\n",
        "好的，麻煩改寄到公司。",
    ),
    "ar-gmail": (
        "لم يصلني الطلب حتى الآن، أرجو المساعدة.\n\nفي الأربعاء، 18 نوفمبر 2026 في 2:03 م تمت كتابة ما يلي بواسطة Acme Support <\nhelp@acme.example>:\n\n> مرحبا،\n> تم شحن طلبك.\n",
        "لم يصلني الطلب حتى الآن، أرجو المساعدة.",
    ),
    "ar-outlook": (
        "أريد إلغاء الاشتراك من الشهر القادم.\n\nشكرا\nليلى\n\nمن: Acme Support <help@acme.example>\nتم الإرسال: الأربعاء, 18 نوفمبر 2026 2:03 م\nإلى: layla@barid.example\nالموضوع: رد: الاشتراك\n\nمرحبا ليلى،\n",
        "أريد إلغاء الاشتراك من الشهر القادم.\n\nشكرا\nليلى",
    ),
    "fa-gmail": (
        "هنوز پولم برنگشته است.\n\nدر تاریخ چهارشنبه ۱۸ نوامبر ۲۰۲۶،\u200f ۱۴:۰۳ Acme Support <help@acme.example>\nنوشت:\n\n> سلام،\n> بازپرداخت انجام شد.\n",
        "هنوز پولم برنگشته است.",
    ),
    "vi-gmail": (
        "Tôi vẫn chưa nhận được mã. Gửi lại giúp tôi nhé.\n\nVào Th 4, 18 thg 11, 2026 vào lúc 14:03 Acme Support <help@acme.example>\nđã viết:\n\n> Chào bạn,\n> chúng tôi đã gửi mã.\n",
        "Tôi vẫn chưa nhận được mã. Gửi lại giúp tôi nhé.",
    ),
    "id-gmail": (
        "Masih error, Pak. Ini layar saya seperti terlampir.\n\nPada Rab, 18 Nov 2026 pukul 14.03 Acme Support <help@acme.example> menulis:\n\n> Silakan coba lagi.\n",
        "Masih error, Pak. Ini layar saya seperti terlampir.",
    ),
    "hr-gmail": (
        "Da, može u petak.\n\nsri, 18. stu 2026. u 14:03 Acme Support <help@acme.example> napisao je:\n\n> Odgovara li Vam petak?\n",
        "Da, može u petak.",
    ),
    "hi-gmail": (
        "अभी तक पैसे वापस नहीं मिले।\n\nबुध, 18 नव॰ 2026 को 2:03 pm बजे को Acme Support <help@acme.example> ने लिखा:\n\n> नमस्ते,\n> पैसे वापस कर दिए गए हैं।\n",
        "अभी तक पैसे वापस नहीं मिले।",
    ),
    "fr-free-webmail": (
        'Bonjour,\n\nJe n\'ai toujours rien reçu. Que dois-je faire ?\n\nCordialement,\nLuc Petit\n\n----- Mail original -----\nDe: "Acme Support" <help@acme.example>\nÀ: "luc petit" <luc@courrier.example>\nEnvoyé: Mercredi 18 Novembre 2026 14:03:11\nObjet: Re: Colis 8841\n\nBonjour Luc,\n',
        "Bonjour,\n\nJe n'ai toujours rien reçu. Que dois-je faire ?\n\nCordialement,\nLuc Petit",
    ),
    "fr-orange": (
        'Merci, c\'est réglé. Bonne journée !\n\n> Message du 18/11/26 14:03\n> De : "Acme Support" \n> A : luc@courrier.example\n> Copie à : \n> Objet : Re: Colis 8841\n> \n> Bonjour Luc,\n> le colis est parti.\n',
        "Merci, c'est réglé. Bonne journée !",
    ),
    "en-disclaimer-below": (
        "Approved, go ahead.\n\nMarta Silva\nProcurement\n\nThis e-mail and any attachment are confidential and intended only for the addressee.\n\nFrom: Acme Support <help@acme.example>\nSent: 18 November 2026 14:03\nTo: Marta Silva <marta@firm.example>\nSubject: Quote 8841\n\nDear Marta,\nplease approve the quote.\n",
        "Approved, go ahead.\n\nMarta Silva\nProcurement\n\nThis e-mail and any attachment are confidential and intended only for the addressee.",
    ),
    "de-answers-below-signature": (
        "Guten Tag,\n\ndie Seriennummer ist SN-8841.\n\n-- \nH. Vogt\nTel. 030 555\n\nAm 18.11.26 um 14:03 schrieb Acme Support:\n> Wie lautet die Seriennummer?\n",
        "Guten Tag,\n\ndie Seriennummer ist SN-8841.\n\n-- \nH. Vogt\nTel. 030 555",
    ),
    "en-external-banner": (
        "[EXTERNAL] This message came from outside the firm.\n\nWe agree to the new terms.\n\nFrom: Acme Support <help@acme.example>\nDate: Wednesday, 18 November 2026 at 14:03\nTo: Olu <olu@firm.example>\nCc: legal@firm.example\nSubject: Terms\n\nDear Olu,\n",
        "[EXTERNAL] This message came from outside the firm.\n\nWe agree to the new terms.",
    ),
    "es-movistar": (
        "No me llega el código por SMS.\n\nEnviado desde mi Huawei\n\n-------- Mensaje original --------\nDe: Acme Support <help@acme.example>\nFecha: mié., 18 nov. 2026, 14:03\nPara: Inés <ines@correo.example>\nAsunto: Código\n\nTe enviamos un código.\n",
        "No me llega el código por SMS.\n\nEnviado desde mi Huawei",
    ),
    "ca-gmail": (
        "Sí, ja l'he rebut. Moltes gràcies!\n\nMissatge de Acme Support <help@acme.example> del dia dc., 18 de nov. 2026 a les 14:03:\n\n> Ja us ha arribat?\n",
        "Sí, ja l'he rebut. Moltes gràcies!",
    ),
    "lt-gmail": (
        "Ne, dar negavau. Gal galite patikrinti?\n\n2026-11-18, tr, 14:03 Acme Support <help@acme.example> rašė:\n\n> Ar gavote siuntą?\n",
        "Ne, dar negavau. Gal galite patikrinti?",
    ),
    "et-outlook": (
        "Aitäh, aga arve summa on vale.\n\nSaatja: Acme Support <help@acme.example>\nSaadetud: kolmapäev, 18. november 2026 14:03\nAdressaat: mari@post.example\nTeema: Arve 8841\n\nTere, arve on lisatud.\n",
        "Aitäh, aga arve summa on vale.",
    ),
    "lv-gmail": (
        "Paldies, saņēmu.\n\ntrešd., 2026. g. 18. nov., plkst. 14:03 — lietotājs Acme Support (<help@acme.example>) rakstīja:\n\n> Vai saņēmāt?\n",
        "Paldies, saņēmu.",
    ),
    "sr-outlook": (
        "Нисам добио рачун.\n\nОд: Acme Support <help@acme.example>\nПослато: среда, 18. новембар 2026. 14:03\nКоме: milan@posta.example\nТема: Рачун 8841\n\nПоштовани, рачун је послат.\n",
        "Нисам добио рачун.",
    ),
    "sl-gmail": (
        "Hvala, zdaj dela.\n\nV V sre., 18. nov. 2026 ob 14:03 je oseba Acme Support <help@acme.example> napisala:\n\n> Ali zdaj dela?\n",
        "Hvala, zdaj dela.",
    ),
    "en-roundcube": (
        "Still waiting for the refund.\n\nOn 2026-11-18 14:03, Acme Support wrote:\n\n> The refund takes five days.\n\n-- \nJo Park\n",
        "Still waiting for the refund.",
    ),
    "de-gmx": (
        'Es geht um die zweite Rechnung, nicht um die erste.\n \n\nGesendet: Mittwoch, 18. November 2026 um 14:03 Uhr\nVon: "Acme Support" <help@acme.example>\nAn: jo@brief.example\nBetreff: Re: Rechnung 8841\n\nGuten Tag,\nwelche Rechnung meinen Sie?\n',
        "Es geht um die zweite Rechnung, nicht um die erste.",
    ),
    "en-hey-reply-below": (
        "Acme Support <help@acme.example> wrote on November 18, 2026:\n> Is it the blue one?\n\nNo, the green one. The blue one was a gift.\n",
        "No, the green one. The blue one was a gift.",
    ),
    "en-list-of-dates": (
        'It failed three times:\n\nOn 16 November 2026 at 10:01 the page was white.\nOn 17 November 2026 at 11:30 your bot wrote:\n"try again later"\n\nOn 18 November 2026 it was white again.\n',
        'It failed three times:\n\nOn 16 November 2026 at 10:01 the page was white.\nOn 17 November 2026 at 11:30 your bot wrote:\n"try again later"\n\nOn 18 November 2026 it was white again.',
    ),
    "fr-copied-details": (
        "Bonjour, voici le message que j'ai reçu du livreur :\n\nDe : Livreur\nDate : 18 novembre\nMessage : porte fermée\n\nJ'étais pourtant là.\n",
        "Bonjour, voici le message que j'ai reçu du livreur :\n\nDe : Livreur\nDate : 18 novembre\nMessage : porte fermée\n\nJ'étais pourtant là.",
    ),
    "da-gmail": (
        "Tak, men varen mangler stadig.\n\nDen ons. 18. nov. 2026 kl. 14.03 skrev Acme Support <help@acme.example>:\n\n> Hej,\n> varen er sendt.\n",
        "Tak, men varen mangler stadig.",
    ),
    "en-notes-wrote-on": (
        "The part does not fit.\n\nRegards\nPetra\n\nAcme Support <help@acme.example> wrote on 18.11.2026 14:03:11:\n\n> From: Acme Support <help@acme.example>\n> To: petra@firm.example\n> Date: 18.11.2026 14:03\n> Subject: Part 8841\n> \n> We sent the part.\n",
        "The part does not fit.\n\nRegards\nPetra",
    ),
    "de-notes-schrieb-am": (
        "Das Teil passt nicht.\n\nGruß\nPetra\n\nhelp@acme.example schrieb am 18.11.2026 14:03:11:\n\n> Wir haben das Teil geschickt.\n",
        "Das Teil passt nicht.\n\nGruß\nPetra",
    ),
    "en-notes-memo": (
        "We cannot open the file.\n\nPetra Novak\n\nAcme Support <help@acme.example>\n18/11/2026 14:03\n\n        To\npetra@firm.example\n        cc\n\n        Subject\nFile 8841\n\n\n\nPlease find the file attached.\n",
        "We cannot open the file.\n\nPetra Novak",
    ),
    "en-notes-table": (
        "Closed, thank you.\n\n|------------>\n| From:      |\n|------------>\n  >--------------------------------------------------|\n  |Acme Support <help@acme.example>                   |\n  >--------------------------------------------------|\n|------------>\n| To:        |\n|------------>\n  >--------------------------------------------------|\n  |petra@firm.example                                |\n  >--------------------------------------------------|\n|------------>\n| Date:      |\n|------------>\n  >--------------------------------------------------|\n  |18/11/2026 14:03                                  |\n  >--------------------------------------------------|\n\nDone?\n",
        "Closed, thank you.",
    ),
    "en-yahoo-android": (
        "The driver never came.\n\nSent from Yahoo Mail on Android\n\n  On Wed, Nov 18, 2026 at 2:03 PM, Acme Support<help@acme.example> wrote:   Hello,\nthe driver comes today.\n",
        "The driver never came.\n\nSent from Yahoo Mail on Android",
    ),
    "en-spark": (
        "Yes, refund it please.\n\nJo\n\nOn 18 Nov 2026, 14:03 +0100, Acme Support <help@acme.example>, wrote:\n> Refund or replacement?\n",
        "Yes, refund it please.\n\nJo",
    ),
    "en-spark-plain": (
        "Yes, refund it please.\n\nJo\n\nOn 18 Nov 2026, 14:03 +0100, Acme Support <help@acme.example>, wrote:\nRefund or replacement?\n",
        "Yes, refund it please.\n\nJo",
    ),
    "en-superhuman": (
        "Tuesday works. Sent via Superhuman\n\nOn Wed, Nov 18, 2026 at 2:03 PM, Acme Support < help@acme.example > wrote:\n\nTuesday or Thursday?\n",
        "Tuesday works. Sent via Superhuman",
    ),
    "en-emclient": (
        'The second one.\n\n------ Original Message ------\nFrom "Acme Support" <help@acme.example>\nTo "Jo" <jo@post.example>\nDate 18/11/2026 14:03:11\nSubject Re: Order\n\nWhich one?\n',
        "The second one.",
    ),
    "de-emclient": (
        'Die zweite.\n\n------ Originalnachricht ------\nVon "Acme Support" <help@acme.example>\nAn "Jo" <jo@post.example>\nDatum 18.11.2026 14:03:11\nBetreff Re: Bestellung\n\nWelche?\n',
        "Die zweite.",
    ),
    "en-mailbird": (
        "Not yet.\n\nThanks\nJo\n\nOn 18/11/2026 14:03:11, Acme Support <help@acme.example> wrote:\nDid it arrive?\n",
        "Not yet.\n\nThanks\nJo",
    ),
    "en-bluemail": (
        "It is the red lamp.\n\nGet BlueMail for Android\n\nOn Nov 18, 2026, at 14:03, Acme Support < help@acme.example> wrote:\n\nWhich lamp is on?\n",
        "It is the red lamp.\n\nGet BlueMail for Android",
    ),
    "en-k9": (
        "I tried, no luck.\n\nOn 18 November 2026 14:03:11 CET, Acme Support <help@acme.example> wrote:\n>Try again please.\n\n-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.\n",
        "I tried, no luck.",
    ),
    "de-tonline": (
        'Ich habe keine Mail bekommen.\n\n-----Original-Nachricht-----\nBetreff: Re: Konto\nDatum: 2026-11-18T14:03:11+0100\nVon: "Acme Support" <help@acme.example>\nAn: "jo@brief.example" <jo@brief.example>\n\nWir haben eine Mail geschickt.\n',
        "Ich habe keine Mail bekommen.",
    ),
    "de-ox": (
        "Bitte an die neue Adresse.\n\nGrüße\nJo\n\n> Acme Support <help@acme.example> hat am 18.11.2026 14:03 CET geschrieben:\n> \n>  \n> An welche Adresse?\n",
        "Bitte an die neue Adresse.\n\nGrüße\nJo",
    ),
    "en-ox": (
        "To the new address.\n\n> On 11/18/2026 2:03 PM CET Acme Support <help@acme.example> wrote:\n> \n>  \n> Which address?\n",
        "To the new address.",
    ),
    "fr-ox": (
        "À la nouvelle adresse.\n\n> Le 18/11/2026 14:03 CET, Acme Support <help@acme.example> a écrit :\n> \n>  \n> À quelle adresse ?\n",
        "À la nouvelle adresse.",
    ),
    "it-libero-old": (
        "Non è arrivato nulla.\n\n----Messaggio originale----\nDa: help@acme.example\nData: 18/11/2026 14.03\nA: <anna@posta.example>\nOgg: Re: Ordine 8841\n\nIl pacco è partito.\n",
        "Non è arrivato nulla.",
    ),
    "it-libero": (
        "Non è arrivato nulla.\n\nIl 18 novembre 2026 alle 14.03 Acme Support <help@acme.example> ha scritto:\n\n\nIl pacco è partito.\n",
        "Non è arrivato nulla.",
    ),
    "pl-wp": (
        "Nie, nadal nie działa.\n\nDnia 18 listopada 2026 14:03 Acme Support <help@acme.example> napisał(a):\n\n> Czy już działa?\n",
        "Nie, nadal nie działa.",
    ),
    "pl-interia": (
        'Proszę o zwrot.\n\nOd: "Acme Support" <help@acme.example>\nDo: jan@poczta.example; \nWysłane: 14:03 Środa 2026-11-18\nTemat: Re: Zwrot\n\nWymiana czy zwrot?\n',
        "Proszę o zwrot.",
    ),
    "cs-centrum": (
        'Prosím o vrácení peněz.\n\n______________________________________________________________\n> Od: "Acme Support" <help@acme.example>\n> Komu: jana@posta.example\n> Datum: 18.11.2026 14:03\n> Předmět: Re: Reklamace\n>\n>Výměna, nebo peníze?\n',
        "Prosím o vrácení peněz.",
    ),
    "hu-citromail": (
        "Nem érkezett meg.\n\n---------- Eredeti üzenet ----------\nFeladó: Acme Support <help@acme.example>\nCímzett: bela@posta.example\nDátum: 2026. november 18. 14:03\nTárgy: Re: Csomag\n\nA csomagot feladtuk.\n",
        "Nem érkezett meg.",
    ),
    "pt-bol": (
        'Ainda não recebi.\n\nDe: "Acme Support" <help@acme.example>\nEnviada: Quarta-feira, 18 de Novembro de 2026 14:03\nPara: joao@correio.example\nAssunto: Re: Pedido\n\nO pedido saiu.\n',
        "Ainda não recebi.",
    ),
    "pt-gmail-pt": (
        "Sim, pode ser na sexta.\n\nAcme Support <help@acme.example> escreveu (quarta, 18/11/2026 à(s) 14:03):\n\n> Pode ser na sexta?\n",
        "Sim, pode ser na sexta.",
    ),
    "pt-iphone-br": (
        "Sim, confirmo o endereço.\n\nEnviado do meu iPhone\n\nEm 18 de nov. de 2026, à(s) 14:03, Acme Support <help@acme.example> escreveu:\n\n\ufeffConfirma o endereço?\n",
        "Sim, confirmo o endereço.\n\nEnviado do meu iPhone",
    ),
    "pt-iphone-pt": (
        "Sim, confirmo.\n\nNo dia 18/11/2026, às 14:03, Acme Support <help@acme.example> escreveu:\n\nConfirma o endereço?\n",
        "Sim, confirmo.",
    ),
    "zh-163": (
        '还没有收到退款。\n\n在 2026-11-18 14:03:11，"Acme Support" <help@acme.example> 写道：\n\n退款已经处理。\n',
        "还没有收到退款。",
    ),
    "zh-163-en": (
        '还没有收到。\n\nAt 2026-11-18 14:03:11, "Acme Support" <help@acme.example> wrote:\n\n退款已经处理。\n',
        "还没有收到。",
    ),
    "zh-foxmail": (
        "请寄到公司。\n\n李雷\n\n \n发件人： Acme Support\n发送时间： 2026-11-18 14:03\n收件人： lilei\n主题： Re: 地址\n您好，寄到哪里？\n",
        "请寄到公司。\n\n李雷",
    ),
    "ja-yahoo": (
        "届きました。ありがとうございます。\n\n----- Original Message -----\nFrom: Acme Support <help@acme.example>\nTo: tanaka@post.example\nDate: 2026/11/18, Wed 14:03\nSubject: Re: 配送\n\n届きましたか。\n",
        "届きました。ありがとうございます。",
    ),
    "ja-thunderbird-paren": (
        "交換をお願いします。\n\n(2026/11/18 14:03), Acme Support wrote:\n> 交換しますか。\n",
        "交換をお願いします。",
    ),
    "ja-iphone": (
        "金曜日にお願いします。\n\niPhoneから送信\n\n2026/11/18 14:03、Acme Support <help@acme.example>のメール:\n\n\ufeffいつがよろしいですか。\n",
        "金曜日にお願いします。\n\niPhoneから送信",
    ),
    "ko-daum": (
        "취소해 주세요.\n\n--------- 원본 메일 ---------\n보낸사람: Acme Support <help@acme.example>\n받는사람: kim@post.example\n날짜: 2026년 11월 18일 수요일, 14시 03분 11초 +0900\n제목: Re: 주문\n\n취소할까요?\n",
        "취소해 주세요.",
    ),
    "ko-iphone": (
        "취소해 주세요.\n\n나의 iPhone에서 보냄\n\n2026. 11. 18. 오후 2:03, Acme Support <help@acme.example> 작성:\n\n\ufeff취소할까요?\n",
        "취소해 주세요.\n\n나의 iPhone에서 보냄",
    ),
    "th-iphone": (
        "ขอเงินคืนครับ\n\nส่งจาก iPhone ของฉัน\n\nเมื่อ 18 พ.ย. 2569 BE เวลา 14:03 Acme Support <help@acme.example> เขียนว่า:\n\n\ufeffเปลี่ยนหรือคืนเงิน\n",
        "ขอเงินคืนครับ\n\nส่งจาก iPhone ของฉัน",
    ),
    "vi-iphone": (
        "Hoàn tiền giúp tôi.\n\nĐã gửi từ iPhone của tôi\n\nVào 14:03, 18 thg 11, 2026, Acme Support <help@acme.example> đã viết:\n\n\ufeffĐổi hay hoàn tiền?\n",
        "Hoàn tiền giúp tôi.\n\nĐã gửi từ iPhone của tôi",
    ),
    "vi-yahoo": (
        "Tôi muốn đổi.\n\n    Vào Thứ Tư, 18 tháng 11, 2026 lúc 14:03:11 GMT+7, Acme Support <help@acme.example> đã viết:  \n \n Đổi hay hoàn tiền?\n",
        "Tôi muốn đổi.",
    ),
    "ar-iphone": (
        "لا يعمل الرمز.\n\nأُرسلت من الـ iPhone\n\nفي ١٨ نوفمبر ٢٠٢٦، الساعة ٢:٠٣ م، كتب/كتبت Acme Support <help@acme.example>:\n\n\ufeffهل يعمل الرمز؟\n",
        "لا يعمل الرمز.\n\nأُرسلت من الـ iPhone",
    ),
    "he-outlook": (
        "אני עדיין מחכה לזיכוי.\n\nמאת: Acme Support <help@acme.example>\nנשלח: יום רביעי 18 נובמבר 2026 14:03\nאל: noa@doar.example\nנושא: RE: זיכוי\n\nהזיכוי נשלח.\n",
        "אני עדיין מחכה לזיכוי.",
    ),
    "el-outlook": (
        "Δεν ήρθε ακόμη.\n\nΑπό: Acme Support <help@acme.example>\nΣτάλθηκε: Τετάρτη, 18 Νοεμβρίου 2026 2:03 μμ\nΠρος: maria@tax.example\nΘέμα: RE: Δέμα\n\nΉρθε;\n",
        "Δεν ήρθε ακόμη.",
    ),
    "el-iphone": (
        "Δεν ήρθε ακόμη.\n\nΣτάλθηκε από το iPhone μου\n\n18 Νοε 2026, 14:03, ο χρήστης «Acme Support <help@acme.example>» έγραψε:\n\n\ufeffΉρθε το δέμα;\n",
        "Δεν ήρθε ακόμη.\n\nΣτάλθηκε από το iPhone μου",
    ),
    "uk-outlook": (
        "Ще не прийшло.\n\nВід: Acme Support <help@acme.example>\nНадіслано: середа, 18 листопада 2026 р. 14:03\nКому: olena@poshta.example\nТема: RE: Посилка\n\nЧи прийшло?\n",
        "Ще не прийшло.",
    ),
    "tr-iphone": (
        "Hâlâ bekliyorum.\n\niPhone'umdan gönderildi\n\nAcme Support <help@acme.example> şunları yazdı (18 Kas 2026 14:03):\n\n\ufeffGeldi mi?\n",
        "Hâlâ bekliyorum.\n\niPhone'umdan gönderildi",
    ),
    "hu-iphone": (
        "Még nem jött meg.\n\nAz iPhone-omról küldve\n\n2026. nov. 18. dátummal, 14:03 időpontban Acme Support <help@acme.example> írta:\n\n\ufeffMegjött?\n",
        "Még nem jött meg.\n\nAz iPhone-omról küldve",
    ),
    "fi-iphone": (
        "Ei vielä.\n\nLähetetty iPhonesta\n\nAcme Support <help@acme.example> kirjoitti 18.11.2026 kello 14.03:\n\n\ufeffTuliko paketti?\n",
        "Ei vielä.\n\nLähetetty iPhonesta",
    ),
    "sv-iphone": (
        "Nej, inte än.\n\nSkickat från min iPhone\n\n18 nov. 2026 kl. 14:03 skrev Acme Support <help@acme.example>:\n\n\ufeffHar det kommit?\n",
        "Nej, inte än.\n\nSkickat från min iPhone",
    ),
    "cs-iphone": (
        "Ještě ne.\n\nOdesláno z iPhonu\n\n18. 11. 2026 v 14:03, Acme Support <help@acme.example>:\n\n\ufeffDorazil balík?\n",
        "Ještě ne.\n\nOdesláno z iPhonu",
    ),
    "sk-iphone": (
        "Ešte nie.\n\nOdoslané z iPhonu\n\nDňa 18. 11. 2026 o 14:03 používateľ Acme Support <help@acme.example> napísal:\n\n\ufeffPrišiel balík?\n",
        "Ešte nie.\n\nOdoslané z iPhonu",
    ),
    "ro-iphone": (
        "Încă nu.\n\nTrimis de pe iPhone-ul meu\n\nPe 18 nov. 2026, la 14:03, Acme Support <help@acme.example> a scris:\n\n\ufeffA ajuns coletul?\n",
        "Încă nu.\n\nTrimis de pe iPhone-ul meu",
    ),
    "ca-iphone": (
        "Encara no.\n\nEnviat des del meu iPhone\n\nEl 18 nov. 2026, a les 14:03, Acme Support <help@acme.example> va escriure:\n\n\ufeffHa arribat?\n",
        "Encara no.\n\nEnviat des del meu iPhone",
    ),
    "ms-iphone": (
        "Belum lagi.\n\nDihantar dari iPhone saya\n\nPada 18 Nov 2026, pada 2:03 PTG, Acme Support <help@acme.example> menulis:\n\n\ufeffSudah sampai?\n",
        "Belum lagi.\n\nDihantar dari iPhone saya",
    ),
    "pl-iphone": (
        "Jeszcze nie.\n\nWysłane z iPhone'a\n\nWiadomość napisana przez Acme Support <help@acme.example> w dniu 18 lis 2026, o godz. 14:03:\n\n\ufeffCzy dotarło?\n",
        "Jeszcze nie.\n\nWysłane z iPhone'a",
    ),
    "nl-iphone": (
        "Nog niet.\n\nVerstuurd vanaf mijn iPhone\n\nOp 18 nov 2026 om 14:03 heeft Acme Support <help@acme.example> het volgende geschreven:\n\n\ufeffIs het er?\n",
        "Nog niet.\n\nVerstuurd vanaf mijn iPhone",
    ),
    "hi-iphone": (
        "अभी नहीं।\n\nमेरे iPhone से भेजा गया\n\n18 नव॰ 2026 को 2:03 PM बजे, Acme Support <help@acme.example> ने लिखा:\n\n\ufeffक्या मिला?\n",
        "अभी नहीं।\n\nमेरे iPhone से भेजा गया",
    ),
    "en-mailspring": (
        "Friday, please.\n\nOn Nov 18 2026, at 2:03 pm, Acme Support <help@acme.example> wrote:\n\nWhich day?\n",
        "Friday, please.",
    ),
    "en-comma-name": (
        'Friday, please.\n\nOn Wed, Nov 18, 2026 at 2:03 PM "Support, Acme (Tier 2)" <\nhelp+8841@acme.example> wrote:\n\n> Which day?\n',
        "Friday, please.",
    ),
    "en-no-address": (
        "Friday, please.\n\nOn Wednesday, November 18, 2026, Acme Support wrote:\n\n> Which day?\n",
        "Friday, please.",
    ),
    "de-thunderbird-bottom": (
        "Moin,\n\nAm 18.11.2026 um 14:03 schrieb Acme Support:\n> Welcher Tag passt Ihnen?\n\nFreitag passt, bitte vormittags.\n\nGruß, Jens\n",
        "Moin,\n\nFreitag passt, bitte vormittags.\n\nGruß, Jens",
    ),
    "id-outlook": (
        "Belum sampai, mohon dicek.\n\nDari: Acme Support <help@acme.example>\nTerkirim: Rabu, 18 November 2026 14.03\nKepada: budi@pos.example\nSubjek: Re: Pesanan\n\nSudah sampai?\n",
        "Belum sampai, mohon dicek.",
    ),
    "hr-outlook": (
        "Još nije stiglo.\n\nŠalje: Acme Support <help@acme.example>\nPoslano: 18. studenog 2026. 14:03\nPrima: ivan@posta.example\nPredmet: RE: Paket\n\nJe li stiglo?\n",
        "Još nije stiglo.",
    ),
    "bg-gmail": (
        "Не, още не е пристигнала.\n\nНа ср, 18.11.2026 г. в 14:03 Acme Support <help@acme.example> написа:\n\n> Пристигна ли?\n",
        "Не, още не е пристигнала.",
    ),
    "is-gmail": (
        "Nei, ekki enn.\n\nmið., 18. nóv. 2026 kl. 14:03 skrifaði Acme Support <help@acme.example>:\n\n> Er það komið?\n",
        "Nei, ekki enn.",
    ),
    "eu-gmail": (
        "Ez, oraindik ez.\n\nAcme Support erabiltzaileak hau idatzi du (2026 aza. 18, az. (14:03)):\n\n> Iritsi da?\n",
        "Ez, oraindik ez.",
    ),
    "bn-gmail": (
        "এখনও পাইনি।\n\nবুধ, ১৮ নভেম্বর, ২০২৬ তারিখে ২:০৩ PM টায় তারিখে Acme Support <help@acme.example> লিখেছেন:\n\n> পেয়েছেন?\n",
        "এখনও পাইনি।",
    ),
    "ta-gmail": (
        "இன்னும் வரவில்லை.\n\nபுத., 18 நவ., 2026, பிற்பகல் 2:03 அன்று, Acme Support <help@acme.example> எழுதியது:\n\n> வந்ததா?\n",
        "இன்னும் வரவில்லை.",
    ),
    "en-mixed-lang-program": (
        "Bitte stornieren, ich habe zweimal bestellt.\n\nOn Wed, 18 Nov 2026 at 14:03, Acme Support <help@acme.example> wrote:\n\n> Guten Tag\n",
        "Bitte stornieren, ich habe zweimal bestellt.",
    ),
    "en-fwd-question-on-top": (
        "Is this mail really from you?\n\nBegin forwarded message:\n\nFrom: Acme Billing <billing@acme-pay.example>\nSubject: Your card\nDate: 18 November 2026 at 14:03:11 CET\nTo: jo@post.example\n\nPlease enter your card again.\n",
        "Is this mail really from you?\n\nBegin forwarded message:\n\nFrom: Acme Billing <billing@acme-pay.example>\nSubject: Your card\nDate: 18 November 2026 at 14:03:11 CET\nTo: jo@post.example\n\nPlease enter your card again.",
    ),
    "en-quote-log-in-text": (
        "The log says:\n\n2026-11-18 14:03:11 INFO started\n2026-11-18 14:03:12 ERROR from: disk full\n\nWhat now?\n\nOn Wed, 18 Nov 2026 at 14:03, Acme Support <help@acme.example> wrote:\n\n> Can you send the log?\n",
        "The log says:\n\n2026-11-18 14:03:11 INFO started\n2026-11-18 14:03:12 ERROR from: disk full\n\nWhat now?",
    ),
    "en-order-form": (
        "Here is what I ordered:\n\nFrom: Berlin\nTo: Paris\nDate: 18 November 2026\nSubject to change: no\n\nI never got the ticket.\n\nOn Wed, 18 Nov 2026 at 14:03, Acme Support <help@acme.example> wrote:\n\n> Which order?\n",
        "Here is what I ordered:\n\nFrom: Berlin\nTo: Paris\nDate: 18 November 2026\nSubject to change: no\n\nI never got the ticket.",
    ),
    "es-said-he-wrote": (
        'El 12 de noviembre de 2026 su compañero me escribió:\n"se lo cambiamos gratis"\n\nAhora me cobran.\n\nEl mié, 18 nov 2026 a las 14:03, Acme Support (<help@acme.example>) escribió:\n\n> ¿Por qué?\n',
        'El 12 de noviembre de 2026 su compañero me escribió:\n"se lo cambiamos gratis"\n\nAhora me cobran.',
    ),
    "ru-outlook": (
        "Нет, не помогло.\n\nОт: Acme Support <help@acme.example>\nОтправлено: 18 ноября 2026 г. 14:03\nКому: irina@pochta.example\nТема: RE: Вход\n\nПомогло?\n",
        "Нет, не помогло.",
    ),
    "en-confidential-footer-below-quote": (
        "No, please call me.\n\nOn Wed, 18 Nov 2026 at 14:03, Acme Support <help@acme.example> wrote:\n\n> May we write?\n\nThis message may contain confidential information. If you are not the addressee, delete it.\n",
        "No, please call me.\n\nThis message may contain confidential information. If you are not the addressee, delete it.",
    ),
    "stays-told-with-a-gap": (
        "On 18 Nov 2026 at 14:03 your colleague Ann <ann@acme.example> wrote:   we will pay.\n\nNobody has paid.",
        "On 18 Nov 2026 at 14:03 your colleague Ann <ann@acme.example> wrote:   we will pay.\n\nNobody has paid.",
    ),
    "stays-moment-under-a-name": (
        "Ann Berg <ann@post.example>\n18/11/2026 14:03\n\nThat is when I called. To whom must I write?\n\nSubject to your answer I wait.",
        "Ann Berg <ann@post.example>\n18/11/2026 14:03\n\nThat is when I called. To whom must I write?\n\nSubject to your answer I wait.",
    ),
    "stays-drawn-table": (
        "|---------->\n| Width:   |\n|---------->\n| 40 cm    |\n\nDoes this fit?",
        "|---------->\n| Width:   |\n|---------->\n| 40 cm    |\n\nDoes this fit?",
    ),
    "stays-announced-memo": (
        "They sent me this:\n\nShop <shop@shop.example>\n18/11/2026 14:03\n\nTo\nann@post.example\n\nSubject\nYour parcel\n\nIs it yours?",
        "They sent me this:\n\nShop <shop@shop.example>\n18/11/2026 14:03\n\nTo\nann@post.example\n\nSubject\nYour parcel\n\nIs it yours?",
    ),
}
