"""What a price makes of usage, against an independent reading of it in exact fractions.

The program under test is tests/tools/price_pipe: the configuration's own parser and core/price.c.
What it must say is computed here from the published text, by the rules of smartrouter.yaml(5).
"""

import json
import math
import os
import random
import subprocess
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PIPE = Path(os.environ.get("SR_BUILD", TOP / "build" / "asan")) / "tests" / "tools" / "price_pipe"

CLASSES = ["input", "cache_read", "cache_write", "cache_write_long", "input_audio", "input_image",
           "output", "output_audio"]
FALLBACK = {"cache_write_long": "cache_write", "output_audio": "output"}
OUTPUTS = {"output", "output_audio"}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NANOS = 10**9
MONEY_MAX = 9 * 10**15

HARD = """
models:
  openai:
    plain: {context: 1000000, max_output: 1000}
    odd: {context: 1000000, max_output: 1000}
prices:
  openai:
    plain: {source: s, date: 2026-01-01, input: 1000000, output: 1000000}
    odd:
      source: s
      date: 2026-01-01
      input: 0.000001
      cache_read: 0.000003
      output: 0.333333
      above: {10: {input: 0.7, output: 1.1}, 1000: {input: 0.9, cache_write: 3.000001, output: 7}}
      windows:
        - {days: [mon, wed-thu], hours: ["00:00-00:01", "23:59-24:00"], input: 5, output: 0}
        - {days: sat-sun, input: 0.1, output: 0.2, above: {100: {input: 11, output: 13}}}
        - {hours: "12:00-13:30", days: fri, input: 2, output: 3}
"""


class Pipe:
    def __init__(self, config):
        assert PIPE.exists(), f"{PIPE} is not built"
        self.process = subprocess.Popen([PIPE, config], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.catalog = json.loads(self.process.stdout.readline(), parse_float=Decimal)

    def ask(self, lines):
        answers, _ = self.process.communicate("".join(line + "\n" for line in lines))
        assert self.process.returncode == 0
        return [int(answer) for answer in answers.split()]


def dollars(case, name):
    """Dollars a token of a class: its own price, or that of the class it falls back to."""
    while name not in case:
        name = FALLBACK.get(name, "input")
    return Fraction(case[name]) / 1000000


def minute_of(clock):
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def case_at(price, when, n_input):
    """The prices that hold at a time for so many input tokens."""
    at = datetime.fromtimestamp(when, timezone.utc)
    minute = at.hour * 60 + at.minute
    found = price
    for window in price.get("windows", []):
        begin, end = (minute_of(clock) for clock in window["hours"].split("-"))
        if DAYS[at.weekday()] in window["days"] and begin <= minute < end:
            found = window
    longer = [int(n) for n in found.get("above", {}) if n_input > int(n)]
    return found["above"][str(max(longer))] if longer else found


def cost(price, when, factor, tokens):
    n_input = sum(n for name, n in tokens.items() if name not in OUTPUTS)
    case = case_at(price, when, n_input)
    exact = sum(dollars(case, name) * n for name, n in tokens.items()) * factor * NANOS
    return min(math.ceil(exact), MONEY_MAX)


def factors(price):
    return [Fraction(1)] + [Fraction(f) for f in price["service_tiers"].values()]


def any_time(rng):
    monday = 1795392000  # 2026-11-23
    at = monday + rng.randrange(7 * 86400)
    edge = monday + rng.randrange(7) * 86400 + rng.choice([0, 1, 4, 6, 10, 12, 24]) * 3600
    return rng.choice([at, edge, edge - 1, edge + 60, edge - 60])


def any_tokens(rng, price):
    edges = [0, 1, 2, 999, 10**6] + [int(n) for n in price.get("above", {})]
    tokens = {}
    for name in CLASSES:
        n = rng.choice([0, rng.randrange(3000), rng.choice(edges), rng.randrange(10**9)])
        tokens[name] = n
    if rng.random() < 0.3:  # right at the edge of a length
        tokens = dict.fromkeys(CLASSES, 0)
        tokens["input"] = rng.choice(edges) + rng.choice([0, 1])
        tokens["output"] = rng.randrange(1000)
    if rng.random() < 0.01:  # what no vendor can mean
        tokens["output"] = 2**63 - 1
    return tokens


@pytest.fixture(params=["shipped", "hard"])
def pipe(request, tmp_path):
    if request.param == "shipped":
        return Pipe(TOP / "conf" / "smartrouter.yaml")
    (tmp_path / "hard.yaml").write_text(HARD)
    return Pipe(tmp_path / "hard.yaml")


def every_price(catalog):
    for vendor, models in catalog["prices"].items():
        for name, price in models.items():
            yield f"{vendor}/{name}", price


def test_cost_is_the_exact_sum_rounded_up_once(pipe):
    rng = random.Random(1)
    lines, wanted = [], []
    for model, price in every_price(pipe.catalog):
        for _ in range(300):
            when, factor, tokens = any_time(rng), rng.choice(factors(price)), any_tokens(rng, price)
            lines.append(f"cost {model} {when} {factor * 1000} "
                         + " ".join(str(tokens[name]) for name in CLASSES))
            wanted.append(cost(price, when, factor, tokens))
    got = pipe.ask(lines)
    wrong = [(line, a, b) for line, a, b in zip(lines, got, wanted) if a != b]
    assert not wrong, wrong[:5]
    assert len(got) == len(lines)


def test_worst_case_is_never_below_a_cost(pipe):
    rng = random.Random(2)
    lines, bounds = [], []
    for model, price in every_price(pipe.catalog):
        for _ in range(100):
            tokens, factor = any_tokens(rng, price), rng.choice(factors(price))
            n_input = sum(n for name, n in tokens.items() if name not in OUTPUTS)
            n_output = min(sum(tokens[name] for name in OUTPUTS), 2**62)
            tokens["output"] = n_output - min(tokens["output_audio"], n_output)
            choices = rng.choice([1, 1, 2, 7])
            lines.append(f"worst {model} {factor * 1000} {n_input} {-(-n_output // choices)} {choices}")
            bounds.append(max(cost(price, any_time(rng), factor, tokens) for _ in range(20)))
    got = pipe.ask(lines)
    wrong = [(line, worst, most) for line, worst, most in zip(lines, got, bounds) if worst < most]
    assert not wrong, wrong[:5]


def test_every_model_is_priced(pipe):
    catalog = pipe.catalog
    for vendor, models in catalog["models"].items():
        for name, model in models.items():
            assert model.get("price", name) in catalog["prices"][vendor]
    pipe.ask([])


def test_every_price_says_its_source_and_date(pipe):
    for _, price in every_price(pipe.catalog):
        assert price["source"]
        datetime.strptime(price["date"], "%Y-%m-%d")
    pipe.ask([])
