"""What is answered: tools, JSON, thinking, limits, choices, caches; and that it is always the same."""
import json

import jsonschema
import pytest

from mock_vendors import (ANTHROPIC, DEEPSEEK, NATIVE, OPENAI, QWEN, SSE, anthropic_tool, function,
                          order, user)

WEATHER = function("get_weather", {"city": {"type": "string"}, "days": {"type": "integer"}})
CLOCK = function("get_time", {})
TOOLS = [WEATHER, CLOCK]


def openai(text="Hi", **members):
    return {"model": "gpt-4o", "messages": user(text), **members}


def claude(text="Hi", **members):
    return {"model": "claude-haiku-4-5", "max_tokens": 2048, "messages": user(text), **members}


def gathered(stream):
    """An OpenAI stream put together: (text, calls, finish)"""
    text, calls, finish = "", {}, None
    for choice in (c for e in stream if not e.done for c in e.data["choices"]):
        delta = choice["delta"]
        text += delta.get("content") or ""
        finish = choice.get("finish_reason") or finish
        for call in delta.get("tool_calls", []):
            mine = calls.setdefault(call["index"], {"name": "", "arguments": ""})
            mine["name"] += call["function"].get("name") or ""
            mine["arguments"] += call["function"]["arguments"]
    return text, list(calls.values()), finish


def test_same_prompt_same_answer(vendors):
    texts = [vendors.whole(OPENAI, openai(p))["choices"][0]["message"]["content"]
             for p in ("one", "one", "two")]
    assert texts[0] == texts[1] != texts[2]
    ids = {vendors.whole(OPENAI, openai("one"))["id"] for _ in range(10)}
    assert len(ids) == 10


def test_stream_says_the_same_as_the_whole_answer(vendors):
    whole = vendors.whole(OPENAI, openai())["choices"][0]["message"]["content"]
    assert gathered(vendors.stream(OPENAI, openai(stream=True)))[0] == whole


def test_tokens(vendors):
    usage = vendors.whole(OPENAI, openai("12345", max_tokens=10))["usage"]
    assert usage["prompt_tokens"] == 3 + 3 + 2
    assert usage["completion_tokens"] == 10
    answer = vendors.whole(OPENAI, openai(order(tokens=40)))
    assert answer["usage"]["completion_tokens"] == 40
    assert len(answer["choices"][0]["message"]["content"]) == 160


def test_a_prompt_counts_no_more_tokens_than_bytes(vendors):
    for body in (openai("a"), openai("ä€😀\n" * 50, tools=TOOLS),
                 openai(messages=user("x") + [{"role": "assistant", "content": "y"}] * 20)):
        assert vendors.whole(OPENAI, body)["usage"]["prompt_tokens"] <= len(json.dumps(
            body, ensure_ascii=False).encode())


def test_escapes_count_as_what_they_stand_for(vendors):
    plain = json.dumps(openai("ä€😀" * 9), ensure_ascii=False)
    escaped = json.dumps(openai("ä€😀" * 9), ensure_ascii=True)
    tokens = [json.loads(vendors.call("POST", OPENAI, body.encode(), vendors.headers(OPENAI))[2])
              ["usage"]["prompt_tokens"] for body in (plain, escaped)]
    assert tokens[0] == tokens[1] == 6 + (9 * 9 + 3) // 4


@pytest.mark.parametrize("limit,finish", [(16, "stop"), (15, "length")])
def test_limit(vendors, limit, finish):
    answer = vendors.whole(OPENAI, openai(max_tokens=limit))
    assert answer["choices"][0]["finish_reason"] == finish
    assert answer["usage"]["completion_tokens"] == limit


def test_thinking_is_counted_first(vendors):
    body = {"model": "deepseek-flash", "messages": user("Hi"), "max_tokens": 5}
    choice = vendors.whole(DEEPSEEK, body)["choices"][0]
    assert choice["finish_reason"] == "length" and choice["message"]["content"] == ""
    assert len(choice["message"]["reasoning_content"]) == 20


def test_stop(vendors):
    said = order(text="one two three four")
    answer = vendors.whole(OPENAI, openai(said, stop=["four", " three"]))
    assert answer["choices"][0]["message"]["content"] == "one two"
    assert answer["choices"][0]["finish_reason"] == "stop"
    answer = vendors.whole(ANTHROPIC, claude(said, stop_sequences=[" three"]))
    assert answer["content"][0]["text"] == "one two"
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", " three")


def test_echo_keeps_characters_whole(vendors):
    text = "äöü€😀 ünïcödé " * 3 + order(echo=True)
    stream = vendors.stream(OPENAI, openai(text, stream=True))
    assert gathered(stream)[0] == text


def test_a_limit_cuts_no_character(vendors):
    answer = vendors.whole(OPENAI, openai("€€€€" + order(echo=True), max_tokens=1))
    assert answer["choices"][0]["message"]["content"] == "€"


