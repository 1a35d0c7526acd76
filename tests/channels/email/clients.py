"""Replies as the mail programs and providers of many countries write them, that are not in `replies`: made here, no mail of anybody's."""

from __future__ import annotations

import html
from collections.abc import Iterator

from tests.channels.email.replies import Written

ANN, WE = "ann.berg@kunden.example", "help@acme.example"
TO = f'"Acme Help" <{WE}>'

ABOVE: dict[str, tuple[str, str, str]] = {
    "the-bat": ("The lamp is broken.\nPlease send another one.", "Tuesday, March 2, 2027, 10:15:00 AM, you wrote:", "AH> It comes tomorrow.\nAH> Maya"),
    "the-bat-ru": ("Лампа разбита.\nПришлите другую.", f"Вторник, 2 марта 2027 г., 10:15:00, Acme Help <{WE}> написал:", "AH> Она придёт завтра.\nAH> Майя"),
    "zoho": ("The lamp is broken.\nPlease send another one.", f"---- On Tue, 02 Mar 2027 10:15:00 +0100 Acme Help <{WE}> wrote ---", "It comes tomorrow."),
    "zoho-es": ("La lámpara está rota.\nEnvíen otra.", f"---- El mar, 02 mar 2027 10:15:00 +0100 Acme Help <{WE}> escribió ----", "Llega mañana."),
    "zoho-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"---- Am Di, 02 März 2027 10:15:00 +0100 Acme Help <{WE}> schrieb ----", "Sie kommt morgen."),
    "zoho-fr": ("La lampe est cassée.\nEnvoyez-en une autre.", f"---- Le mar., 02 mars 2027 10:15:00 +0100 Acme Help <{WE}> a écrit ----", "Elle arrive demain."),
    "proton": ("The lamp is broken.\nPlease send another one.", f"On Tuesday, March 2nd, 2027 at 10:15 AM, Acme Help <{WE}> wrote:", "> It comes tomorrow."),
    "proton-fr": ("La lampe est cassée.\nEnvoyez-en une autre.", f"Le mardi 2 mars 2027 à 10:15, Acme Help <{WE}> a écrit :", "> Elle arrive demain."),
    "proton-pl": ("Lampa jest zepsuta.\nProszę o nową.", f"wtorek, 2 marca 2027 10:15, Acme Help <{WE}> napisał(a):", "> Przyjdzie jutro."),
    "proton-tr": ("Lamba kırık.\nYenisini gönderin.", f"2 Mart 2027 Salı günü saat 10:15'te, Acme Help <{WE}> şunu yazdı:", "> Yarın gelir."),
    "spark": ("The lamp is broken.\nPlease send another one.", f"On 2 Mar 2027, 10:15 +0100, Acme Help <{WE}>, wrote:", "> It comes tomorrow."),
    "spark-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"Am 2. März 2027, 10:15 +0100 schrieb Acme Help <{WE}>:", "> Sie kommt morgen."),
    "fastmail": ("The lamp is broken.\nPlease send another one.", "On Tue, 2 Mar 2027, at 10:15 AM, Acme Help wrote:", "> It comes tomorrow."),
    "bluemail": ("The lamp is broken.\nPlease send another one.", f"On Mar 2, 2027, at 10:15, Acme Help <{WE}> wrote:", "It comes tomorrow."),
    "k9-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"Am 2. März 2027 10:15:00 MEZ schrieb Acme Help <{WE}>:", ">Sie kommt morgen."),
    "k9-ru": ("Лампа разбита.\nПришлите другую.", f"2 марта 2027 г. 10:15:00 GMT+03:00, Acme Help <{WE}> пишет:", ">Она придёт завтра."),
    "roundcube": ("The lamp is broken.\nPlease send another one.", "On 2027-03-02 10:15, Acme Help wrote:", "> It comes tomorrow."),
    "roundcube-de": ("Die Lampe ist kaputt.\nBitte eine neue.", "Am 2027-03-02 10:15, schrieb Acme Help:", "> Sie kommt morgen."),
    "roundcube-it": ("La lampada è rotta.\nMandatene un'altra.", "Il 2027-03-02 10:15 Acme Help ha scritto:", "> Arriva domani."),
    "roundcube-hr": ("Lampa je razbijena.\nPošaljite drugu.", "Dana 2027-03-02 10:15, Acme Help je napisao:", "> Stiže sutra."),
    "roundcube-sk": ("Lampa je rozbitá.\nPošlite inú.", "Dňa 2027-03-02 10:15 Acme Help napísal:", "> Príde zajtra."),
    "roundcube-lt": ("Lempa sudužusi.\nAtsiųskite kitą.", "2027-03-02 10:15, Acme Help rašė:", "> Bus rytoj."),
    "roundcube-sl": ("Svetilka je razbita.\nPošljite drugo.", "Dne 2027-03-02 10:15 je Acme Help napisal:", "> Pride jutri."),
    "roundcube-et": ("Lamp on katki.\nSaatke uus.", "2027-03-02 10:15 kirjutas Acme Help:", "> Tuleb homme."),
    "roundcube-bg": ("Лампата е счупена.\nИзпратете друга.", "На 2027-03-02 10:15, Acme Help написа:", "> Идва утре."),
    "roundcube-fa": ("لامپ شکسته است.\nیکی دیگر بفرستید.", "در 2027-03-02 10:15، Acme Help نوشت:", "> فردا می‌رسد."),
    "horde-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"Zitat von Acme Help <{WE}>:", "> Sie kommt morgen."),
    "horde": ("The lamp is broken.\nPlease send another one.", f"Quoting Acme Help <{WE}>:", "> It comes tomorrow."),
    "wp.pl": ("Lampa jest zepsuta.\nProszę o nową.", f"Dnia 2 marca 2027 10:15 Acme Help <{WE}> napisał(a):", "> Przyjdzie jutro."),
    "freemail.hu": ("A lámpa eltört.\nKérek egy másikat.", f"Acme Help <{WE}> írta:", "> Holnap érkezik."),
    "rediff": ("The lamp is broken.\nPlease send another one.", "On Tue, 02 Mar 2027 10:15:00 +0530 Acme Help wrote", ">It comes tomorrow."),
    "163": ("灯坏了。\n请再寄一个。", f"在 2027-03-02 10:15:00，{TO} 写道：", "> 明天到。"),
    "gmail-zh": ("灯坏了。\n请再寄一个。", f"Acme Help <{WE}> 于2027年3月2日周二 10:15写道：", "> 明天到。"),
    "gmail-ja": ("ランプが壊れています。\n交換してください。", f"2027年3月2日(火) 10:15 Acme Help <{WE}>:", "> 明日届きます。"),
    "gmail-ko": ("램프가 깨졌습니다.\n다시 보내 주세요.", f"2027년 3월 2일 (화) 오전 10:15, Acme Help <{WE}>님이 작성:", "> 내일 도착합니다."),
    "gmail-hi": ("लैंप टूटा है।\nदूसरा भेजिए।", f"मंगल, 2 मार्च 2027 को 10:15 am बजे को Acme Help <{WE}> ने लिखा:", "> कल आएगा।"),
    "gmail-fa": ("لامپ شکسته است.\nیکی دیگر بفرستید.", f"در تاریخ سه‌شنبه ۲ مارس ۲۰۲۷،‏ ۱۰:۱۵ Acme Help <{WE}> نوشت:", "> فردا می‌رسد."),
    "gmail-bg": ("Лампата е счупена.\nИзпратете друга.", f"На вт, 2.03.2027 г. в 10:15 Acme Help <{WE}> написа:", "> Идва утре."),
    "gmail-hr": ("Lampa je razbijena.\nPošaljite drugu.", f"uto, 2. ožu 2027. u 10:15 Acme Help <{WE}> napisao je:", "> Stiže sutra."),
    "gmail-sr": ("Лампа је поломљена.\nПошаљите другу.", f"уто, 2. мар 2027. у 10:15 Acme Help <{WE}> је написао/ла:", "> Стиже сутра."),
    "gmail-ca": ("El llum està trencat.\nEnvieu-ne un altre.", f"Missatge de Acme Help <{WE}> del dia dt., 2 de març 2027 a les 10:15:", "> Arriba demà."),
    "gmail-sl": ("Svetilka je razbita.\nPošljite drugo.", f"V V tor., 2. mar. 2027 ob 10:15 je oseba Acme Help <{WE}> napisala:", "> Pride jutri."),
    "gmail-lv": ("Lampa ir saplīsusi.\nAtsūtiet citu.", f"otrd., 2027. g. 2. marts, plkst. 10:15 — lietotājs Acme Help (<{WE}>) rakstīja:", "> Būs rīt."),
    "gmail-ms": ("Lampu itu rosak.\nSila hantar yang lain.", f"Pada Sel, 2 Mac 2027 pada 10:15 PG Acme Help <{WE}> menulis:", "> Ia tiba esok."),
    "gmail-fil": ("Sira ang lampara.\nPakipalitan po.", f"Noong Mar, Mar 2, 2027 nang 10:15 AM, sumulat si Acme Help <{WE}>:", "> Darating bukas."),
    "outlook-mac": ("The lamp is broken.\nPlease send another one.", f'On 3/2/27, 10:15 AM, "Acme Help" <{WE}> wrote:', "    It comes tomorrow."),
    "outlook-mac-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f'Am 02.03.27, 10:15 schrieb "Acme Help" <{WE}>:', "    Sie kommt morgen."),
    "groupwise-message": ("The lamp is broken.\nPlease send another one.", f"On 3/2/2027 at 10:15 AM, in message <5C7A.4711@acme.example>, Acme Help <{WE}> wrote:", "> It comes tomorrow."),
    "groupwise-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f">>> Acme Help <{WE}> 02.03.2027 10:15 >>>", "Sie kommt morgen."),
    "notes": ("The lamp is broken.\nPlease send another one.", f'-----"Acme Help" <{WE}> wrote: -----', f'To: {ANN}\nFrom: {TO}\nDate: 03/02/2027 10:15AM\nSubject: Re: 4711\n\nIt comes tomorrow.'),
    "notes-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f'-----"Acme Help" <{WE}> schrieb: -----', f'An: {ANN}\nVon: {TO}\nDatum: 02.03.2027 10:15\nBetreff: Re: 4711\n\nSie kommt morgen.'),
    "tuta": ("The lamp is broken.\nPlease send another one.", f"Mar 2, 2027, 10:15 by {WE}:", "> It comes tomorrow."),
    "apple-cs": ("Lampa je rozbitá.\nPošlete jinou.", f"2. 3. 2027 v 10:15, Acme Help <{WE}>:", "> Přijde zítra."),
    "apple-sv": ("Lampan är trasig.\nSkicka en ny.", f"2 mars 2027 kl. 10:15 skrev Acme Help <{WE}>:", "> Den kommer i morgon."),
    "apple-hr": ("Lampa je razbijena.\nPošaljite drugu.", f"Dana 2. 3. 2027., u 10:15, Acme Help <{WE}> je napisao/la:", "> Stiže sutra."),
    "thunderbird-sk": ("Lampa je rozbitá.\nPošlite inú.", "Dňa 2. 3. 2027 o 10:15 Acme Help napísal(a):", "> Príde zajtra."),
    "thunderbird-is": ("Lampinn er brotinn.\nSendið annan.", "Þann 2.3.2027 10:15 skrifaði Acme Help:", "> Hann kemur á morgun."),
    "thunderbird-ca": ("El llum està trencat.\nEnvieu-ne un altre.", "El 2/3/27 a les 10:15, Acme Help ha escrit:", "> Arriba demà."),
    "thunderbird-gl": ("A lámpada está rota.\nManden outra.", "O 02/03/27 ás 10:15, Acme Help escribiu:", "> Chega mañá."),
    "thunderbird-be": ("Лямпа разьбітая.\nДашліце іншую.", "02.03.2027 10:15, Acme Help піша:", "> Прыйдзе заўтра."),
}  # fmt: skip
"""What is new, the line above the quotation, and what was quoted."""

