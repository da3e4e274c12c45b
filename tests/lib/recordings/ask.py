"""Judge what becomes of a client's request: written for its own vendor and for all others."""
import json

from . import compare, meaning, schema, wire
from .model import member

IMAGE_TOKENS = 50000  # what gpt-4o-mini counts for the largest image, and some

DEEPSEEK_CANNOT = ["json_schema", "n", "custom_tools", "audio_in", "files", "video"]

# every dialect, and its models with rules of their own
VARIANTS = (
    {"dialect": "openai"},
    {"dialect": "openai", "thinking": "always",
     "quirks": ["max_completion_tokens", "no_stop", "no_sampling"]},
    {"dialect": "anthropic", "quirks": ["no_forced_tool_thinking"]},
    {"dialect": "anthropic", "thinking": "always",
     "quirks": ["adaptive_thinking", "no_sampling", "no_forced_tool_thinking"]},
    {"dialect": "deepseek", "cannot": DEEPSEEK_CANNOT},
    {"dialect": "deepseek", "thinking": "default", "cannot": DEEPSEEK_CANNOT,
     "quirks": ["replay_thinking", "no_forced_tool_thinking"]},
    {"dialect": "qwen"},
    {"dialect": "qwen", "thinking": "default",
     "quirks": ["thinking_streams_only", "no_forced_tool_thinking"]},
    {"dialect": "qwen_native"},
    {"dialect": "qwen_native", "thinking": "default", "quirks": ["multimodal_path"]},
)

# what may change on the way to the vendor that the request was written for, besides what is
# reported: the model's name, the limit of output, usage in streams, and our own member
EDITED = {"model", "models", "stream_options", "max_tokens", "max_completion_tokens"}

# members that may be left out in silence, because their value asks for nothing
ASKS_NOTHING = {"parallel_tool_calls": True, "n": 1, "logprobs": False, "store": False,
                "modalities": ["text"], "top_logprobs": 0, "tools": [], "logit_bias": {},
                "temperature": 1, "top_p": 1, "tool_choice": "auto"}

# what OpenAI does unasked; vendors that do not may be told to
UNASKED = {"parallel_tool_calls": True}

# several spellings of one wish: to think, or not
THINKING = {"thinking", "reasoning_effort", "enable_thinking"}

# members that have a counterpart of another name, or none that could be lost
TRANSLATED = EDITED | THINKING | {"messages", "n", "stop", "thinking_budget", "user",
                                  "safety_identifier", "response_format", "parallel_tool_calls",
                                  "service_tier", "stream", "top_logprobs"}

# what models may lack -> does a request need it?
FEATURES = {
    "tools": lambda b: bool(b.get("tools") or b.get("functions")),
    "images": lambda b: _has_part(b, "image_url"),
    "audio_in": lambda b: _has_part(b, "input_audio"),
    "files": lambda b: _has_part(b, "file"),
    "json_object": lambda b: (b.get("response_format") or {}).get("type") == "json_object",
    "json_schema": lambda b: (b.get("response_format") or {}).get("type") == "json_schema",
    "n": lambda b: (b.get("n") or 1) > 1,
    "logprobs": lambda b: bool(b.get("logprobs")),
    "audio_out": lambda b: "audio" in (b.get("modalities") or []),
    "forced_tool": lambda b: isinstance(b.get("tool_choice"), dict) or
    b.get("tool_choice") == "required",
}

REFUSALS = {"UNSUPPORTED", "VALUE", "MISSING", "JSON", "CONTEXT", "MODEL_UNKNOWN"}


