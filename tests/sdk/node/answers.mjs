// answers.mjs -- what users of openai-node write, for models of every vendor.
import assert from "node:assert/strict";

import { client, given, order, user, z, zodFunction, zodResponseFormat } from "./kit.mjs";

const { all, seeing, schemas, choices, thinking, logprobs } = given.models;
const MAX_THOUGHTS = { reasoning_effort: "low", max_completion_tokens: 4000 };

export const answers = {};

function each(name, models, run) {
  for (const model of models) answers[`${name} ${model}`] = () => run(client().chat.completions, model);
}

async function collected(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const said = (chunks) => chunks.map((c) => c.choices[0]?.delta.content ?? "").join("");

// --- plain and streamed ---

each("plain", all, async (chat, model) => {
  const answer = await chat.create({ model, messages: user("Hello") });
  assert.equal(answer.object, "chat.completion");
  assert.ok(answer.choices[0].message.content);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.ok(answer._request_id);
});

each("streamed", all, async (chat, model) => {
  const whole = await chat.create({ model, messages: user("Hello") });
  const chunks = await collected(await chat.create({ model, messages: user("Hello"), stream: true }));
  assert.equal(said(chunks), whole.choices[0].message.content);
  assert.equal(chunks[0].choices[0].delta.role, "assistant");
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
});

each("usage of a stream", all, async (chat, model) => {
  const asked = { model, messages: user("Hello"), stream: true, stream_options: { include_usage: true } };
  const last = (await collected(await chat.create(asked))).at(-1);
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.prompt_tokens > 0 && last.usage.completion_tokens > 0);
});

each("accumulated", all, async (chat, model) => {
  const stream = chat.stream({ model, messages: user("Hello"), stream_options: { include_usage: true } });
  let text = "";
  stream.on("content", (delta) => (text += delta));
  const answer = await stream.finalChatCompletion();
  assert.ok(text);
  assert.equal(answer.choices[0].message.content, text);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.ok((await stream.totalUsage()).completion_tokens > 0);
});

each("left early", all, async (chat, model) => {
  const stream = await chat.create({ model, messages: order({ tokens: 500, chunk_ms: 5 }), stream: true });
  for await (const chunk of stream) {
    assert.ok(chunk.choices);
    break;
  }
  assert.ok(stream.controller.signal.aborted);
});

// --- tools ---

const called = (message) => (message.tool_calls ?? []).map((c) => c.function.name);

async function loop(ask) {
  const messages = user("Call get_weather and get_time.");
  const first = await ask(messages);
  assert.equal(first.finish_reason, "tool_calls");
  assert.deepEqual(called(first.message), ["get_weather", "get_time"]);
  assert.equal(new Set(first.message.tool_calls.map((c) => c.id)).size, 2);
  assert.deepEqual(Object.keys(JSON.parse(first.message.tool_calls[0].function.arguments)), ["city", "days"]);
  messages.push(first.message);
  for (const call of first.message.tool_calls)
    messages.push({ role: "tool", tool_call_id: call.id, content: `{"of":"${call.function.name}"}` });
  const second = await ask(messages);
  assert.equal(second.finish_reason, "stop");
  assert.ok(second.message.content);
}

each("a loop of parallel tools", all, (chat, model) =>
  loop(async (messages) => (await chat.create({ model, messages, tools: given.tools })).choices[0]));

each("a streamed loop of parallel tools", all, (chat, model) =>
  loop(async (messages) => {
    const answer = await chat.stream({ model, messages, tools: given.tools }).finalChatCompletion();
    return answer.choices[0];
  }));

each("tools run by the client", all, async (chat, model) => {
  const asked = [];
  const tool = (name) =>
    zodFunction({
      name,
      parameters: z.object({ city: z.string() }),
      function: ({ city }) => {
        asked.push([name, typeof city]);
        return "sunny";
      },
    });
  for (const stream of [false, true]) {
    const runner = chat.runTools({
      model, stream, messages: user("Use get_weather, get_time"), tools: [tool("get_weather"), tool("get_time")],
    });
    assert.ok(await runner.finalContent());
  }
  const once = [["get_weather", "string"], ["get_time", "string"]];
  assert.deepEqual(asked, [...once, ...once]);
});

