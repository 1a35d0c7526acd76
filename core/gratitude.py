"""Whether what a customer writes after a solution is thanks and nothing else, in many languages. What follows from it does not belong here."""

from __future__ import annotations

import re
import unicodedata

_THANKS = """
thank you|thank u|thanks|dank|thankyou|thx|tnx|tks|ty|cheers|danke|dankeschön|danke schön|dankesehr|merci|gracias|muchas gracias|obrigado|obrigada
brigado|brigada|valeu|grazie|dank je|dank u|dankjewel|dankuwel|bedankt|dziękuję|dziekuje|dzięki|dzieki|teşekkürler|tesekkurler|teşekkür ederim
teşekkür ederiz|sağ ol|sağ olun|sağolun|спасибо|благодарю|дякую|благодаря|tack|tackar|takk|tusen takk|tak|kiitos|kiitoksia|aitäh|tänan|paldies
ačiū|aciu|děkuji|děkuju|dekuji|díky|diky|ďakujem|dakujem|vďaka|hvala|хвала|mulțumesc|multumesc|mersi|köszönöm|koszonom|köszi|ευχαριστώ|ευχαριστω
faleminderit|благодарам|תודה|شكرا|شكراً|مشكور|مشكورين|متشكرم|ممنون|سپاس|شکریہ|धन्यवाद|शुक्रिया|ধন্যবাদ|நன்றி|cảm ơn|cám ơn|cam on|terima kasih
makasih|salamat|asante|ขอบคุณ|ありがとうございます|ありがとうございました|ありがとう|感謝|谢谢|謝謝|多谢|多謝|感谢|감사합니다|감사해요|고맙습니다|고마워요|moltes gràcies|gràcies
eskerrik asko|grazas|go raibh maith agat|diolch|baie dankie|dankie
👍|👌|🙏|🙌|👏|💯|🎉|🥳|🤝|💪|❤|♥|😊|🙂|😀|😃|😄|😁|😍|🤗|✅
"""
_AROUND = """
so much|very much|a lot|a million|a bunch|many|again|all|you|very|so|ok|okay|great|perfect|super|vielen|besten|herzlichen|tausend|lieben|sehr|vielmals
nochmals|beaucoup|bien|mille|infiniment|encore|mil|muito|muita|muitíssimo|mesmo|tante|molte|moltissime|infinite|di cuore|heel erg|hartelijk|wel
voor|bardzo|serdecznie|wielkie|çok|большое|огромное|вам|тебе|щиро|так|дуже|så|mycket|mange|tusen|hjertelig|paljon|moc|mockrát|vám|lepa|puno|лепо
foarte|szépen|nagyon|πολύ|πολυ|σας|רבה|لك|لكم|جزيلا|جزيلاً|كثيرا|بہت|बहुत|आपका|bạn|nhiều|rất|banyak|sama|ครับ|ค่ะ|คะ|มาก|po|sana|どうも|本当に
您|你|你们|대단히|정말
"""
_CONTRAST = """
but|however|although|unfortunately|still|for nothing|aber|jedoch|leider|trotzdem|immer noch|noch nicht|für nichts|pero|sin embargo|sigue|siguen|todavía
lamentablemente|mais|cependant|malheureusement|toujours pas|pas encore|porém|ainda|infelizmente|però|purtroppo|non ancora|ancora non|maar|nog steeds
helaas|niestety|nadal|но|однако|всё ещё|все еще|по-прежнему|к сожалению|але|на жаль|ama|fakat|ancak|hâlâ|hala|maalesef|fortfarande|stadig|fortsatt|mutta
valitettavasti|bohužel|bohužiaľ|žal|nažalost|din păcate|sajnos|αλλά|αλλα|όμως|אבל|לצערי|لكن|ولكن|للأسف|ما زال|ما زالت|مازال|مازالت|لا يزال|لا تزال|اما|لیکن
लेकिन|मगर|nhưng|tapi|tetapi|masih|แต่|でも|しかし|けど|まだ|但|可是|不过|不過|还是不|還是不|하지만|그런데|아직
"""
_CONTRAST_AFTER_A_STOP = (
    "mas|men|dar|ale|ma (?:non|il|la|lo|ho|è|mi|c'è|ancora|adesso|ora|continua)|de (?:nem|még)"
)
"""Words that mean "but" in one language and something else in another."""
_UNSPACED = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U0001f000-\U0001ffff\u2600-\u27bf]"
)
_QUESTION = re.compile("[?？؟]")
_REST = re.compile(r"[\W_]+")
_LONGEST = 300
"""Characters above which nobody only says thanks."""


def _pattern(lists: str) -> re.Pattern[str]:
    """Any of the phrases, as whole words where the script has spaces; the longest first."""
    phrases = sorted((_plain(one) for one in lists.replace("\n", "|").split("|") if one), key=len)
    said = [re.escape(one) for one in reversed(phrases)]
    parts = [one if _UNSPACED.search(one) else rf"(?<!\w){one}(?!\w)" for one in said]
    return re.compile("|".join(parts))


def _plain(text: str) -> str:
    """Case and accents written in either of two ways do not matter; what colours or joins emoji is left out."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return re.sub(r"[\u064b-\u0652\ufe0f\u200d\U0001f3fb-\U0001f3ff]", "", plain)


_IS_THANKS, _IS_AROUND, _IS_CONTRAST = map(_pattern, (_THANKS, _AROUND, _CONTRAST))
_IS_CONTRAST_THERE = re.compile(rf"[,.;!…،]\s*(?:{_CONTRAST_AFTER_A_STOP})\s+\w")


def is_thanks_alone(text: str) -> bool:
    """Nothing but words and signs of thanks, in any of some fifty languages."""
    if len(text) > _LONGEST:
        return False
    plain, found = _IS_THANKS.subn(" ", _plain(text))
    return bool(found) and not _REST.sub("", _IS_AROUND.sub(" ", plain))


def wants_more(text: str) -> bool:
    """However polite: a question, or a word after which comes what is still wrong."""
    plain = _plain(text)
    return bool(
        _QUESTION.search(plain) or _IS_CONTRAST.search(plain) or _IS_CONTRAST_THERE.search(plain)
    )
