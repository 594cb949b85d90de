"""Whom the chat judge asks: OpenAI, an endpoint that speaks its protocol, or another provider through LangChain."""

import os
import re
from importlib.util import find_spec
from typing import NamedTuple

from pydantic import SecretStr

from evaluators.chat.client import OPENAI_URL, ChatClient, ChatParameters
from evaluators.chat.dialect import Dialect
from pipeline.errors import ConfigurationError

TIMEOUT_SECONDS = 120.0
OPENAI = "openai"


class Provider(NamedTuple):
    """A provider that LangChain knows, under LangChain's name for it."""

    package: str
    """What LangChain imports for it."""
    extra: str
    """Our optional dependencies that bring the package."""
    url: str
    """Where it is asked. Always passed on: LangChain would else take a gateway's address from the environment."""
    variables: tuple[str, ...] = ()
    """Environment variables that may hold its key; none if it wants no key."""


PROVIDERS = {
    "anthropic": Provider("langchain_anthropic", "anthropic", "https://api.anthropic.com", ("ANTHROPIC_API_KEY",)),
    "google_genai": Provider(
        "langchain_google_genai",
        "google",
        "https://generativelanguage.googleapis.com",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ),
    "groq": Provider("langchain_groq", "groq", "https://api.groq.com", ("GROQ_API_KEY",)),
    "mistralai": Provider("langchain_mistralai", "mistral", "https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    "ollama": Provider("langchain_ollama", "ollama", "http://127.0.0.1:11434"),
}


class Endpoint(NamedTuple):
    """Who is asked, checked as far as that goes without a call."""

    base_url: str
    api_key: SecretStr
    timeout: float
    provider: str = OPENAI
    """`openai`: the endpoint speaks OpenAI's protocol; else one of `PROVIDERS`."""

    def dialect(self, parameters: ChatParameters, *, keeps_limit: bool, tries_limit: bool = False) -> Dialect:
        """What is known of how the endpoint wants to be asked before it was asked at all."""
        official = self.base_url.startswith(OPENAI_URL)
        return Dialect(
            official=official, logprobs=parameters.logprobs, keeps_limit=keeps_limit, tries_limit=tries_limit
        )

    def open(self, parameters: ChatParameters, *, in_flight: int, dialect: Dialect | None = None) -> ChatClient:
        """A client for the event loop that this is called in."""
        if self.provider != OPENAI:
            from evaluators.chat.langchain_client import LangChainClient

            return LangChainClient(
                parameters,
                provider=self.provider,
                base_url=self.base_url,
                api_key=self.api_key,
                timeout=self.timeout,
                in_flight=in_flight,
            )
        from evaluators.chat.openai_client import OpenAIClient

        return OpenAIClient(
            parameters,
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=self.timeout,
            in_flight=in_flight,
            dialect=dialect,
        )


def judge_name(text: str) -> tuple[str, str]:
    """Provider and model of a chat judge's name, such as `openai:gpt-5-mini` or `ollama:llama3.1:8b`.

    Raises:
        ConfigurationError: There is no such provider, or no model is named.
    """
    provider, _, model = text.strip().partition(":")
    known = [OPENAI, *PROVIDERS]
    if provider not in known:
        raise ConfigurationError(
            f"Judge {text!r} is not known. Use 'evidence', or PROVIDER:MODEL with one of {', '.join(known)}; "
            "a provider that speaks OpenAI's protocol is 'openai:MODEL' with its address as --base-url."
        )
    if not model:
        raise ConfigurationError(f"Judge {text!r} names no model. Write it behind the colon: '{provider}:MODEL'.")
    return provider, model


def endpoint_for(
    model: str, *, base_url: str | None, api_key: SecretStr | None, timeout: float, provider: str = OPENAI
) -> Endpoint:
    """The endpoint that a model is asked at.

    Args:
        model: The model's name there.
        base_url: Its address; the provider's own if not given.
        api_key: For `openai`. The keys of other providers are read from their own environment variables, so that
            no provider is ever sent another one's key.
        timeout: Seconds that one call may take.
        provider: `openai`, or one of `PROVIDERS`.

    Raises:
        ConfigurationError: The URL is none, a key is missing, or the provider's package is not installed.
    """
    if base_url is not None and not re.match(r"https?://[^/]", base_url):
        raise ConfigurationError(f"--base-url {base_url!r} is no URL; it looks like 'http://localhost:8000/v1'.")
    if provider != OPENAI:
        return _provider_endpoint(judge_name(f"{provider}:{model}"), base_url=base_url, timeout=timeout)
    url = base_url or OPENAI_URL
    if api_key is None and url.startswith("https://api.openai.com"):
        raise ConfigurationError(
            f"Judge 'openai:{model}' needs a key: set OPENAI_API_KEY, or name another endpoint with --base-url."
        )
    # The client insists on some key; endpoints without keys ignore it.
    return Endpoint(url, api_key if api_key is not None else SecretStr("none"), timeout)


def _provider_endpoint(name: tuple[str, str], *, base_url: str | None, timeout: float) -> Endpoint:
    provider, model = name
    known = PROVIDERS[provider]
    if find_spec(known.package) is None:
        raise ConfigurationError(
            f"Judge '{provider}:{model}' needs another package: pip install \"shortlist[{known.extra}]\"."
        )
    key = next((os.environ[variable] for variable in known.variables if os.environ.get(variable)), None)
    if key is None and known.variables and base_url is None:
        raise ConfigurationError(
            f"Judge '{provider}:{model}' needs a key: set {' or '.join(known.variables)}, "
            "or name another endpoint with --base-url."
        )
    return Endpoint(base_url or known.url, SecretStr(key or "none"), timeout, provider)
