import json

import httpx2
import numpy as np
import openai
import pytest

from pipeline.embeddings import OpenAIEmbedder, load_default_embedder
from pipeline.errors import ConfigurationError, JudgeError


@pytest.fixture(scope="module")
def built_in():
    return load_default_embedder()


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(built_in):
    texts = ["lost messages in a queue", "a", "double invoices after a retry " * 30, "rollback"]
    together = built_in.embed(texts)
    alone = np.vstack([built_in.embed([text]) for text in texts])
    assert together.dtype == np.float32
    assert together.shape == (4, built_in.dimension)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.array_equal(together, alone)
    assert np.array_equal(together[::-1], built_in.embed(texts[::-1]))


def test_text_without_words_is_zero_and_not_nan(built_in):
    assert built_in.embed(["", "  \n"]).tolist() == [[0.0] * built_in.dimension] * 2
    assert built_in.embed([]).shape == (0, built_in.dimension)


def test_similar_sentences_are_nearer_than_others(built_in):
    query, near, far = built_in.embed(["messages were lost", "we lost two messages", "the garden has roses"])
    assert query @ near > query @ far + 0.2


def _embedder(handler, **settings):
    client = openai.OpenAI(
        base_url="http://embedder.invalid/v1",
        api_key="k",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(handler)),
    )
    return OpenAIEmbedder("small", client=client, **settings)


def _answer(request, *, shift=0):
    texts = json.loads(request.content)["input"]
    rows = [{"object": "embedding", "index": n, "embedding": [float(len(t)), 3.0]} for n, t in enumerate(texts)]
    return httpx2.Response(200, json={"object": "list", "model": "small", "data": rows[::-1][shift:]})


def test_endpoint_is_asked_in_batches_and_rows_keep_their_order():
    sizes = []

    def handler(request):
        sizes.append(len(json.loads(request.content)["input"]))
        return _answer(request)

    vectors = _embedder(handler).embed(["x" * n for n in range(300)])
    assert sizes == [128, 128, 44]
    assert vectors[4] == pytest.approx([0.8, 0.6])
    # An empty text is sent as a stop, since endpoints refuse it.
    assert vectors[0] == pytest.approx(vectors[1])


def test_dimension_of_an_endpoint_is_asked_once():
    calls = []

    def handler(request):
        calls.append(request)
        return _answer(request)

    embedder = _embedder(handler)
    assert (embedder.dimension, embedder.dimension, len(calls)) == (2, 2, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_refusal_is_a_configuration_error_with_the_next_step(status):
    embedder = _embedder(lambda _: httpx2.Response(status, json={"error": {"message": "no such model"}}))
    with pytest.raises(ConfigurationError, match=r"'small'.*Check the model's name"):
        embedder.embed(["a"])


def test_endpoint_that_fails_is_a_judge_error():
    with pytest.raises(JudgeError, match=r"'small'.*Run again"):
        _embedder(lambda _: httpx2.Response(500, json={"error": {"message": "busy"}})).embed(["a"])


def test_missing_row_is_an_error_and_not_a_zero_vector():
    with pytest.raises(JudgeError, match="1 embeddings of 'small' for 2 texts"):
        _embedder(lambda request: _answer(request, shift=1)).embed(["a", "b"])
