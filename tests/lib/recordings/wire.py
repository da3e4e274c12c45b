"""What a request to each vendor must look like (its documentation's rules, as far as a request
that breaks them is refused by the vendor). Each check yields sentences."""
import re

SAFE_ID = re.compile(r"[a-zA-Z0-9_-]+")

ANTHROPIC_TOP = {"model", "max_tokens", "messages", "system", "temperature", "top_p", "top_k",
                 "stop_sequences", "stream", "tools", "tool_choice", "thinking", "output_config",
                 "metadata", "service_tier", "cache_control", "container", "inference_geo"}
DEEPSEEK_PARTS = {"text", "image_url"}
QWEN_PARTS = DEEPSEEK_PARTS | {"input_audio", "video", "video_url", "file"}
ANTHROPIC_BLOCKS = {"user": {"text", "image", "document", "tool_result"},
                    "assistant": {"text", "thinking", "redacted_thinking", "tool_use"}}


def anthropic(body, call, target):
    yield from _unknown(body, ANTHROPIC_TOP)
    if call["path"] != "/messages":
        yield f"path is {call['path']}"
    if "anthropic-version" not in {name.lower() for name in call["headers"]}:
        yield "no anthropic-version header"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        yield f"max_tokens is {body.get('max_tokens')}"
    yield from _anthropic_sampling(body, target)
    yield from _anthropic_thinking(body)
    yield from _anthropic_tools(body)
    yield from _anthropic_messages(body.get("messages") or [])


def _unknown(body, known):
    for name in sorted(set(body) - known):
        yield f"member {name} is unknown to the vendor"


def _anthropic_sampling(body, target):
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 1:
        yield f"temperature is {temperature}"
    for name in ("temperature", "top_p", "top_k"):
        if name in body and "no_sampling" in target.get("quirks", ()):
            yield f"{name} is sent to a model that refuses it"
    for stop in body.get("stop_sequences") or []:
        if not stop.strip():
            yield "a stop sequence is blank"


