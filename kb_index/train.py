"""Learns `weights.json` from questions with known answers: ranking, choice of sentences, answerability.

One configuration for everything: all sets weigh the same, however large. Only coefficients are kept, with the
hashes of the files they were learned from. Nothing that serves customers imports this module.

To learn them anew (about 20 minutes on 2 cores; `work` keeps the indexes for the next time):

    python -c "from pathlib import Path; from nlu.encoder import load_encoder; from kb_index.train import *;
    learn_weights(known_sets(Path('../shared/data'), Path('demo/knowledge')), load_encoder(), Path('var/kb-train'))"

The multilingual encoder has coefficients of its own (`weights-use-multilingual.json`): the same with `load_encoder("multilingual")`,
`known_sets(...) + across_languages(Path('demo/knowledge'))`, another folder and `output=`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.knowledge import Question
from core.ports import Encodes
from kb_index import answerable, spans
from kb_index.answer import Answerer
from kb_index.chunk import all_passages
from kb_index.examined import Examined
from kb_index.fit import Listed, Pairs, fit_chance, fit_place, fit_ranking
from kb_index.generation import Generation, build_generation, encode_passages, open_generation
from kb_index.ingest import read_source
from kb_index.labelled import Labelled, read_questions
from kb_index.passage import Array, Document
from kb_index.rank import RANK_NAMES, Linear, rank_values
from kb_index.weights import DEFAULT, Weights

OTHER_LANGUAGE = -3.0
"""Log odds against an article in another language than the question's; by hand, no set teaches it."""

_FREE = frozenset(name for name in RANK_NAMES if name.startswith("leaning_"))


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A knowledge base and its questions; without `questions`, its articles' own headings are asked.

    `ranking`, `chance`: how much it counts for the ranking and for answerability. Headings teach little about
    ranking (they share their words with the text), and questions that all have an answer little about lacking one.
    `written_in`: of the articles, only those in this language are there.
    """

    name: str
    kb: Path
    questions: Path | None = None
    ranking: float = 1.0
    chance: float = 1.0
    written_in: str = ""

    def load(self) -> list[Labelled]:
        """The questions, in English where the file does not say."""
        if self.questions is None:
            return list(_from_headings(read_source(self.kb)))
        found = read_questions(self.questions)
        return [
            replace(item, question=replace(item.question, language=item.question.language or "en"))
            for item in found
        ]

    def digests(self) -> dict[str, str]:
        """Hashes of what it was learned from; a folder's over all its articles."""
        files = {"articles": sorted(self.kb.rglob("*.md"))} if self.kb.is_dir() else {}
        single = [path for path in (self.kb, self.questions) if path and path.is_file()]
        files |= {path.name: [path] for path in single}
        return {name: _digest(paths) for name, paths in files.items()}


def known_sets(data: Path, demo: Path) -> list[TrainingSet]:
    """The sets the shipped weights were learned from, where they are present."""
    candidates = [
        TrainingSet(
            "stackfaq",
            data / "stackfaq/faq.jsonl",
            data / "stackfaq/queries_dev.jsonl",
            chance=0.2,
        ),
        TrainingSet("clapnq", data / "clapnq/kb.jsonl.gz", data / "clapnq/questions_dev.jsonl"),
        TrainingSet("mtrag-un", data / "mtrag-un/kb.jsonl.gz", data / "mtrag-un/questions.jsonl"),
        TrainingSet("headings", demo, ranking=0.05, chance=0.1),
        TrainingSet(
            "demo", demo, Path(__file__).with_name("data") / "demo_questions.yml", ranking=0.3
        ),
    ]
    return [item for item in candidates if item.kb.exists()]


def across_languages(demo: Path) -> list[TrainingSet]:
    """Questions in five languages where only English articles are there: what the multilingual encoder is for."""
    questions = Path(__file__).with_name("data") / "other_language_questions.yml"
    return [TrainingSet("across", demo, questions, ranking=0.3, written_in="en")]


def _from_headings(documents: Iterable[object]) -> Iterable[Labelled]:
    """A heading with its title, and a title with its tags, as somebody would type them."""
    for document in documents:
        if isinstance(document, Document):
            headings = dict.fromkeys(
                block.headings[-1] for block in document.blocks if block.headings
            )
            for number, heading in enumerate(headings):
                more = document.title if number % 2 else " ".join(document.tags)
                text = f"{heading} {more}".lower()
                question = Question(text, language=document.language)
                yield Labelled(question, frozenset({document.slug}), True)


