"""What is said on the telephone outside the dialogue, in each language. Answers themselves come from the dialogue."""

from __future__ import annotations

LOCALES = {"en": "en-US", "es": "es-ES", "de": "de-DE"}

_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "greeting": "Hello. Tell me in a few words what you need, or press 0 for a person.",
        "greeting_of": "Hello, this is {company}. Tell me in a few words what you need, or press 0 for a person.",
        "silence": "I did not hear anything.",
        "unsure": "I did not catch that. Please say it once more, or press 0 for a person.",
        "press": "For {title}, press {digit}.",
        "rest": "The rest is on our help pages.",
        "moment": "One moment, please.",
        "still": "I am still looking.",
        "voicemail": "After the tone you can leave a message. It is recorded for the people who will help you. "
        "Press the hash key when you are done.",
        "nobody": "I cannot answer you right now.",
        "goodbye": "Thank you for calling. Goodbye.",
        "person": "I want to talk to a person.",
        "link": "our website",
        "recorded": "Voicemail, {seconds} seconds",
        "number": "number",
    },
    "es": {
        "greeting": "Hola. Dígame en pocas palabras qué necesita, o pulse 0 para hablar con una persona.",
        "greeting_of": "Hola, le atiende {company}. Dígame en pocas palabras qué necesita, o pulse 0 para hablar con una persona.",
        "silence": "No he oído nada.",
        "unsure": "No le he entendido. Repítalo, por favor, o pulse 0 para hablar con una persona.",
        "press": "Para {title}, pulse {digit}.",
        "rest": "El resto está en nuestras páginas de ayuda.",
        "moment": "Un momento, por favor.",
        "still": "Sigo buscando.",
        "voicemail": "Después de la señal puede dejar un mensaje. Se graba para las personas que le ayudarán. "
        "Pulse almohadilla cuando termine.",
        "nobody": "Ahora mismo no puedo responderle.",
        "goodbye": "Gracias por llamar. Adiós.",
        "person": "Quiero hablar con una persona.",
        "link": "nuestra página web",
        "recorded": "Mensaje de voz, {seconds} segundos",
        "number": "número",
    },
    "de": {
        "greeting": "Guten Tag. Sagen Sie mir in wenigen Worten, worum es geht, oder drücken Sie die 0 für einen Menschen.",
        "greeting_of": "Guten Tag, hier ist {company}. Sagen Sie mir in wenigen Worten, worum es geht, oder drücken Sie die 0 "
        "für einen Menschen.",
        "silence": "Ich habe nichts gehört.",
        "unsure": "Das habe ich nicht verstanden. Bitte sagen Sie es noch einmal, oder drücken Sie die 0 für einen Menschen.",
        "press": "Für {title} drücken Sie die {digit}.",
        "rest": "Der Rest steht auf unseren Hilfeseiten.",
        "moment": "Einen Moment, bitte.",
        "still": "Ich suche noch.",
        "voicemail": "Nach dem Ton können Sie eine Nachricht hinterlassen. Sie wird für die Menschen aufgezeichnet, die Ihnen "
        "helfen. Drücken Sie die Rautetaste, wenn Sie fertig sind.",
        "nobody": "Ich kann Ihnen gerade nicht antworten.",
        "goodbye": "Danke für Ihren Anruf. Auf Wiederhören.",
        "person": "Ich möchte mit einem Menschen sprechen.",
        "link": "unsere Website",
        "recorded": "Sprachnachricht, {seconds} Sekunden",
        "number": "Nummer",
    },
}


def phrase(key: str, language: str, /, **values: object) -> str:
    """A phrase in one of the three languages, English where we have none."""
    return _PHRASES.get(language[:2], _PHRASES["en"])[key].format(**values)