HEADED: dict[str, tuple[str, str]] = {
    "em-client": ("The lamp is broken.\nPlease send another one.", f"------ Original Message ------\nFrom: {TO}\nTo: {ANN}\nSent: 3/2/2027 10:15:00 AM\nSubject: Re: 4711"),
    "em-client-no-colon": ("The lamp is broken.\nPlease send another one.", f"------ Original Message ------\nFrom {TO}\nTo {ANN}\nDate 3/2/2027 10:15:00 AM\nSubject Re: 4711"),
    "em-client-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"------ Originalnachricht ------\nVon {TO}\nAn {ANN}\nDatum 02.03.2027 10:15:00\nBetreff Re: 4711"),
    "t-online": ("Die Lampe ist kaputt.\nBitte eine neue.", f"-----Original-Nachricht-----\nBetreff: Re: 4711\nDatum: 2027-03-02T10:15:00+0100\nVon: {TO}\nAn: {ANN}"),
    "zimbra-fr": ("La lampe est cassée.\nEnvoyez-en une autre.", f"----- Mail original -----\nDe: {TO}\nÀ: {ANN}\nEnvoyé: Mardi 2 Mars 2027 10:15:00\nObjet: Re: 4711"),
    "zimbra-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"----- Ursprüngliche Mail -----\nVon: {TO}\nAn: {ANN}\nGesendet: Dienstag, 2. März 2027 10:15:00\nBetreff: Re: 4711"),
    "zimbra-it": ("La lampada è rotta.\nMandatene un'altra.", f"----- Messaggio originale -----\nDa: {TO}\nA: {ANN}\nInviato: Martedì, 2 marzo 2027 10:15:00\nOggetto: Re: 4711"),
    "orange.fr": ("La lampe est cassée.\nEnvoyez-en une autre.", f'> Message du 02/03/27 10:15\n> De : {TO}\n> A : {ANN}\n> Copie à : \n> Objet : Re: 4711\n>'),
    "libero.it": ("La lampada è rotta.\nMandatene un'altra.", f"----Messaggio originale----\nDa: {WE}\nData: 2-mar-2027 10.15\nA: <{ANN}>\nOgg: Re: 4711"),
    "seznam.cz": ("Lampa je rozbitá.\nPošlete jinou.", f"---------- Původní e-mail ----------\nOd: Acme Help <{WE}>\nKomu: {ANN}\nDatum: 2. 3. 2027 10:15:00\nPředmět: Re: 4711"),
    "centrum.cz": ("Lampa je rozbitá.\nPošlete jinou.", f"{'_' * 62}\n> Od: {TO}\n> Komu: {ANN}\n> Datum: 02.03.2027 10:15\n> Předmět: Re: 4711\n>"),
    "interia.pl": ("Lampa jest zepsuta.\nProszę o nową.", f"Od: {TO}\nDo: {ANN}\nWysłane: 10:15 Wtorek 2027-03-02\nTemat: Re: 4711"),
    "uol.br": ("A lâmpada está quebrada.\nMandem outra.", f"De: {TO}\nEnviada: 2027/03/02 10:15:00\nPara: {ANN}\nAssunto: Re: 4711"),
    "naver": ("램프가 깨졌습니다.\n다시 보내 주세요.", f"-----Original Message-----\nFrom: {TO}\nTo: <{ANN}>;\nCc:\nSent: 2027-03-02 (화) 10:15:00 (GMT+09:00)\nSubject: Re: 4711"),
    "daum": ("램프가 깨졌습니다.\n다시 보내 주세요.", f"--------- 원본 메일 ---------\n보낸사람 : {TO}\n받는사람 : <{ANN}>\n날짜 : 2027-03-02 10:15 GMT +0900\n제목 : Re: 4711"),
    "foxmail": ("灯坏了。\n请再寄一个。", f"发件人： Acme Help\n发送时间： 2027-03-02 10:15\n收件人： {ANN}\n主题： Re: 4711"),
    "aliyun": ("灯坏了。\n请再寄一个。", f"{'-' * 66}\n发件人：Acme Help <{WE}>\n发送时间：2027年3月2日(星期二) 10:15\n收件人：ann <{ANN}>\n主　题：Re: 4711"),
    "netease-phone": ("灯坏了。\n请再寄一个。", f"---- 回复的原邮件 ----\n| 发件人 | Acme Help<{WE}> |\n| 日期 | 2027年03月02日 10:15 |\n| 收件人 | ann<{ANN}> |\n| 主题 | Re: 4711 |"),
    "netease-phone-en": ("The lamp is broken.\nPlease send another one.", f"---- Replied Message ----\n| From | Acme Help<{WE}> |\n| Date | 03/02/2027 10:15 |\n| To | ann<{ANN}> |\n| Subject | Re: 4711 |"),
    "qq-en": ("The lamp is broken.\nPlease send another one.", f'------------------ Original ------------------\nFrom: "Acme Help" <{WE}>;\nDate: Tue, Mar 2, 2027 10:15 AM\nTo: "ann"<{ANN}>;\nSubject: Re: 4711'),
    "qq-reply": ("灯坏了。\n请再寄一个。", f'------------------ 原始邮件 ------------------\n发件人: "Acme Help" <{WE}>;\n发送时间: 2027年3月2日(星期二) 上午10:15\n收件人: "ann"<{ANN}>;\n主题: Re: 4711'),
    "samsung-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"-------- Ursprüngliche Nachricht --------\nVon: Acme Help <{WE}> \nDatum: 02.03.27  10:15  (GMT+01:00) \nAn: {ANN} \nBetreff: Re: 4711 "),
    "samsung-pl": ("Lampa jest zepsuta.\nProszę o nową.", f"-------- Oryginalna wiadomość --------\nOd: Acme Help <{WE}> \nData: 02.03.2027  10:15  (GMT+01:00) \nDo: {ANN} \nTemat: Re: 4711 "),
    "samsung-hu": ("A lámpa eltört.\nKérek egy másikat.", f"-------- Eredeti üzenet --------\nFeladó: Acme Help <{WE}> \nDátum: 2027. 03. 02.  10:15  (GMT+01:00) \nCímzett: {ANN} \nTárgy: Re: 4711 "),
    "notes-tabs": ("The lamp is broken.\nPlease send another one.", f"From:\t{TO}\nTo:\t{ANN}\nDate:\t02.03.2027 10:15\nSubject:\tRe: 4711"),
    "notes-tabs-de": ("Die Lampe ist kaputt.\nBitte eine neue.", f"Von:\t{TO}\nAn:\t{ANN}\nDatum:\t02.03.2027 10:15\nBetreff:\tRe: 4711"),
    "windows-mail-nl": ("De lamp is kapot.\nGraag een nieuwe.", "Van: Acme Help\nVerzonden: dinsdag 2 maart 2027 10:15\nAan: Ann Berg\nOnderwerp: Re: 4711"),
    "outlook-ca": ("El llum està trencat.\nEnvieu-ne un altre.", f"De: Acme Help <{WE}>\nEnviat: dimarts, 2 de març de 2027 10:15\nPer a: Ann Berg <{ANN}>\nTema: Re: 4711"),
    "outlook-hr": ("Lampa je razbijena.\nPošaljite drugu.", f"Šalje: Acme Help <{WE}>\nPoslano: utorak, 2. ožujka 2027. 10:15\nPrima: Ann Berg <{ANN}>\nPredmet: Re: 4711"),
    "outlook-sk": ("Lampa je rozbitá.\nPošlite inú.", f"Od: Acme Help <{WE}>\nOdoslané: utorok 2. marca 2027 10:15\nKomu: Ann Berg <{ANN}>\nPredmet: Re: 4711"),
    "outlook-sl": ("Svetilka je razbita.\nPošljite drugo.", f"Od: Acme Help <{WE}>\nPoslano: torek, 2. marec 2027 10:15\nZa: Ann Berg <{ANN}>\nZadeva: Re: 4711"),
    "outlook-sr": ("Лампа је поломљена.\nПошаљите другу.", f"Од: Acme Help <{WE}>\nПослато: уторак, 2. март 2027. 10:15\nЗа: Ann Berg <{ANN}>\nТема: Re: 4711"),
    "outlook-bg": ("Лампата е счупена.\nИзпратете друга.", f"От: Acme Help <{WE}>\nИзпратено: вторник, 2 март 2027 г. 10:15\nДо: Ann Berg <{ANN}>\nОтносно: Re: 4711"),
    "outlook-lt": ("Lempa sudužusi.\nAtsiųskite kitą.", f"Nuo: Acme Help <{WE}>\nIšsiųsta: 2027 m. kovo 2 d., antradienis 10:15\nKam: Ann Berg <{ANN}>\nTema: Re: 4711"),
    "outlook-lv": ("Lampa ir saplīsusi.\nAtsūtiet citu.", f"No: Acme Help <{WE}>\nNosūtīts: otrdiena, 2027. gada 2. marts 10:15\nKam: Ann Berg <{ANN}>\nTēma: Re: 4711"),
    "outlook-et": ("Lamp on katki.\nSaatke uus.", f"Saatja: Acme Help <{WE}>\nSaadetud: teisipäev, 2. märts 2027 10:15\nAdressaat: Ann Berg <{ANN}>\nTeema: Re: 4711"),
    "outlook-is": ("Lampinn er brotinn.\nSendið annan.", f"Frá: Acme Help <{WE}>\nSent: þriðjudagur, 2. mars 2027 10:15\nTil: Ann Berg <{ANN}>\nEfni: Re: 4711"),
    "outlook-fa": ("لامپ شکسته است.\nیکی دیگر بفرستید.", f"از: Acme Help <{WE}>\nارسال شده: سه‌شنبه، ۲ مارس ۲۰۲۷ ۱۰:۱۵\nبه: Ann Berg <{ANN}>\nموضوع: Re: 4711"),
    "outlook-hi": ("लैंप टूटा है।\nदूसरा भेजिए।", f"प्रेषक: Acme Help <{WE}>\nभेजा गया: 02 मार्च 2027 10:15\nप्रति: Ann Berg <{ANN}>\nविषय: Re: 4711"),
    "outlook-ms": ("Lampu itu rosak.\nSila hantar yang lain.", f"Daripada: Acme Help <{WE}>\nDihantar: Selasa, 2 Mac 2027 10:15\nKepada: Ann Berg <{ANN}>\nSubjek: Re: 4711"),
    "outlook-eu": ("Lanpara hautsita dago.\nBidali beste bat.", f"Nork: Acme Help <{WE}>\nBidaltze-data: asteartea, 2027(e)ko martxoak 2 10:15\nNori: Ann Berg <{ANN}>\nGaia: Re: 4711"),
    "outlook-ga": ("Tá an lampa briste.\nCuir ceann eile.", f"Ó: Acme Help <{WE}>\nSeolta: Dé Máirt 2 Márta 2027 10:15\nChuig: Ann Berg <{ANN}>\nÁbhar: Re: 4711"),
    "outlook-ka": ("ნათურა გატეხილია.\nგამომიგზავნეთ სხვა.", f"გამგზავნი: Acme Help <{WE}>\nგაგზავნილია: სამშაბათი, 2 მარტი, 2027 10:15\nადრესატი: Ann Berg <{ANN}>\nთემა: Re: 4711"),
    "outlook-hy": ("Լամպը կոտրված է։\nՈւղարկեք ուրիշը։", f"Ումից՝ Acme Help <{WE}>\nՈւղարկված՝ 2 մարտի, 2027 10:15\nՈւմ՝ Ann Berg <{ANN}>\nԹեմա՝ Re: 4711"),
}  # fmt: skip
"""What is new, and what stands above the earlier message: to the end of the mail that is one."""

