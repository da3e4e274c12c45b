// run.mjs [--list] -- run all cases, one after the other; a line of JSON tells how each ended.
import { answers } from "./answers.mjs";
import { errors } from "./errors.mjs";

const cases = { ...answers, ...errors };

if (process.argv[2] === "--list") {
  console.log(Object.keys(cases).join("\n"));
  process.exit(0);
}
for (const [name, run] of Object.entries(cases)) {
  let error = null;
  try {
    await run();
  } catch (e) {
    error = e?.stack ?? String(e);
  }
  console.log(JSON.stringify({ name, error }));
}
