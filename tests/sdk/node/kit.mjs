// kit.mjs -- the official client, and what the cases ask with. The modules lie in a folder of
// their own ($SDK_MODULES), where tests/sdk/setup has put them.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.SDK_MODULES, "package.json"));

export const OpenAI = require("openai").default;
export const { zodFunction, zodResponseFormat } = require("openai/helpers/zod");
export const { z } = require("zod");

// base_url, keys by what they are for, models by what they can, tools, an image: test_node.py
export const given = JSON.parse(process.env.SDK_GIVEN ?? '{"models":{}}');

export const user = (text) => [{ role: "user", content: text }];

// a prompt with an order to the mock vendor that gets it
export const order = (what, text = "") => user(`${text} mock:${JSON.stringify(what)}`);

// A client that counts how often it asked; without options it tries again as its authors think right.
export function client(key = "rich", options = {}) {
  const made = new OpenAI({
    baseURL: given.base_url,
    apiKey: given.keys[key] ?? key,
    fetch: (...args) => {
      made.tries++;
      return fetch(...args);
    },
    ...options,
  });
  made.tries = 0;
  made.ask = (body) =>
    made.chat.completions.create({ model: given.models.all[0], messages: user("Hello"), ...body });
  return made;
}
