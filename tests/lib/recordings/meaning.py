"""What a client asked for in OpenAI's words must be asked for in Anthropic's too. `reported` are
the members whose change the client is told of. Each check yields sentences."""
from .model import member
from .wire import blocks_of, parts_of

CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def anthropic(body, sent, reported):
    for check in (_tool_choice, _parallel, _stops, _limit, _tools, _images, _sampling):
        yield from check(body, sent, reported)


def _tool_choice(body, sent, reported):
    asked, choice = body.get("tool_choice"), sent.get("tool_choice") or {}
    if "tool_choice" in reported or not body.get("tools"):
        return
    name = member(asked, "function", "name")
    if name and (choice.get("type"), choice.get("name")) != ("tool", name):
        yield f"tool_choice is {choice}, asked was {name}"
    want = CHOICES.get(asked) if isinstance(asked, str) else None
    if want and choice.get("type", "auto") != want:
        yield f"tool_choice is {choice}, asked was {asked}"


def _parallel(body, sent, reported):
    one_by_one = body.get("parallel_tool_calls") is False and body.get("tools")
    if not one_by_one or body.get("tool_choice") == "none" or "tool_choice" in reported:
        return
    if not member(sent, "tool_choice", "disable_parallel_tool_use"):
        yield "parallel calls are not switched off"


def _stops(body, sent, reported):
    stops = body.get("stop") or []
    stops = [s for s in ([stops] if isinstance(stops, str) else stops) if s.strip()]
    if "stop" not in reported and stops != (sent.get("stop_sequences") or []):
        yield f"stop_sequences are {sent.get('stop_sequences')}, asked were {stops}"


def _limit(body, sent, _reported):
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit and sent.get("max_tokens") != limit:
        yield f"max_tokens is {sent.get('max_tokens')}, asked was {limit}"


def _tools(body, sent, _reported):
    sent_tools = {tool.get("name"): tool for tool in sent.get("tools") or []}
    for tool in body.get("tools") or []:
        function = tool.get("function") or {}
        got = sent_tools.get(function.get("name"))
        if got and (got.get("description") or "") != (function.get("description") or ""):
            yield f"the description of {function['name']} is changed or lost"
        if got and not _same_schema(function.get("parameters"), got.get("input_schema")):
            yield f"the parameters of {function['name']} are changed or lost"


def _same_schema(asked, sent):
    """Anthropic wants an object; a schema that says nothing is one without members."""
    return all(sent.get(name) == value for name, value in (asked or {}).items() if name != "type")


def _images(body, sent, _reported):
    asked = []  # in order: (media type, data) or (address,)
    for part in parts_of(body):
        if part.get("type") == "image_url":
            head, comma, data = part["image_url"]["url"].partition(";base64,")
            kind = head.removeprefix("data:").partition(";")[0]  # parameters may follow it
            asked.append((kind, data) if comma else (head,))
    sources = [block["source"] for message in sent.get("messages") or []
               for block in blocks_of(message) if block.get("type") == "image"]
    if asked != [(s["media_type"], s["data"]) if s.get("type") == "base64" else (s.get("url"),)
                 for s in sources]:
        yield "images are changed or lost"


def _sampling(body, sent, reported):
    for name in ("temperature", "top_p"):
        if name in sent and name not in reported and sent[name] != body.get(name):
            yield f"{name} is {sent[name]}, asked was {body.get(name)}"
