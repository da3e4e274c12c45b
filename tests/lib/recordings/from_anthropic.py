"""What an Anthropic messages answer means."""
import json

from . import faults, sse
from .from_openai import broken
from .model import Answer, Tool, Usage, count, member, number

FINISHES = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
            "model_context_window_exceeded": "length", "tool_use": "tool_calls",
            "refusal": "content_filter", "pause_turn": "stop"}

def read_reply(body, _dialect=None):
    answer = Answer()
    if isinstance(body, dict) and (body.get("type") == "error" or body.get("error")):
        return _fault(answer, faults.said(body))
    if not isinstance(body, dict) or not isinstance(body.get("content"), list):
        return broken(answer, faults.GARBAGE)
    choice = answer.choice(0)
    _head(answer, body)
    for block in body["content"]:
        _block(answer, choice, block)
        _sign(answer, block)
        if block.get("type") == "tool_use":
            choice.tools[-1].arguments = json.dumps(block.get("input") or {})
    choice.finish = _finish(body.get("stop_reason"))
    _explained(choice, body)
    answer.usage = usage(body.get("usage"))
    return answer.without_reasons()


def _finish(reason):
    """One that is newer than this file did stop all the same."""
    return FINISHES.get(reason, "stop") if reason else None


def read_stream(text, _dialect=None, _request=None):
    reader = _Stream()
    for event in sse.events(text):
        if not (event.data or "").strip():
            reader.answer.keep_alives += bool(event.comments)
            continue
        try:
            data = json.loads(event.data)
        except ValueError:
            return broken(reader.answer, faults.GARBAGE)
        if not isinstance(data, dict):
            return broken(reader.answer, faults.GARBAGE)
        if event.name == "error" or data.get("type") == "error":
            return _fault(reader.answer, faults.said(data))
        reader.take(data)
        if data.get("type") == "message_stop":
            return reader.close(True)
    return reader.close(False)


def _fault(answer, said):
    return broken(answer, faults.verdict("anthropic", said))


class _Stream:
    """One stream of events; deltas belong to the block of their index, else to the latest."""

    def __init__(self):
        self.answer = Answer()
        self.usage = {}
        self.blocks = {}    # those under way by index, put together
        self.latest = None

    def take(self, data):
        """One event; those that are newer than this file mean nothing."""
        handlers = {"message_start": self._message_start,
                    "content_block_start": self._content_block_start,
                    "content_block_delta": self._content_block_delta,
                    "content_block_stop": self._content_block_stop,
                    "message_delta": self._message_delta}
        handlers.get(data.get("type"), lambda _: None)(data)

    def close(self, ended):
        if self.usage:
            self.answer.usage = usage(self.usage)
        return self.answer.close(ended)

    def _message_start(self, data):
        message = data.get("message") or {}
        self.answer.choice(0)
        _head(self.answer, message)
        self._usage(message.get("usage"))

    def _content_block_start(self, data):
        block, choice = dict(data.get("content_block") or {}), self.answer.choice(0)
        _block(self.answer, choice, block)
        self.latest = data.get("index", -1)
        if block.get("type") == "tool_use":
            block["call"] = choice.tools[-1]
        self.blocks[self.latest] = block

    def _told(self, data):
        index = data.get("index")
        return self.blocks.get(index if index in self.blocks else self.latest) or {}

    def _content_block_delta(self, data):
        delta, choice, block = data.get("delta") or {}, self.answer.choice(0), self._told(data)
        choice.text += delta.get("text") or ""
        choice.reasoning += delta.get("thinking") or ""
        if delta.get("type") == "citations_delta":
            self.answer.left_out["citations"] += 1
        if "call" in block:
            block["call"].arguments += delta.get("partial_json") or ""
        for name in ("thinking", "signature"):
            if delta.get(name):
                block[name] = block.get(name, "") + delta[name]

    def _content_block_stop(self, data):
        block = self._told(data)
        if "call" in block and not block["call"].arguments:
            block["call"].arguments = json.dumps(block.get("input") or {})
        if "thinking" in str(block.get("type")):
            _sign(self.answer, block)
        block.clear()

    def _message_delta(self, data):
        reason = member(data, "delta", "stop_reason")
        if reason:
            self.answer.choice(0).finish = _finish(reason)
        _explained(self.answer.choice(0), data.get("delta") or {})
        self._usage(data.get("usage"))

    def _usage(self, raw):
        """Cumulative: never added up, and never less than what was told before."""
        for name, value in (raw or {}).items():
            if value is not None and not 0 <= count(value) < count(self.usage.get(name)):
                self.usage[name] = value


def _head(answer, message):
    answer.id = answer.id or message.get("id")
    answer.model = answer.model or message.get("model")
    for name in ("container", "context_management"):
        answer.left_out[name] += bool(message.get(name))


def _explained(choice, holder):
    """Why a refusal was one: the nearest to OpenAI's message.refusal."""
    choice.refusal = member(holder, "stop_details", "explanation") or choice.refusal


def _block(answer, choice, block):
    """A whole block, or the start of one."""
    kind = block.get("type")
    if kind == "text":
        choice.text += block.get("text") or ""
        answer.left_out["citations"] += len(block.get("citations") or [])
    elif kind == "thinking":
        choice.reasoning += block.get("thinking") or ""
    elif kind == "tool_use":
        choice.tools.append(Tool(id=block.get("id") or "", name=block.get("name") or ""))
    else:
        answer.left_out[str(kind)] += 1


def _sign(answer, block):
    """Keep what Anthropic wants back: without a signature it does not."""
    if block.get("type") == "redacted_thinking" or block.get("signature"):
        names = ("type", "thinking", "signature", "data")
        answer.signed.append({n: block[n] for n in names if n in block})


def usage(raw):
    """Exclusive numbers: cache reads and writes stand beside the fresh input."""
    if not number(member(raw, "output_tokens")):
        return None
    written = count(raw.get("cache_creation_input_tokens"))
    long = count(member(raw, "cache_creation", "ephemeral_1h_input_tokens"))
    short = count(member(raw, "cache_creation", "ephemeral_5m_input_tokens"))
    return Usage.of(
        reasoning=count(member(raw, "output_tokens_details", "thinking_tokens")),
        input=count(raw.get("input_tokens")),
        cache_read=count(raw.get("cache_read_input_tokens")),
        cache_write=max(written - long, short), cache_write_long=long,
        output=count(raw.get("output_tokens")))
