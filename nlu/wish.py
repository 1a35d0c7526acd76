"""What a message is about beside its wish for a person: "I was charged twice and I want to talk to a human" says both.

A message is cut in two where one thought may end, and the classifier of dialogue acts reads both sides: one must be the
wish, and the other must say something. What follows from that is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.understanding import Act, Scored
from nlu.acts import Reading

Reads = Callable[[Sequence[str]], Sequence[tuple[Scored, ...]]]
"""Every act of each text with its probability, best first."""

MATTERS: Final = (
    Act.URGENT_COMPLAINT,
    Act.TICKET_STATUS,
    Act.ASK,
    Act.GIVE_DETAILS,
    Act.OUT_OF_SCOPE,
)
"""Acts that say what somebody needs help with."""
TOLD: Final = frozenset(MATTERS) - {Act.OUT_OF_SCOPE}
"""Those of them that a reading tells; what people are asked for and the bot knows nothing of is given as details."""

_SURE = 0.8
"""Probability from which a side is the wish."""
_SURE_AGAINST = 0.9
"""The same where the message as a whole seemed to want something else."""
_CLEARLY = 0.5
"""Probability from which the other side is nothing but politeness, a stop, or the wish said twice."""
_LIKELY = 0.6
"""Probability of all acts of a matter together from which a side is one, where no "because" or "about" says so."""
_MOST_PAIRS = 10
_MOST_WORDS = 120
"""In a longer message the wish is one word among many; it is told apart by its sentences alone."""

_JOINTS = r"and|so|but|who can|y|e|pero|así que|und|aber|deshalb|daher|et|mais|donc|mas|então|por isso|لكن|ولكن"
_REASONS = r"because|cause|since|as|porque|ya que|weil|da|denn|car|parce que?|puisque|pois|já que|لأن\w*|لان\w*|حيث"
_TOPICS = (
    r"about|regarding|concerning|because of|due to|for|with|over|sobre|acerca de|respecto a|por|debido a|para"
    r"|über|wegen|bezüglich|zu|zum|zur|aufgrund|für|à propos d[eu]|au sujet d[eu]|concernant|sur|pour|de|du|des"
    r"|a respeito d[aeo]s?|por causa d[aeo]s?|devido a|بخصوص|حول|بشأن|عن|بسبب|في"
)
_CUT = re.compile(
    rf"[.!?;…,،؛:\n]+\s*|\s+[-–—]+\s+|\s+(?:{_JOINTS})\s+|\s+و(?=\w{{3,}})"
    rf"|(?P<reason>\s+(?:{_REASONS})\s+|\s+parce qu['’])|(?P<topic>\s+(?:{_TOPICS})\s+|\s+d['’])",
    re.IGNORECASE,
)
"""A comma inside a number cuts as well; what is left of it then says nothing."""

_PEOPLE = re.compile(
    r"\b(?:humans?|persons?|people|agents?|representatives?|reps?|someone|somebody|anyone|anybody|employees?|operators?"
    r"|advis[eo]rs?|colleagues?|technicians?|managers?|supervisors?|staff|human[oa]s?|personas?|agentes?|asesor\w*|alguien"
    r"|emplead[oa]s?|operador\w*|encargad[oa]|supervisor\w*|mensch\w*|mitarbeiter\w*|jemand\w*|person|kolleg\w*|berater\w*"
    r"|humain\w*|personne|conseill\w+|quelqu'un|employée?s?|agente?|pessoas?|alguém|atendentes?|funcionári[oa]s?)\b"
    r"|(?:شخص|موظف|إنسان|انسان|بشر|وكيل|ممثل|مندوب)",
    re.IGNORECASE,
)

_WISHING = re.compile(
    r"\b(?:want|need|like|prefer|talk|speak|chat|call|connect|transfer|put me|pass me|forward|get me|give me|let me|please|pls"
    r"|quier\w*|quisiera|necesit\w+|prefier\w+|hablar|llam\w+|pás\w+|pon\w+|comuní\w+|conect\w+|favor"
    r"|möcht\w+|will|wollen|brauch\w*|sprech\w+|reden|verbind\w+|bitte|ruf\w*|anruf\w*|zurückruf\w*|geben sie"
    r"|veux|voudr\w+|souhait\w+|besoin|préf\w+|parler|appel\w+|pass\w+-moi|mett\w+|plaît|svp"
    r"|quero|queria|gostaria|precis\w+|prefir\w+|falar|ligu\w+|ligar|pass\w+-me|transf\w+)\b"
    r"|(?:أريد|اريد|أود|أرغب|أحتاج|احتاج|التحدث|أتحدث|التكلم|الاتصال|اتصل|حول|وصل|فضلك|رجاء)",
    re.IGNORECASE,
)

_WORDS = """
a an the i i'm im i've i'd you u your you're he she it its it's we they this that these those there here me my mine us our them
to of in on at by with for from about and or but so if as is are am be been was were do does did done don't not no can could
would will shall should may might must have has had having want wanted wants need needs needed like please pls plz just now
today asap quickly quick fast soon immediately urgent urgently right away really very some any something anything thing things
stuff matter matters question questions problem problems issue issues help helps helping assistance trouble favor favour case
all everything what which who when where how why yes ok okay hi hello hey good morning day evening afternoon thanks thank dear
get got give let talk talking speak speaking chat call phone telephone ring write contact reach connect put through transfer
speak back someone somebody anyone anybody human humans person people real live actual agent agents representative rep employee
operator advisor adviser colleague technician manager supervisor staff team support service customer care desk hotline line
bot bots robot robots machine machines program computer chatbot ai instead directly angry frustrated annoyed tired fed up upset
minute moment time later again else one two few couple more enough only better rather explain understand listen listens type
typing typed solve
yo tú usted ustedes él ella ello esto eso este esta ese esa mi mis su sus me te le lo la las los un una unos unas el de del en
al a y e o u con sin por para sobre no sí si que qué cual como cómo cuando es soy eres está estoy son ser estar hay tengo tiene
tener quiero quiere quisiera querría necesito necesita puedo puede pueden podría favor ahora ya hoy urgente pronto rápido muy
algo alguna alguno algunas algunos cosa cosas asunto tema pregunta preguntas duda dudas consulta problema problemas ayuda
ayudarme ayude hola buenos buenas días tardes noches gracias hablar hable llamar llamen llame llamada teléfono contactar alguien
persona personas humano humana humanos real verdad agente agentes asesor asesora ejecutivo operador operadora empleado empleada
técnico encargado supervisor compañero compañera equipo atención cliente clientes soporte servicio robot máquina mismo momento
mensaje chat
ich du sie er es wir ihr mich mir dich dir ihn ihm ihnen uns euch mein meine meinem meinen meiner dies diese dieser dieses das
der die den dem des ein eine einen einem einer eines zu zum zur von vom mit bei für in im an am auf und oder aber dass ob wenn
wie was wer wo wann warum nicht kein keine keinen keinem ja nein bitte mal doch schon noch auch nur ist bin bist sind sein war
habe hab hast hat haben hätte will willst wollen möchte möchten kann kannst können könnte könnten muss brauche brauchen brauch
jetzt sofort heute gleich schnell dringend eilig etwas was darüber davon dazu damit sache sachen frage fragen problem probleme
anliegen thema hilfe helfen hallo guten gute tag morgen abend danke dank sprechen reden telefonieren anrufen anruf rückruf
zurückrufen telefon verbinden geben weiterleiten jemand jemanden jemandem mensch menschen person personen echt echte echten
echter echtem mitarbeiter mitarbeiterin mitarbeitern kollege kollegen kollegin berater beraterin agent agenten techniker chef
vorgesetzten team kundendienst kundenservice kundenbetreuung support service hotline bot bots roboter maschine computer
je tu il elle on nous vous ils elles j'ai j m me te se mon ma mes ton ta tes son sa ses ce ceci cela ça c'est cet cette ces un
une des le la les l d de du au aux en y et ou mais où à avec sans pour par sur dans pas ne n non oui si que qui quoi quel quelle
comment quand est suis es êtes sont être était ai as a avez ont avoir veux veut voudrais voudrait voulais peux peut pouvez
pourrais pourriez dois besoin faut maintenant tout suite vite urgent urgence aujourd'hui s'il svp plaît merci bonjour bonsoir
salut quelque chose choses sujet question questions problème problèmes souci aide aider parler discuter appeler appelez rappeler
téléphone contacter joindre quelqu'un quelqu humain humains humaine personne personnes vrai vraie réel réelle conseiller
conseillère agent employé employée opérateur technicien responsable collègue équipe service client clientèle support robot
machine ordinateur
eu tu você vocês ele ela isto isso este esta esse essa aquilo meu minha meus minhas seu sua o os as um uma uns umas do da dos das
no na nos nas ao à em com sem por para pelo pela e ou mas se que quem qual como quando onde não sim é sou são está estou ser
estar tenho tem ter quero quer queria gostaria preciso precisa posso pode podem poderia agora já hoje logo rápido urgente muito
algo alguma algum coisa coisas assunto tema pergunta perguntas dúvida dúvidas questão problema problemas ajuda ajudar olá oi bom
boa dia tarde noite obrigado obrigada falar conversar ligar ligue liguem telefone contactar contatar alguém pessoa pessoas
humano humana real verdade atendente atendentes agente operador funcionário funcionária técnico gerente supervisor colega equipe
equipa atendimento cliente clientes suporte apoio serviço robô robot máquina favor
أنا انا أنت انت هو هي نحن هم هذا هذه ذلك تلك هناك من إلى الى على في عن مع ب ل و أو او لا لم لن ليس ما ماذا هل كيف متى أين لماذا
نعم أن ان التي الذي لي لك أريد اريد أود اود أرغب ارغب أحتاج احتاج يمكن يمكنني ممكن أستطيع الآن الان اليوم فورا فوراً عاجل عاجلا
بسرعة جدا شيء شيئ ما أمر موضوع سؤال أسئلة مشكلة مشاكل مساعدة المساعدة مساعدتي مرحبا أهلا السلام عليكم صباح مساء الخير شكرا
من فضلك رجاء لو سمحت التحدث أتحدث اتحدث التكلم أتكلم الكلام الحديث الاتصال اتصل اتصلوا هاتف شخص أشخاص شخصا إنسان انسان بشر بشري
حقيقي حقيقية موظف موظفا موظفة وكيل ممثل مندوب فني مدير مسؤول زميل فريق خدمة العملاء الدعم عندي لدي روبوت آلة برنامج وليس
"""
_SAYS_NOTHING = frozenset(_WORDS.split())
"""Words of people, politeness and haste in the bot's languages: where nothing else is left there is no matter yet."""

