"""The members of each dialect's answers and their order, as the real services send them."""
import json

import pytest

from mock_vendors import (ANTHROPIC, DEEPSEEK, NATIVE, OPENAI, QWEN, SEEING, SSE, USAGE,
                          anthropic_tool, events, function, order, shape, user)

WEATHER, CLOCK = function("get_weather"), function("get_time")

OPENAI_USAGE = ("usage:{prompt_tokens,completion_tokens,total_tokens,"
                "prompt_tokens_details:{cached_tokens,audio_tokens},"
                "completion_tokens_details:{reasoning_tokens,audio_tokens,"
                "accepted_prediction_tokens,rejected_prediction_tokens}}")


def openai_chunk(delta, finish="finish_reason:~", usage="usage:~,", logprobs="logprobs:~,",
                 fingerprint="system_fingerprint"):
    return ("{id,object,created,model,service_tier,%s,choices:[{index,delta:%s,%s%s}],%sobfuscation}"
            % (fingerprint, delta, logprobs, finish, usage))


def shapes_of(stream):
    """Each shape once, in order of its first appearance."""
    return list(dict.fromkeys("[DONE]" if e.done else shape(e.data) for e in stream))


# --- OpenAI ---

def test_openai_whole(vendors):
    answer = vendors.whole(OPENAI, {"model": "gpt-4o", "messages": user("Hi")})
    assert shape(answer) == (
        "{id,object,created,model,choices:[{index,message:{role,content,refusal:~,annotations:[]},"
        "logprobs:~,finish_reason}]," + OPENAI_USAGE + ",service_tier,system_fingerprint}")
    assert answer["id"].startswith("chatcmpl-") and len(answer["id"]) == 38
    assert answer["model"] == "gpt-4o-2024-08-06"


def test_openai_lays_whole_answers_out(vendors):
    text = vendors.post(OPENAI, {"model": "gpt-4o", "messages": user("Hi")})[2]
    assert text == json.dumps(json.loads(text), indent=2)


def test_openai_stream(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-4o", "messages": user("Hi"), **USAGE})
    assert shapes_of(stream) == [
        openai_chunk('{role,content:"",refusal:~}'),
        openai_chunk("{content}"),
        openai_chunk("{}", "finish_reason"),
        "{id,object,created,model,service_tier,system_fingerprint,choices:[]," + OPENAI_USAGE +
        ",obfuscation}",
        "[DONE]"]
    assert len({e.data["id"] for e in stream if not e.done}) == 1
    assert all(e.raw.startswith(" {") for e in stream[:-1])


def test_openai_stream_without_usage_or_obfuscation(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-4o", "messages": user("Hi"), "stream": True,
                                     "stream_options": {"include_obfuscation": False}})
    assert all("usage" not in e.data and "obfuscation" not in e.data for e in stream[:-1])


def test_openai_reasoning_models_have_no_logprobs_member(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-5-nano", "messages": user("Hi"), **USAGE})
    assert shapes_of(stream)[0] == openai_chunk(
        '{role,content:"",refusal:~}', logprobs="", fingerprint="system_fingerprint:~")
    usage = stream[-2].data["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 8
    assert usage["completion_tokens"] == 24


def test_openai_one_call(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-4o", "messages": user("get_weather"),
                                     "tools": [WEATHER], **USAGE})
    assert shapes_of(stream)[:3] == [
        openai_chunk('{role,content:~,tool_calls:[{index,id,type,function:{name,arguments:""}}],refusal:~}'),
        openai_chunk("{tool_calls:[{index,function:{arguments}}]}"),
        openai_chunk("{}", "finish_reason")]


def test_openai_parallel_calls(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-4o", "messages": user("get_weather get_time"),
                                     "tools": [WEATHER, CLOCK], **USAGE})
    assert shapes_of(stream)[:3] == [
        openai_chunk("{role,content:~}"),
        openai_chunk('{tool_calls:[{index,id,type,function:{name,arguments:""}}]}'),
        openai_chunk("{tool_calls:[{index,function:{arguments}}]}")]
    calls = [e.data["choices"][0]["delta"]["tool_calls"][0] for e in stream[1:-3]]
    assert [c["index"] for c in calls if "id" in c] == [0, 1]


