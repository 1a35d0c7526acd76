"""What a recogniser wrote down, as the caller meant it: spelled numbers, codes and mail addresses. Pure."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {
    "en": ("zero oh o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    "de": ("null", "eins", "zwei zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "fr": ("zéro", "un une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "pt": (
        "zero",
        "um uma",
        "dois duas",
        "três",
        "quatro",
        "cinco",
        "seis meia",
        "sete",
        "oito",
        "nove",
    ),
    "ar": (
        "صفر",
        "واحد",
        "اثنان اثنين إثنين",
        "ثلاثة ثلاث",
        "أربعة أربع اربعة",
        "خمسة خمس",
        "ستة ست",
        "سبعة سبع",
        "ثمانية ثماني",
        "تسعة تسع",
    ),
}
_TIMES = {
    "en": {"double": 2, "triple": 3},
    "es": {"doble": 2, "triple": 3},
    "de": {"doppel": 2, "zweimal": 2, "dreimal": 3},
    "fr": {"double": 2, "triple": 3},
    "pt": {"duplo": 2, "triplo": 3},
    "ar": {"دبل": 2},
}
_MAIL = {
    "en": (frozenset({"at"}), frozenset({"dot", "point"})),
    "es": (frozenset({"arroba"}), frozenset({"punto"})),
    "de": (frozenset({"at", "ät", "klammeraffe"}), frozenset({"punkt"})),
    "fr": (frozenset({"arobase", "arrobase", "at"}), frozenset({"point"})),
    "pt": (frozenset({"arroba"}), frozenset({"ponto"})),
    "ar": (frozenset({"آت", "ات", "at"}), frozenset({"نقطة", "دوت", "dot"})),
}
_AGAIN = {
    "en": frozenset(
        {
            "repeat", "repeat that", "repeat it", "repeat that please", "repeat it please", "please repeat", "please repeat that", "repeat please",
            "can you repeat that", "could you repeat that", "can you repeat that please", "say again",
            "say that again", "say it again", "please say that again", "again", "again please", "once more",
            "once again", "one more time", "come again", "pardon", "pardon me", "what did you say", "what was that",
        }
    ),
    "es": frozenset(
        {
            "repite", "repita", "repítelo", "repítalo", "repita por favor", "repítalo por favor", "otra vez",
            "otra vez por favor", "puede repetir", "puede repetirlo", "puedes repetir", "puedes repetirlo",
            "cómo", "cómo dice", "qué ha dicho", "perdón", "una vez más",
        }
    ),
    "de": frozenset(
        {
            "wiederholen", "bitte wiederholen", "wiederholen sie das", "wiederholen sie das bitte", "noch einmal",
            "noch mal", "nochmal", "noch einmal bitte", "nochmal bitte", "können sie das wiederholen",
            "kannst du das wiederholen", "wie bitte", "was haben sie gesagt", "sagen sie das noch einmal",
        }
    ),
    "fr": frozenset(
        {
            "répétez", "répétez s il vous plaît", "répète", "répétez ça", "s il vous plaît répétez", "pouvez vous répéter", "vous pouvez répéter", "tu peux répéter",
            "encore une fois", "encore une fois s il vous plaît", "pardon", "comment", "qu avez vous dit", "vous avez dit quoi",
        }
    ),
    "pt": frozenset(
        {
            "repita", "repita por favor", "repete", "repete por favor", "pode repetir", "pode repetir por favor", "podes repetir",
            "outra vez", "outra vez por favor", "de novo", "mais uma vez", "como", "desculpe", "o que disse",
        }
    ),
    "ar": frozenset(
        {
            "أعد", "أعد من فضلك", "أعد ذلك", "كرر", "كرر من فضلك", "مرة أخرى", "مرة ثانية", "مرة أخرى من فضلك", "ماذا قلت", "عفوا",
            "هل يمكنك الإعادة", "ممكن تعيد",
        }
    ),
}  # fmt: skip
_RUN = 3
"""So many spelled characters in a row are one code; fewer are words."""
_WORD = re.compile(r"\w+|[^\w\s]+")
_WORDS = frozenset({"é", "à"})
"""One letter each, and never spelled: "o meu número é quatro"."""
_JOINS = frozenset({"-", ","})
_VOWELS = re.compile("[\u064b-\u0652]")
"""Signs over Arabic letters, which some write and most do not."""


def asks_again(text: str, language: str) -> bool:
    """True when the whole message asks for nothing but the last words once more."""
    plain = _VOWELS.sub("", text.casefold())
    return " ".join(re.findall(r"\w+", plain)) in _AGAIN.get(language[:2], _AGAIN["en"])


def is_sure(confidence: str, least: float) -> bool:
    """Recognisers that say nothing of it are believed."""
    try:
        return float(confidence or 1) >= least
    except ValueError:
        return True


def heard(text: str, language: str) -> str:
    """`four one one one` as `4111`, `A B 1 2` as `AB12`, `ann at example dot com` as an address; the rest as
    it was. A message of digits alone is a number however short it is."""
    language = language[:2] if language[:2] in _DIGITS else "en"
    text = _with_addresses(text.strip(), language)
    pieces = _pieces(text, language)
    if pieces and all(spelled and spelled.isdecimal() for _, _, spelled in pieces):
        return "".join(spelled for _, _, spelled in pieces)
    return _joined(text, pieces)


def _pieces(text: str, language: str) -> list[tuple[int, int, str]]:
    """Start, end, and the characters that a word spells (`7`, `77`, `B`), empty where it spells none."""
    digits = {
        word: str(value) for value, words in enumerate(_DIGITS[language]) for word in words.split()
    }
    times, factor, began = _TIMES[language], 1, 0
    found: list[tuple[int, int, str]] = []
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        start = began if factor > 1 else match.start()
        if word in times and factor == 1:
            factor, began = times[word], match.start()
            continue
        if word in _JOINS:
            continue
        spelled = digits.get(word, "")
        if word.isdecimal() and (len(word) <= 4 or factor == 1):
            spelled = "".join(str(unicodedata.decimal(digit)) for digit in word)
        elif len(word) == 1 and match[0].isalpha() and not spelled and word not in _WORDS:
            spelled = match[0].upper()
        if factor > 1 and not spelled:
            found.append((began, match.start(), ""))
            start = match.start()
        found.append((start, match.end(), spelled * (factor if spelled else 1)))
        factor = 1
    if factor > 1:
        found.append((began, len(text), ""))
    return found


def _joined(text: str, pieces: list[tuple[int, int, str]]) -> str:
    """The text with every long enough run of spelled characters written as one word."""
    out, done, place = [], 0, 0
    while place < len(pieces):
        end = place
        while end < len(pieces) and pieces[end][2]:
            end += 1
        run = pieces[place:end]
        code = "".join(spelled for _, _, spelled in run)
        if len(run) >= _RUN and len(code) >= _RUN:
            out.append(text[done : run[0][0]] + code)
            done = run[-1][1]
        place = max(end, place + 1)
    return "".join(out) + text[done:]


def _with_addresses(text: str, language: str) -> str:
    """`ann at example dot com` as an address: the word before the *at*, or the letters spelled there."""
    ats, dots = _MAIL[language]
    words = list(re.finditer(r"\w+", text))
    said = [word[0].casefold() for word in words]
    out, done = [], 0
    for place in range(1, len(words) - 1):
        if said[place] not in ats or said[min(place + 2, len(said) - 1)] not in dots:
            continue
        end = place + 1
        while end + 2 < len(words) and said[end + 1] in dots:
            end += 2
        start = _name_before(said, place, dots)
        begins, ends = words[start].start(), words[end].end()
        is_plain = text[begins:ends].replace(" ", "").isalnum()
        if end == place + 1 or begins < done or not is_plain:
            continue
        name = _written(said[start:place], dots)
        out.append(f"{text[done:begins]}{name}@{_written(said[place + 1 : end + 1], dots)}")
        done = ends
    return "".join(out) + text[done:]


def _name_before(said: list[str], place: int, dots: frozenset[str]) -> int:
    """Where the name before an *at* begins: letters and words joined by a spoken dot belong to it."""
    start = place - 1
    while start > 0:
        if start > 1 and said[start - 1] in dots:
            start -= 2
        elif len(said[start]) == len(said[start - 1]) == 1:
            start -= 1
        else:
            break
    return start


def _written(said: list[str], dots: frozenset[str]) -> str:
    return "".join("." if word in dots else word for word in said)
