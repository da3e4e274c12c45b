"""The gateway's dialects against the mock: two readings of the same vendors, made apart.

What the dialects write must be taken, and what the mock answers must be read as the ledger has it.
"""
import json
import os
import shutil
import sys

import pytest

from mock_vendors import function, user

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib/recordings"))

import pipe as dialect_pipe  # noqa: E402

BASES = {"openai": "/openai/v1", "anthropic": "/anthropic/v1", "deepseek": "/deepseek",
         "qwen": "/qwen/compatible-mode/v1", "qwen_native": "/qwen/api/v1"}
ALL = ("tools", "custom_tools", "forced_tool", "images", "audio_in", "audio_out", "files", "video",
       "json_object", "json_schema", "n", "logprobs", "prefill")
CHAT = ("tools", "forced_tool", "images", "json_object", "json_schema", "n", "logprobs", "prefill")
REASONER = ("tools", "forced_tool", "images", "json_object", "json_schema", "n", "prefill")
CLAUDE = ("tools", "forced_tool", "images", "json_object", "json_schema")
DEEPSEEK = ("tools", "forced_tool", "json_object", "logprobs", "prefill")
QWEN = ("tools", "forced_tool", "json_object", "json_schema", "n", "logprobs", "prefill")
QWEN_THINKER = ("tools", "forced_tool", "images", "n", "logprobs", "prefill")
LATE_CLAUDE = ["no_sampling", "adaptive_thinking", "no_forced_tool_thinking"]
LATE_QWEN = ["thinking_streams_only", "no_forced_tool_thinking", "multimodal_path"]
REASONING = ["max_completion_tokens", "no_sampling", "no_stop"]


def model(dialect, name, can, thinking="none", quirks=()):
    return {"dialect": dialect, "upstream": name, "cannot": [f for f in ALL if f not in can],
            "thinking": thinking, "quirks": list(quirks), "image_tokens": 2000}


MODELS = [
    model("openai", "gpt-4o", CHAT),
    model("openai", "gpt-5", REASONER, "always", REASONING),
    model("openai", "gpt-5.2", REASONER, "optional", REASONING),
    model("anthropic", "claude-haiku-4-5", CLAUDE + ("prefill",), "optional", ["no_forced_tool_thinking"]),
    model("anthropic", "claude-opus-4-7", CLAUDE, "optional", LATE_CLAUDE),
    model("anthropic", "claude-opus-5-5", tuple(f for f in CLAUDE if f != "forced_tool"), "always",
          LATE_CLAUDE),
    model("deepseek", "deepseek-flash", DEEPSEEK + ("images",), "default",
          ["no_forced_tool_thinking", "replay_thinking"]),
    model("deepseek", "deepseek-v4-pro", DEEPSEEK, "default", ["no_forced_tool_thinking", "replay_thinking"]),
    model("qwen", "qwen-plus", QWEN),
    model("qwen", "qwen3.6-plus", QWEN_THINKER, "default", LATE_QWEN),
    model("qwen_native", "qwen-plus", QWEN),
    model("qwen_native", "qwen3.6-plus", QWEN_THINKER, "default", LATE_QWEN),
]

WEATHER, CLOCK = function("get_weather"), function("get_time", {})
CALL = {"id": "call_1", "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Ulm"}'}}
OTHER_CALL = {**CALL, "id": "call:2/x"}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
HISTORY = user("Weather?") + [CALLED, RESULT]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}


def with_arguments(text):
    call = {**CALL, "function": {"name": "get_weather", "arguments": text}}
    return user("Weather?") + [{**CALLED, "tool_calls": [call]}, RESULT]


