"""Sentence embeddings: the built-in model, which needs no network, and OpenAI-compatible endpoints."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigurationError, JudgeError

if TYPE_CHECKING:
    from openai import OpenAI
    from wordllama.inference import WordLlamaInference

Vectors = NDArray[np.float32]
"""One row a text; rows have length 1, or 0 for a text without words."""

DEFAULT_EMBEDDER = "wordllama"
"""As chosen on the command line."""
_OPENAI = "openai:"
_BATCH = 256
_OPENAI_BATCH = 128
_OPENAI_TIMEOUT_SECONDS = 60.0
_OPENAI_RETRIES = 4


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is their similarity."""

    name: str
    """Model and size; vectors under different names are never compared."""
    costly: bool
    """True if reading a stored vector is cheaper than computing it again."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts in their order, L2-normalised; a text's vector does not depend on the others."""


class WordLlamaEmbedder:
    """Static word vectors, averaged; deterministic, about 5,000 passages a second on one core."""

    costly = False

    def __init__(self, model: "WordLlamaInference", *, name: str) -> None:
        self.name = name
        self._model = model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.embedding.shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts in their order; a text without any word has a vector of zeros."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Alike in length, so that little is padded.
        order = sorted((n for n, text in enumerate(texts) if text.strip()), key=lambda n: len(texts[n]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self._model.embed([texts[n] for n in rows], norm=False, batch_size=_BATCH)
        return _normalised(vectors)


def load_default_embedder() -> WordLlamaEmbedder:
    """Load the model whose weights come inside the installed package; nothing is downloaded.

    Raises:
        ConfigurationError: The package is incomplete.
    """
    import wordllama

    package = Path(wordllama.__file__).parent
    try:
        model = wordllama.WordLlama.load(cache_dir=package, disable_download=True)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The embedding model is missing from the installed package at {str(package)!r}: {error}. "
            "Install the locked requirements again."
        ) from error
    return WordLlamaEmbedder(model, name=f"wordllama-l2_supercat-{model.embedding.shape[1]}")


def load_embedder(choice: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """An embedder by its name on the command line.

    Args:
        choice: `wordllama` or `openai:MODEL`.
        base_url: Address of the endpoint of `openai:MODEL`, up to `/v1`.
        api_key: Its key.

    Raises:
        ConfigurationError: There is no such embedder, or the package of the built-in one is incomplete.
    """
    if choice == DEFAULT_EMBEDDER:
        return load_default_embedder()
    model = choice.removeprefix(_OPENAI)
    if model in ("", choice):
        raise ConfigurationError(
            f"There is no embedder {choice!r}. Use {DEFAULT_EMBEDDER} (built in) or {_OPENAI}MODEL."
        )
    return OpenAIEmbedder(model, base_url, api_key)


class OpenAIEmbedder:
    """Embeddings from an OpenAI-compatible endpoint.

    Args:
        model: The endpoint's name of the model.
        base_url: Address of the endpoint up to `/v1`; None for the provider's own.
        api_key: Sent as bearer token; None takes it from the provider's usual variable.
        client: A client that is already set up; without it one is made at the first call.
    """

    costly = True

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        client: "OpenAI | None" = None,
    ) -> None:
        self.name = f"openai-{model}"
        self._model = model
        self._base_url = base_url
        self._api_key = api_key
        self._client = client
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """Length of a vector; asked of the endpoint once."""
        if self._dimension is None:
            self._dimension = self.embed(["dimension"]).shape[1]
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts in their order.

        Raises:
            ConfigurationError: The endpoint refuses key, model or address.
            JudgeError: The endpoint does not answer, or not what was asked.
        """
        rows: list[list[float]] = []
        for start in range(0, len(texts), _OPENAI_BATCH):
            # Endpoints refuse an empty text.
            rows += self._ask([text if text.strip() else "." for text in texts[start : start + _OPENAI_BATCH]])
        if not rows:
            return np.zeros((0, self.dimension), dtype=np.float32)
        lengths = {len(row) for row in rows}
        if len(lengths) != 1 or (self._dimension or len(rows[0])) not in lengths:
            raise JudgeError(
                f"The embeddings of {self._model!r} differ in length: {sorted(lengths)}. Check the endpoint."
            )
        self._dimension = len(rows[0])
        vectors = np.array(rows, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise JudgeError(f"The embeddings of {self._model!r} hold values that are no numbers. Check the endpoint.")
        return _normalised(vectors)

    def _ask(self, texts: list[str]) -> list[list[float]]:
        import openai

        try:
            response = self._connected().embeddings.create(model=self._model, input=texts, encoding_format="float")
        except (
            openai.AuthenticationError,
            openai.PermissionDeniedError,
            openai.NotFoundError,
            openai.BadRequestError,
        ) as error:
            raise ConfigurationError(
                f"The endpoint refuses embeddings of model {self._model!r}: {_reason(error)}. "
                "Check the model's name, the base URL and the key."
            ) from error
        except openai.OpenAIError as error:
            raise JudgeError(
                f"The endpoint gave no embeddings of model {self._model!r}: {_reason(error)}. "
                "Run again when it answers; what was judged is kept."
            ) from error
        by_position = {entry.index: entry.embedding for entry in response.data}
        if sorted(by_position) != list(range(len(texts))):
            raise JudgeError(
                f"The endpoint gave {len(response.data)} embeddings of {self._model!r} for {len(texts)} texts. "
                "Check that it is an embedding model."
            )
        return [by_position[position] for position in range(len(texts))]

    def _connected(self) -> "OpenAI":
        if self._client is None:
            import openai

            try:
                self._client = openai.OpenAI(
                    base_url=self._base_url,
                    api_key=self._api_key,
                    timeout=_OPENAI_TIMEOUT_SECONDS,
                    max_retries=_OPENAI_RETRIES,
                )
            except openai.OpenAIError as error:
                raise ConfigurationError(
                    f"Embeddings of {self._model!r} cannot be asked for: {_reason(error)}. Set the key."
                ) from error
        return self._client


def _reason(error: Exception) -> str:
    """The first line of a provider's message, without a stop and short enough for one."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200].rstrip(".")


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0), dtype=np.float32)