MOBILE = {
    "de": "Gesendet von Outlook für Android",
    "de-samsung": "Von meinem Samsung Galaxy Smartphone gesendet.",
    "fr": "Envoyé à partir d’Outlook pour iOS",
    "es": "Enviado desde Outlook para Android",
    "it": "Inviato da Outlook per Android",
    "pl": "Wysłane z programu Outlook dla systemu Android",
    "ru": "Отправлено из мобильной Почты Mail.ru",
    "proton": "Sent with Proton Mail secure email.",
    "zh": "发自我的华为手机",
    "ja": "iPhoneから送信",
    "ko": "나의 iPhone에서 보냄",
    "tr": "Android için Outlook uygulamasından gönderildi",
    "hu": "Az Androidhoz készült Outlookból küldve",
    "cs": "Získat Outlook pro Android",
}


def clients() -> Iterator[Written]:
    """Each with the answer above, below, and between where it can stand there."""
    for name, (new, line, old) in ABOVE.items():
        yield Written(f"{name}-top", "txt", f"{new}\n\n{line}\n\n{old}\n", new)
        if old.startswith((">", "AH>")) and ">>>" not in line:
            first, last = new.split("\n")
            yield Written(f"{name}-bottom", "txt", f"{line}\n{old}\n\n{new}\n", new)
            yield Written(
                f"{name}-between", "txt", f"{line}\n{old}\n\n{first}\n\n{old}\n\n{last}\n", new
            )
            yield Written(
                f"{name}-signed",
                "txt",
                f"{new}\n\n-- \nAnn Berg\n\n{line}\n{old}\n",
                f"{new}\n\n-- \nAnn Berg",
            )
    for name, (new, head) in HEADED.items():
        mark = "> " if head.splitlines()[-1] == ">" else ""
        text = f"{new}\n\n{head}\n{mark}\n{mark}4711: 10:15.\n"
        yield Written(f"{name}-top", "txt", text, new)
        if not mark:
            yield Written(f"{name}-html", "html", _page(new, head), new)
        if not mark and not head.startswith("------ Orig"):
            yield Written(f"{name}-bordered", "html", _bordered(new, head), new)
    for name, mobile in MOBILE.items():
        text = (
            f"OK 4711.\n\n{mobile}\n\nOn 2 Mar 2027, at 10:15, Acme Help <{WE}> wrote:\n\n> 4711?\n"
        )
        yield Written(f"phone-{name}", "txt", text, f"OK 4711.\n\n{mobile}")
        inside = f"{mobile}\n\n> On 2 Mar 2027, at 10:15, Acme Help <{WE}> wrote:\n>\n> 4711?\n\nOK 4711.\n"
        yield Written(f"phone-{name}-below", "txt", inside, f"{mobile}\n\nOK 4711.")
    for name, (page, new) in PAGES.items():
        yield Written(f"page-{name}", "html", page, new)


