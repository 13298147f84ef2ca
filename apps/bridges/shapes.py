"""What programs send and get: the OpenAI API's names and forms, as types that check, document and write themselves. Pure.

One set of types is the parser, the JSON Schema in the OpenAPI document and the encoder, so the three cannot part. Fields that
are not named here are ignored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

LONGEST = 8_000
#: Programs send the whole of what was said, for as long as it goes: the newest of it is read (`asked.newest`).
MESSAGES, MESSAGE = 5_000, 500_000
Text = Annotated[str, Meta(max_length=LONGEST)]
Shape = TypeVar("Shape", bound=Struct)


Content = Annotated[str, Meta(max_length=MESSAGE)]


class TextPart(Struct):
    """A part of a message; only text is understood."""

    type: Literal["text"]
    text: Content


class Message(Struct):
    """Something that was said. `system` and `developer` are read over: a persona takes no instructions. So are results of tools,
    which it has none of.
    """

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | Annotated[list[TextPart], Meta(max_length=50)] | None = None
    name: Annotated[str, Meta(max_length=80)] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(Struct):
    """`include_usage` adds a last piece with the numbers."""

    include_usage: bool | None = None


Stops = (
    Annotated[str, Meta(min_length=1, max_length=100)]
    | Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=4)]
)
Temperature = Annotated[float, Meta(ge=0, le=2)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class _Sampled(Struct, kw_only=True):
    model: Annotated[str, Meta(max_length=200)]
    temperature: Temperature | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    max_tokens: Count | None = None
    seed: Seed | None = None
    stop: Stops | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None

    def sampling(self) -> dict[str, int | float]:
        """What the engine is told; nothing for what was not given."""
        values: dict[str, int | float | None] = {"temperature": self.temperature, "top_p": self.top_p, "top_k": self.top_k}
        values["seed"] = None if self.seed is None else self.seed % 2**31
        return {name: value for name, value in values.items() if value is not None}

    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or [])

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


class ChatRequest(_Sampled, kw_only=True):
    """What was said so far; the persona says what comes next."""

    messages: Annotated[list[Message], Meta(min_length=1, max_length=MESSAGES)]
    max_completion_tokens: Count | None = None


class CompletionRequest(_Sampled, kw_only=True):
    """The beginning of a message; the persona goes on as it would."""

    prompt: Text | Annotated[list[Text], Meta(min_length=1, max_length=1)]


class LineRequest(Struct):
    """The one-line door: something said, without anything before it."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


# answers


class Usage(Struct):
    """Tokens of the base model's tokenizer, without the marks of its template."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


Finish = Literal["stop", "length", "content_filter"]


class ChatMessage(Struct, kw_only=True):
    content: str
    role: Literal["assistant"] = "assistant"
    refusal: None = None


class ChatChoice(Struct, kw_only=True):
    message: ChatMessage
    finish_reason: Finish
    index: int = 0
    logprobs: None = None


class _Answer(Struct, kw_only=True):
    id: str
    created: int
    model: str
    ai_generated: bool = True


class ChatCompletion(_Answer, kw_only=True):
    """A reply; its bubbles are parted by blank lines."""

    choices: list[ChatChoice]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"


class Delta(Struct, kw_only=True, omit_defaults=True):
    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(Struct, kw_only=True):
    delta: Delta
    finish_reason: Finish | None = None
    index: int = 0
    logprobs: None = None


class ChatCompletionChunk(_Answer, kw_only=True):
    """A piece of a reply."""

    choices: list[ChunkChoice]
    usage: Usage | None = None
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"


class TextChoice(Struct, kw_only=True):
    text: str
    finish_reason: Finish | None = None
    index: int = 0
    logprobs: None = None


class Completion(_Answer, kw_only=True):
    """A continuation."""

    choices: list[TextChoice]
    usage: Usage | None = None
    object: Literal["text_completion"] = "text_completion"


class Model(Struct, kw_only=True):
    """A persona. `name` is what it is called outside; real names stay inside."""

    id: str
    created: int
    name: str
    version: int
    object: Literal["model"] = "model"
    owned_by: str = "chatclone"
    ai_generated: bool = True


class Models(Struct, kw_only=True):
    data: list[Model]
    object: Literal["list"] = "list"


class Reply(Struct, kw_only=True):
    """The one-line door's answer."""

    reply: str
    ai_generated: bool = True


class Error(Struct, kw_only=True):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorAnswer(Struct, kw_only=True):
    error: Error


class Malformed(Exception):
    """A request that is not of its form: a sentence, and the field that is wrong."""

    def __init__(self, message: str, param: str | None) -> None:
        super().__init__(message)
        self.param = param


_PLACE = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(.*?)`")


def read(shape: type[Shape], body: bytes) -> Shape:
    """A request's body as its type. Raises `Malformed`."""
    try:
        return msgspec.convert(_counted(msgspec.json.decode(body)), shape)
    except msgspec.ValidationError as error:
        said = str(error)
        place, missing = _PLACE.search(said), _MISSING.search(said)
        param = ".".join(part for part in (place and place[1], missing and missing[1]) if part) or None
        raise Malformed(f"{_PLACE.sub('', said)}{f' ({param})' if param else ''}. Please correct it.", param) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("The body is not JSON. Send one JSON object.", None) from None


def _counted(body: Any) -> Any:
    """JSON knows one kind of number: 5.0 is a count too."""
    if not isinstance(body, dict):
        return body
    return {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in body.items()}


def written(value: Any) -> bytes:
    """As JSON."""
    return msgspec.json.encode(value)
