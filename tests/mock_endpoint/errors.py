"""Errors as OpenAI words them; clients tell them apart by status, code and param."""

import json
from typing import NamedTuple

from tests.mock_endpoint.behaviour import ReplyFault

_SERVER = "The server had an error while processing your request. Sorry about that!"
_GUIDE = "See the Structured Outputs guide for the models that support it."


class ApiError(NamedTuple):
    """One error body and its status."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None

    def body(self) -> bytes:
        """The JSON body."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return json.dumps({"error": error}, ensure_ascii=False).encode(errors="surrogatepass")


ERRORS: dict[ReplyFault, ApiError] = {
    "status_500": ApiError(500, _SERVER, "server_error"),
    "status_503": ApiError(503, "The engine is currently overloaded, please try again later.", "overloaded_error"),
    "response_format_refused": ApiError(
        400,
        f"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. {_GUIDE}",
        param="response_format",
    ),
    "logprobs_refused": ApiError(400, "This model does not support the 'logprobs' parameter.", param="logprobs"),
    "logprobs_forbidden": ApiError(403, "You are not allowed to request logprobs from this model."),
    "temperature_refused": ApiError(
        400,
        "Unsupported value: 'temperature' is not supported with this model. Only the default (1) value is supported.",
        param="temperature",
        code="unsupported_value",
    ),
    "max_tokens_refused": ApiError(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param="max_tokens",
        code="unsupported_parameter",
    ),
    "wrong_key": ApiError(401, "Incorrect API key provided.", code="invalid_api_key"),
    "no_quota": ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        code="insufficient_quota",
    ),
}
"""What needs no further detail."""

GATEWAY_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def too_many(short_of: str, limit: str, seconds: float) -> ApiError:
    """A rate limit was hit."""
    message = f"Rate limit reached on {short_of}: Limit {limit}. Please try again in {seconds:.3f}s."
    return ApiError(429, message, short_of, code="rate_limit_exceeded")


def too_long(limit: int, tokens: int) -> ApiError:
    """A prompt does not fit."""
    message = (
        f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages."
    )
    return ApiError(400, message, param="messages", code="context_length_exceeded")


def no_model(name: str) -> ApiError:
    """A model is not known."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found")


def not_found(what: str) -> ApiError:
    """A thing is not known."""
    return ApiError(404, f"{what} was not found.")


def malformed(message: str, param: str | None = None) -> ApiError:
    """The request cannot be understood."""
    return ApiError(400, message, param=param)
