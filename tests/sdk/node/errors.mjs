// errors.mjs -- the errors that openai-node must raise, and when it must try again.
import assert from "node:assert/strict";

import { OpenAI, client, given, order, user } from "./kit.mjs";

const NOT_AGAIN = { maxRetries: 0 };

// One of the client's own classes, with our status and code, after so many tries.
async function fails(asked, kind, status, code, { client: c, tries = 1, words = [] }) {
  const error = await asked.then(
    () => assert.fail("it did not fail"),
    (e) => e,
  );
  assert.equal(error.constructor, kind, error.stack);
  assert.deepEqual([error.status, error.code], [status, code], error.message);
  for (const word of words) assert.ok(error.message.includes(word), `${word}: ${error.message}`);
  assert.equal(c.tries, tries);
  return error;
}

const bad = (body, code) => async () => {
  const c = client();
  const error = await fails(c.ask(body), OpenAI.BadRequestError, 400, code, { client: c });
  assert.equal(error.type, "invalid_request_error");
  assert.ok(error.requestID);
};

const vendorFails = (error, kind, status, code) => async () => {
  const c = client();
  await fails(c.ask({ messages: order({ error }) }), kind, status, code, { client: c });
};

export const errors = {
  "a key that is none": async () => {
    const c = client("sk-of-somebody-else");
    await fails(c.ask(), OpenAI.AuthenticationError, 401, "invalid_api_key", { client: c });
  },
  "a blocked key": async () => {
    const c = client("blocked");
    await fails(c.ask(), OpenAI.PermissionDeniedError, 403, "key_blocked", { client: c });
  },
  "no such model": async () => {
    const c = client();
    await fails(c.ask({ model: "gpt-nowhere" }), OpenAI.NotFoundError, 404, "model_not_found",
      { client: c, words: ["gpt-nowhere"] });
  },
  "no such model to show": async () => {
    const c = client();
    await fails(c.models.retrieve("gpt-nowhere"), OpenAI.NotFoundError, 404, "model_not_found", { client: c });
  },
  "no such path": async () => {
    const c = client();
    await fails(c.images.generate({ prompt: "x" }), OpenAI.NotFoundError, 404, "unknown_url", { client: c });
  },
  "a bad temperature": bad({ temperature: 9 }, "invalid_value"),
  "no messages": bad({ messages: [] }, "invalid_value"),
  "a bad role": bad({ messages: [{ role: "wizard", content: "x" }] }, "invalid_value"),
  "an unsupported parameter": bad({ model: "claude-haiku-4-5", n: 2 }, "unsupported_parameter"),
  "a request the vendor refuses": bad({ messages: order({ error: "bad_request" }) }, "vendor_refused"),
  "a prompt too long": bad({ messages: order({ error: "context_length" }) }, "context_length_exceeded"),

  "a budget that is spent": async () => {
    const c = client("poor");
    const error = await fails(c.ask(), OpenAI.APIError, 402, "budget_exceeded",
      { client: c, words: ["day budget of key", "$0.000001"] });
    assert.equal(error.headers.get("x-should-retry"), "false");
  },
  "requests per minute": async () => {
    const c = client("slow", NOT_AGAIN);
    await c.ask();
    c.tries = 0;
    const error = await fails(c.ask(), OpenAI.RateLimitError, 429, "rate_limit_exceeded", { client: c });
    const wait = Number(error.headers.get("retry-after"));
    assert.ok(wait > 0 && wait <= 60);
  },
  "retry-after is waited for": async () => {
    const c = client("brisk");
    await Promise.all(Array.from({ length: 60 }, () => c.ask()));
    c.tries = 0;
    const begin = Date.now();
    await c.ask();
    assert.equal(c.tries, 2);
    assert.ok(Date.now() - begin >= 900);
  },
  "more tokens than a minute has": async () => {
    const c = client("small");
    await fails(c.ask({ max_tokens: 4000 }), OpenAI.RateLimitError, 429, "request_over_rate_limit", { client: c });
  },

  "a vendor's failure": vendorFails("server", OpenAI.InternalServerError, 502, "vendor_error"),
  "a vendor's overload": vendorFails("overloaded", OpenAI.InternalServerError, 503, "vendor_overloaded"),
  "a vendor's rate limit": vendorFails("rate_limit", OpenAI.RateLimitError, 429, "vendor_rate_limited"),
  "a vendor's refusal of our key": vendorFails("invalid_key", OpenAI.InternalServerError, 502, "vendor_credential"),

  "a stream that breaks": async () => {
    const c = client();
    let text = "";
    const read = async () => {
      for await (const chunk of await c.ask({ messages: order({ cut: true, at: "middle" }), stream: true }))
        text += chunk.choices[0].delta.content ?? "";
    };
    await assert.rejects(read(), (e) => e instanceof OpenAI.APIError && e.code === "upstream_truncated");
    assert.ok(text);
    assert.equal(c.tries, 1);
  },
  "an accumulated stream that breaks": async () => {
    const stream = client().chat.completions.stream({
      model: given.models.all[0], messages: order({ cut: true, at: "middle" }) });
    await assert.rejects(stream.finalChatCompletion(), OpenAI.APIError);
  },
  "the next vendor answers instead": async () => {
    const { response } = await client().ask({
      messages: order({ vendor: "openai", error: "server" }), models: ["claude-haiku-4-5"] }).withResponse();
    assert.equal(response.headers.get("x-smartrouter-vendor"), "anthropic");
  },
  "a request given up": async () => {
    const c = client("rich", NOT_AGAIN);
    const asked = c.chat.completions.create(
      { model: given.models.all[0], messages: order({ headers_ms: 3000 }) }, { timeout: 200 });
    await assert.rejects(asked, OpenAI.APIConnectionTimeoutError);
    assert.ok((await c.ask()).choices);
  },
};
