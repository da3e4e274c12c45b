"""openai-python against a gateway: what its users write, for models of every vendor."""
import asyncio
import json

import openai
import pydantic
import pytest

from talk import (CHOICES, CLOCK, DEEPSEEK, LOGPROBS, MODELS, OPENAI, SCHEMAS, SEEING, THINKING,
                  TOOLS, WEATHER, image, order, user)

every_model = pytest.mark.parametrize("model", MODELS)


class Step(pydantic.BaseModel):
    explanation: str
    output: int


class Plan(pydantic.BaseModel):
    steps: list[Step]
    final: str


@pytest.fixture(scope="module")
def client(base_url, key):
    with openai.OpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def chat(client):
    return client.chat.completions


def arguments_fit(call, tool):
    """The arguments of a call, which must be what the tool's schema wants."""
    arguments = json.loads(call.function.arguments)
    assert set(arguments) == set(tool["function"]["parameters"]["required"])
    return arguments


# --- plain and streamed ---

@every_model
def test_plain(chat, model):
    answer = chat.create(model=model, messages=user("Hello"))
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.message.content
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None
    assert answer.object == "chat.completion" and answer.id and answer.created > 1.7e9
    assert answer.model == model or answer.model.startswith(model + "-") or model == DEEPSEEK
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id


@every_model
def test_stream_says_what_the_whole_answer_says(chat, model):
    whole = chat.create(model=model, messages=user("Hello"))
    chunks = list(chat.create(model=model, messages=user("Hello"), stream=True))
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["stop"]
    assert {(c.id, c.object) for c in chunks} == {(chunks[0].id, "chat.completion.chunk")}
    assert len(chunks) > 3 and all(c.usage is None for c in chunks)


@every_model
def test_usage_of_a_stream(chat, model):
    whole = chat.create(model=model, messages=user("Hello"))
    *chunks, last = chat.create(model=model, messages=user("Hello"), stream=True,
                                stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.total_tokens == whole.usage.total_tokens
    assert all(c.choices and c.usage is None for c in chunks)


@every_model
def test_stream_helper(chat, model):
    with chat.stream(model=model, messages=user("Hello"),
                     stream_options={"include_usage": True}) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        answer = stream.get_final_completion()
    assert "".join(deltas) == answer.choices[0].message.content != ""
    assert answer.choices[0].finish_reason == "stop" and answer.usage.completion_tokens > 0


@every_model
def test_a_stream_is_left_early(chat, model):
    with chat.create(model=model, messages=order("Hello", tokens=500, chunk_ms=5),
                     stream=True) as stream:
        assert next(iter(stream)).choices
    assert chat.create(model=model, messages=user("Hello")).choices[0].message.content


@every_model
def test_limit(chat, model):
    answer = chat.create(model=model, messages=user("Hello"), max_completion_tokens=10)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 10


@every_model
def test_roles(chat, model):
    messages = [{"role": "developer", "content": "Be brief."},
                {"role": "user", "content": "Hello", "name": "ann"},
                {"role": "assistant", "content": "Hello!"},
                {"role": "system", "content": "Answer in verse."},
                {"role": "user", "content": [{"type": "text", "text": "Again"},
                                             {"type": "text", "text": "please"}]}]
    assert chat.create(model=model, messages=messages).choices[0].message.content


def test_async(base_url, key):
    async def talk(client, model):
        answer = await client.chat.completions.create(model=model, messages=user("Hello"))
        stream = await client.chat.completions.create(model=model, messages=user("Hello"),
                                                      stream=True)
        pieces = [c.choices[0].delta.content or "" async for c in stream]
        return answer.choices[0].message.content, "".join(pieces)

    async def all_at_once():
        async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
            return await asyncio.gather(*(talk(client, model) for model in MODELS * 4))

    for whole, streamed in asyncio.run(all_at_once()):
        assert whole == streamed != ""


def test_async_stream_helper(base_url, key):
    async def talk():
        async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
            async with client.chat.completions.stream(
                    model=OPENAI, messages=user("Use get_weather"), tools=[WEATHER]) as stream:
                return await stream.get_final_completion()
    assert asyncio.run(talk()).choices[0].message.tool_calls[0].function.name == "get_weather"


# --- tools ---

@every_model
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_whole_loop_with_parallel_tools(chat, model, streamed):
    def ask(messages):
        if not streamed:
            return chat.create(model=model, messages=messages, tools=TOOLS).choices[0]
        with chat.stream(model=model, messages=messages, tools=TOOLS) as stream:
            return stream.get_final_completion().choices[0]

    messages = user("Call get_weather and get_time.")
    first = ask(messages)
    calls = first.message.tool_calls
    assert first.finish_reason == "tool_calls"
    assert [c.function.name for c in calls] == ["get_weather", "get_time"]
    assert all(c.type == "function" and c.id for c in calls) and calls[0].id != calls[1].id
    arguments_fit(calls[0], WEATHER)
    arguments_fit(calls[1], CLOCK)
    messages.append(first.message.to_dict() if not streamed else first.message.model_dump(
        exclude_none=True, exclude={"parsed": True}))
    for call in calls:
        messages.append({"role": "tool", "tool_call_id": call.id,
                         "content": json.dumps({"of": call.function.name})})
    second = ask(messages)
    assert second.finish_reason == "stop" and second.message.content
    assert not second.message.tool_calls


@every_model
def test_one_tool_at_a_time(chat, model):
    """DeepSeek has no such switch, and says so."""
    answer = chat.with_raw_response.create(
        model=model, messages=user("Call get_weather and get_time."), tools=TOOLS,
        parallel_tool_calls=False)
    calls = answer.parse().choices[0].message.tool_calls
    dropped = "parallel_tool_calls=dropped" in answer.headers.get("x-smartrouter-adapted", "")
    assert dropped == (model == DEEPSEEK)
    assert len(calls) == 1 or dropped


@every_model
@pytest.mark.parametrize("choice,called", [
    ("none", []), ("auto", []), ("required", ["get_weather"]),
    ({"type": "function", "function": {"name": "get_time"}}, ["get_time"])],
    ids=["none", "auto", "required", "named"])
def test_tool_choice(chat, model, choice, called):
    answer = chat.create(model=model, messages=user("Hello"), tools=TOOLS, tool_choice=choice)
    calls = answer.choices[0].message.tool_calls or []
    assert [c.function.name for c in calls] == called


@every_model
def test_pydantic_tools_are_parsed(chat, model):
    class GetWeather(pydantic.BaseModel):
        city: str
        days: int

    with chat.stream(model=model, messages=user("Use GetWeather"),
                     tools=[openai.pydantic_function_tool(GetWeather)]) as stream:
        done = [e for e in stream if e.type == "tool_calls.function.arguments.done"]
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    assert isinstance(call.function.parsed_arguments, GetWeather)
    assert [e.name for e in done] == ["GetWeather"]


# --- JSON ---

@pytest.mark.parametrize("model", SCHEMAS)
def test_parse(chat, model):
    message = chat.parse(model=model, messages=user("Solve it"),
                         response_format=Plan).choices[0].message
    assert isinstance(message.parsed, Plan) and json.loads(message.content)


@pytest.mark.parametrize("model", SCHEMAS)
def test_parse_while_streaming(chat, model):
    with chat.stream(model=model, messages=user("Solve it"), response_format=Plan) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Plan)