class Request:
    """A request under test. `refused` holds (mapping, reason) of what policy turned down."""

    def __init__(self, text, pipe, schemas):
        self.differences = []
        self.refused = []
        self.adapted = []
        self.turned_down = False  # by the client half, or for its own vendor
        self._text, self._pipe, self._schemas = text, pipe, schemas

    def run(self, dialect, status=200, usage=None, model=None):
        """A recorded request: `dialect` and `status` say who took it and how that ended."""
        own = {"dialect": dialect, "upstream": model or "upstream-model"}
        out = self._write([own, *VARIANTS])
        if "fault" in out:
            self._turned_down(dialect, status, out["fault"])
            return self
        body = self._body()
        self._understood(body, out["chat"])
        self._own_vendor(body, dialect, status, out["calls"][0], usage)
        strict = self._write(VARIANTS, "refuse")["calls"]
        for target, call, refused in zip(VARIANTS, out["calls"][1:], strict):
            self._call(body, target, call)
            self._strictly(target, call, refused)
        return self

    def incapable(self):
        """A model that can do nothing but answer texts must be refused what it cannot do."""
        out = self._write([{"dialect": d, "cannot": list(FEATURES)} for d in wire.CHECKS])
        if "fault" in out:
            return self
        needed = [name for name, needs in FEATURES.items() if needs(self._body())]
        for dialect, call in zip(wire.CHECKS, out["calls"]):
            refused = "fault" in call and not call["checked"]
            if needed and not refused:
                self.differences.append(f"{dialect}: {needed[0]} are asked of a model without")
        return self

    def follow_up(self, dialect, message, signed):
        """A request with our own answer in its history."""
        out = self._write(list(VARIANTS))
        if "fault" in out:
            self.differences.append(f"our own answer is refused as history: {out['fault']}")
            return self
        body = self._body()
        for target, call in zip(VARIANTS, out["calls"]):
            self._call(body, target, call)
            if dialect == "anthropic" == target["dialect"] and "body" in call:
                self._signed(signed, json.loads(call["body"]), message)
        return self

    def _strictly(self, target, call, strict):
        """Where parameters must not be adapted, what would be adapted is refused."""
        adapted, where = call.get("adaptions"), target["dialect"] + ", strictly: "
        if adapted and "fault" not in strict:
            self.differences.append(f"{where}{adapted[0]['param']} is adapted all the same")
        if not adapted and call.get("body") != strict.get("body"):
            self.differences.append(f"{where}another request, though nothing was adapted")

    def _write(self, targets, unsupported="adapt"):
        targets = [{**t, "image_tokens": IMAGE_TOKENS} for t in targets]
        meta = {"targets": targets, "unsupported": unsupported}
        return self._pipe.run("request", meta, self._text)

    def _body(self):
        return json.loads(self._text.removeprefix("\ufeff"))

    def _expect(self, differences, prefix=""):
        self.differences += [prefix + d for d in differences]

    def _turned_down(self, dialect, status, fault):
        if status < 300 and fault["error"] != "UNSUPPORTED":
            self.differences.append(f"a request that the vendor took is refused: {fault}")
        else:
            self.turned_down = True
            self.refused.append((f"request to {dialect}", f"{fault['param']}: {fault['text']}"))

    def _understood(self, body, chat):
        for name, want in (("model", body.get("model") or (body.get("models") or [None])[0]),
                           ("messages", len(body.get("messages") or [])),
                           ("tools", len(body.get("tools") or [])), ("n", body.get("n") or 1),
                           ("stream", bool(body.get("stream")))):
            if chat[name] != want:
                self.differences.append(f"{name} is understood as {chat[name]}, not {want}")

    # --- the vendor that the request was written for ---

    def _own_vendor(self, body, dialect, status, call, usage):
        if "fault" in call:
            self._turned_down(dialect, status, call["fault"])
            return
        sent = json.loads(call["body"])
        self._expect(self._unchanged(body, sent, call), "own vendor: ")
        if usage and call["tokens_bound"] < usage.prompt:
            self.differences.append(f"at most {call['tokens_bound']} tokens of input are "
                                    f"expected, the vendor counted {usage.prompt}")
        if dialect == "openai" and not list(self._schemas.faults(schema.REQUEST, body)):
            self._expect(self._schemas.faults(schema.REQUEST, sent), "own vendor: ")

    def _unchanged(self, body, sent, call):
        reported = _reported(call)
        for name in sorted(set(body) | set(sent)):
            before, after = body.get(name), sent.get(name)
            if name in EDITED or name in reported or before == after or not (before or after):
                continue  # null, false and absent are one
            if after is None and ASKS_NOTHING.get(name) == before:
                continue
            if before is None and UNASKED.get(name) == after:
                continue
            if name in THINKING and _same_thinking(body, sent):
                continue
            if name == "messages" and same_messages(before, after):
                continue
            yield f"member {name} changes, and nobody is told"
        options = body.get("stream_options") or {}
        kept = {k: v for k, v in (sent.get("stream_options") or {}).items() if k in options}
        if body.get("stream") and {**options, "include_usage": True} != \
                {**kept, "include_usage": True}:
            yield "stream_options are lost"

    # --- any vendor ---

    def _call(self, body, target, call):
        where = target["dialect"] + ("*" if "thinking" in target else "") + ": "
        if "fault" in call:
            fault = call["fault"]
            if fault["error"] not in REFUSALS:
                self.differences.append(f"{where}refused with {fault}")
            self.refused.append((where + (fault["param"] or fault["error"]), fault["text"]))
            return
        self.adapted += [(where + a["param"], a["what"] + ": " + a["why"])
                         for a in call["adaptions"]]
        try:
            sent = json.loads(call["body"])
        except (TypeError, ValueError) as e:
            self.differences.append(f"{where}the call is not JSON: {e}")
            return
        if sent.get("model") != "upstream-model":
            self.differences.append(f"{where}model is {sent.get('model')!r}")
        if bool(body.get("stream")) and not call["stream"]:
            self.differences.append(f"{where}the stream is lost")
        if target["dialect"] != "anthropic" or _answered(body.get("messages") or []):
            self._expect(wire.CHECKS[target["dialect"]](sent, call, target), where)
        self._expect(_silently_dropped(body, sent, call), where)
        if target["dialect"] == "anthropic":
            self._expect(meaning.anthropic(body, sent, _reported(call)), where)
        self._expect(_contents(body, sent), where)

    def _signed(self, signed, sent, message):
        """Signed thinking must go back to Anthropic as it came, or not at all."""
        blocks = [b for m in sent["messages"] if m["role"] == "assistant"
                  for b in (m["content"] if isinstance(m["content"], list) else [])]
        thinking = [{k: b[k] for k in ("type", "thinking", "signature", "data") if k in b}
                    for b in blocks if "thinking" in b["type"]]
        if signed and message and thinking != signed:
            self.differences.append(f"thinking goes back as {len(thinking)} blocks that differ "
                                    f"from the {len(signed)} that came")