def test_openai_refusal(vendors):
    stream = vendors.stream(OPENAI, {"model": "gpt-4o", "messages": user(order(refusal=True)),
                                     **USAGE})
    assert shapes_of(stream)[:2] == [openai_chunk('{role,content:~,refusal:""}'),
                                     openai_chunk("{refusal}")]


@pytest.mark.parametrize("model,status,indent", [("gpt-4o", 400, 2), ("gpt-none", 404, 4)])
def test_openai_errors(vendors, model, status, indent):
    got, headers, text = vendors.post(OPENAI, {"model": model, "messages": user("Hi"), "n": 0})
    assert got == status
    assert shape(json.loads(text)).startswith("{error:{message,type,param")
    assert text == json.dumps(json.loads(text), indent=indent) + ("\n" if indent == 4 else "")
    assert headers["x-request-id"].startswith("req_")


def test_openai_headers(vendors):
    headers = vendors.post(OPENAI, {"model": "gpt-4o", "messages": user("Hi")})[1]
    assert headers["openai-version"] == "2020-10-01"
    for kind in ("limit", "remaining", "reset"):
        for what in ("requests", "tokens"):
            assert "x-ratelimit-%s-%s" % (kind, what) in headers
    assert headers["x-ratelimit-reset-requests"] == "120ms"


# --- DeepSeek ---

DEEPSEEK_USAGE = ("usage:{prompt_tokens,completion_tokens,total_tokens,"
                  "prompt_tokens_details:{cached_tokens}%s,"
                  "prompt_cache_hit_tokens,prompt_cache_miss_tokens}")
THINKING_DETAILS = ",completion_tokens_details:{reasoning_tokens}"


def deepseek_chunk(delta, finish="finish_reason:~", usage=""):
    return ("{id,object,created,model,system_fingerprint,choices:[{index,delta:%s,logprobs:~,%s}]%s}"
            % (delta, finish, usage))


def test_deepseek_thinks_first_and_tells_usage_with_the_finish(vendors):
    stream = vendors.stream(DEEPSEEK, {"model": "deepseek-flash", "messages": user("Hi"),
                                       "stream": True})
    assert shapes_of(stream) == [
        deepseek_chunk('{role,content:~,reasoning_content:""}'),
        deepseek_chunk("{content:~,reasoning_content}"),
        deepseek_chunk("{content,reasoning_content:~}"),
        deepseek_chunk('{content:"",reasoning_content:~}', "finish_reason",
                       "," + DEEPSEEK_USAGE % THINKING_DETAILS),
        "[DONE]"]


def test_deepseek_without_thinking(vendors):
    off = {"thinking": {"type": "disabled"}}
    stream = vendors.stream(DEEPSEEK, {"model": "deepseek-flash", "messages": user("Hi"), **USAGE,
                                       **off})
    assert shapes_of(stream) == [
        deepseek_chunk('{role,content:""}', usage=",usage:~"),
        deepseek_chunk("{content}", usage=",usage:~"),
        deepseek_chunk('{content:""}', "finish_reason", "," + DEEPSEEK_USAGE % ""),
        "[DONE]"]
    answer = vendors.whole(DEEPSEEK, {"model": "deepseek-flash", "messages": user("Hi"), **off})
    assert shape(answer) == (
        "{id,object,created,model,choices:[{index,message:{role,content},logprobs:~,"
        "finish_reason}]," + DEEPSEEK_USAGE % "" + ",system_fingerprint}")


def test_deepseek_calls(vendors):
    answer = vendors.whole(DEEPSEEK, {
        "model": "deepseek-flash", "messages": user("get_weather get_time"),
        "tools": [WEATHER, CLOCK]})
    message = answer["choices"][0]["message"]
    assert shape(message) == ('{role,content:"",reasoning_content,'
                              "tool_calls:[{index,id,type,function:{name,arguments}}]}")
    assert [c["id"][:8] for c in message["tool_calls"]] == ["call_00_", "call_01_"]