@dataclass(frozen=True, slots=True)
class Example:
    """One question as examined. `right`: numbers of the candidate articles that answer it."""

    labelled: Labelled
    found: Examined
    right: frozenset[int]


def examine_all(
    answerer: Answerer, questions: Sequence[Labelled], hidden: bool = False
) -> list[Example]:
    """Examines each question. `hidden`: with the articles that answer it taken away, so that nothing does."""
    examples = []
    for item in questions:
        if hidden and not item.gold:
            continue
        found = answerer.examine(item.question, hide=item.gold if hidden else frozenset())
        if found is not None:
            names = found.candidates.articles
            right = frozenset(n for n, name in enumerate(names) if name in item.gold)
            examples.append(Example(item, found, frozenset() if hidden else right))
    return examples


@dataclass(frozen=True, slots=True)
class Prepared:
    """A training set with its index, ready to be asked."""

    source: TrainingSet
    answerer: Answerer
    questions: Sequence[Labelled]


@dataclass(frozen=True, slots=True)
class Group:
    """The examples of one set."""

    source: TrainingSet
    examples: Sequence[Example]


def fit_rank(groups: Sequence[Group]) -> Linear:
    """The ranking from all questions with a known article; a set counts as it says, however large it is."""
    lists = [
        Listed(
            rank_values(example.found.query, example.found.candidates),
            example.found.candidates.article,
            example.right,
            group.source.ranking / len(group.examples),
        )
        for group in groups
        for example in group.examples
        if example.right
    ]
    learned = fit_ranking(lists, RANK_NAMES, _FREE)
    place = RANK_NAMES.index("other_language")
    weight = learned.weight.copy()
    weight[place] = OTHER_LANGUAGE * learned.scale[place]
    return replace(learned, weight=weight)


def fit_spans(groups: Sequence[Group]) -> Linear:
    """Which spans carry the answer, from the sets that name them, on passages of the right article."""
    rows, labels = [], []
    for group in groups:
        for example in group.examples:
            best = example.found.ranked.articles[0][0]
            if example.labelled.sentences and best in example.right:
                passage = example.found.best
                texts = [passage.text[span.start : span.end] for span in passage.spans]
                rows.append(example.found.span_values)
                labels += [carries(text, example.labelled.sentences) for text in texts]
    values, truth = np.vstack(rows), np.array(labels, dtype=np.float64)
    return fit_chance(values, truth, np.ones(len(truth)), spans.NAMES)


def carries(text: str, sentences: Iterable[str]) -> bool:
    """Whether a text is one of these sentences or a part of one, letters and digits compared."""
    own = _letters(text)
    return any(
        own in other or (other in own and len(other) > 20) for other in map(_letters, sentences)
    )


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


SHARE = 0.4
"""Of answerability's loss: what comes from the order of each set's own questions. Chosen, with the penalty, in five folds."""
FOLDS, DIVISIONS = 5, 2


@dataclass(frozen=True, slots=True)
class Judged:
    """Examples as rows. `fold` (divisions, n): the part of the questions that each belongs to; `pairs`: of sets where some have
    an answer and some have none."""

    values: Array
    labels: Array
    weights: Array
    fold: Array
    pairs: Sequence[Pairs]

    def fit(self, rows: Array) -> Linear:
        """From these rows (bool) alone, without what is the same for a whole index."""
        at = np.cumsum(rows) - 1
        pairs = [
            Pairs(
                at[one.with_answer[rows[one.with_answer]]],
                at[one.without[rows[one.without]]],
                one.weight,
            )
            for one in self.pairs
            if rows[one.with_answer].any() and rows[one.without].any()
        ]
        names = answerable.NAMES[:-1]
        values, labels, weights = self.values[rows, :-1], self.labels[rows], self.weights[rows]
        return fit_chance(values, labels, weights, names, 0.001, pairs, SHARE)