def _reported(call):
    """The members whose adaption the client is told of."""
    return {a["param"].split(".")[0].split("[")[0] for a in call["adaptions"]}


def _silently_dropped(body, sent, call):
    """A member that no other member speaks for is sent, or the client is told."""
    told = set(sent) | set(sent.get("parameters") or {}) | _reported(call) | TRANSLATED
    if member(body, "tool_choice", "type") == "allowed_tools":
        told.add("tool_choice")  # others are left out of the tools
    for name in sorted(set(body) - told):
        if body[name] and ASKS_NOTHING.get(name) != body[name]:
            yield f"{name} is dropped, and nobody is told"


def same_messages(before, after):
    """Alike but for the role of instructions, how an empty content is written, and reasoning put
    in or taken out."""
    return _plain(before) == _plain(after)


def _same_thinking(before, after):
    """The same switch, where the client set it, and no effort that the client did not name."""
    on = _thinking_on(before)
    if on is not None and _thinking_on(after) != on:
        return False
    effort = before.get("reasoning_effort")
    return after.get("reasoning_effort") in (effort, None if effort == "none" else effort)


def _thinking_on(body):
    if body.get("enable_thinking") is not None:
        return body["enable_thinking"]
    if body.get("thinking"):
        return body["thinking"].get("type") != "disabled"
    effort = body.get("reasoning_effort")
    return None if effort is None else effort != "none"


def _plain(messages):
    return [{k: "system" if (k, v) == ("role", "developer") else v for k, v in m.items()
             if v and not k.startswith("reasoning")} for m in messages or []]


def _answered(messages):
    """Is each tool call answered once, right behind it? Else no vendor takes the request."""
    owed = []
    for message in messages:
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in owed:
                return False
            owed.remove(message["tool_call_id"])
        elif owed:
            return False
        else:
            owed = [call.get("id") for call in message.get("tool_calls") or []]
    return not owed


def _has_part(body, kind):
    return any(isinstance(part, dict) and part.get("type") == kind
               for message in body.get("messages") or []
               if isinstance(message.get("content"), list) for part in message["content"])


def _leaves(value):
    """All strings in a value, and in the JSON that strings hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)


def _texts(message):
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    said = [part.get("text", part.get("refusal")) for part in content or []
            if isinstance(part, dict)]
    return [text for text in said if isinstance(text, str)]


def _contents(body, sent):
    """What was said must arrive: every text, tool call and tool."""
    strings = list(_leaves(sent))
    for place, message in enumerate(body.get("messages") or []):
        for text in _texts(message):
            if text.strip() and not any(text.strip() in s for s in strings):
                yield f"the text of message {place} is lost"
        for call in message.get("tool_calls") or []:
            custom = (call.get("custom") or {}).get("input")
            if custom not in strings if custom else \
                    not _call_arrives(call.get("function") or {}, sent):
                yield f"a tool call of message {place} is lost"
    choice = body.get("tool_choice")
    allowed = member(choice, "allowed_tools", "tools") or body.get("tools") or []
    for tool in allowed:
        name = member(tool, "function", "name")
        if name and name not in strings:
            yield f"tool {name} is lost"


def _call_arrives(function, sent):
    """Somewhere stand the name and the arguments, as JSON text or as an object."""
    try:
        arguments = json.loads(function.get("arguments") or "{}")
    except ValueError:
        return True
    if not isinstance(arguments, dict):
        return True
    want = compare.canonical(arguments)
    for found in _objects(sent):
        arguments = found.get("arguments", found.get("input"))
        if found.get("name") != function.get("name") or arguments is None:
            continue
        try:
            arguments = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
        except ValueError:
            continue
        if compare.canonical(arguments) == want:
            return True
    return False


def _objects(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _objects(item)


def history(message, model):
    """A client's next request: what it was told, the results of its tools, another question."""
    messages = [{"role": "user", "content": "First question."},
                {k: v for k, v in message.items() if v is not None}]
    messages[1].setdefault("content", None)
    calls = message.get("tool_calls") or []
    messages += [{"role": "tool", "tool_call_id": call["id"], "content": "42"} for call in calls]
    messages.append({"role": "user", "content": "Second question."})
    body = {"model": model, "messages": messages, "max_tokens": 2048}
    names = {call["function"]["name"] for call in calls if call.get("type") == "function"}
    if names:
        body["tools"] = [{"type": "function", "function": {
            "name": name, "parameters": {"type": "object", "properties": {}}}}
            for name in sorted(names)]
    return json.dumps(body)