REQUESTS = {
    "plain": {"messages": user("Hi")},
    "system": {"messages": [{"role": "system", "content": "Be brief."}] + user("Hi")},
    "developer in between": {"messages": [{"role": "developer", "content": "Be brief."}] + user("Hi") + [
        {"role": "system", "content": "Go on."}] + user("So?")},
    "two of the user": {"messages": user("Hi") + user("there")},
    "assistant first": {"messages": [{"role": "assistant", "content": "Hello"}] + user("Hi")},
    "named user": {"messages": [{"role": "user", "name": "bob", "content": "Hi"}]},
    "characters": {"messages": user('äöü😀\n\t"\\' * 20)},
    "prefill": {"messages": user("Hi") + [{"role": "assistant", "content": "Well "}]},
    "image": {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}]},
    "tools": {"messages": user("get_weather"), "tools": [WEATHER, CLOCK]},
    "parallel": {"messages": user("get_weather get_time"), "tools": [WEATHER, CLOCK],
                 "parallel_tool_calls": True},
    "one at a time": {"messages": user("get_weather get_time"), "tools": [WEATHER, CLOCK],
                      "parallel_tool_calls": False},
    "required": {"messages": user("Hi"), "tools": [WEATHER], "tool_choice": "required"},
    "named tool": {"messages": user("Hi"), "tools": [WEATHER, CLOCK],
                   "tool_choice": {"type": "function", "function": {"name": "get_time"}}},
    "no tool": {"messages": user("get_weather"), "tools": [WEATHER], "tool_choice": "none"},
    "strict tool": {"messages": user("f"), "tools": [{"type": "function", "function": {
        "name": "f", "strict": True, "parameters": SCHEMA}}]},
    "tool without parameters": {"messages": user("f"), "tools": [{"type": "function",
                                                                  "function": {"name": "f"}}]},
    "history": {"messages": HISTORY, "tools": [WEATHER]},
    "history without tools": {"messages": HISTORY},
    "parallel history": {"messages": user("Weather?") + [
        {"role": "assistant", "content": "I look.", "tool_calls": [CALL, OTHER_CALL]}, RESULT,
        {"role": "tool", "tool_call_id": "call:2/x", "content": [{"type": "text", "text": "rain"}]}],
        "tools": [WEATHER]},
    "empty arguments": {"messages": with_arguments(""), "tools": [WEATHER]},
    "broken arguments": {"messages": with_arguments('{"a'), "tools": [WEATHER]},
    "json": {"messages": user("as json"), "response_format": {"type": "json_object"}},
    "schema": {"messages": user("Hi"), "response_format": {"type": "json_schema", "json_schema": {
        "name": "s", "strict": True, "schema": SCHEMA}}},
    "n": {"messages": user("Hi"), "n": 2},
    "logprobs": {"messages": user("Hi"), "logprobs": True, "top_logprobs": 20},
    "sampling": {"messages": user("Hi"), "temperature": 1.7, "top_p": 0.5, "seed": 1, "user": "u",
                 "frequency_penalty": 1, "presence_penalty": 1, "stop": ["x", " "]},
    "hottest": {"messages": user("Hi"), "temperature": 2, "top_p": 0},
    "four stops": {"messages": user("Hi"), "stop": list("abcd")},
    "effort none": {"messages": user("Hi"), "reasoning_effort": "none"},
    "effort minimal": {"messages": user("Hi"), "reasoning_effort": "minimal"},
    "effort high": {"messages": user("Hi"), "reasoning_effort": "high"},
    "effort and forced tool": {"messages": user("Hi"), "reasoning_effort": "high", "tools": [WEATHER],
                               "tool_choice": "required"},
    "effort and history": {"messages": HISTORY, "reasoning_effort": "high", "tools": [WEATHER]},
    "effort in little room": {"messages": user("Hi"), "reasoning_effort": "high",
                              "max_completion_tokens": 500},
    "one token": {"messages": user("Hi"), "max_tokens": 1},
    "what not all have": {"messages": user("Hi"), "prompt_cache_key": "k", "metadata": {"a": "b"},
                          "store": True, "service_tier": "flex"},
}


@pytest.fixture(scope="module")
def dialects():
    program, made = dialect_pipe.find(None)
    yield dialect_pipe.Pipe(program)
    if made:
        shutil.rmtree(made)


def tokens(usage):
    """As the ledger tells it, which takes images for input."""
    classes = {**usage.get("tokens", usage)}
    told = {name: classes.get(name, 0) for name in
            ("input", "cache_read", "cache_write", "cache_write_long", "output", "reasoning")}
    told["input"] += classes.get("input_image", 0)
    return told


def headers_of(call):
    headers = call.get("headers") or {}
    return headers if isinstance(headers, dict) else {h["name"]: h["value"] for h in headers}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", REQUESTS)
def test_call_and_answer(vendors, dialects, name, stream):
    body = {"model": "m", **REQUESTS[name], "stream": stream}
    if stream:
        body["stream_options"] = {"include_usage": True}
    calls = dialects.run("request", {"targets": MODELS}, json.dumps(body))["calls"]
    assert len(calls) == len(MODELS)
    served = 0
    for target, call in zip(MODELS, calls):
        if "fault" in call:  # the dialect itself says that this model cannot
            continue
        served += 1
        what = "%s %s: " % (target["dialect"], target["upstream"])
        path = BASES[target["dialect"]] + call["path"]
        status, head, text = vendors.call("POST", path, call["body"].encode(),
                                          vendors.headers(path, headers_of(call)))
        assert status == 200 and "event:error" not in text, what + text
        verb = "stream" if head["content-type"].startswith("text/event-stream") else "reply"
        read = dialects.run(verb, {"target": target, "include_usage": True, "event_bytes": 1,
                                   "replay_bytes": 1}, text)
        assert not read.get("fault"), what + str(read["fault"])
        line = vendors.ledger()[-1]
        assert tokens(read["usage"]) == line["reported"], what + str(read["usage"])
        assert sum(line["usage"][c] for c in ("input", "cache_read")) <= call["tokens_bound"], what
    assert served