def _anthropic_thinking(body):
    thinking = body.get("thinking") or {}
    on = thinking.get("type") in ("enabled", "adaptive")
    budget = thinking.get("budget_tokens")
    if thinking.get("type") == "enabled" and not 1024 <= (budget or 0) < body["max_tokens"]:
        yield f"thinking budget {budget} of {body['max_tokens']} tokens"
    if on and (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        yield "a forced tool while thinking"
    if on and body.get("temperature", 1) != 1:
        yield "a temperature while thinking"


def _anthropic_tools(body):
    names = set()
    for tool in body.get("tools") or []:
        if tool.get("name") in names:
            yield f"two tools are called {tool['name']}"
        names.add(tool.get("name"))
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", tool.get("name") or ""):
            yield f"tool name {tool.get('name')!r}"
        if (tool.get("input_schema") or {}).get("type") != "object":
            yield f"input_schema of {tool.get('name')} is no object schema"
    used = {block.get("name") for message in body.get("messages") or []
            for block in blocks_of(message) or [] if block.get("type") == "tool_use"}
    if used and not names:
        yield "tools are used in the history, and none is declared"
    choice = body.get("tool_choice") or {}
    if choice.get("type", "auto") not in ("auto", "any", "tool", "none"):
        yield f"tool_choice {choice}"
    if choice.get("type") == "tool" and choice.get("name") not in names:
        yield f"tool_choice names {choice.get('name')!r}, which is no tool"


def _anthropic_messages(messages):
    if not messages or messages[0].get("role") != "user":
        yield "the first message is not the user's"
    owed = []  # ids of tool calls that the next message must answer
    for place, message in enumerate(messages):
        role = message.get("role")
        if place and role == messages[place - 1].get("role"):
            yield f"messages {place - 1} and {place} are both the {role}'s"
        blocks = blocks_of(message)
        if not blocks:
            yield f"message {place} is empty"
            continue
        for block in blocks:
            yield from _anthropic_block(block, role)
        yield from _answered(owed, blocks, place)
        owed = [b.get("id") for b in blocks if b.get("type") == "tool_use"]
    if owed:
        yield "the last tool calls are not answered"
    if messages and messages[-1].get("role") == "assistant":
        texts = [b.get("text") or "" for b in blocks_of(messages[-1]) if b.get("type") == "text"]
        if texts and texts[-1] != texts[-1].rstrip():
            yield "the last message is the assistant's and ends in white space"


def blocks_of(message):
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _anthropic_block(block, role):
    kind = block.get("type")
    if kind not in ANTHROPIC_BLOCKS.get(role, ()):
        yield f"a {kind} block in a message of the {role}"
    if kind == "text" and not (block.get("text") or "").strip():
        yield "a text block is blank"
    if kind == "tool_use":
        if not SAFE_ID.fullmatch(block.get("id") or ""):
            yield f"tool id {block.get('id')!r}"
        if not isinstance(block.get("input"), dict):
            yield "the input of a tool_use is no object"
    if kind in ("thinking", "redacted_thinking") and \
            not (block.get("signature") or block.get("data")):
        yield "thinking without a signature is sent back"
    if kind in ("image", "document"):
        source = block.get("source") or {}
        need = {"base64": ("media_type", "data"), "url": ("url",), "text": ("data",),
                "file": ("file_id",)}.get(source.get("type"), ("type of source",))
        for name in need:
            if not source.get(name):
                yield f"a {kind} without {name}"


def _answered(owed, blocks, place):
    kinds = [b.get("type") for b in blocks]
    answers = [b.get("tool_use_id") for b in blocks if b.get("type") == "tool_result"]
    if sorted(answers) != sorted(owed):
        yield f"message {place} answers the tool calls {answers}, asked were {owed}"
    if kinds[:len(answers)] != ["tool_result"] * len(answers):
        yield f"message {place}: the tool results do not come first"


def openai(body, call, target):
    yield from openai_like(body, call, target)
    if any("cache_control" in part for part in parts_of(body)):
        yield "cache_control is unknown to the vendor"


def parts_of(body):
    return [part for message in body.get("messages") or []
            if isinstance(message.get("content"), list) for part in message["content"]]


def openai_like(body, call, target):
    if call["path"] != "/chat/completions":
        yield f"path is {call['path']}"
    if "models" in body:
        yield "the gateway's own member `models` is sent"
    if body.get("stream") and not (body.get("stream_options") or {}).get("include_usage"):
        yield "a stream without usage cannot be billed"
    if "max_tokens" in body and "max_completion_tokens" in target.get("quirks", ()):
        yield "max_tokens is sent to a model that refuses it"
    if "max_tokens" in body and "max_completion_tokens" in body:
        yield "two limits of output are sent"
    if not body.get("max_tokens") and not body.get("max_completion_tokens"):
        yield "no limit of output is sent"


def _roles(body, allowed):
    for message in body.get("messages") or []:
        if message.get("role") not in allowed:
            yield f"role {message.get('role')} is unknown to the vendor"


def _part_kinds(body, allowed):
    for part in parts_of(body):
        if part.get("type") not in allowed:
            yield f"a part of type {part.get('type')} is unknown to the vendor"


def _thinks(body, target):
    """Is thinking on, as far as the request says or the model does by itself?"""
    said = (body.get("thinking") or {}).get("type")
    if said is None and "enable_thinking" in body:
        said = "enabled" if body["enable_thinking"] else "disabled"
    by_itself = target.get("thinking") in ("default", "always")
    return said != "disabled" if by_itself else said == "enabled"


def _forced(body, target):
    choice = body.get("tool_choice")
    forced = isinstance(choice, dict) or choice == "required"
    if forced and "no_forced_tool_thinking" in target.get("quirks", ()) and _thinks(body, target):
        yield "a forced tool while thinking"


def deepseek(body, call, target):
    yield from openai_like(body, call, target)
    yield from _roles(body, ("system", "user", "assistant", "tool"))
    yield from _part_kinds(body, DEEPSEEK_PARTS)
    yield from _forced(body, target)
    if (body.get("response_format") or {}).get("type") == "json_schema":
        yield "json_schema is unknown to the vendor"
    if "replay_thinking" in target.get("quirks", ()) and _thinks(body, target):
        for message in body.get("messages") or []:
            if message.get("tool_calls") and not isinstance(message.get("reasoning_content"), str):
                yield "a tool call of the history lacks its reasoning_content"


def qwen(body, call, target):
    yield from openai_like(body, call, target)
    yield from _roles(body, ("system", "user", "assistant", "tool"))
    yield from _part_kinds(body, QWEN_PARTS)
    for part in parts_of(body):
        data = (part.get("input_audio") or {}).get("data", "data:")
        if not data.startswith(("data:", "http")):
            yield "audio is neither an address nor a data address"
    yield from _forced(body, target)
    yield from _qwen_sampling(body)
    if "thinking_streams_only" in target.get("quirks", ()) and _thinks(body, target) and \
            not body.get("stream"):
        yield "thinking without a stream"


def _qwen_sampling(parameters):
    if not 0 <= parameters.get("temperature", 0) < 2:
        yield f"temperature is {parameters['temperature']}"
    if not 0 < parameters.get("top_p", 1) <= 1:
        yield f"top_p is {parameters['top_p']}"
    if not 0 <= (parameters.get("top_logprobs") or 0) <= 5:
        yield f"top_logprobs is {parameters['top_logprobs']}"
    if "frequency_penalty" in parameters:
        yield "frequency_penalty is unknown to the vendor"


def qwen_native(body, call, target):
    yield from _unknown(body, {"model", "input", "parameters"})
    parts = parts_of(body.get("input") or {})
    media = any({"image", "audio", "video"} & set(part) for part in parts)
    multimodal = media or "multimodal_path" in target.get("quirks", ())
    kind = "multimodal" if multimodal else "text"
    if call["path"] != f"/services/aigc/{kind}-generation/generation":
        yield f"path is {call['path']}"
    parameters = body.get("parameters") or {}
    inputs = body.get("input") or {}
    headers = {name.lower(): value for name, value in call["headers"].items()}
    if call["stream"] != (headers.get("x-dashscope-sse") == "enable") or \
            call["stream"] != bool(parameters.get("incremental_output")):
        yield "a stream needs its header and incremental_output"
    if parameters.get("result_format") != "message":
        yield f"result_format is {parameters.get('result_format')}"
    yield from _roles(inputs, ("system", "user", "assistant", "tool"))
    yield from _qwen_sampling(parameters)
    yield from _forced({**body, **parameters}, target)
    if any(("type" in part) == multimodal for part in parts):
        yield "parts have a type under text-generation, and none under multimodal-generation"


CHECKS = {"openai": openai, "anthropic": anthropic, "deepseek": deepseek, "qwen": qwen,
          "qwen_native": qwen_native}
