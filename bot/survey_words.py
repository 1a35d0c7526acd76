"""The satisfaction question in the customer's words, as a message and as a page. When it is asked is `bot.survey`."""

from __future__ import annotations

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "question": "How did we do? You may add a word on why.",
        "link": "You can tell us here, without signing in: {url}",
        "number": "Or reply with a number, from 1 (very bad) to 5 (very good).",
        "rated": "Thank you for telling us.",
        "why": "If you like, say why: {url}",
        "ratings": "Very bad|Bad|All right|Good|Very good",
        "page": "How did we do?",
        "comment": "Why? (optional)",
        "send": "Send",
        "change": "You can change your answer until {time}.",
        "closed": "This question is closed now. Thank you.",
        "choose": "Please choose one of the five.",
    },
    "es": {
        "question": "¿Qué tal te hemos atendido? Puedes añadir por qué.",
        "link": "Puedes decírnoslo aquí, sin iniciar sesión: {url}",
        "number": "O responde con un número, del 1 (muy mal) al 5 (muy bien).",
        "rated": "Gracias por decírnoslo.",
        "why": "Si quieres, dinos por qué: {url}",
        "ratings": "Muy mal|Mal|Regular|Bien|Muy bien",
        "page": "¿Qué tal te hemos atendido?",
        "comment": "¿Por qué? (opcional)",
        "send": "Enviar",
        "change": "Puedes cambiar tu respuesta hasta el {time}.",
        "closed": "Esta pregunta ya está cerrada. Gracias.",
        "choose": "Elige una de las cinco, por favor.",
    },
    "de": {
        "question": "Wie zufrieden sind Sie mit uns? Sie können dazuschreiben, warum.",
        "link": "Hier können Sie es uns sagen, ohne Anmeldung: {url}",
        "number": "Oder antworten Sie mit einer Zahl von 1 (sehr schlecht) bis 5 (sehr gut).",
        "rated": "Danke für Ihre Rückmeldung.",
        "why": "Wenn Sie möchten, sagen Sie uns, warum: {url}",
        "ratings": "Sehr schlecht|Schlecht|Geht so|Gut|Sehr gut",
        "page": "Wie zufrieden sind Sie mit uns?",
        "comment": "Warum? (freiwillig)",
        "send": "Senden",
        "change": "Sie können Ihre Antwort bis {time} ändern.",
        "closed": "Diese Frage ist inzwischen geschlossen. Danke.",
        "choose": "Bitte wählen Sie eine der fünf.",
    },
    "fr": {
        "question": "Êtes-vous satisfait de nous ? Vous pouvez ajouter pourquoi.",
        "link": "Vous pouvez nous le dire ici, sans vous connecter : {url}",
        "number": "Ou répondez par un chiffre, de 1 (très mal) à 5 (très bien).",
        "rated": "Merci de nous l’avoir dit.",
        "why": "Si vous le souhaitez, dites-nous pourquoi : {url}",
        "ratings": "Très mal|Mal|Moyen|Bien|Très bien",
        "page": "Êtes-vous satisfait de nous ?",
        "comment": "Pourquoi ? (facultatif)",
        "send": "Envoyer",
        "change": "Vous pouvez changer votre réponse jusqu’au {time}.",
        "closed": "Cette question est maintenant close. Merci.",
        "choose": "Choisissez l’une des cinq réponses.",
    },
    "pt": {
        "question": "Como foi o nosso atendimento? Pode acrescentar porquê.",
        "link": "Pode dizer-nos aqui, sem iniciar sessão: {url}",
        "number": "Ou responda com um número, de 1 (muito mau) a 5 (muito bom).",
        "rated": "Obrigado por nos dizer.",
        "why": "Se quiser, diga-nos porquê: {url}",
        "ratings": "Muito mau|Mau|Razoável|Bom|Muito bom",
        "page": "Como foi o nosso atendimento?",
        "comment": "Porquê? (opcional)",
        "send": "Enviar",
        "change": "Pode mudar a sua resposta até {time}.",
        "closed": "Esta pergunta já está fechada. Obrigado.",
        "choose": "Escolha uma das cinco, por favor.",
    },
    "ar": {
        "question": "كيف كانت خدمتنا؟ يمكنك أن تضيف السبب.",
        "link": "يمكنك إخبارنا هنا دون تسجيل الدخول: {url}",
        "number": "أو أجب برقم من 1 (سيئة جدًا) إلى 5 (جيدة جدًا).",
        "rated": "شكرًا لإخبارنا.",
        "why": "إن شئت فأخبرنا بالسبب: {url}",
        "ratings": "سيئة جدًا|سيئة|مقبولة|جيدة|جيدة جدًا",
        "page": "كيف كانت خدمتنا؟",
        "comment": "لماذا؟ (اختياري)",
        "send": "إرسال",
        "change": "يمكنك تغيير إجابتك حتى {time}.",
        "closed": "أُغلق هذا السؤال الآن. شكرًا.",
        "choose": "يرجى اختيار واحدة من الخمس.",
    },
}
LANGUAGES = tuple(_TEXTS)


def say(key: str, language: str, **values: object) -> str:
    """A phrase in the customer's language, English where we have none."""
    return _TEXTS.get(language[:2], _TEXTS["en"])[key].format(**values)


def ratings(language: str) -> list[str]:
    """The five answers, the worst first."""
    return say("ratings", language).split("|")