def test_deepseek_headers(vendors):
    body = {"model": "deepseek-flash", "messages": user("Hi")}
    headers = vendors.post(DEEPSEEK, body)[1]
    assert len(headers["x-ds-trace-id"]) == 32 and "x-request-id" not in headers
    headers = vendors.post(DEEPSEEK, {**body, "max_tokens": 0})[1]
    assert headers["content-type"] == "application/octet-stream"


# --- Qwen ---

TERSE_USAGE = ("usage:{total_tokens,completion_tokens,prompt_tokens,"
               "prompt_tokens_details:{cached_tokens}}")


def terse_chunk(choice):
    return "{model,id,choices:[%s],created,object,usage:~}" % choice


def test_qwen_leaves_finish_reason_out(vendors):
    stream = vendors.stream(QWEN, {"model": "qwen-plus", "messages": user("Hi"), **USAGE})
    assert shapes_of(stream) == [
        '{model,id,created,object,usage:~,choices:[{logprobs:~,index,delta:{content:"",role}}]}',
        terse_chunk("{delta:{content,role:~},index}"),
        terse_chunk('{delta:{content:"",role:~},index,finish_reason}'),
        "{model,id,choices:[],created,object," + TERSE_USAGE + "}",
        "[DONE]"]


def test_qwen_calls_lose_their_id(vendors):
    stream = vendors.stream(QWEN, {"model": "qwen-plus", "messages": user("get_weather"),
                                   "tools": [WEATHER], **USAGE})
    assert shapes_of(stream)[:4] == [
        "{model,id,created,object,usage:~,choices:[{logprobs:~,index,delta:{content:\"\",role,"
        'tool_calls:[{index,id,type,function:{name,arguments:""}}]}}]}',
        terse_chunk('{delta:{content:"",tool_calls:[{index,id,type,'
                    'function:{name:"",arguments}}],role:~},index}'),
        terse_chunk('{delta:{tool_calls:[{function:{arguments},index,id:"",type}],content:""},index}'),
        terse_chunk("{delta:{},index,finish_reason}")]


def test_qwen_thinking(vendors):
    stream = vendors.stream(QWEN, {"model": "qwen3-max", "messages": user("Hi"),
                                   "enable_thinking": True, **USAGE})

    def chunk(choice):
        return "{choices:[%s],object,usage:~,created,system_fingerprint:~,model,id}" % choice
    assert shapes_of(stream) == [
        chunk('{delta:{content:~,role,reasoning_content:""},index,logprobs:~,finish_reason:~}'),
        chunk("{delta:{content:~,reasoning_content},finish_reason:~,index,logprobs:~}"),
        chunk("{delta:{content,reasoning_content:~},finish_reason:~,index,logprobs:~}"),
        chunk('{finish_reason,delta:{content:"",reasoning_content:~},index,logprobs:~}'),
        "{choices:[],object,usage:{prompt_tokens,completion_tokens,total_tokens,"
        "completion_tokens_details:{reasoning_tokens},prompt_tokens_details:{cached_tokens}},"
        "created,system_fingerprint:~,model,id}",
        "[DONE]"]


def test_qwen_whole(vendors):
    answer = vendors.whole(QWEN, {"model": "qwen-plus", "messages": user("Hi")})
    assert shape(answer) == ("{model,id,choices:[{message:{content,role},index,finish_reason}],"
                             "created,object," + TERSE_USAGE + "}")
    headers = vendors.post(QWEN, {"model": "qwen-plus", "messages": user("Hi")})[1]
    assert headers["x-dashscope-call-gateway"] == "true" and "req-cost-time" in headers


# --- Qwen native ---

NATIVE_USAGE = ("usage:{total_tokens,output_tokens,input_tokens,"
                "prompt_tokens_details:{cached_tokens}}")


def native(text="Hi", **parameters):
    return {"model": "qwen-plus", "input": {"messages": user(text)}, "parameters": parameters}