@pytest.mark.parametrize("chunks", [1, 2, 5])
def test_chunks(vendors, chunks):
    stream = vendors.stream(OPENAI, openai(order(chunks=chunks, tokens=20), stream=True))
    assert len([e for e in stream if not e.done and e.data["choices"][0]["delta"].get("content")]) == chunks


# --- tools ---

def calls_of(answer):
    return [c["function"] for c in answer["choices"][0]["message"].get("tool_calls", [])]


@pytest.mark.parametrize("path,model", [(OPENAI, "gpt-4o"), (DEEPSEEK, "deepseek-flash"),
                                        (QWEN, "qwen-plus")])
def test_tools_that_are_named_are_called(vendors, path, model):
    body = {"model": model, "messages": user("get_weather, then get_time"), "tools": TOOLS,
            "parallel_tool_calls": True}
    answer = vendors.whole(path, body)
    assert [c["name"] for c in calls_of(answer)] == ["get_weather", "get_time"]
    jsonschema.validate(json.loads(calls_of(answer)[0]["arguments"]),
                        WEATHER["function"]["parameters"])
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
    text, calls, finish = gathered(vendors.stream(path, {**body, "stream": True}))
    assert calls == calls_of(answer) and text == "" and finish == "tool_calls"


def test_tool_choice(vendors):
    def called(text="Hi", **members):
        return [c["name"] for c in calls_of(vendors.whole(OPENAI, openai(text, tools=TOOLS, **members)))]
    assert called() == []
    assert called(tool_choice="required") == ["get_weather"]
    assert called("get_time", tool_choice="required") == ["get_time"]
    assert called("get_time", tool_choice="none") == []
    named = {"type": "function", "function": {"name": "get_time"}}
    assert called("get_weather", tool_choice=named) == ["get_time"]
    assert called("get_weather get_time", parallel_tool_calls=False) == ["get_weather"]
    assert called(order(tool_calls=3)) == ["get_weather", "get_time", "get_weather"]