def _lines(text: str) -> str:
    return "<br>".join(map(html.escape, text.split("\n")))


def _page(new: str, head: str) -> str:
    return f"<div>{_lines(new)}</div><div><br></div><div>{_lines(head)}</div><div><br></div><div>4711: 10:15.</div>"


def _bordered(new: str, head: str) -> str:
    rows = [row for row in head.split("\n") if not row.startswith(("-", "_"))]
    return (
        f'<p class="MsoNormal">{_lines(new)}</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{"<br>".join(f"<b>{html.escape(row)}</b>" for row in rows)}</p></div><p>4711: 10:15.</p>'
    )


_OLD = "<div>It comes tomorrow.</div>"
PAGES = {
    "mail.ru": (f'<div>Лампа разбита.</div><br><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Вторник, 2 марта 2027, 10:15 +03:00 от Acme Help &lt;{WE}&gt;:<br><div>{_OLD}</div></blockquote>', "Лампа разбита."),
    "yandex": (f"<div>Лампа разбита.</div><div> </div><div>02.03.2027, 10:15, \"Acme Help\" &lt;{WE}&gt;:</div><blockquote>{_OLD}</blockquote>", "Лампа разбита."),
    "qq": (f'<div>灯坏了。</div><div style="font-size: 12px;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"Acme"&lt;{WE}&gt;;</div><div><b>发送时间:</b>&nbsp;2027年3月2日(星期二) 10:15</div><div><b>收件人:</b>&nbsp;"ann"&lt;{ANN}&gt;;</div></div>{_OLD}', "灯坏了。"),
    "foxmail": (f'<div>灯坏了。</div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"><blockquote style="margin-Top: 0px;"><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div><b>发件人：</b> <a href="mailto:{WE}">Acme</a></div><div><b>发送时间：</b> 2027-03-02 10:15</div><div><b>收件人：</b> {ANN}</div><div><b>主题：</b> Re: 4711</div></div>{_OLD}</blockquote>', "灯坏了。"),
    "naver": (f'<div>램프가 깨졌습니다.</div><p>-----Original Message-----<br><b>From:</b> "Acme" &lt;{WE}&gt;<br><b>To:</b> &lt;{ANN}&gt;;<br><b>Cc:</b><br><b>Sent:</b> 2027-03-02 (화) 10:15:00 (GMT+09:00)<br><b>Subject:</b> Re: 4711<br></p>{_OLD}', "램프가 깨졌습니다."),
    "samsung": (f'<div>The lamp is broken.</div><div id="composer_signature"><div>Sent from my Galaxy</div></div><div style="font-size:100%;color:#000000"><div>-------- Original message --------</div><div>From: Acme Help &lt;{WE}&gt; </div><div>Date: 3/2/27  10:15  (GMT+01:00) </div><div>To: {ANN} </div><div>Subject: Re: 4711 </div></div>{_OLD}', "The lamp is broken.\nSent from my Galaxy"),
    "notes": (f'<font>The lamp is broken.</font><br><br><table><tr><td>From:</td><td>"Acme" &lt;{WE}&gt;</td></tr><tr><td>To:</td><td>{ANN}</td></tr><tr><td>Date:</td><td>02.03.2027 10:15</td></tr><tr><td>Subject:</td><td>Re: 4711</td></tr></table><hr noshade>{_OLD}', "The lamp is broken."),
    "groupwise": (f'<div>The lamp is broken.</div><div><br></div>&gt;&gt;&gt; Acme Help &lt;{WE}&gt; 3/2/2027 10:15 AM &gt;&gt;&gt;<br>{_OLD}', "The lamp is broken."),
    "zoho": (f'<div>The lamp is broken.</div><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204,204,204); height: 0px;"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true"><div id="Zm-_Id_-Sgn1">---- On Tue, 02 Mar 2027 10:15:00 +0100 <b>Acme Help &lt;{WE}&gt;</b> wrote ---<br></div><br><blockquote id="blockquote_zmail">{_OLD}</blockquote></div>', "The lamp is broken."),
    "outlook-web-new": (f'<div class="elementToProof">The lamp is broken.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Acme</div>{_OLD}', "The lamp is broken."),
    "outlook-new-reference": (f'<div>The lamp is broken.</div><div id="mail-editor-reference-message-container"><div style="padding:3pt 0in 0in;border-width:1pt medium medium;border-style:solid none none"><b>From:</b> Acme</div>{_OLD}</div>', "The lamp is broken."),
    "titan": (f'<div>The lamp is broken.</div><div class="flockmail-quote"><div>On Tue, 2 Mar 2027 10:15:00 +0100 Acme Help &lt;{WE}&gt; wrote</div><blockquote>{_OLD}</blockquote></div>', "The lamp is broken."),
    "superhuman": (f'<div>The lamp is broken.</div><div class="gmail_quote">On Tue, Mar 02, 2027 at 10:15 AM, Acme Help <span>&lt;<a href="mailto:{WE}">{WE}</a>&gt;</span> wrote:<br><blockquote class="gmail_quote">{_OLD}</blockquote></div>', "The lamp is broken."),
    "spark": (f'<div name="messageBodySection"><div>The lamp is broken.</div></div><div name="messageReplySection">On 2 Mar 2027 at 10:15 +0100, Acme Help &lt;{WE}&gt;, wrote:<br><blockquote type="cite" class="spark_quote">{_OLD}</blockquote></div>', "The lamp is broken."),
    "em-client": (f'<div>The lamp is broken.</div><div id="x1"><blockquote cite="mid" type="cite" class="cite2"><div>------ Original Message ------</div><div>From "Acme" &lt;{WE}&gt;</div>{_OLD}</blockquote></div>', "The lamp is broken."),
    "bordered-answers": (f'<div>One.</div><blockquote type="cite">{_OLD}</blockquote><div>Two.</div><blockquote type="cite">{_OLD}</blockquote><div>Three.</div>', "One.\nTwo.\nThree."),
    "left-border-div": (f'<div>The lamp is broken.</div><div>On 2 Mar 2027, at 10:15, Acme Help &lt;{WE}&gt; wrote:</div><div style="border-left:1px solid #ccc;padding-left:1ex">{_OLD}</div>', "The lamp is broken."),
    "disclaimer": (f'<div>The lamp is broken.</div><p style="font-size:8pt">This message is confidential.</p><div class="gmail_quote"><div class="gmail_attr">On 2 Mar 2027 at 10:15 Acme &lt;{WE}&gt; wrote:</div><blockquote class="gmail_quote">{_OLD}</blockquote></div>', "The lamp is broken.\nThis message is confidential."),
    "banner": (f'<table><tr><td>CAUTION: this mail came from outside.</td></tr></table><div>The lamp is broken.</div><div id="divRplyFwdMsg"><b>From:</b> Acme</div>{_OLD}', "CAUTION: this mail came from outside.\nThe lamp is broken."),
    "rtl": (f'<div dir="rtl"><div>המנורה שבורה.</div><div class="gmail_quote"><div dir="rtl" class="gmail_attr">‫בתאריך יום ג׳, 2 במרץ 2027 ב-10:15 מאת ‪Acme Help‬‏ &lt;‪{WE}‬‏&gt;:‬</div><blockquote class="gmail_quote">{_OLD}</blockquote></div></div>', "המנורה שבורה."),
}  # fmt: skip
"""HTML, and what of it is new."""