def test_native_events(vendors):
    stream = vendors.stream(NATIVE, native(result_format="message", incremental_output=True), SSE)
    for number, event in enumerate(stream, 1):
        assert event.lines[:3] == ["id:%d" % number, "event:result", ":HTTP_STATUS/200"]
        assert event.lines[3].startswith("data:{") and len(event.lines) == 4
    assert shapes_of(stream) == [
        "{output:{choices:[{message:{content,role},finish_reason}]}," + NATIVE_USAGE + ",request_id}",
        '{output:{choices:[{message:{content:"",role},finish_reason}]},' + NATIVE_USAGE + ",request_id}"]
    finishes = [e.data["output"]["choices"][0]["finish_reason"] for e in stream]
    assert finishes == ["null"] * (len(stream) - 1) + ["stop"]
    assert [e.data["usage"]["output_tokens"] for e in stream] == list(range(1, 17)) + [16]


def test_native_repeats_itself_unless_told_not_to(vendors):
    stream = vendors.stream(NATIVE, native(), SSE)
    texts = [e.data["output"]["text"] for e in stream]
    assert all(later.startswith(earlier) for earlier, later in zip(texts, texts[1:]))
    assert len(texts[-1]) == 64


def test_native_whole(vendors):
    usage = "usage:{input_tokens,output_tokens,prompt_tokens_details:{cached_tokens},total_tokens}"
    assert shape(vendors.whole(NATIVE, native())) == (
        "{output:{finish_reason,text}," + usage + ",request_id}")
    assert shape(vendors.whole(NATIVE, native(result_format="message"))) == (
        "{output:{choices:[{finish_reason,message:{content,role}}]}," + usage + ",request_id}")


def test_native_calls(vendors):
    stream = vendors.stream(NATIVE, native("get_weather", result_format="message",
                                           incremental_output=True, tools=[WEATHER]), SSE)
    calls = [e.data["output"]["choices"][0]["message"]["tool_calls"][0] for e in stream[:-1]]
    assert shape(calls[0]) == '{index,id,type,function:{name,arguments:""}}'
    assert shape(calls[1]) == '{index,id:"",type,function:{arguments}}'
    assert "".join(c["function"]["arguments"] for c in calls) == '{"city":"mock"}'


def test_native_multimodal(vendors):
    body = {"model": "qwen3-vl-plus", "parameters": {"incremental_output": True}, "input": {
        "messages": [{"role": "user", "content": [{"image": "http://example.com/a.png"},
                                                  {"text": "Hi"}]}]}}
    stream = vendors.stream(SEEING, body, SSE)
    assert shapes_of(stream)[0] == (
        "{output:{choices:[{message:{content:[{text}],role},finish_reason}]},"
        "usage:{input_tokens_details:{image_tokens,text_tokens},prompt_tokens_details:{cached_tokens},"
        "total_tokens,output_tokens,input_tokens,output_tokens_details:{text_tokens},image_tokens},"
        "request_id}")
    assert stream[0].data["usage"]["image_tokens"] == 85


def test_native_errors_of_streams_come_in_a_200(vendors):
    body = native(temperature=7)
    status, _, text = vendors.post(NATIVE, body)
    assert status == 400 and shape(json.loads(text)) == "{code,message,request_id}"
    status, headers, text = vendors.post(NATIVE, body, SSE)
    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    (event,) = events(text)
    assert event.lines[:3] == ["id:1", "event:error", ":HTTP_STATUS/400"]
    assert event.data["code"] == "InvalidParameter"


# --- Anthropic ---

ANTHROPIC_COUNTS = "input_tokens,cache_creation_input_tokens,cache_read_input_tokens"
CREATION = "cache_creation:{ephemeral_5m_input_tokens,ephemeral_1h_input_tokens}"


def claude(text="Hi", **members):
    return {"model": "claude-haiku-4-5", "max_tokens": 2048, "messages": user(text), **members}


