"""An answer in nobody's dialect: what both sides of a comparison are turned into."""
from collections import Counter
from dataclasses import dataclass, field

# the disjoint classes of src/tbl/usage.h
INPUT_CLASSES = ("input", "cache_read", "cache_write", "cache_write_long", "input_audio",
                 "input_image")
OUTPUT_CLASSES = ("output", "output_audio")


@dataclass
class Usage:
    """Tokens by class; OpenAI's inclusive numbers follow from them."""
    classes: dict
    reasoning: int = 0

    @classmethod
    def of(cls, reasoning=0, **classes):
        full = dict.fromkeys(INPUT_CLASSES + OUTPUT_CLASSES, 0)
        full.update(classes)
        return cls({name: max(0, n) for name, n in full.items()}, reasoning)

    @property
    def prompt(self):
        return sum(self.classes[c] for c in INPUT_CLASSES)

    @property
    def completion(self):
        return sum(self.classes[c] for c in OUTPUT_CLASSES)

    def openai(self):
        """What a client of the OpenAI dialect must be told."""
        return {"prompt_tokens": self.prompt, "completion_tokens": self.completion,
                "total_tokens": self.prompt + self.completion,
                "cached_tokens": self.classes["cache_read"],
                "cache_write_tokens":
                    self.classes["cache_write"] + self.classes["cache_write_long"],
                "reasoning_tokens": self.reasoning}


@dataclass
class Tool:
    id: str = ""
    name: str = ""
    arguments: str = ""   # of a custom tool: its input, which is any text
    custom: bool = False

    def add(self, call):
        """A whole call in OpenAI's form, or a piece of one: ids and names come once, arguments
        add up."""
        self.custom = self.custom or call.get("type") == "custom" or "custom" in call
        inner = call.get("custom" if self.custom else "function") or {}
        self.id = self.id or call.get("id") or ""
        self.name = self.name or inner.get("name") or ""
        self.arguments += inner.get("input" if self.custom else "arguments") or ""


@dataclass
class Choice:
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tools: list = field(default_factory=list)
    indexes: list = field(default_factory=list)  # of the tools, as the vendor counts them
    finish: str = None
    logprobs: dict = None  # name -> list of tokens
    more: list = field(default_factory=list)         # (name, value) of the message or deltas
    more_choice: list = field(default_factory=list)  # (name, value) of the choice


@dataclass
class Answer:
    """`outcome`: ended (the vendor's end mark), finished (none, but finish reasons), truncated,
    or fault; with fault, `fault` is a faults.Said."""
    id: str = None
    model: str = None
    created: int = None
    service_tier: str = None
    fingerprint: str = None
    choices: dict = field(default_factory=dict)
    usage: Usage = None
    more: list = field(default_factory=list)
    outcome: str = "ended"
    fault: object = None
    keep_alives: int = 0
    signed: list = field(default_factory=list)  # Anthropic's thinking blocks, to be sent back
    left_out: Counter = field(default_factory=Counter)  # what has no form in OpenAI's dialect

    def choice(self, index):
        return self.choices.setdefault(index, Choice())

    def without_reasons(self):
        """Where the vendor told no finish reason, clients are told what it must have been."""
        for choice in self.choices.values():
            choice.finish = choice.finish or ("tool_calls" if choice.tools else "stop")
        return self

    def close(self, ended):
        """Name the outcome, once the last event is read."""
        if self.outcome == "fault":
            return self
        finished = bool(self.choices) and all(c.finish for c in self.choices.values())
        self.outcome = "ended" if ended else "finished" if finished else "truncated"
        return self.without_reasons() if ended else self


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def count(value):
    """A number of tokens as vendors write it; null and nonsense are 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def member(obj, *path):
    """obj["a"]["b"]..., None where a step is missing."""
    for name in path:
        obj = obj.get(name) if isinstance(obj, dict) else None
    return obj
