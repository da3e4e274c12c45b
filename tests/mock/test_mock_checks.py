"""What the vendors refuse, the mock refuses; what they take, it takes."""
import json

import pytest

from mock_vendors import (ANTHROPIC, DEEPSEEK, NATIVE, OPENAI, QWEN, SEEING,
                          anthropic_tool, function, user)

TOOL = function("get_weather")
IMAGE = [{"type": "text", "text": "What is this?"},
         {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
CALL = {"id": "call_1", "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Ulm"}'}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}


def openai(**members):
    return OPENAI, {"model": "gpt-4o", "messages": user("Hi"), **members}


def deepseek(**members):
    return DEEPSEEK, {"model": "deepseek-v4-pro", "messages": user("Hi"), **members}


def qwen(**members):
    return QWEN, {"model": "qwen-plus", "messages": user("Hi"), **members}


def native(path=NATIVE, model="qwen-plus", messages=None, **parameters):
    return path, {"model": model, "input": {"messages": messages or user("Hi")},
                  "parameters": parameters}


def claude(**members):
    return ANTHROPIC, {"model": "claude-haiku-4-5", "max_tokens": 2048, "messages": user("Hi"),
                       **members}


USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Ulm"}}
USED = {"role": "assistant", "content": [USE]}


def answer_to(identity, **members):
    return {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": identity, "content": "sunny"}], **members}


CLAUDE_TOOL = anthropic_tool(TOOL)
LOOP = user("Weather?") + [USED, answer_to("toolu_1")]
THINK = {"type": "enabled", "budget_tokens": 1024}
STRICT_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
                 "additionalProperties": False}

# what; the request; status; a piece of the vendor's words
REFUSED = [
    ("model", openai(model="gpt-none"), 404, "The model `gpt-none` does not exist"),
    ("no model", (OPENAI, {"messages": user("Hi")}), 400, "you must provide a model parameter"),
    ("unknown member", openai(top_k=3), 400, "Unrecognized request argument supplied: top_k"),
    ("temperature", openai(temperature=99.0), 400,
     "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 99.0 instead."),
    ("kind", openai(temperature="1"), 400, "Invalid type for 'temperature': expected a decimal"),
    ("no messages", openai(messages=[]), 400, "Invalid 'messages': empty array."),
    ("role", openai(messages=[{"role": "robot", "content": "Hi"}]), 400, "Invalid value: 'robot'"),
    ("null content", openai(messages=[{"role": "user", "content": None}]), 400,
     "Invalid value for 'content': expected a string, got null."),
    ("part", openai(messages=[{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]),
     400, "Invalid value: 'input_text'."),
    ("image of a tool", openai(messages=user("Hi") + [CALLED, {**RESULT, "content": IMAGE}],
                               tools=[TOOL]), 400, "Image URLs are only allowed"),
    ("blind model", openai(model="gpt-3.5-turbo", messages=[{"role": "user", "content": IMAGE}]),
     400, "image_url is only supported by certain models"),
    ("unanswered call", openai(messages=user("Hi") + [CALLED] + user("Well?"), tools=[TOOL]), 400,
     "did not have response messages: call_1"),
    ("orphaned result", openai(messages=user("Hi") + [RESULT]), 400,
     "must be a response to a preceeding message with 'tool_calls'"),
    ("long id", openai(messages=user("Hi") + [
        {**CALLED, "tool_calls": [{**CALL, "id": "x" * 41}]}, {**RESULT, "tool_call_id": "x" * 41}],
        tools=[TOOL]), 400, "string too long. Expected a string with maximum length 40"),
    ("tool name", openai(tools=[function("a b")]), 400, "string does not match pattern"),
    ("no tools", openai(tools=[]), 400, "Invalid 'tools': empty array."),
    ("choice alone", openai(tool_choice="auto"), 400, "only allowed when 'tools' are specified"),
    ("parallel alone", openai(parallel_tool_calls=True), 400,
     "'parallel_tool_calls' is only allowed when 'tools' are specified"),
    ("strict tool", openai(tools=[{"type": "function", "function": {
        "name": "f", "strict": True, "parameters": {"type": "object", "properties": {}}}}]), 400,
     "Invalid schema for function 'f'"),
    ("loose schema", openai(response_format={"type": "json_schema", "json_schema": {
        "name": "s", "strict": True, "schema": {"type": "object", "properties": {"a": {}}}}}), 400,
     "Invalid schema for response_format 's'"),
    ("json unsaid", openai(response_format={"type": "json_object"}), 400, "must contain the word 'json'"),
    ("usage of no stream", openai(stream_options={"include_usage": True}), 400,
     "only allowed when 'stream' is enabled"),
    ("top_logprobs alone", openai(top_logprobs=2), 400, "only allowed when 'logprobs' is enabled"),
    ("five stops", openai(stop=list("abcde")), 400, "array too long"),
    ("two limits", openai(max_tokens=5, max_completion_tokens=5), 400, "at the same time"),
    ("large limit", openai(max_tokens=20000), 400, "max_tokens is too large: 20000."),
    ("long prompt", openai(model="gpt-3.5-turbo", messages=user("word " * 20000)), 400,
     "maximum context length is 16385 tokens"),
    ("old limit", openai(model="gpt-5", max_tokens=100), 400, "Use 'max_completion_tokens' instead."),
    ("reasoner's stop", openai(model="gpt-5", stop="x"), 400, "Unsupported parameter: 'stop'"),
    ("reasoner's temperature", openai(model="gpt-5", temperature=0.5), 400,
     "Only the default (1) value is supported"),
    ("system role", openai(model="o1-mini", messages=[{"role": "system", "content": "x"}] + user("Hi")),
     400, "does not support 'system' with this model"),

    ("model", deepseek(model="deepseek-none"), 400, "The supported API model names are deepseek-flash"),
    ("developer", deepseek(messages=[{"role": "developer", "content": "x"}]), 400,
     "unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`"),
    ("image", deepseek(messages=[{"role": "user", "content": IMAGE}]), 400,
     "unknown variant `image_url`, expected `text`"),
    ("forced tool", deepseek(tools=[TOOL], tool_choice="required"), 400,
     "Thinking mode does not support this tool_choice"),
    ("reasoning lost", deepseek(messages=user("Hi") + [CALLED, RESULT], tools=[TOOL]), 400,
     "The `reasoning_content` in the thinking mode must be passed back to the API."),
    ("schema", deepseek(response_format={"type": "json_schema", "json_schema": {"name": "s"}}), 400,
     "This response_format type is unavailable now"),
    ("temperature", deepseek(temperature=3), 400, "the valid range of temperature is [0, 2]"),
    ("unanswered call", deepseek(messages=user("Hi") + [CALLED], tools=[TOOL],
                                 thinking={"type": "disabled"}), 400, "insufficient tool messages"),

    ("model", qwen(model="qwen-none"), 404, "The model `qwen-none` does not exist"),
    ("temperature", qwen(temperature=2), 400, "in the range [0.0, 2.0)"),
    ("top_p", qwen(top_p=0), 400, "in the range (0.0, 1.0]"),
    ("n", qwen(n=5), 400, "Range of n should be [1, 4]"),
    ("developer", qwen(messages=[{"role": "developer", "content": "x"}]), 400, "developer is not one of"),
    ("forced tool thinking", qwen(tools=[TOOL], tool_choice="required", enable_thinking=True), 400,
     "does not support being set to required or object in thinking mode"),
    ("thinking whole", qwen(model="qwen3-32b"), 400,
     "parameter.enable_thinking must be set to false for non-streaming calls"),
    ("thinking off", qwen(model="qwen3.8-max", enable_thinking=False), 400, "restricted to True"),
    ("limit", qwen(max_tokens=40000), 400, "Range of max_tokens should be [1, 32768]"),
    ("json unsaid", qwen(response_format={"type": "json_object"}), 400, "must contain the word 'json'"),
    ("json thinking", qwen(enable_thinking=True, response_format={"type": "json_object"},
                           messages=user("json")), 400, "Json mode response is not supported"),

    ("path", native(model="qwen3-vl-plus"), 400, "url error, please check url"),
    ("other path", native(SEEING), 400, "url error, please check url"),
    ("model", native(model="qwen-none"), 400, "Model not exist."),
    ("empty", native(messages=user("")), 400, "Content length must be greater than 0"),
    ("parts", native(messages=[{"role": "user", "content": [{"text": "x"}]}]), 400,
     "Input should be a valid string"),
    ("tools in text", native(tools=[TOOL]), 400, "result_format must be message"),
    ("limit", native(max_tokens=40000), 400, "Range of max_tokens should be [1, 32768]"),

    ("no limit", (ANTHROPIC, {"model": "claude-haiku-4-5", "messages": user("Hi")}), 400,
     "max_tokens: Field required"),
    ("large limit", claude(max_tokens=100000), 400, "max_tokens: 100000 > 64000"),
    ("model", claude(model="claude-none"), 404, "model: claude-none"),
    ("unknown member", claude(n=2), 400, "n: Extra inputs are not permitted"),
    ("temperature", claude(temperature=1.5), 400, "temperature: range: 0..1"),
    ("late temperature", claude(model="claude-opus-4-7", temperature=0.5), 400,
     "`temperature` is deprecated for this model."),
    ("two samplings", claude(temperature=0.5, top_p=0.5), 400, "cannot both be specified"),
    ("system role", claude(messages=[{"role": "system", "content": "x"}] + user("Hi")), 400,
     'Unexpected role "system"'),
    ("empty text", claude(messages=[{"role": "user", "content": [{"type": "text", "text": ""}]}]), 400,
     "text content blocks must be non-empty"),
    ("empty message", claude(messages=user("")), 400, "must have non-empty content"),
    ("image_url", claude(messages=[{"role": "user", "content": IMAGE}]), 400, "Input tag 'image_url'"),
    ("id", claude(tools=[CLAUDE_TOOL], messages=user("Hi") + [
        {"role": "assistant", "content": [{**USE, "id": "a.b"}]}, answer_to("a.b")]), 400,
     "String should match pattern '^[a-zA-Z0-9_-]+$'"),
    ("unanswered use", claude(tools=[CLAUDE_TOOL], messages=user("Hi") + [USED] + user("Well?")), 400,
     "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"),
    ("orphaned result", claude(tools=[CLAUDE_TOOL], messages=user("Hi") + [answer_to("toolu_9")]), 400,
     "unexpected `tool_use_id` found"),
    ("arguments as text", claude(tools=[CLAUDE_TOOL], messages=user("Hi") + [
        {"role": "assistant", "content": [{**USE, "input": "{}"}]}, answer_to("toolu_1")]), 400,
     "Input should be a valid dictionary"),
    ("tools undefined", claude(messages=LOOP), 400, "must define tools"),
    ("late result", claude(tools=[CLAUDE_TOOL], messages=user("Hi") + [USED, {
        "role": "user", "content": [{"type": "text", "text": "Here:"}] + answer_to("toolu_1")["content"]}]),
     400, "`tool_result` blocks must come before"),
    ("no schema type", claude(tools=[{"name": "f", "input_schema": {}}]), 400,
     "tools.0.custom.input_schema.type: Field required"),
    ("tool twice", claude(tools=[CLAUDE_TOOL, CLAUDE_TOOL]), 400, "Tool names must be unique"),
    ("choice alone", claude(tool_choice={"type": "auto"}), 400, "while providing tools"),
    ("forced tool thinking", claude(tools=[CLAUDE_TOOL], tool_choice={"type": "any"}, thinking=THINK),
     400, "Thinking may not be enabled when tool_choice forces tool use."),
    ("small budget", claude(thinking={"type": "enabled", "budget_tokens": 10}), 400,
     "greater than or equal to 1024"),
    ("budget over limit", claude(thinking={"type": "enabled", "budget_tokens": 4096}), 400,
     "`max_tokens` must be greater than `thinking.budget_tokens`"),
    ("budget on late model", claude(model="claude-opus-4-7", thinking=THINK), 400,
     '"thinking.type.enabled" is not supported'),
    ("adaptive on early model", claude(thinking={"type": "adaptive"}), 400, "not supported"),
    ("thinking off", claude(model="claude-opus-5-5", thinking={"type": "disabled"}), 400,
     "not supported"),
    ("forced on thinker", claude(model="claude-opus-5-5", tools=[CLAUDE_TOOL],
                                 tool_choice={"type": "any"}), 400, "forcing tool use"),
    ("foreign thought", claude(messages=user("Hi") + [{"role": "assistant", "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
        {"type": "text", "text": "Hi"}]}] + user("So?")), 400,
     "Invalid `signature` in `thinking` block"),
    ("thoughts lost", claude(tools=[CLAUDE_TOOL], messages=LOOP, thinking=THINK), 400,
     "Expected `thinking` or `redacted_thinking`, but found `tool_use`"),
    ("prefill", claude(model="claude-opus-4-7", messages=user("Hi") + [
        {"role": "assistant", "content": "Well"}]), 400, "does not support assistant message prefill"),
    ("trailing space", claude(messages=user("Hi") + [{"role": "assistant", "content": "Well "}]), 400,
     "cannot end with trailing whitespace"),
    ("blank stop", claude(stop_sequences=[" "]), 400, "must contain non-whitespace"),
    ("open schema", claude(output_config={"format": {"type": "json_schema", "schema": {
        "type": "object"}}}), 400, "'additionalProperties' must be explicitly set to false"),
    ("five cache marks", claude(system=[
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5), 400,
     "A maximum of 4 blocks with cache_control may be provided. Found 5."),
]


def message_of(text):
    body = json.loads(text)
    return body.get("message") or body["error"]["message"]


@pytest.mark.parametrize("path,body,status,words", [
    pytest.param(r[1][0], r[1][1], r[2], r[3], id="%s: %s" % (r[1][0].split("/")[1], r[0]))
    for r in REFUSED])
def test_refused(vendors, path, body, status, words):
    got, _, text = vendors.post(path, body)
    assert words in message_of(text)
    assert got == status


TAKEN = [
    openai(messages=[{"role": "developer", "content": "x"}] + user("Hi") + [CALLED, RESULT], tools=[TOOL],
           tool_choice="required", parallel_tool_calls=False),
    openai(messages=[{"role": "user", "content": IMAGE}], n=2, logprobs=True, top_logprobs=3, seed=7,
           metadata={"a": "b"}, store=False, user="u", logit_bias={"50256": -100}),
    openai(model="gpt-5.2", reasoning_effort="none", temperature=0.2, max_completion_tokens=50),
    openai(response_format={"type": "json_schema", "json_schema": {
        "name": "s", "strict": True, "schema": STRICT_SCHEMA}}),
    openai(messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "x"}]),
    deepseek(messages=user("Hi") + [{**CALLED, "reasoning_content": ""}, RESULT], tools=[TOOL], n=1,
             user="u", unknown=1),
    deepseek(messages=user("Hi") + [CALLED, RESULT], tools=[TOOL], thinking={"type": "disabled"},
             tool_choice="required"),
    deepseek(model="deepseek-flash", messages=[{"role": "user", "content": IMAGE}]),
    qwen(messages=user("Hi") + [CALLED, RESULT], tools=[TOOL], tool_choice="required", n=2, top_k=5,
         unknown=1, stop=["x"], parallel_tool_calls=True),
    qwen(model="qwen3.6-plus", messages=[{"role": "user", "content": IMAGE}]),
    native(result_format="message", tools=[TOOL], messages=user("Hi") + [{**CALLED, "content": ""}, RESULT]),
    native(SEEING, "qwen3-vl-plus", [{"role": "user", "content": [{"image": "http://x/a.png"},
                                                                  {"text": "Hi"}]}]),
    claude(system="Be brief.", tools=[CLAUDE_TOOL], messages=LOOP, temperature=0.5, top_k=3,
           stop_sequences=["x"], tool_choice={"type": "any", "disable_parallel_tool_use": True},
           metadata={"user_id": "u"}),
    claude(messages=user("Hi") + user("again") + [{"role": "assistant", "content": "Well"}]),
    claude(messages=[{"role": "user", "content": [
        {"type": "image", "source": {"type": "url", "url": "http://x/a.png"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}]),
    claude(model="claude-opus-4-7", thinking={"type": "adaptive"}, output_config={"effort": "low"}),
    claude(output_config={"format": {"type": "json_schema", "schema": STRICT_SCHEMA}}),
]


@pytest.mark.parametrize("path,body", TAKEN)
def test_taken(vendors, path, body):
    status, _, text = vendors.post(path, body)
    assert status == 200, text


def test_own_thoughts_are_taken_back(vendors):
    """What Anthropic's side thought can be sent back as it came, and not otherwise."""
    _, body = claude(tools=[CLAUDE_TOOL], thinking=THINK, messages=user("get_weather"))
    content = vendors.whole(ANTHROPIC, body)["content"]
    assert [block["type"] for block in content] == ["thinking", "tool_use"]
    body["messages"] = body["messages"] + [{"role": "assistant", "content": content},
                                           answer_to(content[1]["id"])]
    assert vendors.post(ANTHROPIC, body)[0] == 200
    content[0]["thinking"] += "!"
    assert vendors.post(ANTHROPIC, body)[0] == 400


@pytest.mark.parametrize("path,body,missing,wrong", [
    (*openai(), "You didn't provide an API key.", "Incorrect API key provided: "),
    (*deepseek(), "Authentication Fails (governor)", "Your api key: ****-key is invalid"),
    (*qwen(), "You didn't provide an API key.", "Incorrect API key provided."),
    (*native(), "No API-key provided.", "Invalid API-key provided."),
    (*claude(), "x-api-key header is required", "invalid x-api-key"),
])
def test_credentials(start, tmp_path, path, body, missing, wrong):
    keys = [option for v in ("openai", "anthropic", "deepseek", "qwen")
            for option in ("--key", v + "=the-good-key")]
    strict = start(tmp_path, *keys)
    good = {"authorization": "Bearer the-good-key", "x-api-key": "the-good-key"}
    bad = {"authorization": "Bearer the-bad-key", "x-api-key": "the-bad-key"}
    none = {"authorization": "", "x-api-key": ""}
    assert strict.post(path, body, good)[0] == 200
    for headers, words in ((bad, wrong), (none, missing)):
        status, _, text = strict.post(path, body, headers)
        assert status == 401 and words in message_of(text)
    strict.stop()


def test_anthropic_wants_its_version(vendors):
    path, body = claude()
    status, _, text = vendors.post(path, body, {"anthropic-version": ""})
    assert status == 400 and "anthropic-version: header is required" in text


def test_no_json(vendors):
    for path in (OPENAI, ANTHROPIC, DEEPSEEK, QWEN, NATIVE):
        for body in ("{", "[]", '{"model":1,"model":2}'):
            status, _, text = vendors.call("POST", path, body, vendors.headers(path))
            assert status == 400 and ("JSON" in text or "body" in text)


def test_unknown_paths(vendors):
    for path in ("/openai/v1/nothing", "/anthropic/v1/nothing", "/nowhere"):
        status, _, text = vendors.call("POST", path, "{}", vendors.headers(path))
        assert status == 404 and json.loads(text)["error"]
    assert vendors.call("GET", OPENAI, headers=vendors.headers(OPENAI))[0] == 404
