"""What the dialogue asks of readers, to write, as it is asked in a call. The texts themselves are in `bot.texts` and `bot/rasa/domain`."""

from __future__ import annotations

_ALOUD = {
    "Glad that helped! If anything else comes up, just write here.": "Glad that helped! If anything else comes up, just say so, or call again.",
    "¡Me alegro! Si necesitas algo más, escribe aquí.": "¡Me alegro! Si necesitas algo más, dímelo, o vuelve a llamar.",
    "Das freut mich! Wenn noch etwas ist, schreiben Sie einfach hier.": "Das freut mich! Wenn noch etwas ist, sagen Sie es einfach, oder rufen Sie wieder an.",
    "Tant mieux ! Si autre chose vous vient, écrivez simplement ici.": "Tant mieux ! Si autre chose vous vient, dites-le simplement, ou rappelez-nous.",
    "Que bom! Se surgir mais alguma coisa, basta escrever aqui.": "Que bom! Se surgir mais alguma coisa, basta dizer, ou ligar de novo.",
    "يسعدني ذلك! إن احتجت إلى شيء آخر فاكتب هنا.": "يسعدني ذلك! إن احتجت إلى شيء آخر فقل لي أو اتصل مجددًا.",
    "All right, I'll stop here. Write whenever you need something.": "All right, I'll stop here. Call whenever you need something.",
    "De acuerdo, lo dejo aquí. Escribe cuando necesites algo.": "De acuerdo, lo dejo aquí. Llama cuando necesites algo.",
    "In Ordnung, ich höre hier auf. Schreiben Sie, wann immer Sie etwas brauchen.": "In Ordnung, ich höre hier auf. Rufen Sie an, wann immer Sie etwas brauchen.",
    "Très bien, je m'arrête là. Écrivez dès que vous avez besoin de quelque chose.": "Très bien, je m'arrête là. Appelez dès que vous avez besoin de quelque chose.",
    "Tudo bem, paro por aqui. Escreva quando precisar de alguma coisa.": "Tudo bem, paro por aqui. Ligue quando precisar de alguma coisa.",
    "حسنًا، سأتوقف هنا. اكتب متى احتجت إلى شيء.": "حسنًا، سأتوقف هنا. اتصل متى احتجت إلى شيء.",
    "No he encontrado una pregunta en tu mensaje. ¿Puedes escribirla en pocas palabras?": "No he encontrado una pregunta en lo que has dicho. ¿Puedes decirla en pocas palabras?",
    "Não encontrei uma pergunta na mensagem. Pode escrevê-la em poucas palavras?": "Não encontrei uma pergunta no que disse. Pode dizê-la em poucas palavras?",
    "You are welcome. Write any time.": "You are welcome. Call any time.",
    "De nada. Escribe cuando quieras.": "De nada. Llama cuando quieras.",
    "Gern geschehen. Schreiben Sie jederzeit.": "Gern geschehen. Rufen Sie jederzeit an.",
    "Je vous en prie. Écrivez quand vous voulez.": "Je vous en prie. Appelez quand vous voulez.",
    "De nada. Escreva quando quiser.": "De nada. Ligue quando quiser.",
    "على الرحب والسعة. اكتب متى شئت.": "على الرحب والسعة. اتصل متى شئت.",
    "that you wrote again. Your ticket is still": "that you called again. Your ticket is still",
    "de que has vuelto a escribir. Tu ticket sigue": "de que has vuelto a llamar. Tu ticket sigue",
    "dass Sie wieder geschrieben haben. Ihr Ticket": "dass Sie wieder angerufen haben. Ihr Ticket",
    "que vous avez écrit de nouveau. Votre ticket": "que vous avez rappelé. Votre ticket",
    "de que escreveu de novo. O seu ticket": "de que ligou de novo. O seu ticket",
    "أنك كتبت مجددًا. ما زال": "أنك اتصلت مجددًا. ما زال",
}  # fmt: skip
WRITTEN = tuple(_ALOUD)


def aloud(text: str) -> str:
    """The text, with what nobody can do on a telephone put as what they can. Whole sentences only: an article that
    says where to write still says so."""
    for written, said in _ALOUD.items():
        text = text.replace(written, said)
    return text
