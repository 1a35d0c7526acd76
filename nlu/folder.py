"""A company's own examples of intents from files, each problem with its file and line. Fitting is `nlu.intents_train`.

Rasa's 3.1 `nlu:` files, whole or one among a bot's other files, which are passed over. `nlu.corpus` reads the same
formats where a problem may end everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from core.mended import mended
from nlu.corpus import Example

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_OTHER_BLOCKS = frozenset({"synonym", "regex", "lookup"})
_OTHER_FILES = frozenset(
    {"stories", "rules", "responses", "intents", "entities", "slots", "forms", "actions", "recipe", "pipeline"}
    | {"policies", "language", "session_config", "assistant_id", "credentials", "rest", "tracker_store"}
    | {"action_endpoint", "lock_store", "event_broker", "nlg", "models", "rasa", "facebook", "slack", "socketio"}
    | {"telegram", "mattermost", "twilio", "callback", "e2e_actions", "services", "jobs", "repos"}
)  # fmt: skip
"""What the other files of a Rasa project begin with, and those that lie beside them for Docker and for checks."""


@dataclass(slots=True)
class Read:
    """What files said. `problems`: sentences that begin with file and line; `passed`: files without examples."""

    examples: list[Example] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)


def read_rasa_file(path: Path, read: Read) -> None:
    """Adds the file's examples, or what is wrong with it, to `read`. Entity annotations become their text."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        read.problems.append(f"{path.name}, line {line}: {problem.problem}.")
        return
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        read.problems.append(f"{path.name}, line 1: cannot be read: {problem}.")
        return
    entries = _entries(root)
    blocks = entries.get("nlu")
    if blocks is None:
        if entries.keys() & _OTHER_FILES:
            read.passed.append(path.name)
        else:
            read.problems.append(f"{path.name}, line 1: there is no `nlu:` list in it.")
    elif not isinstance(blocks, yaml.SequenceNode):
        read.problems.append(f"{path.name}, line {_line(blocks)}: `nlu:` has to be a list.")
    else:
        for block in blocks.value:
            _read_block(path, block, read)


def _read_block(path: Path, block: yaml.Node, read: Read) -> None:
    entries, at = _entries(block), f"{path.name}, line {_line(block)}"
    if entries.keys() & _OTHER_BLOCKS:
        return
    intent, said = entries.get("intent"), entries.get("examples")
    if not isinstance(intent, yaml.ScalarNode) or not str(intent.value).strip():
        read.problems.append(f"{at}: this block names no intent.")
        return
    found: list[Example] = []
    name = str(intent.value).strip()
    if isinstance(said, yaml.ScalarNode):
        found = _of_lines(path, said, name, read)
    elif isinstance(said, yaml.SequenceNode):
        found = _of_list(path, said, name, read)
    if not found:
        read.problems.append(f"{at}: intent {name!r} has no examples.")
    read.examples += found


def _of_lines(path: Path, said: yaml.ScalarNode, name: str, read: Read) -> list[Example]:
    """Of `examples: |` and a line each that begins with a dash."""
    first = _line(said) + (1 if said.style in ("|", ">") else 0)
    found = []
    for number, line in enumerate(str(said.value).splitlines(), first):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("-"):
            read.problems.append(f'{path.name}, line {number}: an example begins with "- ".')
            continue
        plain = _plain(text.removeprefix("-"))
        if plain:
            found.append(Example(plain, name))
    return found


def _of_list(path: Path, said: yaml.SequenceNode, name: str, read: Read) -> list[Example]:
    """Of a list of texts, or of Rasa's long form, a list of `text:` with metadata."""
    found = []
    for node in said.value:
        text = node if isinstance(node, yaml.ScalarNode) else _entries(node).get("text")
        if not isinstance(text, yaml.ScalarNode) or not _plain(str(text.value)):
            read.problems.append(f"{path.name}, line {_line(node)}: this example has no text.")
            continue
        found.append(Example(_plain(str(text.value)), name))
    return found


def _plain(text: str) -> str:
    plain: str = mended(_ANNOTATION.sub(r"\1", text.strip().removeprefix("-").strip()))
    return plain


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