def fit_answerable(asked: Sequence[Group], hidden: Sequence[Group], share: float = 0.3) -> Linear:
    """Whether the best passage answers. Hidden examples count `share` of what the asked ones of their set do.

    The order is learned from all; what a score is worth, and how much that differs with an index's titles, from the scores of
    questions that were held back.
    """
    data = _judged(asked, hidden, share)
    order = data.fit(np.ones(len(data.labels), bool))
    scores = np.zeros(data.fold.shape)
    for division, fold in enumerate(data.fold):
        for number in range(FOLDS):
            here = fold == number
            scores[division, here] = data.fit(~here).score(data.values[here, :-1])
    titles, labels, weights = (
        np.tile(column, DIVISIONS) for column in (data.values[:, -1], data.labels, data.weights)
    )
    scale, bias, titled = fit_place(scores.ravel(), titles, labels, weights)
    return Linear(
        answerable.NAMES,
        np.append(order.mean, 0.0),
        np.append(order.scale, 1.0),
        np.append(scale * order.weight, titled),
        scale * order.bias + bias,
    )


def _judged(asked: Sequence[Group], hidden: Sequence[Group], share: float) -> Judged:
    rows: list[Array] = []
    labels, weights, folds, pairs = [], [], [], []
    for groups, part in ((asked, 1.0), (hidden, share)):
        for group in groups:
            examples = group.examples
            known = np.array([example.labelled.answerable for example in examples])
            yes, no = (len(rows) + np.flatnonzero(known == truth) for truth in (True, False))
            if groups is asked and len(yes) and len(no):
                pairs.append(Pairs(yes, no, group.source.chance))
            rows += [example.found.signals for example in examples]
            labels += [is_right(example) for example in examples]
            weights += [part * group.source.chance / len(examples)] * len(examples)
            folds += [_folds_of(example.labelled.question.text) for example in examples]
    truth = np.array(labels, dtype=np.float64)
    return Judged(np.array(rows), truth, np.array(weights), np.array(folds).T, pairs)


def _folds_of(text: str) -> list[int]:
    """By the text, so that a question and the same one without its article are held back together."""
    digest = hashlib.sha256(text.encode()).digest()
    return [byte % FOLDS for byte in digest[:DIVISIONS]]


def is_right(example: Example) -> bool:
    """The question can be answered, and the best article found does it."""
    can = example.labelled.answerable is not False
    return can and example.found.ranked.articles[0][0] in example.right


def fit_all(sets: Sequence[Prepared]) -> Weights:
    """Fits in order: ranking, then spans and answerability on what that ranking puts first."""
    weights = replace(blank(), rank=fit_rank(_examined(sets, blank())))
    weights = replace(weights, span=fit_spans(_examined(sets, weights)))
    for _ in range(
        2
    ):  # how a message after others is read depends on what is thought of each reading
        asked, unanswered = _examined(sets, weights), _examined(sets, weights, hidden=True)
        weights = replace(weights, answerable=fit_answerable(asked, unanswered))
    return weights


def _examined(sets: Sequence[Prepared], weights: Weights, hidden: bool = False) -> list[Group]:
    return [
        Group(p.source, examine_all(p.answerer.with_weights(weights), p.questions, hidden))
        for p in sets
    ]


def learn_weights(
    sets: Sequence[TrainingSet],
    encoder: Encodes,
    work: Path,
    *,
    output: Path = DEFAULT,
    progress: Callable[[str], None] = print,
) -> Weights:
    """Builds the indexes (kept in `work`), fits, and writes `output`."""
    prepared = []
    for item in sets:
        progress(f"{item.name}: indexing")
        generation = index_of(item.kb, encoder, work / item.name, item.written_in)
        prepared.append(Prepared(item, Answerer(generation, encoder, weights=blank()), item.load()))
    progress("fitting")
    weights = fit_all(prepared)
    account = [{"set": item.name, "files": item.digests()} for item in sets]
    described = {"encoder": encoder.name, "learned_from": account, **weights.described()}
    output.write_text(json.dumps(described, indent=1) + "\n")
    progress(f"written to {output.name}")
    return weights


def index_of(source: Path, encoder: Encodes, folder: Path, written_in: str = "") -> Generation:
    """The index of a source, of its articles in one language if that is named, built when it is not there yet."""
    if folder.exists():
        return open_generation(folder)
    documents = (
        item
        for item in read_source(source)
        if isinstance(item, Document) and written_in in ("", item.language)
    )
    records = encode_passages(all_passages(documents), encoder)
    return build_generation(folder, records, encoder=encoder.name)


def blank() -> Weights:
    """Weights to begin with: every feature counts the same."""

    def even(names: Sequence[str]) -> Linear:
        ones: Array = np.ones(len(names))
        return Linear(tuple(names), 0 * ones, ones, ones)

    return Weights("blank", even(RANK_NAMES), even(answerable.NAMES), even(spans.NAMES))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