each("a named tool", all, async (chat, model) => {
  const answer = await chat.create({
    model, messages: user("Hello"), tools: given.tools,
    tool_choice: { type: "function", function: { name: "get_time" } },
  });
  assert.deepEqual(called(answer.choices[0].message), ["get_time"]);
});

// --- JSON ---

const Plan = z.object({ steps: z.array(z.object({ what: z.string(), n: z.number() })), final: z.string() });

each("parsed", schemas, async (chat, model) => {
  const asked = { model, messages: user("Solve it"), response_format: zodResponseFormat(Plan, "plan") };
  Plan.parse((await chat.parse(asked)).choices[0].message.parsed);
  const streamed = await chat.stream(asked).finalChatCompletion();
  Plan.parse(streamed.choices[0].message.parsed);
});

each("a schema written by hand", schemas, async (chat, model) => {
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
  const answer = await chat.create({
    model, messages: user("Count"),
    response_format: { type: "json_schema", json_schema: { name: "count", strict: true, schema } },
  });
  assert.ok(Number.isInteger(JSON.parse(answer.choices[0].message.content).n));
});

answers["an answer too long to parse"] = async () => {
  const asked = { model: all[0], messages: user("Solve it"), max_tokens: 3, response_format: zodResponseFormat(Plan, "plan") };
  await assert.rejects(client().chat.completions.parse(asked), { name: "Error", message: /length limit/ });
};

// --- images, choices, log probabilities, thinking ---

each("an image", seeing, async (chat, model) => {
  const content = [
    { type: "text", text: "What is it?" },
    { type: "image_url", image_url: { url: given.image } },
  ];
  const answer = await chat.create({ model, messages: [{ role: "user", content }] });
  assert.ok(answer.choices[0].message.content);
});

each("choices", choices, async (chat, model) => {
  const answer = await chat.stream({ model, messages: user("Hello"), n: 3 }).finalChatCompletion();
  assert.deepEqual(answer.choices.map((c) => c.index), [0, 1, 2]);
  for (const choice of answer.choices) assert.ok(choice.message.content);
});

each("log probabilities", logprobs, async (chat, model) => {
  const asked = { model, messages: user("Hello"), logprobs: true, top_logprobs: 2 };
  const whole = (await chat.create(asked)).choices[0].logprobs.content;
  const streamed = (await chat.stream(asked).finalChatCompletion()).choices[0].logprobs.content;
  assert.ok(whole.length && whole.every((t) => t.logprob <= 0 && t.top_logprobs.length === 2));
  assert.equal(streamed.map((t) => t.token).join(""), whole.map((t) => t.token).join(""));
});

each("thinking", thinking, async (chat, model) => {
  const asked = { model, messages: user("Hello"), ...MAX_THOUGHTS };
  const whole = await chat.create(asked);
  const chunks = await collected(await chat.create({ ...asked, stream: true }));
  assert.ok(whole.choices[0].message.reasoning_content);
  assert.equal(chunks.map((c) => c.choices[0]?.delta.reasoning_content ?? "").join(""),
    whole.choices[0].message.reasoning_content);
  assert.ok(whole.usage.completion_tokens_details.reasoning_tokens > 0);
});

// --- headers, models ---

each("headers", all, async (chat, model) => {
  const { data, response, request_id } = await chat.create({ model, messages: user("Hello") }).withResponse();
  assert.equal(response.headers.get("x-smartrouter-model"), model);
  assert.ok(Number(response.headers.get("x-smartrouter-cost")) > 0);
  assert.ok(request_id && request_id === data._request_id);
});

answers["models"] = async () => {
  const { models } = client();
  const ids = (await models.list()).data.map((m) => m.id);
  for (const model of all) assert.ok(ids.includes(model), model);
  assert.equal((await models.retrieve(all[0])).object, "model");
  assert.equal((await models.retrieve(`openai/${all[0]}`)).id, all[0]);
};

answers["many at once"] = async () => {
  const asked = Array.from({ length: 40 }, (_, i) => client().ask({ model: all[i % all.length] }));
  for (const answer of await Promise.all(asked)) assert.ok(answer.choices[0].message.content);
};
