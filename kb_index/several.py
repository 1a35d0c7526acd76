"""The questions of a message that holds more than one, each of which could be asked by itself; how each is answered is `answer`'s."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from core.knowledge import Answer, Answering, Passage
from kb_index import words
from kb_index.passage import Array
from kb_index.places import places_in
from kb_index.query import question_language

MOST = 3
"""Questions of one message that are looked up."""
TERMS = 2
"""Terms with which words that ask may be a question by themselves."""
ALIKE = 0.6
"""Cosine from which a question that is not answered is taken for another wording of one that is."""
LONGEST = 4000
"""Letters of a message that is taken apart."""

_IS = r"do|does|did|can|could|will|would|should|is|are|am|was|were|has|have|had|must|shall|may|won't|isn't|aren't|don't|doesn't|can't"
_WHO = r"(?:i|you|u|we|they|he|she|it|there|my|your|ur|our|their|the|this|these|those|that|a|an|any|all|some\w*|any\w+|every\w*)"
_BEGINS = {
    "en": rf"do (?:i|you|u|we|they|my|your|ur|our|all|any\w*|some\w+|these|those)\b|(?:does|did|doesn't|didn't) \w+"
    r"|(?:can|could|will|would|is|are) (?-i:[A-Z][a-z])"
    rf"|(?:can|could|will|would|should|is|are|am|was|were|has|have|had|must|shall|may|won't|isn't|aren't|don't|can't) {_WHO}\b"
    r"|how (?:long|soon) (?:until|till|before)\b"
    rf"|(?:(?:in|at|on|to|for|from|by|with|until|since|under) (?=which\b|what\b|how\b))?(?:how|what|where|when|why|who|whose|whom|which)(?: (?!{_WHO}\b)[\w'’-]+){{0,5}}? (?:{_IS}|happens)\b|how to\b|whether (?:i|you|u|we|they|he|she|it|there|this|these|that|those|my|your|our|the|a|an|any)\b"
    r"|(?:what|where|how|who|when)['’]s\b|i(?:['’]d| would) (?:also )?like to know\b|i (?:also )?(?:want|need) to know (?!if\b)"
    r"|(?:please )?tell me (?:how|what|when|where|why|which|who|if|whether|about)\b|any\w* [\w'’ -]+\?",
    "es": r"¿|(?:qué|quién(?:es)?|dónde|cuándo|por qué|cuál(?:es)?|cómo|cuánt[oa]s?)\b"
    r"|(?:puedo|puede[ns]?|podría[ns]?|hay|tienen|hacen|aceptan|envían|ofrecen|venden|se puede|es posible|existe)\b",
    "de": r"(?:was|wer|wen|wem|wo|woher|wohin|wann|warum|wieso|welche[rsnm]?|wie|womit)\b|gibt es\b"
    r"|(?:kann|darf|muss|soll|ist|sind|hat|haben|wird|werden|können|bieten|liefern|versenden|verschicken|verkaufen|akzeptieren|nehmen"
    r"|funktioniert|kostet|bekomme|brauche|machen|geht) (?:sie|ihr|ich|wir|man|der|die|das|mein\w*|ihre?\w*|eure?\w*|ein\w*|es)\b",
    "fr": r"(?:comment|combien|où|quand|pourquoi|quel(?:le)?s?|qui)\b|qu['’]est|que se|est-ce\b|puis-je\b|peut-on\b|y a-t-il\b|faut-il\b"
    r"|[a-zéèêàç]+-(?:vous|je|il|elle|on|ils|elles|tu|nous)\b",
    "pt": r"(?:como|quanto|quanta|quantos|quantas|quando|onde|por que|qual|quais|o que|quem)\b"
    r"|(?:posso|podem?|poderia|há|têm|vocês|é possível|aceitam|enviam|entregam|vendem|oferecem|existe)\b",
    "ar": r"و?(?:هل|كيف|متى|أين|كم|ماذا|لماذا|أي)(?=\s)",
}
"""How a question begins, so plainly that it needs no sign at its end."""
_OPENS = re.compile(
    r"\W*(?:(?:can|could|will|would|does|did) (?!not\b|n't)\w+|(?:which|who|how many|how much)\b"
    r"|(?:(?:is|are|am|was|were|has|have|do|must|should|may) \w+|what|where|when|why|how)\b.*[?؟]\W*$)",
    re.IGNORECASE | re.DOTALL,
)
"""How one does at the start of an English sentence."""
_JOINS = {
    "en": r"(?:and|also|plus|oh|then|besides|furthermore|additionally|secondly|by the way|btw|one (?:more|other|last) (?:thing|question)"
    r"|another (?:thing|question)|my (?:other|second|next) question(?: is)?|(?:the )?(?:second|other) (?:thing|question)(?: is)?)",
    "es": r"(?:y|e|además|también|aparte|por otro lado|por cierto|otra (?:cosa|pregunta)|una (?:cosa|pregunta) más)",
    "de": r"(?:und|außerdem|ausserdem|auch|sowie|zudem|übrigens|noch (?:eine|'ne) (?:frage|sache)|zweitens|andere frage)",
    "fr": r"(?:et|aussi|également|de plus|en plus|par ailleurs|au fait|autre (?:chose|question)|une autre (?:chose|question)|encore une question)",
    "pt": r"(?:e|também|além disso|aliás|outra (?:coisa|pergunta)|mais uma (?:coisa|pergunta))",
    "ar": r"(?:أيضا|أيضًا|كذلك|سؤال آخر|شيء آخر)",
}
"""What stands between two questions of one sentence."""
_LINES = re.compile(
    r"(?<=[?؟!…])(?:[)\"'»”]*)[ \t]+|(?<=[^\W\d]\.)[ \t]+|(?:\n+|^|\s+(?=\(?[1-9][.)]\s))\s*(?:(?:\(?[1-9][.)]|[•*–-])\s+(?=\S))?"
)
"""The ends of sentences, and the signs of a list."""
_POINTS = {
    "en": """it its they them their this that these those there he she him her his one ones same else another such either both
