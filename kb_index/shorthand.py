"""Words as they are cut short in chats, written out: an encoder knows "please", and not "pls". Slips of the pen are `misspelt`'s."""

from __future__ import annotations

import re
from functools import cache

from kb_index import words
from kb_index.generation import Generation
from kb_index.query import question_language

_SHORT = {
    "en": """pls=please plz=please plss=please u=you ur=your r=are y=why c=see b=be hw=how abt=about w/=with w/o=without
pw=password pwd=password pswd=password passwd=password acct=account acnt=account msg=message msgs=messages thx=thanks tks=thanks
cuz=because coz=because wat=what wht=what wanna=want~to gonna=going~to gotta=have~to dunno=do~not~know addr=address nr=number
qty=quantity mth=month mths=months wk=week wks=weeks hrs=hours mins=minutes yr=year yrs=years tmrw=tomorrow ppl=people b4=before
gr8=great dlvry=delivery ordr=order pymt=payment pmt=payment appt=appointment asap=as~soon~as~possible nd=and hav=have giv=give
wud=would cud=could shud=should cant=can't dont=don't doesnt=doesn't didnt=didn't isnt=isn't wasnt=wasn't wont=won't
wouldnt=wouldn't couldnt=couldn't shouldnt=shouldn't havent=haven't hasnt=hasn't hadnt=hadn't arent=aren't werent=weren't
whats=what's wheres=where's hows=how's whos=who's thats=that's theres=there's im=i'm ive=i've youre=you're theyre=they're""",
    "es": """q=que k=que xq=porque pq=porque xfa=por~favor porfa=por~favor tb=también tmb=también dnd=dónde cto=cuánto msj=mensaje
msjs=mensajes grax=gracias x=por""",
    "de": """hab=habe zb=zum~Beispiel evtl=eventuell vllt=vielleicht viell=vielleicht pw=Passwort mwst=Mehrwertsteuer bzgl=bezüglich
gibts=gibt~es gehts=geht~es hats=hat~es wirds=wird~es kanns=kann~ich""",
}
_TO = re.compile(r"(?<=[^\W\d_]) 2 (?!\w*s\b|people|more|of|or|and)(?=[^\W\d_]{2})")
"""Not "about 2 people", nor "2 months"."""
_FOR = re.compile(r"(?<=[^\W\d_]) 4 (?=(?:my|me|the|a|an|u|you|ur|your|free|it|this)\b)")
_WORD = re.compile(r"\bw/o?(?=\s)|\b[a-zäöüñáéíó]+4?8?\b")
_ENOUGH = 2
"""Words cut short in a message from which a lone figure is a word too: "how 2 reset my pw", but "2 people"."""


def written_out(text: str, language: str, generation: Generation) -> str:
    """The text with what is cut short in small letters written out, but for what the index knows as a word of its own."""
    short = _short(question_language(language))
    found = 0

    def longer(match: re.Match[str]) -> str:
        nonlocal found
        word = match.group()
        meant = short.get(word)
        if meant is None or generation.knows(words.term(word, language)):
            return word
        found += 1
        return meant

    text = _WORD.sub(longer, text)
    if question_language(language) == "en" and (found >= _ENOUGH or " how 2 " in f" {text}"):
        text = _FOR.sub(" for ", _TO.sub(" to ", text))
    return text


@cache
def _short(language: str) -> dict[str, str]:
    pairs = (one.split("=") for one in _SHORT.get(language, "").split())
    return {word: meant.replace("~", " ") for word, meant in pairs}
