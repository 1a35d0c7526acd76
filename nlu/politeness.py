"""Sentences around a matter that say nothing of it: a question announced, help asked for, hopes and thanks. What a message asks is
`letter`'s.

They are phrases that fill a sentence from end to end. Whoever waits, hurries, complains or wants a person says something, so no such
sentence is here, nor one with a word that might be the matter.
"""

from __future__ import annotations

import re
from itertools import pairwise

_EN = r"""
(?:i |we )?(?:really )?hope (?:that )?(?:you are|you're|you’re|you|all is|everything is) (?:doing )?(?:well|fine|okay|ok)(?: today)?
(?:i |we )?hope (?:that )?this (?:e-?mail|message|letter|note) finds you (?:well|in good health)
(?:i|we) (?:just )?(?:have|had|got)(?: got)? (?:a|one|another|some|two|a few|a couple of) (?:quick |short |small |simple |little )?questions?(?: for you| about (?:this|that|it|something))?
(?:i am|i'm|i’m|we are|we're) (?:a |an )?(?:new|old|happy|long-?time|loyal|regular|existing)? ?customers?(?: of yours| here)?(?: for (?:many|several|some|\w+) (?:years|months|weeks))?
(?:please |kindly )?(?:could|can|would|will) (?:you|anyone|someone|somebody) (?:please |kindly |maybe |possibly )?(?:help|assist)(?: me| us)?(?: out)?(?: with (?:this|that|it))?(?: please)?
(?:please |kindly )(?:help|assist|advise)(?: me| us)?(?: out)?(?: with (?:this|that|it))?
(?:i|we) (?:just |really )?need (?:some |a little |your |a bit of )?(?:help|assistance|advice)(?: here| please| with (?:this|that|it))?
i was (?:just )?wondering if (?:you|anyone) (?:could|can|would) help(?: me)?(?: out| with (?:this|that|it))?
(?:but )?(?:i|we) (?:really )?(?:could not|couldn't|couldn’t|cannot|can not|can't|can’t|cant|did not|didn't|didn’t|was not able to|wasn't able to|am not able to|am unable to|was unable to|do not seem to|don't seem to) find (?:it|this|that|anything|any information|any info|information|the information|an answer|any answer|the answer|anything about (?:it|this|that))(?: anywhere)?(?: (?:on|in|at) (?:your|the) (?:website|web ?site|site|homepage|page|pages|faqs?|help|help ?(?:center|centre|page|pages|section|portal)|docs|documentation|manual|menus?|settings|app))?
(?:i|we)(?: have|'ve|’ve)? (?:already )?(?:looked|searched|checked)(?: (?:everywhere|around|all over|all over the place))(?: (?:on|in) (?:your|the) (?:website|site|faqs?|app))?(?: already)?
(?:i|we)(?: have|'ve|’ve)? (?:already )?(?:looked|searched|checked)(?: (?:at|in|on|through))? (?:your|the) (?:website|web ?site|site|faqs?|help ?(?:center|centre|page|pages)?|docs|documentation)(?: already)?
(?:please |just |kindly )?let (?:me|us) know(?: (?:please|soon|as soon as (?:possible|you can)|when you can|what to do|what you think|how))?
(?:i |we )?(?:am |are |'m |’m )?look(?:ing)? forward to (?:your (?:answer|reply|response|help)|hearing (?:back )?from you)(?: soon)?
(?:many |a lot of )?(?:thanks|thank you|thx)(?: so much| very much| a lot)?(?:(?: ?in advance| ?for (?:your|the|any|all your|all) (?:kind )?(?:help|time|answer|reply|response|support|assistance|patience|understanding)))+(?: and have a (?:nice|good|great|lovely) (?:day|week|weekend|evening))?
(?:any|your) help (?:is|would be|will be) (?:very |much |greatly |highly |really )*appreciated
(?:i|we) would (?:be (?:very |really )?grateful for|appreciate) (?:your|any) (?:help|answer|advice)
(?:i am |i'm |i’m )?(?:very |so )?sorry (?:to (?:bother|disturb) you|for (?:bothering|disturbing) you|for my (?:bad |poor )?english|if this is (?:a )?(?:silly|stupid|dumb)(?: question)?)
(?:have|wish you) a (?:nice|good|great|lovely|wonderful) (?:day|week|weekend|evening|one)
"""
_ES = r"""
espero que (?:est[eé]n?|est[eé]s|se encuentren?|te encuentres|todo vaya|todo est[eé])(?: muy)? bien
tengo (?:una|otra|unas|algunas|dos) (?:peque[ñn]a |breve |r[aá]pida )?(?:preguntas?|consultas?|dudas?)
soy (?:un |una )?(?:nuevo |nueva )?client[ea](?: suy[oa]| de ustedes| vuestr[oa])?(?: desde hace \w+ (?:años|meses))?
(?:por favor,? )?(?:me )?(?:podr[ií]an?|podr[ií]as|pueden?|puedes) (?:ayudar(?:me)?|echarme una mano)(?: con esto)?(?:,? por favor)?
(?:por favor,? )?(?:ay[uú]denme|ay[uú]dame|necesito (?:su |tu |un poco de )?ayuda)(?: con esto)?(?:,? por favor)?
(?:pero )?no (?:lo |la )?(?:he podido|pude|puedo|logro|consigo|he logrado) encontrar(?:lo|la)?(?: (?:nada|informaci[oó]n|la respuesta))?(?: en (?:su|la|vuestra|tu) (?:p[aá]gina(?: web)?|web|sitio(?: web)?|ayuda|app))?
no (?:lo |la )?(?:encontr[eé]|encuentro|he encontrado)(?: (?:nada|informaci[oó]n|la respuesta))?(?: en (?:su|la|vuestra|tu) (?:p[aá]gina(?: web)?|web|sitio(?: web)?|ayuda|app))?
(?:ya )?(?:he buscado|busqu[eé]|he mirado|mir[eé]) (?:en todas partes|por todos lados|por todas partes)
(?:por favor,? )?(?:av[ií]senme|av[ií]same|h[aá]ganmelo saber|h[aá]zmelo saber)
(?:quedo|quedamos|estoy) (?:a la espera|en espera|pendiente) de (?:su|tu|vuestra) respuesta
(?:muchas |mil )?gracias(?: de antemano| por adelantado| por (?:su|tu|vuestra|la) (?:ayuda|respuesta|atenci[oó]n|tiempo|comprensi[oó]n))(?: de antemano)?
(?:que tengan?|que tengas|le deseo|les deseo) (?:un )?buen(?:a)? (?:d[ií]a|semana|fin de semana|tarde|noche)
(?:perd[oó]n|disculpen?|disculpa|siento)(?: por)?(?: la)? molesti?ar?(?:les|le|te)?
"""
_DE = r"""
ich hoffe,? (?:es geht (?:ihnen|dir|euch)|ihnen geht es|dir geht es|euch geht es)(?: sehr)? gut
ich (?:habe|h[aä]tte)(?: da| nur| mal| noch)* (?:eine|eine kurze|eine kleine|ein paar|einige|zwei|noch eine) fragen?(?: dazu| an sie)?
ich bin (?:ein |eine )?(?:neuer? |langj[aä]hriger? )?kund(?:e|in)(?: (?:von|bei) ihnen| bei euch)?(?: seit \w+ (?:jahren|monaten))?
(?:bitte )?(?:k[oö]nn(?:en|ten) sie|k[oö]nntest du|kannst du|k[oö]nnt ihr|kann|k[oö]nnte)(?: mir| uns)?(?: (?:jemand|da|dabei|bitte|vielleicht|mir|uns))* (?:weiter)?helfen(?: bitte)?
(?:bitte )?(?:helfen sie|helft|hilf) (?:mir|uns)(?: bitte)?(?: weiter)?
ich (?:brauche|ben[oö]tige)(?: bitte| dringend)? (?:ihre |etwas |eure |deine )?hilfe(?: dabei)?
(?:aber )?(?:ich )?(?:habe?|konnte|kann)(?: ich)?(?: es| das| dazu| dar[uü]ber)* (?:nichts|nicht|nirgends|keine (?:antwort|informationen?|infos?))(?: dazu| dar[uü]ber)?(?: (?:auf|in) (?:ihrer|der|eurer|deiner|den) (?:website|webseite|seite|homepage|hilfe|faqs?|app))?(?: dazu| dar[uü]ber)? (?:gefunden|finden)
ich (?:habe|konnte|kann) (?:auf|in) (?:ihrer|der|eurer|deiner|den) (?:website|webseite|seite|homepage|hilfe|faqs?|app) (?:(?:dazu|dar[uü]ber|leider) )*(?:nichts|keine (?:antwort|informationen?|infos?))(?: dazu| dar[uü]ber)? (?:gefunden|finden)
ich (?:habe|hab)(?: schon| bereits)* (?:[uü]berall|auf ihrer (?:website|webseite|seite)|auf eurer (?:website|webseite|seite)) (?:gesucht|geschaut|nachgesehen)
(?:bitte )?(?:sagen|geben) sie mir (?:bitte )?bescheid
(?:ich )?freue mich auf (?:ihre|eure|deine) (?:antwort|r[uü]ckmeldung|nachricht)
(?:vielen |herzlichen |besten |sch[oö]nen )?dank(?:e)?(?: schon(?: ein)?mal)?(?: im voraus| f[uü]r (?:ihre|eure|deine|die) (?:hilfe|m[uü]he|antwort|unterst[uü]tzung|zeit|r[uü]ckmeldung))+
(?:auf|in) (?:ihrer|der|eurer|deiner|den) (?:website|webseite|seite|homepage|hilfe|faqs?|app) (?:habe|konnte|kann) ich (?:(?:dazu|dar[uü]ber|leider) )*(?:nichts|keine (?:antwort|informationen?|infos?))(?: dazu| dar[uü]ber)? (?:gefunden|finden)
(?:ich w[uü]nsche )?(?:ihnen |euch |dir )?(?:noch )?einen sch[oö]nen (?:tag|abend)
(?:entschuldigen sie|entschuldigung|sorry|verzeihung)(?: bitte)?(?: f[uü]r)?(?: die)? st[oö]rung
"""
_FR = r"""
j['’]esp[eè]re que (?:vous allez|tu vas|tout va)(?: tr[eè]s)? bien(?: pour vous)?
j['’]ai (?:une|une autre|quelques|deux|juste une) (?:petites? |br[eè]ves? )?questions?(?: pour vous)?
je suis (?:un |une )?(?:nouveau |nouvelle )?client(?:e)?(?: chez vous)?(?: depuis \w+ (?:ans|mois))?
(?:pouvez|pourriez)[- ]vous (?:s['’]il vous pla[iî]t )?m['’]aider(?:,? s['’]il vous pla[iî]t)?
(?:merci de m['’]aider|aidez[- ]moi|j['’]ai besoin (?:d['’]aide|de votre aide))(?:,? s['’]il vous pla[iî]t)?
(?:mais )?je (?:n['’]ai rien trouv[eé]|ne trouve rien|ne (?:le |la )?trouve pas|n['’]ai pas trouv[eé](?: (?:la r[eé]ponse|d['’]information))?)(?: sur (?:votre|le) (?:site(?: web| internet)?|page|faq))?
j['’]ai (?:d[eé]j[aà] )?(?:cherch[eé]|regard[eé]) partout
(?:merci de me tenir (?:au courant|inform[eé]e?)|tenez[- ]moi au courant)
(?:dans l['’]attente|j['’]attends|en attente) (?:de )?votre (?:r[eé]ponse|retour)
merci(?: beaucoup)?(?:(?: ?d['’]avance| ?par avance| ?pour votre (?:aide|r[eé]ponse|retour|temps)))+
(?:je vous souhaite une |passez une )?bonne (?:journ[eé]e|soir[eé]e|semaine)
(?:d[eé]sol[eé]e?|excusez[- ]moi|pardon) (?:de|pour) (?:vous d[eé]ranger|le d[eé]rangement)
"""
_PT = r"""
espero que (?:esteja|estejam|voc[eê] esteja|tudo esteja)(?: tudo)? bem
tenho (?:uma|outra|algumas|umas|duas) (?:pequena |breve |r[aá]pida )?(?:perguntas?|d[uú]vidas?|quest(?:[aã]o|[oõ]es))
sou (?:um |uma )?(?:novo |nova )?cliente(?: de voc[eê]s| vosso)?(?: h[aá] \w+ (?:anos|meses))?
(?:por favor,? )?(?:(?:voc[eê]s? )?pode(?:m|ria|riam)?|algu[eé]m pode)(?: por favor)? (?:me ajudar|ajudar-me|ajudar)(?:,? por favor)?
(?:por favor,? )?(?:me ajudem?|ajudem?-me|preciso (?:de )?(?:sua |uma )?ajuda)(?:,? por favor)?
(?:mas )?n[aã]o (?:consegui|consigo|pude) (?:encontrar|achar)(?: (?:nada|isso|a resposta|informa[cç][oõ]es))?(?: (?:no|em|na) (?:seu |vosso )?(?:site|p[aá]gina|ajuda|faq))?
n[aã]o (?:encontrei|achei)(?: (?:nada|isso|a resposta|informa[cç][oõ]es))?(?: (?:no|em|na) (?:seu |vosso )?(?:site|p[aá]gina|ajuda|faq))?
j[aá] (?:procurei|olhei|busquei) (?:em )?(?:todo (?:o )?lado|tudo|todos os lugares|toda parte)
(?:por favor,? )?(?:me avisem?|avisem?-me)
(?:fico|aguardo|ficamos)(?: no aguardo| [aà] espera)?(?: d?[aeo])? ?(?:sua|vossa|tua) resposta
(?:muito )?obrigad[oa](?: desde j[aá]| antecipadamente| pela (?:ajuda|aten[cç][aã]o|resposta)| por (?:sua|tua) ajuda)
(?:tenha um |um )?bom (?:dia|fim de semana)|(?:tenha uma )?boa (?:semana|tarde|noite)
(?:desculpem?|perd[aã]o)(?: por)?(?: o)? (?:inc[oô]modo|incomodar)
"""
_AR = r"""
(?:آمل|أتمنى|ارجو|أرجو) أن تكونوا? بخير
(?:لدي|عندي) (?:سؤال|استفسار)(?: صغير| بسيط| سريع)?
(?:هل )?(?:يمكنكم|يمكنك|ممكن)(?: من فضلك(?:م)?)? (?:مساعدتي|المساعدة|تساعدني|تساعدوني)(?: من فضلك(?:م)?)?
(?:أحتاج|احتاج)(?: إلى| الى)? (?:مساعدة|مساعدتكم|المساعدة)
(?:لم أجد|لا أجد)(?: (?:شيئا|أي معلومات|الجواب|الإجابة))?(?: (?:في|على) (?:موقعكم|الموقع|صفحتكم))?
(?:في|ب)?انتظار (?:ردكم|ردك)
شكرا(?:ً)?(?: جزيلا(?:ً)?)? (?:مقدما(?:ً)?|على (?:مساعدتكم|المساعدة|وقتكم))
"""
_LINES = [line for part in (_EN, _ES, _DE, _FR, _PT, _AR) for line in part.strip().splitlines()]
_POLITE = re.compile(
    rf"\W*(?:and |but |y |und |aber |et |e )?(?:{'|'.join(_LINES)})\W*", re.IGNORECASE
)
_END = re.compile(r"(?<=[.!?؟…])\s+|\n+")
LONGEST = 160
"""Letters of a sentence that may be one of them."""
_OPENING = r"""(?:how|what|what['’]?s|where|where['’]?s|when|why|which|who|can (?:i|we|you please)|could (?:i|we)|do (?:i|we|you)|does|did
|is (?:it|there|my|the|this)|are (?:there|my|the)|am i|may i|should i|will|would|if|whether
|¿?(?:c[oó]mo|d[oó]nde|cu[aá]ndo|cu[aá]nt[oa]s?|qu[eé]|cu[aá]l|puedo|se puede|hay|por qu[eé])
|wie|wo|wann|was|warum|wieso|welche[rsn]?|kann ich|kann man|gibt es|muss ich|darf ich|ob
|comment|o[uù]|quand|combien|pourquoi|puis-je|est-ce|quel(?:le)?s?
|onde|quando|quant[oa]s?|posso|por que|qual)""".replace("\n", "")
"""How a question begins."""
_LEADS = r"""
(?:i |we )?hope (?:that )?(?:you|someone|anyone|somebody) can help(?: me| us)?(?: out)?(?: with (?:this|that|it))?
(?:please |kindly )?(?:can|could|would|will) (?:you|anyone|someone|somebody) (?:please |kindly )?(?:tell|let) (?:me|us)(?: know)?(?: please)?
(?:please |kindly )?(?:tell|let) (?:me|us)(?: know)?
(?:does|do) (?:you|anyone|anybody|someone) know
(?:i|we) (?:just )?(?:want(?:ed)?|need(?:ed)?|would like|['’]?d like|am trying|was trying) to (?:know|ask|find out)
(?:i|we)(?: have|['’]ve)? (?:already )?(?:looked|searched|checked)(?: everywhere| all over)? (?:but|and) (?:could not|couldn['’]?t|cannot|can['’]?t|did not|didn['’]?t) find (?:it|this|that|anything)
(?:quick|short|simple|one|just a|just a quick|another) question
(?:me )?(?:podr[ií]an?|pueden?|puedes?|podr[ií]as) decir(?:me)?|quer[ií]a (?:saber|preguntar)
(?:k[oö]nn(?:en|ten) sie|kannst du|k[oö]nntest du|k[oö]nnt ihr) mir (?:bitte )?sagen|ich (?:wollte|w[uü]rde|m[oö]chte)(?: gerne?| mal| nur)* (?:fragen|wissen)
pouvez-vous me dire|pourriez-vous me dire|je voudrais savoir|(?:voc[eê]s? )?(?:pode|podem|poderia)(?:m)? me dizer|queria saber
"""
_THANKS = r"""(?:many |a lot of )?(?:thanks|thank you|thank u|thx|tks|ty|cheers)(?: so much| very much| a lot| a million| again)?(?: in advance)?
|please|pls|plz|(?:muchas |mil )?gracias(?: de antemano)?|por favor|(?:vielen |besten |herzlichen )?danke?(?: schon(?: ein)?mal)?(?: im voraus)?|bitte
|merci(?: beaucoup)?(?: d['’]avance)?|s['’]il vous pla[iî]t|svp|(?:muito )?obrigad[oa]""".replace(
    "\n", ""
)
_JOINED = r"[\s,;:.–—-]+(?:and |but |so |y |und |aber |et |e )?"
_HELLO = (
    r"(?:(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|hola|buenas|buenos d[ií]as|hallo|moin|guten (?:tag|morgen|abend)|bonjour|salut|ol[aá]|bom dia|boa tarde)"
    rf"(?: (?:there|all|everyone|team|guys|folks))?{_JOINED})?"
)
_BEFORE = re.compile(
    rf"\W*{_HELLO}"
    rf"(?:(?:{'|'.join(_LINES)}|{'|'.join(_LEADS.strip().splitlines())}){_JOINED})+(?={_OPENING}\b)",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"{_JOINED}(?:{'|'.join(_LINES)}|{_THANKS})[\W]*$",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"\W*{_HELLO}{_OPENING}\b", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"\b(?:that|if|when|where|because|what|why|how|who|do|does|did|to|can|could|says?|said|and|or|but|the|a|i|my|you)$",
    re.IGNORECASE,
)
"""Before words that are no politeness of their own: "what does it mean if I need help"."""
RUN_ON = 400
"""Letters of a sentence with politeness before or behind its question, without a sign between."""
LEAST = 3
"""Words of the question that is left."""


def without_politeness(text: str) -> str:
    """The text without such sentences; as it is where it has none, or nothing else."""
    ends = [0, *(end.end() for end in _END.finditer(text)), len(text)]
    sentences = [text[start:end] for start, end in pairwise(ends)]
    kept = [one for one in sentences if len(one) > LONGEST or not _POLITE.fullmatch(one)]
    return "".join(map(_question_of, kept)).strip() if any(map(str.strip, kept)) else text


def _question_of(sentence: str) -> str:
    """The sentence without what is said before and behind a question, where it has one; its end stays as it is."""
    if len(sentence) > RUN_ON:
        return sentence
    before = _BEFORE.match(sentence)
    asked = sentence[before.end() :] if before else sentence
    if not _ASKED.match(asked):
        return sentence
    while (behind := _BEHIND.search(asked)) is not None:
        left = asked[: behind.start()]
        if len(left.split()) < LEAST or _SUBORDINATE.search(left):
            break
        asked = left + "?" if behind.group().rstrip().endswith("?") else left
    return asked if len(asked.split()) >= LEAST else sentence
