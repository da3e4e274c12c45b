"""Read back what the gateway would send to a client of the OpenAI dialect.

Besides the answer, what official clients rely on is looked at: one id, roles first, whole tool
heads, one finish, usage last and only when asked for, a clean end only after a good answer.
"""
import copy
import json

from . import schema, sse
from .from_openai import CHOICE, MESSAGE, TOP
from .model import Answer, Tool, Usage, count, member


class Ours:
    """An answer of ours, and what is wrong with its form."""

    def __init__(self, schemas):
        self.answer = Answer()
        self.faults = []
        self.error = None  # an error frame's or body's `error`
        self.usage = None  # as OpenAI's numbers
        self.body = None   # a reply, parsed
        self._schemas = schemas

    def wrong(self, text):
        self.faults.append(text)

    def check(self, name, value):
        self.faults += list(self._schemas.faults(name, value))

    def parse(self, text, what):
        try:
            return json.loads(text)
        except ValueError as e:
            self.wrong(f"{what} is not JSON: {e}")
            return None


def read_reply(text, schemas):
    ours = Ours(schemas)
    body = ours.body = ours.parse(text, "the reply")
    if body is None:
        return ours
    ours.check(schema.REPLY, body)
    _head(ours, body)
    for raw in body.get("choices") or []:
        choice = ours.answer.choice(raw.get("index"))
        message = raw.get("message") or {}
        _message(choice, message)
        choice.tools = [_tool(call) for call in message.get("tool_calls") or []]
        _choice(choice, raw)
        if message.get("content") is None and not (choice.tools or choice.refusal or choice.more):
            ours.wrong("content is null, and nothing stands in for it")
    return ours


def read_error(text, schemas):
    ours = Ours(schemas)
    body = ours.parse(text, "the error body")
    if body is not None:
        ours.check(schema.ERROR, body)
        ours.error = body.get("error")
    return ours


def read_stream(text, schemas):
    ours = _StreamReader(schemas)
    if not text.endswith("\n\n") or "\r" in text:
        ours.wrong("the frames do not end in a line feed and a blank line")
    for event in sse.events(text):
        if event.data is not None:
            ours.take(event)
    ours.close()
    return ours


def usage_numbers(raw):
    """The members of an OpenAI usage object that clients are promised."""
    return {"prompt_tokens": raw.get("prompt_tokens"),
            "completion_tokens": raw.get("completion_tokens"),
            "total_tokens": raw.get("total_tokens"),
            "cached_tokens": count(member(raw, "prompt_tokens_details", "cached_tokens")),
            "cache_write_tokens":
                count(member(raw, "prompt_tokens_details", "cache_write_tokens")),
            "reasoning_tokens":
                count(member(raw, "completion_tokens_details", "reasoning_tokens"))}


def classes(raw):
    """The usage that dialect_pipe reports beside the answer."""
    if raw is None:
        return None
    raw = dict(raw)
    reasoning, _ = raw.pop("reasoning"), raw.pop("estimated")
    return Usage(raw, reasoning)


def _head(ours, body):
    answer = ours.answer
    answer.id = answer.id or body.get("id")
    answer.model = answer.model or body.get("model")
    answer.created = answer.created or body.get("created")
    answer.service_tier = body.get("service_tier") or answer.service_tier
    answer.fingerprint = body.get("system_fingerprint") or answer.fingerprint
    answer.more += [(k, v) for k, v in body.items() if k not in TOP]
    if body.get("usage"):
        ours.usage = usage_numbers(body["usage"])


def _choice(choice, raw):
    choice.finish = raw.get("finish_reason") or choice.finish
    choice.more_choice += [(k, v) for k, v in raw.items() if k not in CHOICE]
    for name, tokens in (raw.get("logprobs") or {}).items():
        if isinstance(tokens, list):
            choice.logprobs = choice.logprobs or {}
            choice.logprobs.setdefault(name, []).extend(tokens)


def _message(choice, message):
    choice.text += message.get("content") or ""
    choice.reasoning += message.get("reasoning_content") or ""
    choice.refusal += message.get("refusal") or ""
    choice.more += [(k, v) for k, v in message.items() if k not in MESSAGE]


def _tool(call):
    tool = Tool()
    tool.add(call)
    return tool


def _as_published(chunk):
    """OpenAI streams calls of custom tools, which its schema of chunks does not know: their type
    is left out of the check."""
    chunk = copy.deepcopy(chunk)
    for choice in chunk.get("choices") or []:
        for call in member(choice, "delta", "tool_calls") or []:
            if call.get("type") == "custom":
                del call["type"]
    return chunk


class _StreamReader(Ours):
    def __init__(self, schemas):
        super().__init__(schemas)
        self.done = False
        self.chunks = 0

    def take(self, event):
        if event.name:
            self.wrong(f"a frame has the event name {event.name!r}")
        if self.done or self.error:
            self.wrong("a frame behind the end")
        if event.data == "[DONE]":
            self.done = True
            return
        chunk = self.parse(event.data, "a frame")
        if not isinstance(chunk, dict):
            self.wrong("a frame is no object")
        elif "error" in chunk:
            self.check(schema.ERROR, chunk)
            self.error = chunk["error"]
        else:
            self._chunk(chunk)

    def close(self):
        if self.done == bool(self.error):
            self.wrong("the stream must end in [DONE] or in an error, and not in both")
        self.answer.outcome = "fault" if self.error else "ended"

    def _chunk(self, chunk):
        self.check(schema.CHUNK, _as_published(chunk))
        self.chunks += 1
        if self.usage:
            self.wrong("a chunk behind the usage")
        for name in ("id", "model", "created"):
            if self.chunks > 1 and chunk.get(name) != getattr(self.answer, name):
                self.wrong(f"{name} changes from chunk to chunk")
        _head(self, chunk)
        if self.usage and chunk.get("choices"):
            self.wrong("usage in a chunk with choices")
        for raw in chunk.get("choices") or []:
            self._delta(raw)

    def _delta(self, raw):
        index, delta = raw.get("index"), raw.get("delta") or {}
        new = index not in self.answer.choices
        choice = self.answer.choice(index)
        if choice.finish and (delta or raw.get("finish_reason")):
            self.wrong(f"choice {index} goes on behind its finish reason")
        if new != ("role" in delta):
            self.wrong(f"choice {index}: the first delta has the role, and no other")
        _message(choice, delta)
        for call in delta.get("tool_calls") or []:
            self._tool(choice, call)
        _choice(choice, raw)

    def _tool(self, choice, call):
        index = call.get("index")
        if not isinstance(index, int) or not 0 <= index <= len(choice.tools):
            self.wrong(f"tool index {index!r} behind {len(choice.tools)} tools")
            return
        piece = _tool(call)
        if index == len(choice.tools):
            choice.tools.append(piece)
            if not (piece.id and piece.name and call.get("type")):
                self.wrong("the first delta of a tool has no id, name or type")
            return
        tool = choice.tools[index]
        if piece.id not in ("", tool.id) or piece.name not in ("", tool.name):
            self.wrong(f"tool {index} changes its id or name")
        tool.add(call)


def unasked(text):
    """Sentences about usage in a stream whose client did not ask for it."""
    for event in sse.events(text):
        if event.data and event.data != "[DONE]" and json.loads(event.data).get("usage"):
            yield "usage is told though nobody asked for it"
            return


