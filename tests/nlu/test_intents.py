"""Intents, scope and their measuring: exact where mathematics says so, floors over public rows where they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel

from core.errors import MalformedPayload, ModelUnavailable
from core.ports import Encodes
from nlu import kernel
from nlu.calibration import calibration_error, fit_temperature
from nlu.corpus import Example, labels_of
from nlu.encoder import load_encoder
from nlu.evaluate import evaluate_intents, predicted
from nlu.intents import Prediction, Refined
from nlu.intents_store import load_intents, save_intents, train_intents
from nlu.intents_train import fit_intents, sampled, with_names

Array = np.ndarray[Any, np.dtype[Any]]

ROWS = [
    ("where is my parcel", "track_order"),
    ("has my order been shipped", "track_order"),
    ("when will the package arrive", "track_order"),
    ("track my delivery", "track_order"),
    ("I forgot my password", "reset_password"),
    ("cannot sign in to my account", "reset_password"),
    ("how do I change my password", "reset_password"),
    ("the login does not work", "reset_password"),
    ("I want my money back", "refund"),
    ("how do I return this and get refunded", "refund"),
    ("refund please", "refund"),
    ("when do I get my refund", "refund"),
    ("cancel my subscription", "cancel"),
    ("I do not want to renew", "cancel"),
    ("stop my plan at the end of the month", "cancel"),
    ("please end my membership", "cancel"),
]


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("text,intent\n" + "".join(f"{text},{label}\n" for text, label in rows))
    return path


def test_leave_one_out_equals_fitting_without_the_row() -> None:
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(25, 4))
    matrix = rbf_kernel(rows).astype(np.float32)
    targets = generator.normal(size=(25, 3)).astype(np.float32)
    said = kernel.solve_and_leave_out(matrix, targets, 0.1).left_out
    for row in (0, 11, 24):
        others = np.delete(np.arange(25), row)
        weights = kernel.solve(matrix[np.ix_(others, others)], targets[others], 0.1)
        assert np.allclose(matrix[row, others] @ weights, said[row], atol=1e-3)


def test_a_temperature_makes_overconfident_scores_honest() -> None:
    generator = np.random.default_rng(5)
    honest = generator.normal(size=(4000, 5)) * 2
    chances = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = np.array([generator.choice(5, p=row) for row in chances])
    assert fit_temperature(honest * 3, truth) == pytest.approx(3, rel=0.1)
    right = chances.argmax(axis=1) == truth
    assert calibration_error(chances.max(axis=1), right) < 0.03
    assert calibration_error(np.ones(4000), right) == pytest.approx(1 - right.mean())


def test_names_help_only_where_rows_are_few() -> None:
    few = [Example("where is it", "track_order"), Example("pay back", "refund")]
    assert with_names(few)[2:] == [
        Example("refund", "refund"),
        Example("track order", "track_order"),
    ]
    assert len(with_names(few * 20)) == 40


def test_a_saved_model_predicts_what_was_trained(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "rows.csv", ROWS)
    out = tmp_path / "model"
    manifest = train_intents(tmp_path / "data", encoder, out, multilingual=multilingual)
    again = train_intents(tmp_path / "data", encoder, tmp_path / "two", multilingual=multilingual)
    assert manifest.version == again.version
    model = load_intents(out, encoder, multilingual)
    asked = ["my parcel has not come", "¿dónde está mi pedido?", "what is the capital of Peru"]
    prediction = model.predict(asked)
    assert [model.labels[row] for row in prediction.probabilities.argmax(axis=1)][:2] == [
        "track_order",
        "track_order",
    ]
    assert np.allclose(prediction.probabilities.sum(axis=1), 1, atol=1e-5)
    assert prediction.in_scope[2] < prediction.in_scope[0]
    together, alone = prediction.probabilities[1], model.predict(asked[1:2]).probabilities[0]
    assert np.allclose(together, alone, atol=1e-4)
    with (out / "intents.npz").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ModelUnavailable, match="altered"):
        load_intents(out, encoder, multilingual)


class KnowsByHeart:
    """An encoder that was told the label of each row."""

    name = "by-heart"

    def __init__(self, examples: Sequence[Example]) -> None:
        self._labels = sorted(set(labels_of(examples)))
        self._rows = {row.text: self._labels.index(row.label) for row in examples}
        self.dimension = len(self._labels)

    def encode(self, texts: Sequence[str]) -> Array:
        """Of a text it was not told, all labels are equally far."""
        vectors = np.full((len(texts), self.dimension), self.dimension**-0.5, dtype=np.float32)
        for row, text in enumerate(texts):
            if text in self._rows:
                vectors[row] = np.eye(self.dimension)[self._rows[text]]
        return vectors


def test_a_tuned_encoder_serves_only_if_it_helps_with_rows_it_has_not_seen(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path
) -> None:
    labels = sorted({label for _, label in ROWS})
    unlike = [Example(text, labels[row % 4]) for row, (text, _) in enumerate(ROWS)]
    rows = with_names(unlike)
    told: list[Example] = []

    def all_by_heart(examples: Sequence[Example]) -> tuple[Encodes, Path]:
        told[:] = examples
        return KnowsByHeart(rows), tmp_path

    plain = fit_intents(unlike, encoder, multilingual)
    helped = fit_intents(unlike, encoder, multilingual, tune=all_by_heart)
    assert len(told) == len(rows) - len(rows) // 7
    assert len(helped.judged[1]) == len(rows) // 7
    assert helped.model.refined is not None
    texts = [row.text for row in rows]
    before, after = plain.model.predict(texts), helped.model.predict(texts)
    said = [helped.model.labels[at] for at in after.probabilities.argmax(axis=1)]
    assert said == labels_of(rows)
    assert np.array_equal(before.in_scope, after.in_scope)

    def only_what_it_saw(examples: Sequence[Example]) -> tuple[Encodes, Path]:
        return KnowsByHeart(examples), tmp_path

    parroting = fit_intents(unlike, encoder, multilingual, tune=only_what_it_saw)
    assert parroting.model.refined is None
    assert parroting.model.temperature == plain.model.temperature

    def one_row_more(examples: Sequence[Example]) -> tuple[Encodes, Path]:
        return KnowsByHeart(
            [*examples, *[row for row in rows if row not in examples][:1]]
        ), tmp_path

    lucky = fit_intents(unlike, encoder, multilingual, tune=one_row_more)
    assert lucky.model.refined is None


def test_a_tuned_encoder_is_kept_with_the_model_that_it_serves(
    multilingual: Encodes, tmp_path: Path
) -> None:
    frozen = load_encoder(cache=tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    rows = [Example(text, label) for text, label in ROWS]
    fitted = fit_intents(rows, frozen, multilingual)
    texts = [row.text for row in with_names(rows)]
    known = frozen.encode(texts)
    refined = Refined(frozen, folder, known, fitted.model.coefficients[::-1].copy())
    fitted = replace(fitted, model=replace(fitted.model, refined=refined))
    out = tmp_path / "model"
    manifest = save_intents(fitted, out, data="", rows=len(rows))
    assert "encoder/model.onnx" in manifest.files
    again = load_intents(out, frozen, multilingual)
    assert again.refined is not None
    expected, found = fitted.model.predict(texts), again.predict(texts)
    assert np.allclose(expected.probabilities, found.probabilities, atol=1e-5)
    (out / "encoder" / "model.onnx").write_bytes(b"other")
    with pytest.raises(ModelUnavailable, match="altered"):
        load_intents(out, frozen, multilingual)


def test_one_intent_is_not_enough(encoder: Encodes, multilingual: Encodes, tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", ROWS[:4])
    with pytest.raises(MalformedPayload, match="at least two"):
        train_intents(tmp_path, encoder, tmp_path / "out", multilingual=multilingual)


def test_the_report_has_the_fixed_keys(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path
) -> None:
    train = write(tmp_path / "train.csv", ROWS)
    test = write(tmp_path / "test.csv", [*ROWS[::3], ("who won the match", "oos")])
    report = evaluate_intents(train, test, oos_test=write(tmp_path / "oos.csv", [("2 + 2", "x")]))
    assert list(report) == [
        "accuracy", "macro_f1", "in_scope_accuracy", "oos_recall", "accuracy_with_oos", "mcc", "oos_auroc",
        "fpr95", "ece", "train_seconds", "ms_per_message_p50", "rows", "left_out",
    ]  # fmt: skip
    assert (report["rows"], report["left_out"]) == (8, 0)
    assert report["accuracy"] == 1.0
    without = evaluate_intents(train, train)
    assert without["oos_auroc"] is without["fpr95"] is without["oos_recall"] is None


def test_of_too_many_rows_each_intent_keeps_some() -> None:
    many = [Example(f"text {n}", "often") for n in range(3000)]
    rows = [*many, Example("a", "rare"), Example("b", "rare"), *many, Example("c", "once")]
    kept = sampled(rows, 100)
    assert len(kept) == 100
    assert labels_of(kept).count("rare") == 2
    assert labels_of(kept).count("once") == 1
    assert kept == sampled(rows, 100)
    assert kept[-1] == rows[-1]


def test_many_messages_are_compared_in_pieces() -> None:
    lengths: list[int] = []

    class Counting:
        def predict(self, texts: Sequence[str]) -> Prediction:
            lengths.append(len(texts))
            number = np.array([float(text) for text in texts])
            return Prediction(number[:, None], number)

    found = predicted(Counting(), [str(n) for n in range(5000)])  # type: ignore[arg-type]
    assert max(lengths) <= 2048
    assert found.in_scope.tolist() == list(range(5000))
    assert found.probabilities.shape == (5000, 1)


def test_rows_of_every_kind_give_a_figure_or_none(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path
) -> None:
    """An intent with one row, one that was never learned, and nothing in scope at all."""
    train = write(tmp_path / "train.csv", [*ROWS, ("please sing", "sing")])
    unknown = evaluate_intents(
        train, write(tmp_path / "a.csv", [*ROWS, ("fly me to the moon", "fly")])
    )
    assert unknown["accuracy"] == round(len(ROWS) / (len(ROWS) + 1), 4)
    outside = evaluate_intents(train, write(tmp_path / "b.csv", [("who won the match", "oos")]))
    assert outside["oos_recall"] in (0.0, 1.0)
    assert outside["accuracy"] is outside["macro_f1"] is outside["ece"] is None
    one = evaluate_intents(train, write(tmp_path / "c.csv", ROWS[:1]))
    assert (one["rows"], one["accuracy"]) == (1, 1.0)


@pytest.mark.filterwarnings("error")
def test_examples_that_are_all_out_of_scope_teach_no_intent(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path
) -> None:
    outside = write(tmp_path / "oos.csv", [("who won the match", "oos"), ("2 + 2", "oos")])
    with pytest.raises(MalformedPayload, match="at least two"):
        evaluate_intents(outside, outside)


def test_live_shop_traffic_is_above_the_best_published_service(
    encoder: Encodes, multilingual: Encodes, shared_data: Path
) -> None:
    folder = shared_data / "hint3"
    report = evaluate_intents(
        folder / "sofmattress_v1_train.csv", folder / "sofmattress_v1_test.csv"
    )
    print(report)
    assert report["mcc"] >= 0.64
    assert report["oos_auroc"] >= 0.89


def test_a_tuned_encoder_is_written_checked_and_read_again(
    encoder: Encodes, tmp_path: Path
) -> None:
    pytest.importorskip("transformers", reason="skipped: the train extra is not installed")
    from nlu.tune import tune

    texts, labels = [text for text, _ in ROWS], [label for _, label in ROWS]
    tuned = tune(texts, labels, tmp_path / "encoder", passes=15, seed=1, threads=1)
    rows = load_encoder(str(tmp_path / "encoder")).encode(texts)
    assert np.array_equal(rows, tuned.encoder.encode(texts))
    assert np.abs(rows - encoder.encode(texts)).max() > 0.01
    names = sorted(set(labels))
    truth = np.array([names.index(label) for label in labels])
    centres = np.stack([rows[truth == number].mean(axis=0) for number in range(len(names))])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    assert ((rows @ centres.T).argmax(axis=1) == truth).all()


def _odd_sets() -> dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]]:
    """Training and test rows as nobody would choose them."""
    many = [(f"{way} number {n}", f"label {n}") for n in range(200) for way in ("show", "open it")]
    lots = [(f"where is my parcel {n}", "track_order") for n in range(150)]
    return {
        "three rows": (ROWS[:2] + ROWS[4:5], ROWS[:1]),
        "two rows": ([ROWS[0], ROWS[4]], [ROWS[0], ("fly me to the moon", "oos")]),
        "the same row again and again": ([ROWS[0], ROWS[4]] * 20, [ROWS[0]] * 3),
        "one text of two intents": ([("hello", "a"), ("hello", "b")] * 5, [("hello", "a")]),
        "only out of scope": (ROWS, [("who won the match", "oos"), ("2 + 2", "NO_NODES_DETECTED")]),
        "two hundred labels": (many, many[::7]),
        "one label of nearly all rows": ([*lots, ROWS[4]], [ROWS[0], ROWS[4], ROWS[5]]),
        "no letters": ([("???", "a"), ("🙂🙂", "b"), ("你好 世界", "b"), ("...", "a")], [("🙂", "b"), ("؟", "a")]),
        "very long": ([*ROWS, ("please " * 20_000, "refund")], [("x" * 100_000, "refund"), ("é" * 9000, "oos")]),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(_odd_sets()))
@pytest.mark.filterwarnings("error")
def test_odd_sets_give_figures_within_their_bounds(
    encoder: Encodes, multilingual: Encodes, tmp_path: Path, name: str
) -> None:
    learned, asked = _odd_sets()[name]
    train, test = write(tmp_path / "train.csv", learned), write(tmp_path / "test.csv", asked)
    report = evaluate_intents(train, test)
    assert report["rows"] == len(asked)
    for key, value in report.items():
        assert value is None or np.isfinite(value), key
        is_share = key not in {"mcc", "train_seconds", "ms_per_message_p50", "rows", "left_out"}
        assert value is None or not is_share or 0 <= value <= 1, key