def test_a_result_is_not_answered_with_a_call(vendors):
    messages = user("get_weather") + [
        {"role": "assistant", "content": None, "tool_calls": [{
            "id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"}]
    answer = vendors.whole(OPENAI, openai(messages=messages, tools=TOOLS))
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_call_cut_by_the_limit(vendors):
    answer = vendors.whole(OPENAI, openai("get_weather", tools=[WEATHER], max_tokens=5))
    (call,) = calls_of(answer)
    assert answer["choices"][0]["finish_reason"] == "length"
    with pytest.raises(ValueError):
        json.loads(call["arguments"])


def test_anthropic_calls(vendors):
    answer = vendors.whole(ANTHROPIC, claude("get_weather get_time",
                                             tools=[anthropic_tool(t) for t in TOOLS]))
    assert [b["name"] for b in answer["content"]] == ["get_weather", "get_time"]
    assert answer["stop_reason"] == "tool_use"
    assert answer["content"][1]["input"] == {}


# --- JSON ---

SCHEMA = {
    "type": "object", "additionalProperties": False,
    "required": ["name", "age", "size", "kind", "tags", "home", "ratio", "none", "ok", "id"],
    "properties": {
        "name": {"type": "string", "minLength": 7}, "age": {"type": "integer", "minimum": 18},
        "size": {"enum": ["L", "M"]}, "kind": {"const": "person"},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "home": {"$ref": "#/$defs/place"}, "ratio": {"type": "number", "maximum": 0},
        "none": {"type": ["null", "string"]}, "ok": {"anyOf": [{"type": "boolean"}]},
        "id": {"type": "string", "format": "uuid"}, "left": {"type": "string"}},
    "$defs": {"place": {"type": "object", "required": ["city"],
                        "properties": {"city": {"type": "string", "maxLength": 2}}}},
}


def test_schema(vendors):
    body = openai(response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}})
    said = json.loads(vendors.whole(OPENAI, body)["choices"][0]["message"]["content"])
    jsonschema.validate(said, SCHEMA)
    assert "left" not in said
    body = claude(output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    jsonschema.validate(json.loads(vendors.whole(ANTHROPIC, body)["content"][0]["text"]), SCHEMA)


def test_recursive_schema_ends(vendors):
    tree = {"$ref": "#/$defs/node", "$defs": {"node": {
        "type": "object", "required": ["child"], "properties": {"child": {"$ref": "#/$defs/node"}}}}}
    body = openai(response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": tree}})
    assert json.loads(vendors.whole(OPENAI, body)["choices"][0]["message"]["content"])


@pytest.mark.parametrize("more", [
    {"type": "array", "items": {"$ref": "#/$defs/node"}},
    {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}], ids=["list", "nullable"])
def test_recursive_schema_is_kept(vendors, more):
    """As clients make them of classes that hold themselves."""
    node = {"type": "object", "required": ["name", "more"],
            "properties": {"name": {"type": "string"}, "more": more}}
    tree = {**node, "$defs": {"node": node}}
    body = openai(response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": tree}})
    said = json.loads(vendors.whole(OPENAI, body)["choices"][0]["message"]["content"])
    jsonschema.validate(said, tree)
    assert said["more"]


def test_json_object(vendors):
    for path, model in ((OPENAI, "gpt-4o"), (DEEPSEEK, "deepseek-flash"), (QWEN, "qwen-plus")):
        answer = vendors.whole(path, {"model": model, "messages": user("as json"),
                                      "response_format": {"type": "json_object"}})
        assert json.loads(answer["choices"][0]["message"]["content"]) == {"answer": "mock"}


# --- choices, logprobs, refusals ---

def test_choices(vendors):
    answer = vendors.whole(OPENAI, openai(n=3))
    texts = [c["message"]["content"] for c in answer["choices"]]
    assert [c["index"] for c in answer["choices"]] == [0, 1, 2] and len(set(texts)) == 3
    assert answer["usage"]["completion_tokens"] == 48
    stream = [e.data for e in vendors.stream(OPENAI, openai(n=3, stream=True)) if not e.done]
    assert [d["choices"][0]["index"] for d in stream[:9]] == [0, 1, 2] * 3
    for i, text in enumerate(texts):
        mine = [d["choices"][0] for d in stream if d["choices"][0]["index"] == i]
        assert "".join(c["delta"].get("content") or "" for c in mine) == text
        assert mine[-1]["finish_reason"] == "stop"


def test_logprobs(vendors):
    choice = vendors.whole(OPENAI, openai(logprobs=True, top_logprobs=2))["choices"][0]
    tokens = choice["logprobs"]["content"]
    assert "".join(t["token"] for t in tokens) == choice["message"]["content"]
    assert all(len(t["top_logprobs"]) == 2 and t["logprob"] <= 0 for t in tokens)
    assert bytes(tokens[0]["bytes"]).decode() == tokens[0]["token"]
    thinking = vendors.whole(DEEPSEEK, {"model": "deepseek-flash", "messages": user("Hi"),
                                        "logprobs": True})["choices"][0]
    assert set(thinking["logprobs"]) == {"content", "reasoning_content"}


def test_refusals_and_finishes(vendors):
    message = vendors.whole(OPENAI, openai(order(refusal="No.")))["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "No.")
    answer = vendors.whole(ANTHROPIC, claude(order(refusal="No.")))
    assert answer["content"] == [] and answer["stop_details"]["explanation"] == "No."
    body = {"model": "deepseek-flash", "messages": user(order(finish="insufficient_system_resource")),
            "stream": True}
    assert vendors.stream(DEEPSEEK, body)[-2].data["choices"][0]["finish_reason"] == \
        "insufficient_system_resource"


def test_native_thinking(vendors):
    body = {"model": "qwen3-max", "input": {"messages": user("Hi")},
            "parameters": {"enable_thinking": True, "incremental_output": True}}
    messages = [e.data["output"]["choices"][0]["message"] for e in vendors.stream(NATIVE, body, SSE)]
    assert len("".join(m["reasoning_content"] for m in messages)) == 32
    assert len("".join(m["content"] for m in messages)) == 64


# --- caches ---

def test_marked_prefix_is_written_then_read(vendors):
    system = [{"type": "text", "text": "Long instructions. " * 100,
               "cache_control": {"type": "ephemeral"}}]
    body = claude(system=system)
    first, second = (vendors.whole(ANTHROPIC, body)["usage"] for _ in range(2))
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] == 3 + 475
    assert first["cache_read_input_tokens"] == second["cache_creation_input_tokens"] == 0
    assert first["input_tokens"] == second["input_tokens"] == 4
    system[0]["cache_control"]["ttl"] = "1h"
    system[0]["text"] += "!"
    third = vendors.whole(ANTHROPIC, body)["usage"]["cache_creation"]
    assert third == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 479}


def test_repeated_beginnings(vendors):
    long = "Something to remember. " * 400
    body = openai(messages=user(long) + [{"role": "assistant", "content": "x"}] + user("Hi"))
    assert vendors.whole(OPENAI, body)["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    vendors.reset()
    vendors.rules({"cache": "prefix"})
    first, second = (vendors.whole(OPENAI, body)["usage"] for _ in range(2))
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == second["prompt_tokens"] // 128 * 128
    assert first["prompt_tokens"] == second["prompt_tokens"]


def test_cache_by_rule(vendors):
    body = openai(order(cache_read=5, cache_write=3))
    details = vendors.whole(OPENAI, body)["usage"]["prompt_tokens_details"]
    assert (details["cached_tokens"], details["cache_write_tokens"]) == (5, 3)
    usage = vendors.whole(DEEPSEEK, {"model": "deepseek-flash", "messages": user(order(cache_read=5))})["usage"]
    assert usage["prompt_cache_hit_tokens"] == 5
    assert usage["prompt_cache_miss_tokens"] == usage["prompt_tokens"] - 5
