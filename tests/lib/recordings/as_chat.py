"""A vendor's request as the client's that it could have come from: OpenAI chat."""
import json


class Untellable(Exception):
    """It holds what no text tells the tokens of; says what."""


def of(recording):
    """The client's body, parsed; Untellable."""
    if not isinstance(recording.request, dict):
        raise Untellable("no request")
    return _READERS[recording.endpoint](recording.request)


def _same(body):
    return body


# --- Anthropic messages ---

def _messages(body):
    chat = {k: body[k] for k in ("model", "max_tokens", "thinking", "stream") if k in body}
    system = body.get("system")
    chat["messages"] = [{"role": "system", "content": _texts(system)}] if system else []
    for message in body.get("messages", []):
        chat["messages"] += _turn(message)
    if body.get("tools"):
        chat["tools"] = [_tool(t) for t in body["tools"]]
    form = (body.get("output_config") or {}).get("format") or body.get("output_format")
    if form:
        chat["response_format"] = {"type": "json_schema", "json_schema":
                                   {"name": "answer", "schema": form.get("schema", {})}}
    return chat


def _blocks(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def _texts(content):
    blocks = _blocks(content)
    for block in blocks:
        if block["type"] != "text":
            raise Untellable(block["type"])
    return "\n".join(b["text"] for b in blocks)


def _turn(message):
    """One message of Anthropic's: its results are messages of their own."""
    parts, calls, thoughts, results = [], [], [], []
    for block in _blocks(message["content"]):
        kind = block["type"]
        if kind == "text":
            parts.append({"type": "text", "text": block["text"]})
        elif kind == "image":
            parts.append(_image(block["source"]))
        elif kind == "document":
            parts.append({"type": "file", "file": {"filename": "a.pdf", "file_data": ""}})
        elif kind == "tool_use":
            calls.append({"id": block["id"], "type": "function", "function": {
                "name": block["name"], "arguments": json.dumps(block["input"])}})
        elif kind == "tool_result":
            results.append({"role": "tool", "tool_call_id": block["tool_use_id"],
                            "content": _texts(block.get("content"))})
        elif kind == "thinking":
            thoughts.append(block["thinking"])
        else:
            raise Untellable(kind)
    turn = {"role": message["role"]}
    turn["content"] = parts or None
    if calls:
        turn["tool_calls"] = calls
    if thoughts:
        turn["reasoning_content"] = "\n".join(thoughts)
    return results + ([turn] if parts or calls else [])


def _image(source):
    if source["type"] == "url":
        url = source["url"]
    else:
        url = f"data:{source['media_type']};base64,{source['data']}"
    return {"type": "image_url", "image_url": {"url": url}}


def _tool(tool):
    if tool.get("type", "custom") != "custom":
        raise Untellable("a tool of the vendor's own")
    return {"type": "function", "function": {"name": tool["name"],
                                             "description": tool.get("description", ""),
                                             "parameters": tool.get("input_schema", {})}}


# --- Qwen's own form ---

def _native(body):
    given, parameters = body.get("input", {}), body.get("parameters") or {}
    messages = given.get("messages")
    if messages is None:
        messages = [{"role": "user", "content": given["prompt"]}]
    chat = {"model": body.get("model"), "messages": [_native_message(m) for m in messages]}
    for name in ("tools", "response_format", "enable_thinking", "n", "max_tokens"):
        if parameters.get(name) is not None:
            chat[name] = parameters[name]
    return chat


def _native_message(message):
    if not isinstance(message.get("content"), list):
        return message
    return {**message, "content": [_native_part(p) for p in message["content"]]}


def _native_part(part):
    if "text" in part:
        return {"type": "text", "text": part["text"]}
    if "image" in part:
        return {"type": "image_url", "image_url": {"url": part["image"]}}
    raise Untellable(next(iter(part), "an empty part"))


_READERS = {"chat": _same, "messages": _messages, "ds-text": _native, "ds-mm": _native}