@pytest.mark.parametrize("model", [DEEPSEEK, *SCHEMAS])
def test_json_object(chat, model):
    answer = chat.create(model=model, messages=user("Answer as JSON."),
                         response_format={"type": "json_object"})
    assert answer.choices[0].message.content


def test_a_schema_no_candidate_can_keep(chat):
    with pytest.raises(openai.BadRequestError) as caught:
        chat.parse(model=DEEPSEEK, messages=user("Solve it"), response_format=Plan)
    assert caught.value.code == "unsupported_parameter" and DEEPSEEK in caught.value.message


def test_an_answer_too_long_to_parse(chat):
    with pytest.raises(openai.LengthFinishReasonError):
        chat.parse(model=OPENAI, messages=user("Solve it"), response_format=Plan, max_tokens=3)


def test_a_refusal(chat):
    said = order(refusal="I will not.")
    message = chat.parse(model=OPENAI, messages=said, response_format=Plan).choices[0].message
    assert message.refusal == "I will not." and message.parsed is None
    with chat.stream(model=OPENAI, messages=said) as stream:
        assert stream.get_final_completion().choices[0].message.refusal == "I will not."


# --- images, choices, log probabilities, thinking ---

@pytest.mark.parametrize("model", SEEING)
def test_image(chat, model):
    parts = [{"type": "text", "text": "What is it?"},
             {"type": "image_url", "image_url": {"url": image(), "detail": "low"}}]
    answer = chat.create(model=model, messages=[{"role": "user", "content": parts}])
    without = chat.create(model=model, messages=[{"role": "user", "content": parts[:1]}])
    assert answer.choices[0].message.content
    assert answer.usage.prompt_tokens > without.usage.prompt_tokens


@pytest.mark.parametrize("model", CHOICES)
def test_choices(chat, model):
    answer = chat.create(model=model, messages=user("Hello"), n=3)
    assert [c.index for c in answer.choices] == [0, 1, 2]
    assert all(c.message.content and c.finish_reason == "stop" for c in answer.choices)
    with chat.stream(model=model, messages=user("Hello"), n=3) as stream:
        streamed = stream.get_final_completion()
    assert ([c.message.content for c in streamed.choices]
            == [c.message.content for c in answer.choices])


@pytest.mark.parametrize("model", LOGPROBS)
def test_log_probabilities(chat, model):
    asked = dict(model=model, messages=user("Hello"), logprobs=True, top_logprobs=2)
    tokens = chat.create(**asked).choices[0].logprobs.content
    assert tokens and all(t.token and t.logprob <= 0 and len(t.top_logprobs) == 2 for t in tokens)
    with chat.stream(**asked) as stream:
        streamed = stream.get_final_completion().choices[0].logprobs.content
    assert "".join(t.token for t in streamed) == "".join(t.token for t in tokens)


