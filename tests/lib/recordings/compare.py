"""Differences between what a vendor said and what a client of ours is told."""
import json
from collections import Counter


def answers(want, got, gathered=False):
    """Sentences, the first difference of each kind. `gathered`: a stream told as one reply."""
    yield from _heads(want, got)
    lost = _names_lost if gathered else _lost
    if sorted(want.choices) != sorted(got.choices):
        yield f"choices are {sorted(got.choices)}, should be {sorted(want.choices)}"
        return
    for index in sorted(want.choices):
        for difference in _choices(want.choices[index], got.choices[index], lost):
            yield f"choice {index}: {difference}"
    yield from lost("top level", want.more, got.more)


def usages(want, classes, numbers):
    """`classes`: what is billed; `numbers`: what an OpenAI client is told, None when nothing."""
    if want is None:
        if classes is not None:
            yield "usage is made up: the vendor told none"
        if numbers is not None:
            yield "the client is told a usage that the vendor did not tell"
        return
    if classes is None:
        yield "the vendor's usage is lost"
        return
    for name, tokens in want.classes.items():
        if classes.classes.get(name) != tokens:
            yield f"usage.{name} is {classes.classes.get(name)}, should be {tokens}"
    if classes.reasoning != want.reasoning:
        yield f"usage.reasoning is {classes.reasoning}, should be {want.reasoning}"
    for name, tokens in want.openai().items():
        if (numbers or {}).get(name) != tokens:
            yield f"usage.{name} is {(numbers or {}).get(name)}, should be {tokens}"


def _heads(want, got):
    if want.id and got.id != want.id:
        yield f"id is {got.id!r}, should be {want.id!r}"
    if want.model and got.model != want.model:
        yield f"model is {got.model!r}, should be {want.model!r}"
    if isinstance(want.created, int) and want.created and got.created != want.created:
        yield f"created is {got.created!r}, should be {want.created!r}"
    if want.fingerprint and got.fingerprint != want.fingerprint:
        yield f"system_fingerprint is {got.fingerprint!r}, should be {want.fingerprint!r}"
    if want.service_tier and got.service_tier != want.service_tier:
        yield f"service_tier is {got.service_tier!r}, should be {want.service_tier!r}"


def _choices(want, got, lost):
    for name in ("text", "reasoning", "refusal"):
        yield from _texts(name, getattr(want, name), getattr(got, name))
    if want.finish != got.finish:
        yield f"finish_reason is {got.finish!r}, should be {want.finish!r}"
    yield from _tool_lists(want.tools, got.tools)
    yield from _logprobs(want.logprobs or {}, got.logprobs or {})
    yield from lost("choice", want.more_choice, got.more_choice)
    yield from lost("message", want.more, got.more)


def _whole(text):
    """Halves of a character beyond 16 bits that came in two pieces, put together."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _texts(name, want, got):
    want, got = _whole(want), _whole(got)
    if want != got:
        at = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b),
                  min(len(want), len(got)))
        yield (f"{name} differs at character {at} of {len(want)} (got {len(got)}): "
               f"{got[at:at + 20]!r}, should be {want[at:at + 20]!r}")


def _tool_lists(want, got):
    if len(want) != len(got):
        yield f"{len(got)} tool calls, should be {len(want)}"
        return
    ids = [tool.id for tool in got]
    if len(set(ids)) != len(ids) or not all(ids):
        yield f"tool ids are not distinct names: {ids}"
    for place, (a, b) in enumerate(zip(want, got)):
        for difference in _tools(a, b):
            yield f"tool {place}: {difference}"


def _tools(want, got):
    if want.id and got.id != want.id:
        yield f"id is {got.id!r}, should be {want.id!r}"
    if want.custom != got.custom:
        yield "a call of a custom tool is one of a function, or the other way round"
    if want.name != got.name:
        yield f"name is {got.name!r}, should be {want.name!r}"
    same = str.__eq__ if want.custom else _same_json
    if not same(want.arguments, got.arguments):
        yield f"arguments are {got.arguments!r:.80}, should be {want.arguments!r:.80}"


def _same_json(want, got):
    """Equal as JSON; what is no JSON (cut off by a limit) must be equal byte by byte. A call
    without any arguments may say so with an empty object."""
    if want == got or (not want and got == "{}"):
        return True
    try:
        return canonical(json.loads(want)) == canonical(json.loads(got))
    except (TypeError, ValueError):
        return False


def _logprobs(want, got):
    for name, tokens in want.items():
        if tokens and got.get(name) != tokens:
            yield f"logprobs.{name} is changed or lost"


def _lost(where, want, got):
    """Members that nobody has to understand must come out as they went in."""
    missing = Counter(map(canonical, want)) - Counter(map(canonical, got))
    for name in sorted({json.loads(item)[0] for item in missing}):
        yield f"{where}: member {name!r} is changed or lost"


def _names_lost(where, want, got):
    """Of a stream told as one reply the last value counts, or all of a list's."""
    for name in sorted({name for name, _ in want} - {name for name, _ in got}):
        yield f"{where}: member {name!r} is lost"


def canonical(value):
    return json.dumps(value, sort_keys=True)