_WORD = re.compile(r"[\w'’]+")


@dataclass(frozen=True, slots=True)
class _Pair:
    """One way to cut a message. `is_told`: the cut says that a matter follows ("because", "about")."""

    wish: str
    matter: str
    is_told: bool = False


def with_its_matter(text: str, reading: Reading, reads: Reads) -> Reading:
    """The reading of a message that wishes for a person and says what about: the wish first, and with it the act of the
    matter. The reading as it is where one of the two is missing, or where it is told already. `reads` is asked only where
    a person may be meant.
    """
    if reading.act is Act.URGENT_COMPLAINT or len(text.split()) > _MOST_WORDS:
        return reading
    is_wish = reading.act is Act.REQUEST_PERSON
    if is_wish and set(reading.also) & TOLD:
        return reading
    people = _PEOPLE.search(text)
    if not is_wish and people is None and Act.REQUEST_PERSON not in reading.also:
        return reading
    pairs = _pairs(text, people.start() if people else 0)
    if not pairs:
        return reading
    read = reads([side for pair in pairs for side in (pair.wish, pair.matter)])
    for pair, wish, matter in zip(pairs, read[::2], read[1::2], strict=True):
        act = _matter(matter, pair.is_told)
        if act is not None and _is_wish(pair.wish, wish[0], is_wish):
            return _both(reading, wish[0].confidence, act)
    return reading


