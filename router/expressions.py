"""TaskRouter's expressions to our conditions and back, where they mean the same. Workflows are `router.taskrouter`.

Grammar (Twilio's "Using TaskRouter Expressions"): comparisons `==` `!=` `>` `>=` `<` `<=` `IN` `NOT IN` `HAS`
`CONTAINS` between attributes and constants, joined by AND and OR, with parentheses; AND binds tighter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import MalformedPayload
from router.policy import FIELDS

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<sign>==|!=|>=|<=|=|>|<|\(|\)|\[|\]|,)|(?P<word>[A-Za-z_][\w.]*))"""
)
_MOST_NESTED = 50

Test = dict[str, Any]
"""A condition in the form of `policy.toml`."""


class Untranslatable(MalformedPayload):
    """This expression says something that our conditions cannot say."""


def conditions(expression: str) -> list[Test]:
    """The conditions that all must hold. Raises `Untranslatable` for what has no equal, `MalformedPayload` for what is
    no expression."""
    found = _Parser(_tokens(expression)).whole()
    return _parts(found)


def _parts(test: Test) -> list[Test]:
    return [part for inner in test["all"] for part in _parts(inner)] if "all" in test else [test]


def expression(tests: Sequence[Mapping[str, Any]]) -> str:
    """The expression that is true when all of `tests` are. Raises `Untranslatable`."""
    return " AND ".join(_said(test, is_inside=len(tests) > 1) for test in tests) or "1 == 1"


def _said(test: Mapping[str, Any], *, is_inside: bool = False) -> str:
    for name, joint in (("any", " OR "), ("all", " AND ")):
        if name in test:
            whole = joint.join(_said(part, is_inside=True) for part in test[name])
            return f"({whole})" if is_inside else whole
    if "not" in test:
        return _denied(test["not"])
    field = str(test["field"]).removeprefix("facts.")
    match test:
        case {"is": value}:
            return f"{field} == {_constant(value)}"
        case {"in": values}:
            return f"{field} IN {_constant(list(values))}"
        case {"has": value}:
            return f"{field} HAS {_constant(value)}"
        case {"at_least": value}:
            return f"{field} >= {_constant(value)}"
        case {"at_most": value}:
            return f"{field} <= {_constant(value)}"
    raise Untranslatable("`says` looks for whole words in any case; TaskRouter has no such test")


def _denied(test: Mapping[str, Any]) -> str:
    field = str(test.get("field", "")).removeprefix("facts.")
    match test:
        case {"is": value}:
            return f"{field} != {_constant(value)}"
        case {"in": values}:
            return f"{field} NOT IN {_constant(list(values))}"
    raise Untranslatable("TaskRouter can deny only == and IN")


def _constant(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_constant, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise MalformedPayload(f"{expression!r} cannot be read from {text[at:].strip()!r} on.")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over one expression."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._depth = 0

    def whole(self) -> Test:
        found = self._joined("OR", "any", lambda: self._joined("AND", "all", self._one))
        if self._tokens[self._at][0] != "end":
            raise MalformedPayload(f"{self._tokens[self._at][1]!r} is not expected there.")
        return found

    def _joined(self, word: str, name: str, part: Any) -> Test:
        parts = [part()]
        while self._is_word(word):
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else {name: parts}

    def _one(self) -> Test:
        if self._tokens[self._at] == ("sign", "("):
            self._depth += 1
            if self._depth > _MOST_NESTED:
                raise MalformedPayload("The expression is nested too deeply.")
            self._at += 1
            inner = self._joined("OR", "any", lambda: self._joined("AND", "all", self._one))
            self._expect(")")
            self._depth -= 1
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        left, is_field = self._operand()
        sign = self._operator()
        right, is_other_field = self._operand()
        if not is_field and not is_other_field and sign in ("==", "=") and left == right:
            return {"all": []}
        if is_other_field and not is_field and sign in ("==", "=", "!="):
            left, right, is_field, is_other_field = right, left, True, False
        if not is_field or is_other_field:
            raise Untranslatable("our conditions compare a field with a constant")
        return _compared(_field(left), sign, right)

    def _operand(self) -> tuple[Any, bool]:
        """A constant, or an attribute's name and True."""
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "text":
                return _unquoted(text), False
            case "number":
                return (float(text) if "." in text else int(text)), False
            case "word" if text.lower() in ("true", "false"):
                return text.lower() == "true", False
            case "word":
                return text, True
            case "sign" if text == "[":
                return self._list(), False
        raise MalformedPayload(f"{text or 'the end'!r} is not expected there.")

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while self._tokens[self._at] != ("sign", "]"):
            value, is_field = self._operand()
            if is_field:
                raise Untranslatable("our lists hold constants only")
            found.append(value)
            if self._tokens[self._at] == ("sign", ","):
                self._at += 1
        self._at += 1
        return found

    def _operator(self) -> str:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "sign" and text not in "()[],":
            return text
        if kind == "word" and text.upper() in ("IN", "HAS", "CONTAINS"):
            return text.upper()
        if kind == "word" and text.upper() == "NOT" and self._is_word("IN"):
            self._at += 1
            return "NOT IN"
        raise MalformedPayload(f"{text or 'the end'!r} is no operator.")

    def _is_word(self, word: str) -> bool:
        kind, text = self._tokens[self._at]
        return kind == "word" and text.upper() == word

    def _expect(self, sign: str) -> None:
        if self._tokens[self._at] != ("sign", sign):
            raise MalformedPayload(f"A {sign!r} is missing.")
        self._at += 1


def _unquoted(text: str) -> str:
    """Of 'single' or "double" quotes; what we write ourselves is JSON, with all of its escapes."""
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            pass
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _field(name: str) -> str:
    """Task attributes that are fields of ours keep their names; all others are facts."""
    plain = name.removeprefix("task.")
    return plain if plain in FIELDS else f"facts.{plain}"


def _compared(field: str, sign: str, value: Any) -> Test:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match sign:
        case "==" | "=":
            return {"field": field, "is": value}
        case "!=":
            return {"not": {"field": field, "is": value}}
        case "IN" if isinstance(value, list):
            return {"field": field, "in": value}
        case "NOT IN" if isinstance(value, list):
            return {"not": {"field": field, "in": value}}
        case "HAS" if not isinstance(value, list):
            return {"field": field, "has": value}
        case ">=" if is_number:
            return {"field": field, "at_least": value}
        case "<=" if is_number:
            return {"field": field, "at_most": value}
        case ">" if is_number:
            return {
                "all": [{"field": field, "at_least": value}, {"not": {"field": field, "is": value}}]
            }
        case "<" if is_number:
            return {
                "all": [{"field": field, "at_most": value}, {"not": {"field": field, "is": value}}]
            }
    raise Untranslatable(f"our conditions have no {sign} with {value!r}")
