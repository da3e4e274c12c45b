"""What an answer of DashScope's native mode means."""
import json
import re

from . import faults, sse
from .from_openai import broken, finish_of, read_tools
from .model import Answer, Choice, Usage, count, member, number


def read_reply(body, _dialect=None):
    answer = Answer()
    if not isinstance(body, dict) or not isinstance(body.get("output"), dict):
        if isinstance(body, dict) and body.get("code"):
            return broken(answer, faults.verdict("qwen_native", faults.said(body)))
        return broken(answer, faults.GARBAGE)
    for index, finish, message in _choices(body["output"]):
        choice = answer.choice(index)
        _add(choice, message)
        choice.finish = finish_of(finish) if finish else None
    _around(answer, body)
    return answer.without_reasons()


def read_stream(text, _dialect=None, request=None):
    answer, increments = Answer(), incremental(request, text)
    for event in sse.events(text):
        if not (event.data or "").strip():
            answer.keep_alives += bool(event.comments)
            continue
        try:
            data = json.loads(event.data)
        except ValueError:
            return broken(answer, faults.GARBAGE)
        if event.name == "error" or not isinstance(data.get("output"), dict):
            said = faults.said(data, _status(event))
            return broken(answer, faults.verdict("qwen_native", said))
        for index, finish, message in _choices(data["output"]):
            if not increments:  # each event repeats all so far
                finished = answer.choice(index).finish
                answer.choices[index] = Choice(finish=finished)
            choice = answer.choice(index)
            _add(choice, message)
            choice.finish = finish_of(finish) if finish else choice.finish
        _around(answer, data)
    return answer.close(False)


def incremental(request, text):
    """Did the stream's request ask for increments? Where no request was recorded: do the
    texts look like them?"""
    if isinstance(request, str):
        try:
            request = json.loads(request.removeprefix("\ufeff"))
        except ValueError:
            request = None
    if isinstance(request, dict):
        return member(request, "parameters", "incremental_output") is True
    so_far = [_text_so_far(event.data) for event in sse.events(text) if event.data]
    pairs = list(zip(so_far, so_far[1:]))
    return not pairs or not all(later.startswith(earlier) for earlier, later in pairs)


def _text_so_far(data):
    try:
        output = json.loads(data).get("output") or {}
    except ValueError:
        return ""
    return "".join(text_of(message.get("content")) for _, _, message in _choices(output))


def _status(event):
    """Hidden in a comment: `:HTTP_STATUS/400`."""
    for comment in event.comments:
        found = re.fullmatch(r"HTTP_STATUS/(\d+)", comment.strip())
        if found:
            return int(found.group(1))
    return 0


def _choices(output):
    """(index, finish reason or None, message) of both forms of result."""
    if isinstance(output.get("choices"), list):
        found = [(raw.get("index", place), raw.get("finish_reason"), raw.get("message") or {})
                 for place, raw in enumerate(output["choices"])]
    else:
        found = [(0, output.get("finish_reason"), {"content": output.get("text")})]
    return [(index, None if finish == "null" else finish, message)
            for index, finish, message in found]


def text_of(content):
    """A string, or the text of a list of parts."""
    if isinstance(content, list):
        return "".join(member(part, "text") or "" for part in content)
    return content or ""


def _add(choice, message):
    choice.text += text_of(message.get("content"))
    choice.reasoning += message.get("reasoning_content") or ""
    read_tools(choice, message.get("tool_calls") or [])


def _around(answer, body):
    answer.id = answer.id or body.get("request_id")
    if isinstance(body.get("usage"), dict):
        answer.usage = usage(body["usage"]) or answer.usage


def usage(raw):
    if not (number(raw.get("input_tokens")) and number(raw.get("output_tokens"))):
        return None
    details = raw.get("prompt_tokens_details")
    cached = count(member(details, "cached_tokens"))
    written = count(member(details, "cache_creation_input_tokens"))
    inputs = raw.get("input_tokens_details")
    image = count(member(inputs, "image_tokens")) or count(raw.get("image_tokens"))
    audio = count(member(inputs, "audio_tokens")) or count(raw.get("audio_tokens"))
    return Usage.of(
        reasoning=count(member(raw, "output_tokens_details", "reasoning_tokens")),
        input=count(raw.get("input_tokens")) - cached - written - image - audio,
        cache_read=cached, cache_write=written, input_image=image, input_audio=audio,
        output=count(raw.get("output_tokens")))
