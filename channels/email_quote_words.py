"""The words mail programs put around a quoted message, in the languages they speak. How they are used does not belong here.

Taken from the interfaces of Outlook, Gmail, Apple Mail, Thunderbird, Yahoo, Yandex, QQ and the mobile programs.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    """The words between bars and line ends, each once, without the colon that may follow them."""
    return tuple(
        dict.fromkeys(
            word.strip(" :") or word for word in text.strip().replace("\n", "|").split("|")
        )
    )


def _patterns(text: str) -> tuple[str, ...]:
    """The same for regular expressions whose spaces at the end count."""
    return tuple(text.strip("\n").replace("\n", "|").split("|"))


# Labels of the small header block that Outlook and others put above the earlier message.
FROM = _words("""
from|von|de|da|od|van|fra|från|fran|lähettäjä|lähettänyt|keneltä|feladó|felado|від|от|от кого|от:|desde|expéditeur|mittente|remitente|remetente
absender|afzender|avsändare|avsender|afsender|nadawca|odesílatel|odosielateľ|expeditor|de la|kimden|gönderen|από|апo|отправитель|відправник|подател|од
pošiljatelj|šalje|prejemnik od|nuo|no|saatja|kellelt|sendandi|frá|từ|người gửi|dari|pengirim|จาก|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|발신|من|المرسل|מאת|מאת:|از|فرستنده|से|प्रेषक|gan|från:|daripada|nork|ó|გამგზავნი|ումից
""")
SENT = _words("""
sent|sent at|sent on|gesendet|gesendet am|gesendet um|envoyé|envoyé le|envoye|envoyée|enviado|enviado el|enviado em|enviada em|enviat|inviato|inviato il|verzonden|verzonden op|skickat|skickat den|sendt|lähetetty|lähetysaika
wysłano|wysłane|odesláno|odoslané|elküldve|küldve|trimis|trimise|gönderildi|gönderme tarihi|gönderilme tarihi|στάλθηκε|απεστάλη|отправлено|надіслано|изпратено|изпратено на|poslano|poslato|послато|išsiųsta|nosūtīts|saadetud
đã gửi|gửi|dikirim|terkirim|ส่ง|ส่งเมื่อ|发送时间|发送日期|寄件日期|傳送時間|送信日時|送信日|보낸 날짜|날짜 및 시간|보낸날짜|تم الإرسال|أُرسلت|נשלח|ارسال شده|भेजा गया|enviada|envoyé à|dihantar|bidaltze-data|bidalia|seolta|გაგზავნილია|ուղարկված|ուղարկվել է
""")
DATE = _words("""
date|datum|fecha|data|dato|päivä|päiväys|päivämäärä|pvm|dátum|dată|data:|tarih|ημερομηνία|дата|dátum|kuupäev|datums|data i godzina|ngày|tanggal|วันที่|日期|时间|時間|日時|日付|날짜|일시|التاريخ|תאריך|تاریخ|दिनांक|dagsetning|tarikh|თარიღი|ամսաթիվ|dáta
""")
TO = _words("""
to|an|à|a|para|per|aan|til|till|kenelle|vastaanottaja|do|komu|címzett|către|catre|kime|alıcı|kimden kime|προς|кому|до|до кого|за|za|prima|kam|kellele|adresāts|đến|tới|người nhận|kepada|untuk|ถึง|收件人|收件者|宛先|받는 사람|받는사람|수신|إلى|אל|به|को|destinataire|destinatario|destinatário|empfänger|ontvanger|mottagare|mottaker|modtager|adresat|til:|til|prati|प्रति|nori|chuig|ადრესატი|ում|adressaat
""")
CC = _words("""
cc|bcc|kopie|copia|copie|copie à|copie a|kopia|kopi|kopio|dw|udw|másolat|bilgi|κοιν|κοιν.|копия|копія|副本|抄送|密件抄送|참조|숨은 참조|نسخة|עותק|kópia|v kopii|ccc|c.c.|cópia|cópia carbono|sao chép|สำเนา|رونوشت|reply-to|reply to|antwort an|répondre à|responder a|importance|priorität|priority|attachments|anlagen
""")
SUBJECT = _words("""
subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|tárgy|targy|subiect|konu|θέμα|тема|относно|zadeva|tema|predmet:|teema|efni|chủ đề|tiêu đề|subjek|perihal|เรื่อง|หัวเรื่อง|主题|主題|主旨|件名|제목|الموضوع|נושא|موضوع|विषय|gaia|ábhar|თემა|թեմա|主　题|tēma|assumpte|sujet|onderwerp:|titel
""")

# "wrote", as attribution lines say it.
WROTE = _words("""
wrote|writes|napisana przez|wrote the following|quoting|quotes|zitat von|citando a|citando|citējot|citerar|citaat van|cytat|citation de|schrieb|schrieben|schreibt|geschrieben|a écrit|écrit|a ecrit|escribió|escribio|escribe|ha escrito|ha escrit|va escriure|ha scritto|scrive|scritto|escreveu|escreve|schreef|schreef het volgende
skrev|skreiv|kirjoitti|kirjutas|napisał(a)|napisał|napisała|napisal|pisze|napsal(a)|napsal|napsala|napísal(a)|napísal|napísala|písal|írta|a scris|scris|yazdı|şunu yazdı|şunları yazdı|έγραψε|έγραψε τα εξής
написал(а)|написал|написала|написав|пишет|пише|написа|писал(а)|писал|napisao/la|napisao je|je napisao|je napisao/la|napisao|napisala|je napisal|je napisala|je napisal/-a|rašė|parašė|rakstīja|skrifaði
đã viết|viết|menulis|كتب|كتبت|כתב|כתבה|نوشت|ने लिखा|idatzi du|idatzi zuen|escribiu|ysgrifennodd|scríobh|sgrìobh|skryf|het geskryf|skreau|skribis|shkroi|ka shkruar
піша|напісаў|напиша|пишува|жазды|yozdi|yazıb|бичсэн|գրել է|գրեց|წერს|დაწერა|লিখেছেন|எழுதியது|எழுதினார்|రాశారు|लिहिले|લખ્યું|ಬರೆದಿದ್ದಾರೆ|എഴുതി|ਲਿਖਿਆ|نے لکھا|لکھا|लेख्नुभयो|ලියා ඇත|aliandika|sumulat|kiteb|ጽፏል
""")
# The same in languages that put no spaces between words.
WROTE_UNSPACED = _words(
    "写道|寫道|写到|さんは書きました|さんが書きました|のメール|작성|썼습니다|님이 씀|쓴 글|เขียน|เขียนว่า|បានសរសេរ|ຂຽນ|ရေးသားခဲ့သည်"
)

# Words of somebody who tells, which no program writes into the line above a quotation: I, you, my, your.
TELLING = _words("""
I|me|my|we|us|our|you|your|ich|mir|mein|meine|meinem|meiner|wir|uns|unser|unsere|Ihr|Ihre|Ihrem|Ihrer|Ihnen|Sie|ihnen|dein|deine|j'ai|j’ai|moi|nous|notre|vous|votre|vos|avez
yo|nosotros|usted|ustedes|mío|mía|io|vi|vostro|vostra|voi|mio|mia|suo|ho|abbiamo|avete|eu|meu|minha|seu|vosso|vossa|ik|mij|mijn|wij|uw|onze|jullie|jag|mig|min|vår|ert|jeg|mig|min|vores|jeres|deres|minä|minun|teidän|vaimoni
wasz|wasza|pański|mój|moja|nam|wam|váš|vaše|můj|já|jsem|önök|nekem|önnek|ben|bana|benim|size|sizin|я|мне|мой|моя|мы|ваш|ваша|вам|вы|мені|мій|ви|аз|вашият|вашата|μου|σας|εγώ|μας|mea|meu|dumneavoastră|dvs
tôi|saya|anda|لي|لكم|لنا|زميلكم|زميلتكم|موظفكم|אני|שלכם|שלי|שלנו|לכם|לי|שלך
""")
TELLING_UNSPACED = _words(
    "御社|貴社|私|弊社|当社|我|你|您|贵司|貴公司|귀사|제가|저는|저희|내가|ฉัน|ผม|คุณ|ภรรยา"
)
# The same where the word alone is a weekday or part of a name elsewhere: only before a word in small letters.
TELLING_BEFORE = _words("su|mi|ma|mon|er|tu|sua|ta|ton|az|os|din")

# What says that the answers stand inside the quoted message, which no mark tells apart from it.
ANSWERS = _words("""
answers|answer|comments|replies|responses|responded|answered|replied|antworten|anmerkungen|kommentare|réponses|répondu|commentaires|respuestas|comentarios|risposte|commenti|respostas|comentários|antwoorden|opmerkingen|svar|kommentarer|vastaukset|kommentit
odpowiedzi|komentarze|odpovědi|válaszaim|válaszok|răspunsurile|cevaplarım|cevaplar|απαντήσεις|ответы|ответил|комментарии|відповіді|回答|回复|回覆|답변|الردود|إجاباتي|ردودي|תשובות|התשובות|câu trả lời|jawaban
geantwortet|beantwortet|antworte|respondí|respondo|respondido|contesté|ho risposto|rispondo|respondi|beantwoord|geantwoord|svarat|svarar|svarer|besvaret|vastasin|vastaan|odpowiadam|odpowiedziałem|odpowiedziałam|odpovídám|odpověděl|odpovede|odpovedal
válaszoltam|am răspuns|răspund|cevapladım|yanıtladım|yanıtlarım|απάντησα|απαντώ|ответила|отвечаю|відповів|відповіла|відповідаю|отговорих|отговорите ми|odgovori|odgovorio|odgovorila|atsakiau|atsakymai|atbildes|atbildēju|vastused
返信|答复|答覆|답장|회신|أجبت|ردي|עניתי|ענינו|תשובתי|پاسخ|जवाब दिए|उत्तर दिए|คำตอบ|ตอบด้านล่าง|ตอบข้างล่าง|ตอบเป็น|ตอบไว้|tôi trả lời|đã trả lời|trả lời bên dưới|menjawab|balasan saya
""")
INSIDE = _words("""
inline|in-line|in line|below|between the lines|in red|in blue|in green|in bold|in your text|in your mail|unten|im text|in rot|in blau|in grün|darunter|dazwischen|ci-dessous|dans le texte|en rouge|en bleu|en vert|abajo|más abajo|en el texto|en rojo|en azul|en verde
sotto|di seguito|nel testo|in rosso|in blu|in verde|abaixo|no texto|em vermelho|em azul|em verde|hieronder|in het rood|in rood|in blauw|tussen de regels|nedan|i rött|i texten|nedenfor|nedenunder|med rødt|i rødt|alla|punaisella|poniżej|na czerwono|na niebiesko|níže|červeně|pirossal|lent|mai jos|cu roșu
aşağıda|aşağıdadır|kırmızı|κάτω|με κόκκινο|ниже|красным|в тексте|нижче|червоним|赤字|青字|以下|下記|文中|インライン|红色|紅色|蓝色|藍色|下面|如下|빨간색|아래|أدناه|باللون الأحمر|بالأحمر|למטה|באדום|bên dưới|di bawah
weiter unten|ci-après|plus bas|em baixo|v texte|nižšie|červenou|по-долу|в червено|ispod|u nastavku|crveno|crvenom|spodaj|žemiau|raudonai|zemāk|sarkanā|allpool|punasega|παρακάτω|κόκκινα|în text|mavi ile
正文|原文中|파란색|본문|باللون الأزرق|في النص|بالأسفل|در زیر|قرمز|नीचे|लाल रंग|ด้านล่าง|ข้างล่าง|สีแดง|สีน้ำเงิน|chữ đỏ|màu đỏ|phía dưới|warna merah|בצבע
""")

# A line that only points at the quotation: what is said stands in it.
SEE = _words("""
see|please see|pls see|siehe|bitte siehe|voir|véase|ver|vedi|vedere|zie|se|katso|patrz|proszę zobaczyć|viz|pozri|lásd|vezi|bkz|δείτε|см|смотри|смотрите|див|дивіться|виж|vidi|glej|žr|skat|vt|xem|lihat|ดู|انظر|ראו|ראה|ببینید
""")
BELOW = _words("""
below|inline|in-line|in line|unten|weiter unten|ci-dessous|plus bas|abajo|más abajo|sotto|di seguito|abaixo|em baixo|hieronder|nedan|nedenfor|nedenunder|alla|poniżej|níže|nižšie|lent|alább|mai jos|aşağıda|aşağıya|παρακάτω|κάτω|ниже|нижче|по-долу|ispod|dolje|spodaj|žemiau|zemāk|allpool|bên dưới|di bawah|ด้านล่าง|أدناه|למטה|در زیر
""")

# How an attribution line starts.
ON = _words("""
on|am|le|el|il|in data|il giorno|em|op|den|på|dnia|w dniu|dne|dňa|on:|vào|pada|tarihinde|στις|la|data de|a|на|в|от|il:|den:|kl|quoting|zitat von|citando|cytowanie|citando a|--- on|---- on|dana|u|bei|dia|no dia|el día|ma|ti|ke|to|pe|su|dne:|v|az|в:|в сообщении|ngày|เมื่อ|เมื่อวันที่|在|于|於|בתאריך|ב-|في|در
""")

# How an attribution starts that names the message and then its sender.
NAMED = _words("""
wiadomość napisana przez|wiadomość od|missatge de|mensaje de|messaggio di|mensagem de|message de|nachricht von|bericht van
""")

# Between a moment and the bare address of who wrote then.
BY = _words("by|von|par|por|da|di|de|door|av|af|przez|od|от|від|tarafından|oleh|bởi")

# Between dashes above an unprefixed quoted message.
ORIGINAL = _words("""
original message|original appointment|ursprünglicher termin|rendez-vous d'origine|rendez-vous d’origine|cita original|appuntamento originale|compromisso original|oorspronkelijke afspraak|reply message|replied message|original|original email|original mail|ursprüngliche nachricht|ursprungliche nachricht|originalnachricht|original-nachricht|antwort nachricht|ursprüngliche e-mail|original-mail
message d'origine|message d’origine|message original|message initial|mail original|mensaje original|missatge original|messaggio originale|messaggio di origine|mensagem original|oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht
oprindelig besked|oprindelig meddelelse|original besked|ursprungligt meddelande|originalmeddelande|originalmelding|opprinnelig melding|alkuperäinen viesti|alkuperäinen sähköposti|wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna
původní zpráva|původní e-mail|pôvodná správa|eredeti üzenet|mesaj original|mesajul original|mesaj inițial|orijinal mesaj|özgün ileti|orjinal mesaj|asıl mesaj|αρχικό μήνυμα|исходное сообщение|исходное письмо|оригинальное сообщение|первоначальное сообщение
вихідне повідомлення|оригінальне повідомлення|оригинално съобщение|оригинално писмо|izvorna poruka|originalna poruka|izvirno sporočilo|оригинална порука|algne kiri|algkiri|originalus laiškas|pirminis pranešimas|sākotnējais ziņojums|upprunaleg skilaboð
thư gốc|tin nhắn gốc|pesan asli|pesan asal|ข้อความต้นฉบับ|ข้อความเดิม|原始邮件|回复的原邮件|原始郵件|原邮件|邮件原件|原件|元のメッセージ|オリジナルメッセージ|원본 메시지|원본 메일|원본메시지|الرسالة الأصلية|הודעה מקורית|پیام اصلی|मूल संदेश
""")

# What help desks put above their own message.
ABOVE_HERE = _words("""
above this line|oberhalb dieser linie|über dieser linie|über dieser zeile|oberhalb dieser zeile|au-dessus de cette ligne|encima de esta línea|por encima de esta línea|sopra questa riga|sopra questa linea|acima desta linha
boven deze regel|boven deze lijn|ovanför den här raden|ovanför denna rad|over denne linje|over denne linjen|tämän rivin yläpuolelle|powyżej tej linii|nad tento řádek|e vonal fölé|deasupra acestei linii|bu satırın üstüne|πάνω από αυτή τη γραμμή
выше этой строки|вище цього рядка|この行より上|この線より上|在此行上方|在此行之上|이 줄 위에|فوق هذا السطر|מעל שורה זו
""")

# What begins such a line, or stands in it, where no signs frame it.
ANSWER_HERE = _words("""
reply|please reply|respond|please respond|please type|type your|please enter|enter your|write|please write|your reply|bitte antworten|antworten sie|bitte schreiben|schreiben sie|répondez|répondre|veuillez répondre|veuillez écrire|responda|responde|por favor responda|por favor, responda|escriba|escribe|rispondi|rispondere|scrivi
responder|escreva|antwoord|beantwoord|reageer|typ uw|svara|svar|skriv|besvar|kirjoita|vastaa|odpowiedz|proszę odpowiedzieć|odpovězte|napište|válaszoljon|răspundeți|yanıt|lütfen|απαντήστε|ответьте|пожалуйста|напишите|відповідайте|напишіть
""")
ANSWER_HERE_UNSPACED = _words("返信|ご記入|回复|回覆|答复|답장|회신|댓글|الرد|اكتب|תשובה|השב|כתוב")

# Between dashes, or alone with a colon, above a forwarded message: that one is the content.
FORWARDED = _words("""
forwarded message|begin forwarded message|forwarded by|fwd|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|message transféré|début du message transféré|début du message réexpédié|message réexpédié
mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|doorgestuurd bericht|begin doorgestuurd bericht|videresendt besked|videresendt meddelelse|videresendt melding
vidarebefordrat meddelande|vidarebefordrat brev|välitetty viesti|edelleenlähetetty viesti|przekazana wiadomość|wiadomość przekazana dalej|přeposlaná zpráva|preposlaná správa|továbbított üzenet|továbbított levél|mesaj redirecționat|iletilen mesaj|iletilmiş mesaj|προωθημένο μήνυμα
пересылаемое сообщение|пересланное сообщение|переслане повідомлення|препратено съобщение|proslijeđena poruka|posredovano sporočilo|прослеђена порука|edastatud kiri|persiųstas laiškas|thư đã chuyển tiếp|thư chuyển tiếp|pesan terusan|pesan yang diteruskan|ข้อความที่ส่งต่อ
转发的邮件|转发邮件|轉寄郵件|轉寄的郵件|転送メッセージ|転送されたメッセージ|전달된 메시지|전달한 메시지|رسالة معاد توجيهها|הודעה שהועברה|missatge reenviat
""")

# Subject prefixes of a forwarded mail.
FORWARD_PREFIXES = _words(
    "fw|fwd|wg|tr|rv|enc|res enc|i|doorst|vs|vl|pd|tov|továbbítás|пересл|переслано|ilt|i̇lt|πρθ|转发|轉寄|轉發|転送|전달|إعادة توجيه|הועבר|rvd|yml|trs|edasi"
)

# Lines that mobile programs add below what was written.
MOBILE = _patterns("""
sent from my |sent from |sent with |sent via |get outlook for |von meinem .{1,30} gesendet|gesendet mit |gesendet von |diese nachricht wurde von meinem |envoyé de mon |envoyé depuis |envoyé à partir de |télécharger outlook pour |obtenez outlook pour
enviat des del meu |enviado desde mi |enviado desde |obtener outlook para |enviado do meu |enviado de meu |enviado a partir |obter o outlook para |inviato da |inviato dal mio |inviato con |ottieni outlook per |scarica outlook per |verzonden vanaf mijn |verzonden met |verstuurd vanaf mijn |outlook voor
skickat från |skickat med |hämta outlook för |sendt fra |sendt med |hent outlook til |lähetetty |hanki outlook |wysłane z |wysłano z |pobierz outlook|odesláno z |odoslané z |poslano iz |poslato sa |trimis de pe |trimis din |küldve a|(?:az )?iphone-omról küldve|elküldve az
iphone'umdan gönderildi|.{0,20}'?dan gönderildi|отправлено с |отправлено из |надіслано з |изпратено от |στάλθηκε από |được gửi từ |đã gửi từ |gửi từ |dikirim dari |dihantar dari |मेरे .{1,20} से भेजा|ส่งจาก |从我的.{1,20}发送|发自我的|发自|來自我的|從我的.{1,20}傳送|.{0,20}から送信|나의 .{1,20}에서 보냄|.{1,20}에서 보냄|أُرسلت من|أرسل من|נשלח מה|נשלח מ
""")

# How a mail ends above the name.
CLOSINGS = _words("""
thanks|thank you|many thanks|thanks again|thanks a lot|thanks so much|thanks in advance|thank you very much|thx|tks|ty|regards|best regards|kind regards|warm regards|kindest regards|with kind regards|with best regards|best|all the best|best wishes|sincerely|sincerely yours|yours sincerely|yours truly|yours faithfully|yours|respectfully|cheers|take care|your pal|your friend|love|cordially|with appreciation|warmly|rgds|br|kr
mit freundlichen grüßen|mit freundlichen gruessen|mit freundlichem gruß|mit besten grüßen|freundliche grüße|viele grüße|viele gruesse|beste grüße|liebe grüße|schöne grüße|herzliche grüße|gruß|grüße|mfg|lg|vg|danke|vielen dank|besten dank|danke im voraus|hochachtungsvoll
cordialement|bien cordialement|bien à vous|sincères salutations|salutations distinguées|meilleures salutations|merci|merci d'avance|bonne journée|amicalement|respectueusement|cdlt
saludos|un saludo|saludos cordiales|un cordial saludo|atentamente|atte|gracias|muchas gracias|un abrazo|abrazos|cordialmente|gràcies|salutacions
cordiali saluti|distinti saluti|saluti|cordialità|grazie|grazie mille|un saluto|a presto
atenciosamente|cumprimentos|melhores cumprimentos|com os melhores cumprimentos|obrigado|obrigada|muito obrigado|abraço|abraços|att
met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|mvg|groet|groeten|groetjes|bedankt|alvast bedankt|dank u
med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|hälsningar|mvh|tack|tack på förhand|med venlig hilsen|venlig hilsen|med vennlig hilsen|vennlig hilsen|hilsen|hilsner|tak|takk|på forhånd takk|kveðja
ystävällisin terveisin|terveisin|kiitos|parhain terveisin|t\u002e|lugupidamisega|tänan|ar cieņu|paldies|pagarbiai|ačiū
z poważaniem|pozdrawiam|pozdrawiam serdecznie|dziękuję|z wyrazami szacunku|s pozdravem|s pozdravom|děkuji|ďakujem|díky|üdvözlettel|tisztelettel|köszönöm|köszönettel|lep pozdrav|lijep pozdrav|s poštovanjem|srdačan pozdrav|hvala|hvala lepa
cu stimă|cu respect|mulțumesc|o zi bună|saygılarımla|iyi çalışmalar|teşekkürler|teşekkür ederim|selamlar|με εκτίμηση|ευχαριστώ|χαιρετισμούς
с уважением|с наилучшими пожеланиями|всего доброго|спасибо|заранее спасибо|благодарю|з повагою|дякую|с уважение|поздрави|благодаря|с поштовањем|хвала
trân trọng|thân mến|cảm ơn|hormat saya|salam|terima kasih|ขอแสดงความนับถือ|ขอบคุณครับ|ขอบคุณค่ะ|ขอบคุณ|此致|敬礼|祝好|谢谢|謝謝|敬上|よろしくお願いいたします|よろしくお願いします|宜しくお願い致します|敬具|감사합니다|고맙습니다|مع التحية|مع أطيب التحيات|تحياتي|شكرا|شكراً|בברכה|תודה|تشکر|با احترام|सादर|धन्यवाद
""")