def test_anthropic_stream(vendors):
    stream = vendors.stream(ANTHROPIC, claude(stream=True))
    assert [e.event for e in stream if e.event != "content_block_delta"] == [
        "message_start", "content_block_start", "ping", "content_block_stop", "message_delta",
        "message_stop"]
    assert all(e.event == e.data["type"] for e in stream)
    assert shapes_of(stream) == [
        "{type,message:{model,id,type,role,content:[],stop_reason:~,stop_sequence:~,stop_details:~,"
        "usage:{" + ANTHROPIC_COUNTS + "," + CREATION + ",output_tokens,service_tier,inference_geo}}}",
        '{type,index,content_block:{type,text:""}}',
        "{type}",
        "{type,index,delta:{type,text}}",
        "{type,index}",
        "{type,delta:{stop_reason,stop_sequence:~,stop_details:~},usage:{" + ANTHROPIC_COUNTS +
        ",output_tokens}}"]


def test_anthropic_pads_its_lines(vendors):
    stream = vendors.stream(ANTHROPIC, claude(stream=True))
    padded = [e for e in stream if e.raw.endswith(" }")]
    assert len(padded) > len(stream) / 2


def test_anthropic_whole(vendors):
    assert shape(vendors.whole(ANTHROPIC, claude())) == (
        "{model,id,type,role,content:[{type,text}],stop_reason,stop_sequence:~,stop_details:~,"
        "usage:{" + ANTHROPIC_COUNTS + "," + CREATION + ",output_tokens,service_tier,inference_geo}}")


def test_anthropic_thinking_and_calls(vendors):
    stream = vendors.stream(ANTHROPIC, claude(
        "get_weather get_time", stream=True, thinking={"type": "enabled", "budget_tokens": 1024},
        tools=[anthropic_tool(WEATHER), anthropic_tool(function("get_time", {}))]))
    starts = [e.data for e in stream if e.event == "content_block_start"]
    assert [s["index"] for s in starts] == [0, 1, 2]
    assert [e.event for e in stream].count("ping") == 1
    assert shape(starts[0]["content_block"]) == '{type,thinking:"",signature:""}'
    assert shape(starts[1]["content_block"]) == "{type,id,name,input:{},caller:{type}}"
    deltas = [e.data["delta"] for e in stream if e.event == "content_block_delta"]
    assert [d["type"] for d in deltas if d["type"] == "signature_delta"] == ["signature_delta"]
    of_calls = [(e.data["index"], e.data["delta"]["partial_json"]) for e in stream
                if e.event == "content_block_delta" and "partial_json" in e.data["delta"]]
    assert of_calls[0] == (1, "")
    assert "".join(p for i, p in of_calls if i == 1) == '{"city":"mock"}'
    assert [p for i, p in of_calls if i == 2] == [""]  # a call without arguments says none
    usage = stream[-2].data["usage"]
    assert usage["output_tokens_details"] == {"thinking_tokens": 8}


def test_anthropic_refusal_has_no_block(vendors):
    stream = vendors.stream(ANTHROPIC, claude(order(refusal=True), stream=True))
    assert [e.event for e in stream] == ["message_start", "message_delta", "message_stop"]
    assert stream[1].data["delta"]["stop_reason"] == "refusal"


def test_anthropic_errors_and_headers(vendors):
    status, headers, text = vendors.post(ANTHROPIC, {"model": "claude-haiku-4-5"})
    assert status == 400 and headers["x-should-retry"] == "false"
    assert shape(json.loads(text)) == "{type,error:{type,message},request_id}"
    headers = vendors.post(ANTHROPIC, claude())[1]
    assert headers["request-id"].startswith("req_011")
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        assert headers["anthropic-ratelimit-%s-reset" % what].endswith("Z")


def test_models_and_counting(vendors):
    def get(path):
        return json.loads(vendors.call("GET", path, headers=vendors.headers(path))[2])
    assert shape(get("/openai/v1/models")) == "{object,data:[{id,object,created,owned_by}]}"
    assert shape(get("/deepseek/models")) == "{object,data:[{id,object,owned_by}]}"
    assert get("/anthropic/v1/models")["has_more"] is False
    count = vendors.whole(ANTHROPIC + "/count_tokens", {
        "model": "claude-haiku-4-5", "messages": user("Hello you")})
    assert count == {"input_tokens": 3 + 3 + 3}
