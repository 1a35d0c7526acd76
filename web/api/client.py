"""Writes a typed Python client of the API's description, one file without dependencies: `python -m web.api.client OPENAPI OUT`."""

from __future__ import annotations

import json
import keyword
import re
import sys
from pathlib import Path
from typing import Any

BASE = Path(__file__).with_name("client_base.py")
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
Json = dict[str, Any]


def rendered(description: Json) -> str:
    """The client's source for an OpenAPI 3.1 description."""
    parts = [_base(description["info"]["version"])]
    parts += [_named(name, schema) for name, schema in description["components"]["schemas"].items()]
    parts.append(
        'class Client(Asking):\n    """Every operation of the description, by its operationId."""\n'
    )
    for path, methods in description["paths"].items():
        parts += [_operation(method, path, operation) for method, operation in methods.items()]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _base(version: str) -> str:
    text = BASE.read_text(encoding="utf-8")
    text = re.sub(r'^""".*?"""', f'"""Client of the Threadline API {version}."""', text, flags=re.S)
    return text.replace(
        "from typing import Any\n", "from typing import Any, Literal, NotRequired, TypedDict\n"
    ).rstrip("\n")


def _named(name: str, schema: Json) -> str:
    """A class for an object, an alias for anything else. `Problem` is an exception here."""
    kind = "ProblemBody" if name == "Problem" else name
    if "properties" not in schema:
        return f"{kind} = {_type(schema)}"
    required = set(schema.get("required", ()))
    fields = [
        f'    "{key}": {_field(value, key in required)},'
        for key, value in schema["properties"].items()
    ]
    # The functional form: a field may have the name of a Python keyword.
    return "\n".join(
        [f"{kind} = TypedDict(", f'    "{kind}",', "    {", *_in(fields), "    },", ")"]
    )


def _in(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _field(schema: Json, is_required: bool) -> str:
    found = json.dumps(_type(schema))
    return found if is_required else f"NotRequired[{found}]"


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return "ProblemBody" if name == "Problem" else name
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(map(_type, schema[several])))
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    match schema.get("type"):
        case "array":
            return f"list[{_type(schema.get('items', {}))}]"
        case "object":
            inner = schema.get("additionalProperties")
            return f"dict[str, {_type(inner) if isinstance(inner, dict) else 'Any'}]"
        case str(plain):
            return _PLAIN.get(plain, "Any")
        case _:
            return "Any"


def _operation(method: str, path: str, operation: Json) -> str:
    parameters = operation.get("parameters", [])
    body = operation.get("requestBody")
    answer = _answer(operation)
    lines = [
        f"    def {operation['operationId']}(",
        "        self,",
        *_signature(parameters, body),
        f"    ) -> {answer}:",
        f'        """{_about(operation)}"""',
        "        self._ask(" if answer == "None" else f"        answer: {answer} = self._ask(",
        f'            "{method.upper()}",',
        f"            {_path(path, parameters)},",
        f"            {_mapping(parameters, 'query')},",
        f"            {_mapping(parameters, 'header')},",
        "            body," if body else "            None,",
        f"            raw={answer == 'bytes'},",
        "        )",
        *([] if answer == "None" else ["        return answer"]),
    ]
    return "\n".join(lines)


def _signature(parameters: list[Json], body: Json | None) -> list[str]:
    """Places first, then the body, then by name what may be left out."""
    places = [one for one in parameters if one["in"] == "path"]
    rest = [one for one in parameters if one["in"] != "path"]
    lines = [f"        {_name(one['name'])}: {_type(one['schema'])}," for one in places]
    if body:
        schema = body["content"].get("application/json", {}).get("schema")
        kind = _type(schema) if schema else "bytes"
        lines.append(f'        body: "{kind}",')
    if rest:
        lines.append("        *,")
    for one in rest:
        type_ = _type(one["schema"]) if one.get("required") else f"{_type(one['schema'])} | None"
        default = "" if one.get("required") else " = None"
        lines.append(f"        {_name(one['name'])}: {type_}{default},")
    return lines


def _answer(operation: Json) -> str:
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            content = response.get("content", {})
            if "application/json" in content:
                return _type(content["application/json"]["schema"])
            return "bytes" if content else "None"
    return "Any"


def _path(path: str, parameters: list[Json]) -> str:
    if not any(one["in"] == "path" for one in parameters):
        return json.dumps(path)
    filled = re.sub(
        r"\{(\w+)\}",
        lambda found: f"{{urllib.parse.quote(str({_name(found[1])}), safe='')}}",
        path,
    )
    return f'f"{filled}"'


def _mapping(parameters: list[Json], where: str) -> str:
    found = [one["name"] for one in parameters if one["in"] == where]
    return "{" + ", ".join(f"{json.dumps(name)}: {_name(name)}" for name in found) + "}"


def _name(name: str) -> str:
    plain = re.sub(r"\W+", "_", name).lower()
    return f"{plain}_" if keyword.iskeyword(plain) or plain in {"self", "body"} else plain


def _about(operation: Json) -> str:
    text = str(operation.get("description") or operation.get("summary") or "")
    return " ".join(text.replace("\\", "/").replace('"""', "'").split())


def main(description: str, out: str) -> None:
    """`description`: a file, as `GET /api/v1/openapi.json` answers."""
    source = rendered(json.loads(Path(description).read_text(encoding="utf-8")))
    Path(out).write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