def _pairs(text: str, people: int) -> list[_Pair]:
    """What may be the wish and what may be the matter, in the cuts that are nearest to the word for people."""
    cuts = sorted(_CUT.finditer(text), key=lambda cut: abs(cut.start() - people))
    found: dict[_Pair, None] = {}
    for cut in cuts:
        left, right = text[: cut.start()].strip(), text[cut.end() :].strip()
        is_told = bool(cut["reason"] or cut["topic"])
        sides = [_Pair(left, right, is_told)]
        if cut["topic"] and " " in right:
            # In German the verb comes last: "mit jemandem über meine Rechnung sprechen".
            topic, verb = right.rsplit(maxsplit=1)
            sides.append(_Pair(f"{left} {verb}", topic, is_told))
        if not cut["topic"]:
            sides.append(_Pair(right, left))
        found |= dict.fromkeys(pair for pair in sides if pair.wish and says_something(pair.matter))
    return list(found)[:_MOST_PAIRS]


def says_something(text: str) -> bool:
    """Whether any word is left beside those of people, politeness and haste."""
    words = (word.replace("’", "'").casefold() for word in _WORD.findall(text))
    # In Arabic "and" is written on to the next word.
    return any(
        len(word) > 1 and not {word, word.removeprefix("و")} & _SAYS_NOTHING for word in words
    )


def _is_wish(text: str, best: Scored, is_known: bool) -> bool:
    """`is_known`: the message as a whole is the wish; where it seemed to want something else more is asked for."""
    if best.name != Act.REQUEST_PERSON:
        return False
    if is_known:
        return best.confidence >= _SURE
    return best.confidence >= _SURE_AGAINST and _WISHING.search(text) is not None


def _matter(scored: tuple[Scored, ...], is_told: bool) -> Act | None:
    """The act of the matter, None where it is none. `is_told`: "because" or "about" stands before it."""
    best = scored[0]
    if Act(best.name) not in MATTERS and best.confidence >= _CLEARLY:
        return None
    helps = [one for one in scored if Act(one.name) in MATTERS]
    if not is_told and sum(one.confidence for one in helps) < _LIKELY:
        return None
    act = Act(helps[0].name)
    return act if act in TOLD else Act.GIVE_DETAILS


def _both(reading: Reading, confidence: float, matter: Act) -> Reading:
    others = dict.fromkeys((*reading.also, reading.act, matter))
    also = tuple(act for act in others if act is not Act.REQUEST_PERSON)
    if reading.act is Act.REQUEST_PERSON:
        return Reading(reading.act, reading.confidence, reading.acts, also)
    wish = Scored(Act.REQUEST_PERSON.value, confidence)
    acts = (wish, *(one for one in reading.acts if one.name != wish.name))
    return Reading(Act.REQUEST_PERSON, confidence, acts, also)
