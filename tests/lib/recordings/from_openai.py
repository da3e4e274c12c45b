"""What an OpenAI-shaped answer means: OpenAI's own, DeepSeek's, Qwen's in compatible mode."""
import json

from . import faults, sse
from .model import Answer, Choice, Tool, Usage, count, member, number

FINISHES = ("stop", "length", "tool_calls", "content_filter", "function_call")
TIERS = ("auto", "default", "flex", "scale", "priority", "fast")
NO_CAPACITY = "insufficient_system_resource"  # DeepSeek: generation cut short

TOP = ("id", "object", "created", "model", "choices", "usage", "service_tier",
       "system_fingerprint", "obfuscation")
CHOICE = ("index", "finish_reason", "logprobs", "message", "delta")
MESSAGE = ("role", "content", "reasoning_content", "refusal", "tool_calls")


def read_reply(body, dialect):
    """A whole body with a good status."""
    answer = Answer()
    if isinstance(body, dict) and _is_error(body):
        return _fault(answer, dialect, faults.said(body))
    if not isinstance(body, dict) or not body.get("choices"):
        return broken(answer, faults.GARBAGE)
    read_head(answer, body)
    for place, raw in enumerate(body["choices"]):
        choice = answer.choice(raw.get("index", place))
        _message(choice, raw.get("message") or {})
        _choice(choice, raw)
        if raw.get("finish_reason") == NO_CAPACITY:
            return broken(answer, faults.BUSY)
    return answer.without_reasons()


def read_stream(text, dialect, _request=None):
    answer, ended = Answer(), False
    for event in sse.events(text):
        if not (event.data or "").strip():
            answer.keep_alives += bool(event.comments)
            continue
        if event.data.strip() == "[DONE]":
            ended = True
            break
        try:
            chunk = json.loads(event.data)
        except ValueError:
            return broken(answer, faults.GARBAGE)
        if not isinstance(chunk, dict):
            return broken(answer, faults.GARBAGE)
        if _is_error(chunk) or event.name == "error":
            return _fault(answer, dialect, faults.said(chunk))
        if not _chunk(answer, chunk):
            return broken(answer, faults.BUSY)
    if ended and not answer.choices:
        return broken(answer, faults.BLANK)
    return answer.close(ended)


def _is_error(body):
    """DashScope writes code and message without an envelope at times."""
    return bool(body.get("error") or
                (body.get("code") and "message" in body and "choices" not in body))


def _chunk(answer, chunk):
    """False when the vendor ran out of capacity before it had said anything."""
    before = list(answer.more)
    read_head(answer, chunk)
    if "choices" not in chunk:  # a ping, or a remark of somebody on the way
        answer.more = before
    for place, raw in enumerate(chunk.get("choices") or []):
        choice = answer.choice(raw.get("index", place))
        delta = raw.get("delta") or {}
        if raw.get("finish_reason") == NO_CAPACITY and choice == Choice():
            return False
        _message(choice, delta)
        _choice(choice, raw)
    return True


def broken(answer, verdict):
    answer.outcome, answer.fault = "fault", verdict
    return answer


def _fault(answer, dialect, said):
    return broken(answer, faults.verdict(dialect, said))


def read_head(answer, body):
    """The members around the choices; a later usage replaces an earlier one."""
    answer.id = answer.id or body.get("id")
    answer.model = answer.model or body.get("model")
    answer.created = answer.created or body.get("created")
    if body.get("service_tier") in TIERS:  # the schema allows no others
        answer.service_tier = body["service_tier"]
    answer.fingerprint = body.get("system_fingerprint") or answer.fingerprint
    if isinstance(body.get("usage"), dict):
        answer.usage = usage(body["usage"]) or answer.usage
    answer.more += _others(body, TOP)
    answer.left_out["obfuscation"] += "obfuscation" in body


def _others(obj, known):
    """Members nobody has to understand. A null may be left out where the schema forbids it."""
    return [(name, value) for name, value in obj.items()
            if name not in known and value is not None]


def _choice(choice, raw):
    finish = raw.get("finish_reason")
    if finish and finish != "null":
        choice.finish = finish_of(finish)
    choice.more_choice += _others(raw, CHOICE)
    for name, tokens in (raw.get("logprobs") or {}).items():
        if isinstance(tokens, list):
            choice.logprobs = choice.logprobs or {}
            choice.logprobs.setdefault(name, []).extend(tokens)


def finish_of(word):
    if word == NO_CAPACITY:
        return "length"
    return word if word in FINISHES else "stop"


def _message(choice, message):
    choice.text += string(message.get("content"))
    choice.reasoning += string(message.get("reasoning_content"))
    choice.refusal += string(message.get("refusal"))
    read_tools(choice, message.get("tool_calls") or [])
    choice.more += _others(message, MESSAGE)


def string(value):
    return value if isinstance(value, str) else ""


def read_tools(choice, calls):
    """Calls count in the order they come: vendors may begin at 1, or leave numbers out."""
    for place, raw in enumerate(calls):
        index = raw.get("index")
        index = place if index is None else index
        if index not in choice.indexes:
            choice.indexes.append(index)
            choice.tools.append(Tool())
        choice.tools[choice.indexes.index(index)].add(raw)


def usage(raw):
    """Inclusive numbers taken apart; where details are absent nothing was of that class. Without
    both sums nothing was told."""
    if not (number(raw.get("prompt_tokens")) and number(raw.get("completion_tokens"))):
        return None
    details, out = raw.get("prompt_tokens_details"), raw.get("completion_tokens_details")
    cached = count(member(details, "cached_tokens")) or count(raw.get("prompt_cache_hit_tokens"))
    written = count(member(details, "cache_write_tokens")) or \
        count(member(details, "cache_creation_input_tokens"))
    audio, image = count(member(details, "audio_tokens")), count(member(details, "image_tokens"))
    spoken = count(member(out, "audio_tokens"))
    return Usage.of(
        reasoning=count(member(out, "reasoning_tokens")),
        input=count(raw.get("prompt_tokens")) - cached - written - audio - image,
        cache_read=cached, cache_write=written, input_audio=audio, input_image=image,
        output=count(raw.get("completion_tokens")) - spoken, output_audio=spoken)