@pytest.mark.parametrize("model", THINKING)
def test_thinking(chat, model):
    asked = dict(model=model, messages=user("Hello"), reasoning_effort="low",
                 max_completion_tokens=4000)
    answer = chat.create(**asked)
    message = answer.choices[0].message
    assert message.reasoning_content and message.content
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0
    chunks = list(chat.create(**asked, stream=True))
    thoughts = [getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in chunks]
    assert "".join(thoughts) == message.reasoning_content


@pytest.mark.parametrize("model", THINKING)
def test_thinking_comes_back_in_a_loop_of_tools(chat, model):
    asked = dict(model=model, tools=TOOLS, reasoning_effort="low", max_completion_tokens=4000)
    messages = user("Use get_weather")
    first = chat.create(messages=messages, **asked).choices[0].message
    assert first.reasoning_content and first.tool_calls
    messages += [first, {"role": "tool", "tool_call_id": first.tool_calls[0].id,
                         "content": "sunny"}]
    second = chat.create(messages=messages, **asked).choices[0]
    assert second.finish_reason == "stop" and second.message.content


def test_hidden_thinking_is_counted(chat):
    answer = chat.create(model="gpt-5-mini", messages=user("Hello"), reasoning_effort="low")
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0


# --- headers, models, what the client adds ---

@every_model
def test_headers(chat, model):
    answer = chat.with_raw_response.create(model=model, messages=user("Hello"))
    headers = answer.headers
    assert headers["x-smartrouter-model"] == model and headers["x-smartrouter-attempts"] == "1"
    assert float(headers["x-smartrouter-cost"]) > 0
    assert answer.parse()._request_id == headers["x-request-id"]
    with chat.with_streaming_response.create(model=model, messages=user("Hello"),
                                             stream=True) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-smartrouter-model"] == model
        assert list(answer.iter_lines())[-2] == "data: [DONE]"


def test_the_decision_is_told_to_who_asks(chat):
    explain = {"x-smartrouter-explain": "1"}
    whole = chat.create(model="auto", messages=user("Hello"), extra_headers=explain)
    told = whole.model_extra["smartrouter"]
    assert told["considered"] and told["outcome"]["end"] == "ok" and whole.choices[0].message.content
    with chat.stream(model="auto", messages=user("Hello"), extra_headers=explain) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        assert text and stream.get_final_completion().choices[0].message.content == text
    chunks = list(chat.create(model="auto", messages=user("Hello"), stream=True,
                              stream_options={"include_usage": True}, extra_headers=explain))
    told = [c for c in chunks if c.model_extra.get("smartrouter")]
    assert told == chunks[-1:] and told[0].choices == []
    assert [bool(c.usage) for c in chunks[-2:]] == [True, False]
    with pytest.raises(openai.BadRequestError) as refused:
        chat.create(model="auto:cost", messages=user("Hello"), extra_headers=explain,
                    extra_body={"provider": {"max_price": {"prompt": 0.000001}}})
    assert "smartrouter" in refused.value.response.json()


def test_models(client):
    models = {model.id: model for model in client.models.list()}
    assert set(MODELS) <= set(models) and models[OPENAI].owned_by == "openai"
    assert all(m.object == "model" and isinstance(m.created, int) for m in models.values())
    assert client.models.retrieve(OPENAI).id == OPENAI
    assert client.models.retrieve("openai/" + OPENAI).id == OPENAI
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-nowhere")


def test_members_that_only_the_vendor_knows(chat, fleet):
    """The vendor gets to see what the gateway does not know; OpenAI's takes nothing unknown."""
    asked = dict(messages=user("Hello"), user="u-1", seed=7, extra_body={"x_own": {"deep": [1]}},
                 extra_headers={"x-own": "1"}, extra_query={"q": "1"})
    assert chat.create(model=DEEPSEEK, **asked).choices[0].message.content
    with pytest.raises(openai.BadRequestError) as caught:
        chat.create(model=OPENAI, **asked)
    assert "x_own" in caught.value.message


def test_a_list_of_models(chat):
    answer = chat.with_raw_response.create(
        model=DEEPSEEK, messages=user("Hello"), n=2, extra_body={"models": [OPENAI]})
    assert answer.headers["x-smartrouter-model"] == OPENAI
    assert len(answer.parse().choices) == 2


def test_auto(chat):
    assert chat.create(model="auto", messages=user("Hello")).choices[0].message.content


# --- feedback ---

@every_model
def test_an_answer_is_rated(fleet, client, chat, model):
    answer = chat.create(model=model, messages=user("Hello"))
    fleet.wait_quiet()  # the client may be faster than the books
    said = client.post("/feedback", cast_to=object,
                       body={"request_id": answer._request_id, "rating": "up"})
    assert said["object"] == "feedback" and said["request_id"] == answer._request_id
    with pytest.raises(openai.ConflictError) as refused:
        client.post("/feedback", cast_to=object,
                    body={"request_id": answer._request_id, "outcome": "rejected"})
    assert refused.value.code == "answer_rated"
