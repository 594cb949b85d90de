"""Whom the chat judge asks: OpenAI, an endpoint that speaks its protocol, or another provider through LangChain."""

import re
from typing import NamedTuple

from pydantic import SecretStr

from evaluators.chat_client import OPENAI_URL, ChatClient, ChatParameters
from pipeline.errors import ConfigurationError

TIMEOUT_SECONDS = 120.0


class Endpoint(NamedTuple):
    """An endpoint of OpenAI's protocol, checked as far as that goes without a call."""

    base_url: str
    api_key: SecretStr
    timeout: float

    def open(self, parameters: ChatParameters, *, in_flight: int) -> ChatClient:
        """A client for the event loop that this is called in."""
        from evaluators.openai_client import OpenAIClient

        return OpenAIClient(
            parameters, base_url=self.base_url, api_key=self.api_key, timeout=self.timeout, in_flight=in_flight
        )


def endpoint_for(model: str, *, base_url: str | None, api_key: SecretStr | None, timeout: float) -> Endpoint:
    """The endpoint that a model is asked at.

    Raises:
        ConfigurationError: The URL is none, or OpenAI is to be asked and there is no key.
    """
    url = base_url or OPENAI_URL
    if not re.match(r"https?://[^/]", url):
        raise ConfigurationError(f"--base-url {base_url!r} is no URL; it looks like 'http://localhost:8000/v1'.")
    if api_key is None and url.startswith("https://api.openai.com"):
        raise ConfigurationError(
            f"Judge 'openai:{model}' needs a key: set OPENAI_API_KEY, or name another endpoint with --base-url."
        )
    # The client insists on some key; endpoints without keys ignore it.
    return Endpoint(url, api_key if api_key is not None else SecretStr("none"), timeout)
