"""Replies as mail programs write them, in many languages and layouts, each with what was newly written: made here, no mail of anybody's."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

ANN = "ann.berg@kunden.example"
WE = "help@acme.example"


@dataclass(frozen=True, slots=True)
class Tongue:
    """What is written in one language. `gmail`, `apple`, `thunderbird`: the line above a quotation.
    `labels`: From, Sent, To, Subject of Outlook; `original`: what stands between its dashes."""

    code: str
    new: tuple[str, ...]
    quoted: tuple[str, ...]
    gmail: str
    apple: str
    thunderbird: str
    labels: tuple[str, str, str, str]
    sent: str
    original: str
    mobile: str
    closing: str


TONGUES = (
    Tongue(
        "en",
        ("The parcel came on 3 March, but the lamp is broken.", "On Monday I am at home, see you then.", "Ann wrote to you before me."),
        ("Thank you for your order.", "It comes tomorrow, between 9:00 and 12:00."),
        "On Tue, Mar 2, 2027 at 10:15 AM Acme Help <help@acme.example> wrote:",
        "On 2 Mar 2027, at 10:15, Acme Help <help@acme.example> wrote:",
        "On 02/03/2027 10:15, Acme Help wrote:",
        ("From", "Sent", "To", "Subject"), "Tuesday, March 2, 2027 10:15 AM", "Original Message",
        "Sent from my iPhone", "Best regards",
    ),
    Tongue(
        "de",
        ("Das Paket kam am 3. März, aber die Lampe ist kaputt.", "Am Montag bin ich zu Hause, bis dann.", "Meine Frau schrieb Ihnen schon: bitte prüfen."),
        ("Vielen Dank für Ihre Bestellung.", "Sie kommt morgen zwischen 9:00 und 12:00 Uhr."),
        "Am Di., 2. März 2027 um 10:15 Uhr schrieb Acme Help <help@acme.example>:",
        "Am 02.03.2027 um 10:15 schrieb Acme Help <help@acme.example>:",
        "Am 02.03.27 um 10:15 schrieb Acme Help:",
        ("Von", "Gesendet", "An", "Betreff"), "Dienstag, 2. März 2027 10:15", "Ursprüngliche Nachricht",
        "Von meinem iPhone gesendet", "Mit freundlichen Grüßen",
    ),
    Tongue(
        "fr",
        ("Le colis est arrivé le 3 mars, mais la lampe est cassée.", "Le lundi je suis chez moi à 14:00.", "Ma femme vous a écrit : sans réponse."),
        ("Merci pour votre commande.", "Elle arrive demain entre 9h00 et 12h00."),
        "Le mar. 2 mars 2027 à 10:15, Acme Help <help@acme.example> a écrit :",
        "Le 2 mars 2027 à 10:15, Acme Help <help@acme.example> a écrit :",
        "Le 02/03/2027 à 10:15, Acme Help a écrit :",
        ("De", "Envoyé", "À", "Objet"), "mardi 2 mars 2027 10:15", "Message d'origine",
        "Envoyé de mon iPhone", "Cordialement",
    ),
    Tongue(
        "es",
        ("El paquete llegó el 3 de marzo, pero la lámpara está rota.", "El lunes estoy en casa a las 14:00.", "Mi mujer escribió: no hubo respuesta."),
        ("Gracias por su pedido.", "Llega mañana entre las 9:00 y las 12:00."),
        "El mar, 2 mar 2027 a las 10:15, Acme Help (<help@acme.example>) escribió:",
        "El 2 mar 2027, a las 10:15, Acme Help <help@acme.example> escribió:",
        "El 02/03/2027 a las 10:15, Acme Help escribió:",
        ("De", "Enviado", "Para", "Asunto"), "martes, 2 de marzo de 2027 10:15", "Mensaje original",
        "Enviado desde mi iPhone", "Un saludo",
    ),
    Tongue(
        "it",
        ("Il pacco è arrivato il 3 marzo, ma la lampada è rotta.", "Il lunedì sono a casa alle 14:00.", "Mia moglie ha scritto: nessuna risposta."),
        ("Grazie per il suo ordine.", "Arriva domani tra le 9:00 e le 12:00."),
        "Il giorno mar 2 mar 2027 alle ore 10:15 Acme Help <help@acme.example> ha scritto:",
        "Il giorno 2 mar 2027, alle ore 10:15, Acme Help <help@acme.example> ha scritto:",
        "Il 02/03/2027 10:15, Acme Help ha scritto:",
        ("Da", "Inviato", "A", "Oggetto"), "martedì 2 marzo 2027 10:15", "Messaggio originale",
        "Inviato da iPhone", "Cordiali saluti",
    ),
    Tongue(
        "pt",
        ("O pacote chegou em 3 de março, mas a lâmpada está partida.", "Em casa estou na segunda às 14:00.", "A minha mulher escreveu: sem resposta."),
        ("Obrigado pelo seu pedido.", "Chega amanhã entre as 9:00 e as 12:00."),
        "Em ter., 2 de mar. de 2027 às 10:15, Acme Help <help@acme.example> escreveu:",
        "Em 2 de mar. de 2027, à(s) 10:15, Acme Help <help@acme.example> escreveu:",
        "Em 02/03/2027 10:15, Acme Help escreveu:",
        ("De", "Enviado", "Para", "Assunto"), "terça-feira, 2 de março de 2027 10:15", "Mensagem original",
        "Enviado do meu iPhone", "Atenciosamente",
    ),
    Tongue(
        "nl",
        ("Het pakket kwam op 3 maart, maar de lamp is kapot.", "Op maandag ben ik thuis, tot dan.", "Mijn vrouw schreef u al: geen antwoord."),
        ("Bedankt voor uw bestelling.", "Ze komt morgen tussen 9:00 en 12:00 uur."),
        "Op di 2 mrt 2027 om 10:15 schreef Acme Help <help@acme.example>:",
        "Op 2 mrt. 2027 om 10:15 heeft Acme Help <help@acme.example> het volgende geschreven:",
        "Op 02-03-2027 om 10:15 schreef Acme Help:",
        ("Van", "Verzonden", "Aan", "Onderwerp"), "dinsdag 2 maart 2027 10:15", "Oorspronkelijk bericht",
        "Verstuurd vanaf mijn iPhone", "Met vriendelijke groet",
    ),
    Tongue(
        "sv",
        ("Paketet kom den 3 mars, men lampan är trasig.", "Den dagen är jag hemma kl. 14:00.", "Min fru skrev: inget svar."),
        ("Tack för din beställning.", "Den kommer i morgon mellan 9:00 och 12:00."),
        "Den tis 2 mars 2027 kl 10:15 skrev Acme Help <help@acme.example>:",
        "2 mars 2027 kl. 10:15 skrev Acme Help <help@acme.example>:",
        "Den 2027-03-02 kl. 10:15, skrev Acme Help:",
        ("Från", "Skickat", "Till", "Ämne"), "den 2 mars 2027 10:15", "Ursprungligt meddelande",
        "Skickat från min iPhone", "Med vänlig hälsning",
    ),
    Tongue(
        "da",
        ("Pakken kom den 3. marts, men lampen er i stykker.", "Den dag er jeg hjemme kl. 14:00.", "Min kone skrev: intet svar."),
        ("Tak for din ordre.", "Den kommer i morgen mellem 9:00 og 12:00."),
        "Den tirs. 2. mar. 2027 kl. 10.15 skrev Acme Help <help@acme.example>:",
        "Den 2. mar. 2027 kl. 10.15 skrev Acme Help <help@acme.example>:",
        "Den 02.03.2027 kl. 10.15 skrev Acme Help:",
        ("Fra", "Sendt", "Til", "Emne"), "2. marts 2027 10:15", "Oprindelig meddelelse",
        "Sendt fra min iPhone", "Med venlig hilsen",
    ),
    Tongue(
        "nb",
        ("Pakken kom 3. mars, men lampen er ødelagt.", "På mandag er jeg hjemme kl. 14:00.", "Kona mi skrev: ikke noe svar."),
        ("Takk for bestillingen.", "Den kommer i morgen mellom 9:00 og 12:00."),
        "tir. 2. mar. 2027 kl. 10:15 skrev Acme Help <help@acme.example>:",
        "2. mar. 2027 kl. 10:15 skrev Acme Help <help@acme.example>:",
        "Den 02.03.2027 10:15, skrev Acme Help:",
        ("Fra", "Sendt", "Til", "Emne"), "tirsdag 2. mars 2027 10:15", "Opprinnelig melding",
        "Sendt fra min iPhone", "Vennlig hilsen",
    ),
    Tongue(
        "fi",
        ("Paketti tuli 3. maaliskuuta, mutta lamppu on rikki.", "Ma olen kotona kello 14:00.", "Vaimoni kirjoitti: ei vastausta."),
        ("Kiitos tilauksestasi.", "Se tulee huomenna kello 9:00 ja 12:00 välillä."),
        "ti 2. maalisk. 2027 klo 10.15 Acme Help (help@acme.example) kirjoitti:",
        "Acme Help <help@acme.example> kirjoitti 2.3.2027 kello 10.15:",
        "Acme Help kirjoitti 2.3.2027 klo 10.15:",
        ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"), "tiistai 2. maaliskuuta 2027 10.15", "Alkuperäinen viesti",
        "Lähetetty iPhonesta", "Ystävällisin terveisin",
    ),
    Tongue(
        "pl",
        ("Paczka przyszła 3 marca, ale lampa jest zepsuta.", "W poniedziałek jestem w domu o 14:00.", "Moja żona pisze: brak odpowiedzi."),
        ("Dziękujemy za zamówienie.", "Przyjdzie jutro między 9:00 a 12:00."),
        "wt., 2 mar 2027 o 10:15 Acme Help <help@acme.example> napisał(a):",
        "Wiadomość napisana przez Acme Help <help@acme.example> w dniu 02.03.2027, o godz. 10:15:",
        "W dniu 02.03.2027 o 10:15, Acme Help pisze:",
        ("Od", "Wysłano", "Do", "Temat"), "wtorek, 2 marca 2027 10:15", "Wiadomość oryginalna",
        "Wysłane z iPhone'a", "Z poważaniem",
    ),
    Tongue(
        "cs",
        ("Balík přišel 3. března, ale lampa je rozbitá.", "V pondělí jsem doma ve 14:00.", "Manželka vám napsala: bez odpovědi."),
        ("Děkujeme za objednávku.", "Přijde zítra mezi 9:00 a 12:00."),
        "út 2. 3. 2027 v 10:15 odesílatel Acme Help <help@acme.example> napsal:",
        "2. 3. 2027 v 10:15, Acme Help <help@acme.example>:",
        "Dne 02. 03. 27 v 10:15 Acme Help napsal(a):",
        ("Od", "Odesláno", "Komu", "Předmět"), "úterý 2. března 2027 10:15", "Původní zpráva",
        "Odesláno z iPhonu", "S pozdravem",
    ),
    Tongue(
        "hu",
        ("A csomag március 3-án jött, de a lámpa törött.", "Hétfőn 14:00 után otthon vagyok.", "A feleségem írta: nincs válasz."),
        ("Köszönjük a rendelését.", "Holnap 9:00 és 12:00 között érkezik."),
        "Acme Help <help@acme.example> ezt írta (időpont: 2027. márc. 2., K, 10:15):",
        "2027. 03. 02. dátummal, 10:15 időpontban Acme Help <help@acme.example> írta:",
        "2027. 03. 02. 10:15 keltezéssel, Acme Help írta:",
        ("Feladó", "Elküldve", "Címzett", "Tárgy"), "2027. március 2., kedd 10:15", "Eredeti üzenet",
        "iPhone-omról küldve", "Üdvözlettel",
    ),
    Tongue(
        "ro",
        ("Coletul a venit pe 3 martie, dar lampa este spartă.", "Luni sunt acasă la 14:00.", "Soția mea a scris: niciun răspuns."),
        ("Vă mulțumim pentru comandă.", "Vine mâine între 9:00 și 12:00."),
        "În mar., 2 mar. 2027 la 10:15, Acme Help <help@acme.example> a scris:",
        "Pe 2 mar. 2027, la 10:15, Acme Help <help@acme.example> a scris:",
        "Pe 02.03.2027 10:15, Acme Help a scris:",
        ("De la", "Trimis", "Către", "Subiect"), "marți, 2 martie 2027 10:15", "Mesaj original",
        "Trimis de pe iPhone-ul meu", "Cu stimă",
    ),
    Tongue(
        "tr",
        ("Paket 3 Mart'ta geldi ama lamba kırık.", "Pazartesi saat 14:00'te evdeyim.", "Eşim size yazdı: cevap yok."),
        ("Siparişiniz için teşekkürler.", "Yarın 9:00 ile 12:00 arasında gelir."),
        "Acme Help <help@acme.example>, 2 Mar 2027 Sal, 10:15 tarihinde şunu yazdı:",
        "Acme Help <help@acme.example> şunları yazdı (2 Mar 2027 10:15):",
        "2.03.2027 10:15 tarihinde Acme Help yazdı:",
        ("Kimden", "Gönderildi", "Kime", "Konu"), "2 Mart 2027 Salı 10:15", "Özgün İleti",
        "iPhone'umdan gönderildi", "Saygılarımla",
    ),
    Tongue(
        "el",
        ("Το πακέτο ήρθε στις 3 Μαρτίου, αλλά η λάμπα έσπασε.", "Τη Δευτέρα είμαι σπίτι στις 14:00.", "Η γυναίκα μου έγραψε: καμία απάντηση."),
        ("Ευχαριστούμε για την παραγγελία.", "Έρχεται αύριο μεταξύ 9:00 και 12:00."),
        "Στις Τρί 2 Μαρ 2027 στις 10:15 π.μ., ο χρήστης Acme Help <help@acme.example> έγραψε:",
        "2 Μαρ 2027, στις 10:15, Acme Help <help@acme.example> έγραψε:",
        "Στις 2/3/2027 10:15, Acme Help έγραψε:",
        ("Από", "Στάλθηκε", "Προς", "Θέμα"), "Τρίτη, 2 Μαρτίου 2027 10:15", "Αρχικό μήνυμα",
        "Στάλθηκε από το iPhone μου", "Με εκτίμηση",
    ),
    Tongue(
        "ru",
        ("Посылка пришла 3 марта, но лампа разбита.", "В понедельник я дома в 14:00.", "Моя жена писала: ответа нет."),
        ("Спасибо за ваш заказ.", "Он придёт завтра между 9:00 и 12:00."),
        "вт, 2 мар. 2027 г. в 10:15, Acme Help <help@acme.example>:",
        "2 марта 2027 г., в 10:15, Acme Help <help@acme.example> написал(а):",
        "02.03.2027 10:15, Acme Help пишет:",
        ("От", "Отправлено", "Кому", "Тема"), "2 марта 2027 г. 10:15", "Исходное сообщение",
        "Отправлено с iPhone", "С уважением",
    ),
    Tongue(
        "uk",
        ("Посилка прийшла 3 березня, але лампа розбита.", "У понеділок я вдома о 14:00.", "Моя дружина написала: відповіді немає."),
        ("Дякуємо за ваше замовлення.", "Воно прийде завтра між 9:00 та 12:00."),
        "вт, 2 бер. 2027 р. о 10:15 Acme Help <help@acme.example> пише:",
        "2 бер. 2027 р. о 10:15 Acme Help <help@acme.example> написав:",
        "02.03.2027 10:15, Acme Help пише:",
        ("Від", "Надіслано", "Кому", "Тема"), "2 березня 2027 р. 10:15", "Вихідне повідомлення",
        "Надіслано з iPhone", "З повагою",
    ),
    Tongue(
        "ja",
        ("荷物は3月3日に届きましたが、ランプが壊れています。", "月曜日の14:00に家にいます。", "妻が前に書きました。"),
        ("ご注文ありがとうございます。", "明日9:00から12:00の間に届きます。"),
        "2027年3月2日(火) 10:15 Acme Help <help@acme.example>:",
        "2027/03/02 10:15、Acme Help <help@acme.example>のメール:",
        "On 2027/03/02 10:15, Acme Help wrote:",
        ("差出人", "送信日時", "宛先", "件名"), "2027年3月2日火曜日 10:15", "元のメッセージ",
        "iPhoneから送信", "よろしくお願いいたします",
    ),
    Tongue(
        "zh",
        ("包裹3月3日到了，但是灯坏了。", "星期一14:00我在家。", "我妻子写过信：没有回复。"),
        ("感谢您的订单。", "明天9:00到12:00之间送到。"),
        "Acme Help <help@acme.example> 于2027年3月2日周二 10:15写道：",
        "在 2027年3月2日，10:15，Acme Help <help@acme.example> 写道：",
        "在 2027/3/2 10:15, Acme Help 写道:",
        ("发件人", "发送时间", "收件人", "主题"), "2027年3月2日 10:15", "原始邮件",
        "从我的iPhone发送", "谢谢",
    ),
    Tongue(
        "zh-tw",
        ("包裹3月3日到了，但是燈壞了。", "星期一14:00我在家。", "我太太寫過信：沒有回覆。"),
        ("感謝您的訂單。", "明天9:00到12:00之間送達。"),
        "Acme Help <help@acme.example> 於 2027年3月2日 週二 上午10:15寫道：",
        "Acme Help <help@acme.example> 於 2027年3月2日 上午10:15 寫道：",
        "Acme Help 於 2027/3/2 上午 10:15 寫道:",
        ("寄件者", "傳送時間", "收件者", "主旨"), "2027年3月2日 上午 10:15", "原始郵件",
        "從我的iPhone傳送", "敬上",
    ),
    Tongue(
        "ko",
        ("소포는 3월 3일에 왔지만 램프가 깨졌습니다.", "월요일 14:00에 집에 있습니다.", "아내가 이미 썼습니다: 답이 없었습니다."),
        ("주문해 주셔서 감사합니다.", "내일 9:00에서 12:00 사이에 도착합니다."),
        "2027년 3월 2일 (화) 오전 10:15, Acme Help <help@acme.example>님이 작성:",
        "2027. 3. 2. 오전 10:15, Acme Help <help@acme.example> 작성:",
        "2027-03-02 오전 10:15에 Acme Help 이(가) 쓴 글:",
        ("보낸 사람", "보낸 날짜", "받는 사람", "제목"), "2027년 3월 2일 화요일 오전 10:15", "원본 메시지",
        "나의 iPhone에서 보냄", "감사합니다",
    ),
    Tongue(
        "ar",
        ("وصل الطرد يوم 3 مارس لكن المصباح مكسور.", "سأكون في المنزل الساعة 14:00.", "زوجتي كتبت لكم ولم يصلها رد."),
        ("شكرا لطلبكم.", "سيصل غدا بين 9:00 و 12:00."),
        "في الثلاثاء، 2 مارس 2027 في 10:15 ص تمت كتابة ما يلي بواسطة Acme Help <help@acme.example>:",
        "في 2 مارس 2027، الساعة 10:15، كتب Acme Help <help@acme.example>:",
        "في 02/03/2027 10:15، كتب Acme Help:",
        ("من", "تم الإرسال", "إلى", "الموضوع"), "الثلاثاء، 2 مارس 2027 10:15", "الرسالة الأصلية",
        "أُرسلت من الـ iPhone", "مع التحية",
    ),
    Tongue(
        "he",
        ("החבילה הגיעה ב-3 במרץ, אבל המנורה שבורה.", "ביום שני אני בבית בשעה 14:00.", "אשתי כתבה לכם: אין תשובה."),
        ("תודה על ההזמנה.", "היא תגיע מחר בין 9:00 ל-12:00."),
        "‫בתאריך יום ג׳, 2 במרץ 2027 ב-10:15 מאת ‪Acme Help‬‏ <‪help@acme.example‬‏>:‬",
        "ב-2 במרץ 2027, בשעה 10:15, Acme Help <help@acme.example> כתב/ה:",
        "בתאריך 02/03/2027 10:15, Acme Help כתב:",
        ("מאת", "נשלח", "אל", "נושא"), "יום שלישי 2 מרץ 2027 10:15", "הודעה מקורית",
        "נשלח מה-iPhone שלי", "בברכה",
    ),
    Tongue(
        "vi",
        ("Gói hàng đến ngày 3 tháng 3, nhưng đèn bị vỡ.", "Thứ hai tôi ở nhà lúc 14:00.", "Vợ tôi đã viết: không có trả lời."),
        ("Cảm ơn bạn đã đặt hàng.", "Hàng đến ngày mai từ 9:00 đến 12:00."),
        "Vào Th 3, 2 thg 3, 2027 vào lúc 10:15 Acme Help <help@acme.example> đã viết:",
        "Vào 2 thg 3, 2027, lúc 10:15, Acme Help <help@acme.example> đã viết:",
        "Vào 02/03/2027 10:15, Acme Help đã viết:",
        ("Từ", "Đã gửi", "Đến", "Chủ đề"), "Thứ Ba, 2 tháng 3, 2027 10:15", "Thư gốc",
        "Đã gửi từ iPhone của tôi", "Trân trọng",
    ),
    Tongue(
        "id",
        ("Paket datang pada 3 Maret, tetapi lampunya pecah.", "Pada hari Senin saya di rumah jam 14:00.", "Istri saya menulis: tidak ada jawaban."),
        ("Terima kasih atas pesanan Anda.", "Besok tiba antara 9:00 dan 12:00."),
        "Pada tanggal Sel, 2 Mar 2027 pukul 10.15 Acme Help <help@acme.example> menulis:",
        "Pada 2 Mar 2027, pukul 10.15, Acme Help <help@acme.example> menulis:",
        "Pada 02/03/2027 10:15, Acme Help menulis:",
        ("Dari", "Dikirim", "Kepada", "Subjek"), "Selasa, 02 Maret 2027 10:15", "Pesan Asli",
        "Dikirim dari iPhone saya", "Hormat saya",
    ),
    Tongue(
        "th",
        ("พัสดุมาถึงวันที่ 3 มีนาคม แต่โคมไฟแตก", "วันจันทร์ฉันอยู่บ้านเวลา 14:00", "ภรรยาเคยเขียนถึงคุณแล้ว"),
        ("ขอบคุณสำหรับคำสั่งซื้อ", "จะมาถึงพรุ่งนี้ระหว่าง 9:00 ถึง 12:00"),
        "ในวันที่ อ. 2 มี.ค. 2027 เวลา 10:15 Acme Help <help@acme.example> เขียนว่า:",
        "เมื่อวันที่ 2 มี.ค. 2570 เวลา 10:15, Acme Help <help@acme.example> เขียนว่า:",
        "เมื่อ 02/03/2027 10:15, Acme Help เขียนว่า:",
        ("จาก", "ส่งเมื่อ", "ถึง", "เรื่อง"), "วันอังคารที่ 2 มีนาคม 2027 10:15", "ข้อความต้นฉบับ",
        "ส่งจาก iPhone ของฉัน", "ขอแสดงความนับถือ",
    ),
)  # fmt: skip
DISCLAIMER = (
    "This e-mail and any files transmitted with it are confidential and intended solely for the use of the "
    "individual or entity to whom they are addressed."
)


@dataclass(frozen=True, slots=True)
class Written:
    """One reply: what arrives, and what of it is new."""

    name: str
    format: str
    input: str
    expected: str


def replies() -> Iterator[Written]:
    """Every language in every layout and program."""
    for tongue in TONGUES:
        yield from _texts(tongue)
        yield from _pages(tongue)


def _marked(tongue: Tongue) -> str:
    return "\n".join(f"> {line}" for line in tongue.quoted)


def _header(tongue: Tongue, bold: str = "") -> str:
    values = ("Acme Help <help@acme.example>", tongue.sent, f"Ann Berg <{ANN}>", "Re: 4711")
    return "\n".join(
        f"{bold}{label}:{bold} {value}" for label, value in zip(tongue.labels, values, strict=True)
    )


def _texts(tongue: Tongue) -> Iterator[Written]:
    new, quoted = "\n".join(tongue.new), "\n".join(tongue.quoted)
    sign = f"{tongue.closing},\nAnn Berg"
    marked, header = _marked(tongue), _header(tongue)
    twice = marked.replace("> ", ">> ")
    for program in ("gmail", "apple", "thunderbird"):
        line = getattr(tongue, program)
        blocks = {
            "top": (f"{new}\n\n{line}\n\n{marked}\n", new),
            "top-closing": (f"{new}\n\n{sign}\n\n{line}\n{marked}\n", f"{new}\n\n{sign}"),
            "bottom": (f"{line}\n{marked}\n\n{new}\n", new),
            "between": (
                f"{line}\n> {tongue.quoted[0]}\n\n{tongue.new[0]}\n\n> {tongue.quoted[1]}\n\n{tongue.new[1]}\n",
                f"{tongue.new[0]}\n{tongue.new[1]}",
            ),
            "folded": (f"{new}\n\n{_folded(line)}\n\n{marked}\n", new),
            "mobile": (
                f"{new}\n\n{tongue.mobile}\n\n{line}\n\n{marked}\n",
                f"{new}\n{tongue.mobile}",
            ),
        }
        for layout, (text, expected) in blocks.items():
            yield Written(f"{tongue.code}-{program}-{layout}", "txt", text, expected)
    more = {
        "outlook-rule": (f"{new}\n\n{'_' * 32}\n{header}\n\n{quoted}\n", new),
        "outlook-bare": (f"{new}\n\n{header}\n\n{quoted}\n", new),
        "outlook-stars": (f"{new}\n\n{_header(tongue, '*')}\n\n{quoted}\n", new),
        "outlook-original": (
            f"{new}\n\n-----{tongue.original}-----\n{header}\n\n{quoted}\n",
            new,
        ),
        "no-line": (f"{new}\n\n{marked}\n", new),
        "no-quotation": (new, new),
        "disclaimer": (
            f"{new}\n\n{tongue.gmail}\n\n{marked}\n\n--\n{DISCLAIMER}\n",
            new,
        ),
        "nested": (f"{new}\n\n{tongue.gmail}\n\n> {tongue.apple}\n>\n{twice}\n", new),
        "samsung": (
            f"{new}\n\n-------- {tongue.original} --------\n{header}\n\n{quoted}\n",
            new,
        ),
        "outlook-phone": (
            f"{new}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{'_' * 32}\n{header}\n\n{quoted}\n",
            f"{new}\nGet Outlook for iOS<https://aka.ms/o0ukef>",
        ),
        "proton": (
            f"{new}\n\n------- {tongue.original} -------\n{tongue.gmail}\n\n{marked}\n",
            new,
        ),
        "under-quotation-and-header": (
            f"{tongue.gmail}\n{marked}\n\n{new}\n\n{sign}\n",
            f"{new}\n\n{sign}",
        ),
        "list-of-own": (
            f"{tongue.new[0]}\n\n- 4711: 2\n- 4712: 10:30\n\n{tongue.new[1]}\n\n{tongue.apple}\n{marked}\n",
            f"{tongue.new[0]}\n- 4711: 2\n- 4712: 10:30\n{tongue.new[1]}",
        ),
        "three-answers": (
            "\n\n".join(
                [tongue.gmail, *(f"> {tongue.quoted[n % 2]}\n\n{tongue.new[n]}" for n in range(3))]
            ),
            new,
        ),
        "run-together": (f"{new}\n{tongue.gmail}\n{marked}\n", new),
        "no-end": (f"{new.rstrip('.。')}\n{tongue.apple}\n{marked}\n", new.rstrip(".。")),
    }
    for layout, (text, expected) in more.items():
        yield Written(f"{tongue.code}-{layout}", "txt", text, expected)


def _folded(line: str) -> str:
    """As programs break a line that is too long: before the address."""
    head, sep, tail = line.partition("<")
    return f"{head.rstrip()}\n<{tail}" if sep else line


def _pages(tongue: Tongue) -> Iterator[Written]:
    new = "\n".join(tongue.new)
    paragraphs = "".join(f"<div>{html.escape(line)}</div>" for line in tongue.new)
    quoted = "".join(f"<div>{html.escape(line)}</div>" for line in tongue.quoted)
    first, others = html.escape(tongue.new[0]), "<br>".join(map(html.escape, tongue.new[1:]))
    gmail, apple = html.escape(tongue.gmail), html.escape(tongue.apple)
    header = "<br>".join(
        f"<b>{html.escape(label)}:</b> {html.escape(value)}"
        for label, _, value in (row.partition(": ") for row in _header(tongue).splitlines())
    )
    word = "".join(
        f'<p class="MsoNormal">{html.escape(line)}<o:p></o:p></p>' for line in tongue.new
    )
    pages = {
        "gmail": (
            f'<div dir="ltr">{paragraphs}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            f'{gmail}<br></div><blockquote class="gmail_quote" style="margin:0">{quoted}</blockquote></div>'
        ),
        "apple": (
            f'<html><body>{paragraphs}<div><br><blockquote type="cite"><div>{apple}</div><br>'
            f"<div>{quoted}</div></blockquote></div></body></html>"
        ),
        "thunderbird": (
            f'<html><body><p>{paragraphs}</p><div class="moz-cite-prefix">{html.escape(tongue.thunderbird)}<br>'
            f'</div><blockquote type="cite" cite="mid:x@y">{quoted}</blockquote></body></html>'
        ),
        "outlook": (
            f'<div class="WordSection1">{word}<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
            f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{header}</p></div></div><p class="MsoNormal">{quoted}'
            "</p></div>"
        ),
        "outlook-web": (
            f'<div>{paragraphs}</div><hr style="display:inline-block;width:98%" tabindex="-1">'
            f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{header}</font><div>&nbsp;</div></div>'
            f"<div>{quoted}</div>"
        ),
        "yahoo": (
            f'<div class="ydp1">{paragraphs}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>{gmail}</div>'
            f"<div>{quoted}</div></div>"
        ),
        "plain-div": (
            f"<div>{paragraphs}</div><div>{gmail}</div><blockquote>{quoted}</blockquote>"
        ),
        "gmail-below": (
            f'<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{gmail}<br></div>'
            f'<blockquote class="gmail_quote">{quoted}</blockquote></div>{paragraphs}</div>'
        ),
        "gmail-between": (
            f'<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">{gmail}<br></div><blockquote '
            f'class="gmail_quote">{quoted}</blockquote><div>{first}</div><blockquote class="gmail_quote">{quoted}'
            f"</blockquote><div>{others}</div></div></div>"
        ),
        "gmail-no-class": (
            f'<div dir="ltr">{paragraphs}<br>{gmail}<br><blockquote style="border-left:1px solid #ccc">{quoted}'
            "</blockquote></div>"
        ),
        "apple-below": (
            f'<html><body><blockquote type="cite"><div>{apple}</div><br>{quoted}</blockquote><br>{paragraphs}'
            "</body></html>"
        ),
        "apple-between": (
            f'<body><div><blockquote type="cite">{apple}</blockquote></div><blockquote type="cite">{quoted}'
            f'</blockquote><div>{first}</div><blockquote type="cite">{quoted}</blockquote>{others}</body>'
        ),
        "thunderbird-below": (
            f'<body><div class="moz-cite-prefix">{html.escape(tongue.thunderbird)}<br></div><blockquote type="cite">'
            f"{quoted}</blockquote><p>{first}</p><p>{others}</p></body>"
        ),
        "outlook-phone": (
            f'<body><div dir="auto">{paragraphs}</div><div id="ms-outlook-mobile-signature"></div><hr '
            f'style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><font>{header}</font></div>{quoted}</body>'
        ),
        "proton": (
            f'<div>{paragraphs}</div><div class="protonmail_quote">{gmail}<br><blockquote class="protonmail_quote" '
            f'type="cite">{quoted}</blockquote></div>'
        ),
        "word-no-border": (
            f'<div class="WordSection1">{word}<p class="MsoNormal">{header}</p><p class="MsoNormal">{quoted}</p></div>'
        ),
        "table": (
            f"<table><tr><td>{paragraphs}</td></tr></table><hr><div>{header}</div><div>{quoted}</div>"
        ),
        "breaks": (
            f"<body>{'<br>'.join(map(html.escape, tongue.new))}<br><br>{gmail}<br><br>"
            f"{'<br>'.join('&gt; ' + html.escape(line) for line in tongue.quoted)}</body>"
        ),
        "no-quotation": f"<p>{paragraphs}</p>",
    }
    for layout, page in pages.items():
        yield Written(f"{tongue.code}-html-{layout}", "html", page, new)


def programs() -> Iterator[Written]:
    """What programs write that speak one language, or none."""
    new, old = "The lamp is broken.\nPlease send another one.", "It comes tomorrow."
    address = '"Acme Help" <help@acme.example>'
    blocks = {
        "yahoo": f"    On Tuesday, March 2, 2027 at 10:15:00 AM GMT+1, Acme Help <help@acme.example> wrote:  \n \n {old}\n",
        "yandex": f"02.03.2027, 10:15, {address}:\n> {old}\n",
        "gmx": f"Gesendet: Dienstag, 02. März 2027 um 10:15 Uhr\nVon: {address}\nAn: {ANN}\nBetreff: Re: 4711\n\n{old}\n",
        "mail.ru": f"Вторник, 2 марта 2027, 10:15 +03:00 от Acme Help <help@acme.example>:\n>\n>{old}\n",
        "qq": f"------------------ 原始邮件 ------------------\n发件人: {address}\n发送时间: 2027年3月2日 10:15\n收件人: {ANN}\n\n{old}\n",
        "163": f"At 2027-03-02 10:15:00, {address} wrote:\n>{old}\n",
        "groupwise": f">>> Acme Help <help@acme.example> 3/2/2027 10:15 AM >>>\n{old}\n",
        "mutt": f"On Tue, Mar 02, 2027 at 10:15:00AM +0100, Acme Help wrote:\n> {old}\n",
        "gnus": f"Acme Help <help@acme.example> writes:\n\n> {old}\n",
        "pine": f"On Tue, 2 Mar 2027, Acme Help wrote:\n\n> {old}\n",
        "kmail": f"Am Dienstag, 2. März 2027, 10:15:00 CET schrieb Acme Help:\n> {old}\n",
        "claws": f"On Tue, 2 Mar 2027 10:15:00 +0100\nAcme Help <help@acme.example> wrote:\n\n> {old}\n",
        "zimbra": f"----- Original Message -----\nFrom: {address}\nTo: {ANN}\nSent: Tuesday, March 2, 2027 10:15:00 AM\nSubject: 4711\n\n{old}\n",
        "blackberry": f"Sent from my BlackBerry\n\n-----Original Message-----\nFrom: {address}\nDate: Tue, 2 Mar 2027 10:15:00\nTo: {ANN}\nSubject: 4711\n\n{old}\n",
        "helpdesk": f"##- Please type your reply above this line -##\n\n{old}\n",
    }
    for name, block in blocks.items():
        rest = "\nSent from my BlackBerry" if name == "blackberry" else ""
        yield Written(f"program-{name}", "txt", f"{new}\n\n{block}", new + rest)
    for name, text in TRICKY.items():
        yield Written(f"tricky-{name}", "txt", text, text)


TRICKY = {
    "commands": "I typed this:\n\n> git status\n> git push\n\nand nothing happened.",
    "told": "On 3 March at 10:15 your colleague wrote: we refund it.\nThat was a month ago.",
    "itinerary": "My trip:\n\nFrom: Berlin\nTo: Madrid\nDate: 2 March 2027\n\nCan it be changed?",
    "form": "Subject: complaint\nOrder: 4711\n\nThe lamp is broken.",
    "dated": "Am 2. März 2027 um 10:15 Uhr habe ich angerufen:\nniemand hat abgenommen.",
    "said": "Ann wrote:\nthe lamp is broken.",
    "rule": "First part\n\n----------\n\nSecond part",
    "underscores": "Name\n______________________________\n\nPlease sign above. On 3/2/2027 I will come.",
    "address": "Write to Bob <bob@kunden.example> at 10:15:\nhe knows.",
    "times": "Mo 10:15:\n- lamp\nDi 11:00:\n- table",
    "arrows": "-> first\n=> second\n>> not a quotation? It is what I meant:\nthird",
    "original": "This is not the original message I wrote.\nIt was another one.",
    "signature-mark": "I wrote -- as you know -- twice.\n-- \nAnn",
    "above": "The lamp above this line of shelves is broken.\n== and so is the other ==\nHelp.",
    "forwarded-word": "Forwarded message: none.\nI never got it.",
}
"""New text that looks like the beginning of a quotation."""
