"""Texts to comparable terms: tokens, stop words, stems. Weighing terms does not belong here."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]

from core.letters import MARKS, may_have_marks

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer set no spaces: parted at their vowel signs a sentence is more than one word."""
_MARK = rf"[{_UNSPACED.sub('', MARKS)}]{{1,4}}[\u200c\u200d]?"
_PLAIN = re.compile(r"[^\W_]{1,64}(?:['’][^\W\d_]{1,2}\b)?")
_TOKEN = re.compile(rf"[^\W_]{{1,64}}(?:{_MARK}[^\W_]{{0,32}}){{0,16}}(?:['’][^\W\d_]{{1,2}}\b)?")
"""With marks and without. Not of any length, for tokens are remembered: nobody's text of one endless word may fill the memory."""

_STEMMERS = {
    "en": "english",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "ar": "arabic",
}

_STOP = {
    "en": """a about after all am an and any are as at be because been before being but by can could did
do does doing don't for from get go had has have he her here him his how i i'd i'm if in into is isn't it it's its
just let like make me my no not of off on one only or other our out over own please she should so some such
than thank thanks that the their them then there these they this those to too up us use want was we were what
what's when where which while who whose whom why will with would you your yours hi hello know tell need way there's
am i've possible help may might must shall also am d ll re ve s t m""",
    "es": """a al algo ante aunque como con cómo cual cuál cuales cuáles cuando cuándo cuanto cuánto cuánta
cuántos cuántas de del desde donde dónde el él ella ellos en entre era es esa ese eso esta está este esto están ha
hace hacer hay la las le les lo los me mi mis mí muy más ni no nos o os para pero por porque puede puedo qué que
quien quién quiero se ser si sí sin sobre son soy su sus también te tener tengo tiene tu tus un una uno unos unas y ya yo
hola gracias favor""",
    "de": """aber als am an auch auf aus bei bin bis bitte da damit das dass dem den der des die dies diese
dieser dieses doch du durch ein eine einem einen einer eines er es für gibt habe haben hat ich ihr ihre ihren im in
ist ja kann kannst kein keine können man mein meine meinem meinen meiner mich mir mit möchte muss nach nicht noch nur
ob oder ohne sein seine sich sie sind so soll über um und uns unser unsere vom von vor wann war warum was wegen
welche welcher welches wenn wer wie wieso wir wird wo wo werden will zu zum zur hallo danke""",
    "fr": """a ai alors après au aucun aussi autre aux avant avec avez avoir avons bonjour car ce cela ces cet cette ceux chez ci
comme comment d'un d'une dans de depuis des dois doit donc du elle elles en encore entre est est-ce et étais était être eu fait faire faut
ici il ils j'ai je jusqu la là le les leur leurs lui ma mais me même merci mes moi mon n'est ne ni non nos notre nous on ont ou où par
pas peu peut peux plus pour pourquoi puis-je puis qu qu'est-ce quand que quel quelle quelles quels qui quoi s'il sa sans se sera ses si
son sont sous sur svp ta te tes toi ton tous tout très tu un une veux vers vos votre voudrais vous y""",
    "pt": """a ao aos aquela aquele aquilo as até com como da das de dela dele do dos e é ela elas ele eles em entre era essa esse esta
está estão estar estas este estes estou eu faço fazer foi há isso isto já lhe mais mas me mesmo meu meus minha minhas muito na não nas
nem no nos nós nossa nosso num numa o obrigada obrigado olá onde os ou para pela pelo pode podem poder posso por porque qual quais quando que quem
quero se sem ser será seu seus são só sua suas também te tem tenho ter teu tu tua um uma uns vos você vocês favor""",
    "ar": """في من إلى على عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم أنا أنت نحن كيف ماذا ما متى أين لماذا هل كم لا لم لن ليس قد كان كانت
يكون أن إن أو و ثم كل بعد قبل عند لدي لي له لها بي بك به أي أريد يمكن يمكنني شكرا مرحبا فضلك""",
}

_lock = threading.Lock()
_stemmers = {code: Stemmer.Stemmer(name) for code, name in _STEMMERS.items()}


def fold(text: str) -> str:
    """Lower case without accents; `ß` becomes `ss`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_FOLDED_STOP = {
    code: frozenset(fold(word) for word in words.split()) for code, words in _STOP.items()
}
_ANY_STOP = frozenset().union(*_FOLDED_STOP.values())


def stop_words(language: str) -> frozenset[str]:
    """Those of that language, as they are written; none where it is not known."""
    return frozenset(_STOP.get(language, "").split())


def tokens(text: str) -> list[str]:
    """Words and numbers as written, in order; `e-mail` counts as `email`."""
    joined = text.replace("e-mail", "email").replace("E-mail", "email").replace("E-Mail", "email")
    return (_TOKEN if may_have_marks(joined) else _PLAIN).findall(joined)


@lru_cache(maxsize=20_000)
def is_stop(token: str, language: str = "") -> bool:
    """A word that says nothing of the subject, in that language (English when empty)."""
    return fold(token).replace("’", "'") in _FOLDED_STOP.get(language or "en", _ANY_STOP)


@lru_cache(maxsize=20_000)
def term(token: str, language: str = "") -> str:
    """The comparable form of one token: stemmed for its language (English when empty), folded."""
    word = token.casefold().replace("’", "'").removesuffix("'s")
    stemmer = _stemmers.get(language or "en")
    if stemmer is not None and not word.isdigit():
        with _lock:  # a snowball stemmer keeps its state between calls
            word = stemmer.stemWord(word)
    return fold(word)


def terms(text: str, language: str = "") -> list[str]:
    """The comparable terms of a text in order, stop words left out."""
    return [found for t in tokens(text) if (found := _telling_term(t, language))]


@lru_cache(maxsize=200_000)
def _telling_term(token: str, language: str) -> str:
    """The term of a token, or nothing where it is a stop word: one look-up a token instead of two."""
    return "" if is_stop(token, language) else term(token, language)
