"""The evidence judge's committed weights: what they are, how they are read and written."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.features import Floats
from pipeline.errors import ConfigurationError

WEIGHTS_FILE = "weights.npz"
_CLIP = 4.0


@dataclass(frozen=True)
class LinearHeads:
    """Logistic regressions that share their inputs: counted features, an embedding, terms."""

    names: tuple[str, ...]
    centre: Floats
    scale: Floats
    """Of counted features and embedding, one after the other."""
    inputs: Floats
    """Weights of the standardised features and embedding; one column a head."""
    terms: Floats
    """Weights of the vocabulary; one column a head."""
    bias: Floats

    def logits(self, dense: NDArray[np.float64], terms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score rows: `dense` holds features and embedding, `terms` what the vocabulary contributes already."""
        standard = np.clip((dense - self.centre) / self.scale, -_CLIP, _CLIP)
        return np.asarray(standard @ self._exact_inputs + terms + self.bias, dtype=np.float64)

    @cached_property
    def _exact_inputs(self) -> NDArray[np.float64]:
        return self.inputs.astype(np.float64)


@dataclass(frozen=True)
class JudgeWeights:
    """Everything that training decides."""

    embedder: str
    vocabulary: Mapping[str, int]
    idf: Floats
    embedding_centre: Floats
    families: Mapping[str, LinearHeads]
    """`passage` scores a passage alone, `gate` against a statement, `mission` against a role."""
    calibration: Mapping[str, Floats]
    """By family: one row a head, see `dossier_scoring.combine`."""
    digest: str
    """Hex sha256 of the file."""
    concept_rarity: Floats = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """How telling each concept of `concepts.yaml` is."""


def dump_weights(weights: JudgeWeights) -> bytes:
    """Write the weights as an uncompressed npz: the same weights give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "idf": weights.idf.astype(np.float16),
        "embedding_centre": weights.embedding_centre.astype(np.float32),
        "concept_rarity": weights.concept_rarity.astype(np.float32),
    }
    for family, heads in sorted(weights.families.items()):
        for field in ("centre", "scale", "bias"):
            arrays[f"{family}.{field}"] = getattr(heads, field).astype(np.float32)
        for field in ("inputs", "terms"):
            arrays[f"{family}.{field}"] = getattr(heads, field).astype(np.float16)
    for family, table in sorted(weights.calibration.items()):
        arrays[f"calibration.{family}"] = table.astype(np.float32)
    header = {
        "embedder": weights.embedder,
        "vocabulary": sorted(weights.vocabulary, key=weights.vocabulary.__getitem__),
        "heads": {family: heads.names for family, heads in sorted(weights.families.items())},
    }
    arrays["header"] = np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the second positional for a flag
    return buffer.getvalue()


def parse_weights(content: bytes) -> JudgeWeights:
    """Read what `dump_weights` wrote.

    Raises:
        ConfigurationError: The bytes are not such a file.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(arrays["header"].tobytes())
        single = {name: array.astype(np.float32) for name, array in arrays.items() if name != "header"}
        families = {
            family: LinearHeads(
                names=tuple(names),
                **{field: single[f"{family}.{field}"] for field in ("centre", "scale", "inputs", "terms", "bias")},
            )
            for family, names in header["heads"].items()
        }
        return JudgeWeights(
            embedder=header["embedder"],
            vocabulary={term: place for place, term in enumerate(header["vocabulary"])},
            idf=single["idf"],
            embedding_centre=single["embedding_centre"],
            families=families,
            calibration={
                name.removeprefix("calibration."): table
                for name, table in single.items()
                if name.startswith("calibration.")
            },
            digest=hashlib.sha256(content).hexdigest(),
            concept_rarity=single["concept_rarity"],
        )
    except (ValueError, KeyError, OSError) as error:
        raise ConfigurationError(
            f"The weights {WEIGHTS_FILE!r} cannot be read ({error}). Reinstall, or run "
            "`python -m evaluators.training.train --seed 7`."
        ) from error


def load_weights() -> JudgeWeights:
    """Read the weights that are shipped with this package."""
    return parse_weights(files("evaluators.evidence_judge").joinpath(WEIGHTS_FILE).read_bytes())
