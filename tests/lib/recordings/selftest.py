"""Does the judge find lies? Each lie falsifies what dialect_pipe said, and some recording must
then fail; a lie that no recording finds out is a hole in the tests."""
import copy
import json
import re

from . import pipe, respond, run


def text(name, pattern, replacement):
    """A lie about one text that the dialects wrote: the first place that matches."""
    def lie(out):
        if isinstance(out.get(name), str):
            out[name] = re.sub(pattern, replacement, out[name], count=1)
    return lie


def last(name, pattern, replacement):
    """The same about the last place."""
    def lie(out):
        if isinstance(out.get(name), str):
            found = list(re.finditer(pattern, out[name]))
            if found:
                m = found[-1]
                out[name] = out[name][:m.start()] + m.expand(replacement) + out[name][m.end():]
    return lie


def fault(name, value):
    def lie(out):
        if "fault" in out:
            out["fault"][name] = value(out["fault"][name])
    return lie


def usage(name):
    def lie(out):
        if out.get("usage"):
            out["usage"][name] += 1
    return lie


def put(name, value):
    def lie(out):
        if name in out:
            out[name] = value
    return lie


def sent(dialect, change):
    """A lie about the bodies of the calls to one vendor."""
    def lie(out):
        for call in out.get("calls", ()):
            body = json.loads(call["body"]) if call.get("body") else {}
            if dialect_of(call, body) == dialect:
                change(body)
                call["body"] = json.dumps(body)
    return lie


def dialect_of(call, body):
    if call.get("path") == "/messages":
        return "anthropic"
    return "qwen_native" if "input" in body else "chat" if body else None


def drop(name):
    return lambda body: body.pop(name, None)


def turn_around(body):
    body["messages"].reverse()


def blank_first_text(body):
    body["messages"][0]["content"] = ""


LIES = {
    "a character of the text is lost": ("reply", text("reply", r'("content":"\w)\w', r"\1")),
    "a character of a stream is lost": ("stream", last("frames", r'("content":"[^"]*)\w"', r'\1"')),
    "a character of a gathered text": ("stream", text("gathered", r'("content":"\w)\w', r"\1")),
    "reasoning is lost": ("reply", text("reply", r'"reasoning_content":"[^"]', r'"x":"')),
    "a finish reason is another": ("reply", text("reply", r'"finish_reason":"\w+"',
                                                 '"finish_reason":"content_filter"')),
    "a finish reason is unknown": ("stream", text("frames", r'"finish_reason":"\w+"',
                                                  '"finish_reason":"done"')),
    "no finish reason in a chunk": ("stream", text("frames", r',"finish_reason":null', "")),
    "a tool has another id": ("reply", text("reply", r'"id":"(call|toolu)', r'"id":"x\1')),
    "a tool of a stream has no id": ("stream", text("frames", r'"index":0,"id":"\w+"',
                                                    '"index":0,"id":""')),
    "arguments are changed": ("reply", text("reply", r'("arguments":"[^"]*?)\w', r"\1Q")),
    "usage is billed wrongly": ("reply", usage("output")),
    "cached input is billed as fresh": ("stream", usage("input")),
    "reasoning is counted wrongly": ("reply", usage("reasoning")),
    "the client is told another usage": ("reply", text("reply", r'"prompt_tokens":', r"\g<0>9")),
    "the usage chunk is lost": ("stream", text("frames", r'data: [^\n]*"choices":\[\][^\n]*\n\n',
                                               "")),
    "the end mark is lost": ("stream", text("frames", r"data: \[DONE\]\n\n", "")),
    "a stream ends after an error": ("stream", text("frames", r'(data: \{"error".*\n\n)',
                                                    r"\1data: [DONE]\n\n")),
    "no role is told": ("stream", text("frames", r'"role":"assistant",?', "")),
    "the role is told twice": ("stream", last("frames", r'"delta":\{',
                                              '"delta":{"role":"assistant"')),
    "a fingerprint is null": ("reply", text("reply", r'"object"',
                                            '"system_fingerprint":null,"object"')),
    "refusal is absent": ("reply", text("reply", r',"refusal":null', "")),
    "logprobs are lost": ("reply", text("reply", r'"logprobs":\{', '"logprobs":null,"x":{')),
    "an unknown member is lost": ("reply", text("reply", r'"annotations":', '"other":')),
    "the id changes": ("stream", last("frames", r'"id":"(?=[^"]*","object)', '"id":"x')),
    "a broken stream ends well": ("stream", put("outcome", "ended")),
    "a good stream is called broken": ("stream", put("outcome", "truncated")),
    "a cut changes something": ("stream", put("difference", {"what": "events", "at": 3,
                                                             "piece": 0})),
    "retry is wrong": ("fault", fault("retry", lambda v: not v)),
    "failover is wrong": ("fault", fault("failover", lambda v: not v)),
    "health is wrong": ("fault", fault("health", lambda v: not v)),
    "a key stays in use": ("fault", fault("credential", lambda v: "fine")),
    "a key is thrown away": ("fault", fault("credential", lambda v: "out")),
    "the wait is wrong": ("fault", fault("retry_after_ms", lambda v: v + 1)),
    "an error lacks param": ("fault", text("fault_body", r'"param":[^,}]*,?', "")),
    "an error tells a key": ("fault", text("fault_body", r'"message":"', r"\g<0>sk-abcdefgh1 ")),
    "the error frame is no error": ("fault", text("fault_frame", r'"error"', '"err"')),
    "an error in a 200 is a good answer": ("reply", lambda out: out.pop("fault", None)),
    "a parameter is dropped in silence": ("request", sent("chat", drop("temperature"))),
    "a message is lost": ("request", sent("anthropic", lambda b: b["messages"].pop())),
    "messages are out of order": ("request", sent("anthropic", turn_around)),
    "a text is emptied": ("request", sent("chat", blank_first_text)),
    "tools are lost": ("request", sent("anthropic", drop("tools"))),
    "max_tokens is lost": ("request", sent("anthropic", drop("max_tokens"))),
    "a member unknown to the vendor": ("request", sent("anthropic", lambda b: b.update(seed=1))),
    "the native input is lost": ("request", sent("qwen_native", lambda b: b["input"].clear())),
    "the bound of tokens is too low": ("request", lambda out: [
        call.update(tokens_bound=1) for call in out.get("calls", ())]),
    "an adaption is not told": ("request", lambda out: [
        call["adaptions"].clear() for call in out.get("calls", ()) if "adaptions" in call]),
}


class Liar(pipe.Pipe):
    """A pipe that falsifies the answers to one verb."""

    def __init__(self, program):
        super().__init__(program)
        self.verb, self.lie = None, None

    def run(self, verb, meta, body):
        out = super().run(verb, meta, body)
        if verb == self.verb:
            out = copy.deepcopy(out)
            self.lie(out)
        return out


def fails(runner, files):
    """The first recording that fails, or None."""
    for file in files:
        result = runner.run(file)
        if result.differences or result.request_differences:
            return file
    return None


def run_all(files, program):
    liar = Liar(program)
    runner = run.Runner(liar, respond.Effort(0, 0))
    honest = [file for file in files if not fails(runner, [file])]
    if len(honest) < len(files):
        print(f"{len(files) - len(honest)} recordings fail without any lie: left out")
    believed = 0
    for name, (liar.verb, liar.lie) in LIES.items():
        found = fails(runner, honest)
        believed += found is None
        print(f"{'BELIEVED' if found is None else 'found'}: {name}"
              + (f" ({found})" if found else ""))
    print(f"{len(LIES) - believed} lies found, {believed} believed")
    return 1 if believed else 0