neither then so""",
    "es": "eso esto ello ella ellos ellas allí ahí mismo misma",
    "de": "dies diese dieses dieser ihn dort davon dafür damit dazu dabei dann das",
    "fr": "cela ça celui celle ceux celles ils elles même alors",
    "pt": "isso isto aquilo ele ela eles elas mesmo mesma",
    "ar": "هذا هذه ذلك تلك هناك نفسه نفسها",
}
_POINTING = {language: frozenset(listed.split()) for language, listed in _POINTS.items()}
"""A question with one of these leans on what stands before it."""
_NO_QUESTION = re.compile(
    r"""\W*(?:(?:hi|hello|hey|hola|hallo|bonjour|olá|oi|and|so|but)[\s,!]+)*(?:
    how\ (?:are|r)\ (?:you|u)|how['’]?s\ it|how\ is\ it\ going|how\ (?:do\ you\ do|have\ you\ been)|what['’]?s\ up|how['’]?s\ (?:your|everything)
    |(?:can|could|would)\ you\ (?:believe|imagine)|are\ you\ (?:kidding|serious|joking|there|sure|crazy|a\ (?:bot|robot|human|person|machine))
    |is\ (?:this|that|it)\ (?:a\ joke|right|normal|correct|true|ok|okay|possible|clear|too\ much)|is\ any(?:one|body)
    |what\ (?:is|['’]s)?\ ?wrong\ with|what\ (?:kind|sort)\ of\ (?:company|service|business|people|joke)\b|who\ (?:does|would\ do)\ that
    |how\ (?:hard|difficult|stupid)\ (?:can|could|is)|how\ (?:can|could)\ (?:this|that|it)\ be|how\ dare|why\ (?:me|oh\ why|on\ earth)\b
    |do\ you\ (?:even\ )?(?:know\ what|understand|care|realise|realize|see\ what|really\ think|think\ (?:i|we|this|that|it)|hear\ me|get\ it)
    |who\ (?:knows|cares)|what\ do\ you\ think|what\ the\ |have\ you\ (?:any\ idea|ever)|did\ (?:you|i)\ (?:know|mention)|you\ know
    |(?:can|could|would|will)\ (?:you|u|any(?:one|body)|some(?:one|body))\ (?:please\ |pls\ |kindly\ |maybe\ )*(?:help|assist|advise|look\ into|check|explain\ (?:this|that|it)|tell\ me\ what)
    |(?:can|could|would|will)\ (?:you|u)\ (?:please\ |pls\ )*(?:look|find\ out|provide|double|fix|sort|investigate|see|let\ me\ know\ what)
    |what(?:['’]?s|\ is|\ seems\ to\ be|\ appears\ to\ be)\ (?:the\ )?(?:deal|problem|issue|matter|going\ on|happening|wrong)
    |what\ (?:went\ wrong|is\ it|happened\ to)|(?:is|was)\ (?:something|anything)\ wrong
    |(?:can|could|may|might)\ i\ (?:please\ )?(?:ask|have\ (?:a|some)\ (?:word|help)|get\ (?:some\ )?help)|do\ you\ have\ (?:a\ (?:moment|minute|second)|time\ )
    |wie\ geht|können\ sie\ (?:mir\ )?(?:bitte\ )?(?:helfen|weiterhelfen)|kann\ (?:mir\ )?(?:jemand|wer)|ist\ das\ (?:ihr\ ernst|normal|möglich|richtig)|was\ soll\ das
    |¿?(?:qué\ tal|cómo\ (?:está|va|le\ va)|me\ puede[ns]?\ ayudar|puede[ns]?\ ayudar|me\ podrían?\ ayudar|es\ normal|es\ una\ broma|pueden\ creer)
    |comment\ (?:ça|allez|vas)|ça\ va|pouvez-vous\ m['’]aider|est-ce\ (?:normal|une\ blague)|c['’]est\ normal
    |tudo\ bem|como\ vai|como\ está|pode[m]?\ (?:me\ )?ajudar|é\ normal
    |كيف\ حال|هل\ يمكنك\ مساعدتي|هل\ يمكنكم\ مساعدتي
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Greetings, cries and requests for help, which have a question mark and want nothing to be looked up."""
_SETS = re.compile(
    r"(?:^|[,;]|\b(?:and|but|or|und|oder|y|o|et|e|ou)\b)\s*(?:if|once|unless|in case|suppos\w+|assuming|provided|when (?:i|we|my|the|you|it)"
    r"|wenn|falls|sobald|si|cuando|en caso|quando|se|caso|lorsqu\w*|إذا|لو)\b[^,;]*$",
    re.IGNORECASE,
)
"""A condition belongs to the question that follows it."""
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|isn't|aren't)(?: there\b)|\b(?:does|will|would|did|is) it (?=(?:take|cost|possible)\b.* (?:to|for)\b)",
    re.IGNORECASE,
)
"""Words that point to nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a message. `words`: as it was asked; `text`: with what is said around it."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one before another question begins; `whole[start:end]` of the message."""

    start: int
    end: int
    terms: frozenset[str]
    asks: bool
    points: bool


def questions_of(text: str, language: str) -> list[Asked]:
    """Its questions in order, where it holds two or more that could each be asked by itself; else none. A condition, a question
    that points back to the one before it, and one that has no word which that lacks belong to that one."""
    if len(text) > LONGEST:
        return []
    units: list[list[_Piece]] = []
    waiting: list[_Piece] = []
    for piece in _pieces(text, language):
        if not piece.asks:
            waiting.append(piece)
        elif units and (piece.points or not piece.terms - units[-1][-1].terms):
            units[-1] += [*waiting, piece]
            waiting = []
        elif units:
            units[-1] += waiting
            units.append([piece])
            waiting = []
        else:
            units.append([*waiting, piece])
            waiting = []
    if len(units) < 2:
        return []
    units[-1] += waiting
    asked = [_asked(text, unit) for unit in units]
    first = units[0]
    told = text[first[0].start : next(piece.start for piece in first if piece.asks)]
    if not places_in(told):
        return asked
    # What is said of the place before them is said of each of them.
    said = _tidy(told)
    return [asked[0], *(replace(one, text=f"{said} {one.text}") for one in asked[1:])]


def together(asked: Sequence[Asked], answers: Sequence[Answer], vectors: Array) -> Answer | None:
    """What is said to all of them, the answer to each as a part of it. `vectors`: a row for each of `answers`; questions beyond these
    were not looked up and stay open. None where the message is better read as one: nothing is answered, or what is not
    answered seems to be the same in other words."""
    is_known = [one.decision is Answering.ANSWER for one in answers]
    if not any(is_known) or _says_it_again(asked, is_known, vectors):
        return None
    parts: list[Answer] = []
    for one, answer in zip(asked, answers, strict=False):
        told = next((n for n, part in enumerate(parts) if _is_told(answer, part)), None)
        if told is None:
            parts.append(replace(answer, asked=one.words))
        else:
            parts[told] = replace(parts[told], asked=f"{parts[told].asked} {one.words}")
    parts += [Answer(Answering.HANDOFF, 0.0, asked=one.words) for one in asked[len(answers) :]]
    return _joined(parts) if len(parts) > 1 else replace(parts[0], asked="")


def _says_it_again(asked: Sequence[Asked], is_known: Sequence[bool], vectors: Array) -> bool:
    """One of them is not answered, and is near one that is and names no other place."""
    near = vectors @ vectors.T
    return any(
        near[open_, known] >= ALIKE and places_in(asked[open_].text) == places_in(asked[known].text)
        for open_, is_open in enumerate(is_known)
        if not is_open
        for known, is_told in enumerate(is_known)
        if is_told
    )


def _is_told(answer: Answer, part: Answer) -> bool:
    """The same words of the same article answer both."""
    own, others = (
        {(cited.revision, cited.quote) for cited in one.citations} for one in (answer, part)
    )
    return bool(own) and own <= others


def _joined(parts: Sequence[Answer]) -> Answer:
    open_ = [part for part in parts if part.decision is not Answering.ANSWER]
    decision = Answering.ANSWER
    if open_:
        can_choose = all(part.decision is Answering.CLARIFY for part in open_)
        decision = Answering.CLARIFY if can_choose else Answering.HANDOFF
    found = sorted((p for part in open_ or parts for p in part.passages), key=_worth)
    choices = open_[0].alternatives if decision is Answering.CLARIFY else ()
    offered = dict.fromkeys(one for part in parts for one in part.suggestions)
    answer = Answer(
        decision,
        min(part.confidence for part in parts),
        suggestions=tuple(offered),
        alternatives=choices,
        passages=tuple({passage.id: passage for passage in found}.values()),
        generation=parts[0].generation,
        versions=parts[0].versions,
        parts=tuple(parts),
    )
    return answer if open_ else answer.known


def _worth(passage: Passage) -> float:
    return -passage.score


def _asked(text: str, unit: list[_Piece]) -> Asked:
    asking = [piece for piece in unit if piece.asks]
    asked = text[asking[0].start : asking[-1].end]
    return Asked(_tidy(asked), _tidy(text[unit[0].start : unit[-1].end]))


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:-–—")


def _pieces(text: str, language: str) -> list[_Piece]:
    code = question_language(language)
    code = code if code in _BEGINS else "en"
    ends = [(0, 0), *(end.span() for end in _LINES.finditer(text)), (len(text), len(text))]
    found = []
    for (_, start), (end, _) in pairwise(ends):
        sentence = text[start:end]
        cuts = [0, *_cuts(sentence, code, language), len(sentence)]
        found += [_piece(text, start + a, start + b, code, language) for a, b in pairwise(cuts)]
    return [piece for piece in found if text[piece.start : piece.end].strip()]


def _cuts(sentence: str, code: str, language: str) -> list[int]:
    """Where in a sentence another question begins after one."""
    begins, joined = _patterns(code)
    cuts = [0]
    for join in joined.finditer(sentence):
        before = sentence[cuts[-1] : join.start()]
        begun = begins.search(before) or (code == "en" and _OPENS.match(before))
        is_asked = bool(begun) and not _SETS.search(before)
        if is_asked and len(set(words.terms(before, language))) >= TERMS:
            cuts.append(join.start())
    return cuts[1:]


def _piece(text: str, start: int, end: int, code: str, language: str) -> _Piece:
    begins, _ = _patterns(code)
    lead = _leading(code).match(text, start, end)
    start = lead.end() if lead else start
    said = text[start:end].strip()
    terms = frozenset(words.terms(said, language))
    begun = begins.search(said) or (code == "en" and _OPENS.match(said))
    asks = bool(begun) and len(terms) >= TERMS and not _NO_QUESTION.match(said)
    tokens = {token.casefold() for token in words.tokens(_EXPLETIVE.sub(" ", said))}
    return _Piece(start, end, terms, asks, bool(tokens & _POINTING[code]))


@cache
def _patterns(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a question begins, at the start or after a comma, and where one follows another in the same sentence."""
    begins, joins = _BEGINS[code], _JOINS[code]
    start = rf"(?:^\W*|[,;:]\s*|\s[–—-]+\s+)(?:{joins}[\s,:]+)*(?:please |so |pls )?(?:{begins})"
    # "ar": the word for "and" is a letter of the next one.
    alone = r"\s+(?=و)|" if code == "ar" else ""
    between = (
        rf"(?:\s*[,;،&+/]\s*|\s+[–—-]+\s+|\.\.+\s*)(?:(?:{joins}[\s,:]+)+|(?!wh(?:ich|o|ose)\b))(?=(?:{begins}))"
        rf"|\s+(?:{joins}[\s,:]+)+(?=(?:{begins}))"
        + (rf"|(?:{alone[:-1]})(?=(?:{begins}))" if alone else "")
    )
    return re.compile(start, re.IGNORECASE), re.compile(between, re.IGNORECASE)


@cache
def _leading(code: str) -> re.Pattern[str]:
    return re.compile(
        rf"[\s,;:.!\-–—&+/]*(?:\(?[1-9][.)]\s+)?(?:{_JOINS[code]}\b[\s,:]*)*", re.IGNORECASE
    )
