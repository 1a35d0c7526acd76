"""What the product itself says to customers outside the dialogue, in their language. The dialogue's texts are in `bot/rasa`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.survey_words import LANGUAGES, ratings
from core.rating import number, pressed
from core.waiting import Wait

_COMMENTED = re.compile(r"(\S[^,;:!\n–—]{0,20}?)(?:\s*[,;:!\n–—]|\s-\s)\s*(\S.{0,2000})", re.DOTALL)
"""A rating, a sign, and why."""
MOST_HEADING = 90
"""Letters of a question that stand above its answer."""
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "handed_over": "I have passed this to {team}. Your ticket is #{number}.",
        "within": "You will usually have an answer within {time}.",
        "wait": "At the moment somebody is there in about {low} to {high}.",
        "wait_up_to": "At the moment somebody is there within about {high}.",
        "busy": "Your message is here. A great many people are writing at the moment, so my answer takes longer than usual{about}. You need not write again.",
        "about": ": about {time}",
        "by_mail": "We will also write to {contact}.",
        "encrypted": "Your message is encrypted, so I could not read it. If nothing in it has to stay secret, please send it again without encryption.",
        "unreadable": "Your mail has arrived, but it could not be read, so nobody could answer it. Please write it again, in a few words and without attachments, or reach us in another way.",
        "reopened": "I have told {team} that you wrote again. Your ticket is still #{number}.",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} days",
        "sources": "Sources",
        "choose": "Reply with a number:",
        "anytime": "You are welcome. Write any time.",
        "asked": "“{asked}”",
        "only_in": "This is only written in {name} so far:",
        "otherwise": "Another article says otherwise ({title}):",
    },
    "es": {
        "handed_over": "He pasado tu consulta a {team}. Tu ticket es el #{number}.",
        "within": "Normalmente tendrás respuesta en {time}.",
        "wait": "Ahora mismo te atenderán en unos {low} a {high}.",
        "wait_up_to": "Ahora mismo te atenderán en {high} como mucho, aproximadamente.",
        "busy": "Hemos recibido tu mensaje. Ahora mismo nos escribe mucha gente y mi respuesta tardará más de lo normal{about}. No hace falta que vuelvas a escribir.",
        "about": ": unos {time}",
        "by_mail": "También escribiremos a {contact}.",
        "encrypted": "Tu mensaje está cifrado y no he podido leerlo. Si no contiene nada secreto, envíalo otra vez sin cifrar, por favor.",
        "unreadable": "Tu correo ha llegado, pero no se ha podido leer, así que nadie ha podido responderlo. Por favor, escríbelo otra vez, en pocas palabras y sin archivos adjuntos, o contacta con nosotros por otra vía.",
        "reopened": "He avisado a {team} de que has vuelto a escribir. Tu ticket sigue siendo el #{number}.",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} días",
        "sources": "Fuentes",
        "choose": "Responde con un número:",
        "anytime": "De nada. Escribe cuando quieras.",
        "asked": "«{asked}»",
        "only_in": "Por ahora esto solo está escrito en {name}:",
        "otherwise": "Otro artículo dice algo distinto ({title}):",
    },
    "de": {
        "handed_over": "Ich habe das an {team} weitergegeben. Ihr Ticket ist #{number}.",
        "within": "In der Regel erhalten Sie innerhalb von {time} eine Antwort.",
        "wait": "Zurzeit ist in etwa {low} bis {high} jemand für Sie da.",
        "wait_up_to": "Zurzeit ist innerhalb von etwa {high} jemand für Sie da.",
        "busy": "Ihre Nachricht ist da. Zurzeit schreiben uns sehr viele, darum dauert meine Antwort länger als sonst{about}. Sie müssen nicht noch einmal schreiben.",
        "about": ": etwa {time}",
        "by_mail": "Wir schreiben auch an {contact}.",
        "encrypted": "Ihre Nachricht ist verschlüsselt, darum konnte ich sie nicht lesen. Wenn nichts darin geheim bleiben muss, senden Sie sie bitte noch einmal unverschlüsselt.",
        "unreadable": "Ihre E-Mail ist angekommen, konnte aber nicht gelesen und darum nicht beantwortet werden. Bitte schreiben Sie sie noch einmal, in wenigen Worten und ohne Anhänge, oder melden Sie sich auf einem anderen Weg.",
        "reopened": "Ich habe {team} gesagt, dass Sie wieder geschrieben haben. Ihr Ticket ist weiterhin #{number}.",
        "minutes": "{n} Min.",
        "hours": "{n} Std.",
        "days": "{n} Tagen",
        "sources": "Quellen",
        "choose": "Antworten Sie mit einer Zahl:",
        "anytime": "Gern geschehen. Schreiben Sie jederzeit.",
        "asked": "„{asked}“",
        "only_in": "Das gibt es bisher nur auf {name}:",
        "otherwise": "Ein anderer Artikel sagt es anders ({title}):",
    },
    "fr": {
        "handed_over": "J'ai transmis votre demande à {team}. Votre ticket est le n° {number}.",
        "within": "Vous aurez en général une réponse sous {time}.",
        "wait": "En ce moment, quelqu'un sera là dans {low} à {high} environ.",
        "wait_up_to": "En ce moment, quelqu'un sera là dans {high} environ au plus tard.",
        "busy": "Votre message est bien arrivé. Beaucoup de monde nous écrit en ce moment, ma réponse prendra donc plus de temps que d'habitude{about}. Inutile d'écrire à nouveau.",
        "about": " : environ {time}",
        "by_mail": "Nous écrirons aussi à {contact}.",
        "encrypted": "Votre message est chiffré, je n'ai donc pas pu le lire. S'il ne contient rien de secret, envoyez-le de nouveau sans chiffrement, s'il vous plaît.",
        "unreadable": "Votre e-mail est arrivé, mais il n'a pas pu être lu : personne n'a donc pu y répondre. Écrivez-le de nouveau, s'il vous plaît, en quelques mots et sans pièces jointes, ou contactez-nous par un autre moyen.",
        "reopened": "J'ai dit à {team} que vous avez écrit de nouveau. Votre ticket reste le n° {number}.",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} jours",
        "sources": "Sources",
        "choose": "Répondez par un chiffre :",
        "anytime": "Je vous en prie. Écrivez quand vous voulez.",
        "asked": "« {asked} »",
        "only_in": "Ceci n'existe pour l'instant qu'en {name} :",
        "otherwise": "Un autre article dit autre chose ({title}) :",
    },
    "pt": {
        "handed_over": "Passei o seu pedido a {team}. O seu ticket é o #{number}.",
        "within": "Normalmente terá uma resposta em {time}.",
        "wait": "Neste momento, alguém atende dentro de {low} a {high}, mais ou menos.",
        "wait_up_to": "Neste momento, alguém atende em {high} no máximo, mais ou menos.",
        "busy": "A sua mensagem chegou. Neste momento há muita gente a escrever, por isso a minha resposta demora mais do que o normal{about}. Não precisa escrever de novo.",
        "about": ": cerca de {time}",
        "by_mail": "Também escreveremos para {contact}.",
        "encrypted": "A sua mensagem está cifrada, por isso não a pude ler. Se não tiver nada de secreto, envie-a de novo sem cifra, por favor.",
        "unreadable": "O seu e-mail chegou, mas não foi possível lê-lo, por isso ninguém pôde responder. Por favor, escreva-o de novo, em poucas palavras e sem anexos, ou contacte-nos por outra via.",
        "reopened": "Avisei {team} de que escreveu de novo. O seu ticket continua a ser o #{number}.",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} dias",
        "sources": "Fontes",
        "choose": "Responda com um número:",
        "anytime": "De nada. Escreva quando quiser.",
        "asked": "“{asked}”",
        "only_in": "Por enquanto, isto só está escrito em {name}:",
        "otherwise": "Outro artigo diz algo diferente ({title}):",
    },
    "ar": {
        "handed_over": "أحلتُ طلبك إلى {team}. رقم تذكرتك #{number}.",
        "within": "سيصلك الرد عادةً خلال {time}.",
        "wait": "حاليًا يتفرغ لك أحدنا خلال {low} إلى {high} تقريبًا.",
        "wait_up_to": "حاليًا يتفرغ لك أحدنا خلال {high} تقريبًا على الأكثر.",
        "busy": "وصلت رسالتك. يكتب إلينا كثيرون الآن، لذلك سيتأخر ردي أكثر من المعتاد{about}. لا حاجة إلى الكتابة مرة أخرى.",
        "about": ": نحو {time}",
        "by_mail": "سنكتب أيضًا إلى {contact}.",
        "encrypted": "رسالتك مشفّرة، لذلك لم أستطع قراءتها. إن لم يكن فيها ما يجب أن يبقى سرًا، فأرسلها مرة أخرى دون تشفير من فضلك.",
        "unreadable": "وصلت رسالتك، لكن تعذّرت قراءتها، فلم يستطع أحد الرد عليها. من فضلك اكتبها مرة أخرى ببضع كلمات ودون مرفقات، أو تواصل معنا بطريقة أخرى.",
        "reopened": "أخبرتُ {team} أنك كتبت مجددًا. ما زال رقم تذكرتك #{number}.",
        "minutes": "{n} دقيقة",
        "hours": "{n} ساعة",
        "days": "{n} أيام",
        "sources": "المصادر",
        "choose": "أجب برقم:",
        "anytime": "على الرحب والسعة. اكتب متى شئت.",
        "asked": "«{asked}»",
        "only_in": "هذا مكتوب حتى الآن بـ{name} فقط:",
        "otherwise": "تقول مقالة أخرى غير ذلك ({title}):",
    },
}


_NAMES = {
    "en": {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "pt": "Portuguese", "ar": "Arabic"},
    "es": {"en": "inglés", "es": "español", "de": "alemán", "fr": "francés", "pt": "portugués", "ar": "árabe"},
    "de": {"en": "Englisch", "es": "Spanisch", "de": "Deutsch", "fr": "Französisch", "pt": "Portugiesisch", "ar": "Arabisch"},
    "fr": {"en": "anglais", "es": "espagnol", "de": "allemand", "fr": "français", "pt": "portugais", "ar": "arabe"},
    "pt": {"en": "inglês", "es": "espanhol", "de": "alemão", "fr": "francês", "pt": "português", "ar": "árabe"},
    "ar": {"en": "الإنجليزية", "es": "الإسبانية", "de": "الألمانية", "fr": "الفرنسية", "pt": "البرتغالية", "ar": "العربية"},
}  # fmt: skip


def text(key: str, language: str, **values: object) -> str:
    """A phrase in the customer's language, English where we have none."""
    phrases = _TEXTS.get(language[:2], _TEXTS["en"])
    return phrases[key].format(**values)


def unreadable(languages: Sequence[str]) -> str:
    """That a mail could not be read and what to do, in each of the brand's languages: nobody knows the sender's."""
    known = dict.fromkeys(one[:2] for one in languages if one[:2] in _TEXTS)
    return "\n\n".join(text("unreadable", language) for language in known or ("en",))


def answered(
    answer: str, language: str, written_in: str, otherwise: Sequence[tuple[str, str]] = ()
) -> str:
    """An answer as it is said: that it is in another language than the customer's (empty: not known), and what other
    articles (title, quote) say otherwise."""
    names = _NAMES.get(language[:2], _NAMES["en"])
    parts = [answer]
    if language and written_in and written_in[:2] != language[:2]:
        name = names.get(written_in[:2], written_in)
        parts.insert(0, text("only_in", language, name=name))
    parts += [f"{text('otherwise', language, title=title)}\n{quote}" for title, quote in otherwise]
    return "\n\n".join(parts)


def heading(asked: str, language: str) -> str:
    """A question of several as it stands above its answer: in the customer's words, short enough for a text message."""
    words = " ".join(asked.split())
    if len(words) > MOST_HEADING:
        words = words[: MOST_HEADING - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
    return text("asked", language, asked=words)


def handed_over(
    language: str,
    number: int,
    team: str,
    due: datetime | None,
    now: datetime,
    contact: str = "",
    wait: Wait | None = None,
) -> str:
    """What happens next: who has it, under which number, by when there will be an answer, and how long it takes now."""
    parts = [text("handed_over", language, team=team, number=number)]
    if due is not None and due > now:
        parts.append(text("within", language, time=_span(language, due - now)))
    if wait is not None:
        low, high = (_span(language, one, short=True) for one in (wait.low, wait.high))
        is_short = wait.low < timedelta(seconds=30) or low == high
        parts.append(text("wait_up_to" if is_short else "wait", language, low=low, high=high))
    if contact:
        parts.append(text("by_mail", language, contact=masked(contact)))
    return " ".join(parts)


def waiting(language: str, still: timedelta | None) -> str:
    """That the bot's answer will take longer than usual, and about how long where that can be said."""
    time = _span(language, still + timedelta(seconds=29), short=True) if still else ""
    about = text("about", language, time=time) if time else ""
    return text("busy", language, about=about)


def rating_in(answer: str, language: str) -> int | None:
    """The rating that an answer to the satisfaction question gives, or None if it is something else."""
    plain = answer.strip().rstrip(".!").casefold()
    if (told := pressed(answer) or number(answer)) is not None:
        return told
    for phrases in (language, *LANGUAGES):
        names = [name.casefold() for name in ratings(phrases)]
        if plain in names:
            return names.index(plain) + 1
    return {"👍": 5, "👎": 1}.get(plain)


def rating_with_comment(answer: str, language: str) -> tuple[int, str] | None:
    """The rating and what was added to it: `4, quick answer`. What follows a bare number without a sign between
    them is no comment: `2 parcels are missing` is a new need."""
    plain = rating_in(answer, language)
    if plain is not None:
        return plain, ""
    found = _COMMENTED.fullmatch(answer.strip())
    rating = rating_in(found[1], language) if found else None
    return (rating, found[2].strip()) if found and rating is not None else None


def masked(contact: str) -> str:
    """`maya@example.org` as `m***@example.org`: enough to recognise, not enough to learn."""
    name, at, domain = contact.partition("@")
    return f"{name[:1]}***@{domain}" if at else contact


def _span(language: str, span: timedelta, *, short: bool = False) -> str:
    """In whole hours, from two days on in days; `short`: below an hour and a half in minutes."""
    minutes = max(1, round(span.total_seconds() / 60))
    if short and minutes < 90:
        return text("minutes", language, n=minutes)
    hours = max(1, round(span.total_seconds() / 3600))
    if hours <= 48:
        return text("hours", language, n=hours)
    return text("days", language, n=round(hours / 24))
