"""A fleet that has seen nothing yet, with a model that nobody has priced: what doc/decision.md says of a
cold start.
"""
import pytest

from client import ask, chat
from fleet import Fleet

# of another name, so that it has no price of its own; the vendor serves what stands behind it
UNPRICED = "qwen-new"
SECTIONS = {
    "models": {"qwen": {UNPRICED: {"context": 100000, "max_output": 8000, "upstream": "qwen-plus"}}},
    "policies": {"default": {
        "order": [UNPRICED, "claude-haiku-4-5", "gpt-4o-mini", "deepseek-v4-pro"], "fallbacks": []}},
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("cold"), sections=SECTIONS) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def key(fleet):
    """Without a budget: with one, what has no price is left out."""
    return fleet.make_key()


@pytest.fixture(scope="module")
def first(gateway, key):
    """The record of the very first request."""
    answer = ask(gateway, key, chat("auto:cost"), headers={"x-smartrouter-explain": "1"})
    return answer.must_be_good().json["smartrouter"]


def candidates(record):
    return {c["model"]: c for c in record["considered"]}


def test_nothing_is_known_and_every_term_is_a_prior(first):
    for name, candidate in candidates(first).items():
        terms = candidate["terms"]
        known = terms.get("known", [])
        assert "latency" not in known and "length" not in known
        assert ("price" in known) == (name != UNPRICED)
        assert 1000 <= terms["first_ms"] < terms["first_high_ms"]
        assert terms["first_ms"] < terms["total_high_ms"]
        assert terms["failure"] == pytest.approx(0.01)
        assert 5 < terms["input"] < 40 and 100 < terms["output"] < 5000


def test_who_thinks_is_expected_to_be_later(first):
    known = candidates(first)
    assert known["deepseek-v4-pro"]["terms"]["first_ms"] > \
        2 * known["gpt-4o-mini"]["terms"]["first_ms"]


def test_without_a_price_it_is_dearer_than_the_dearest(first):
    costs = {name: c["terms"]["cost_nanos"] for name, c in candidates(first).items()}
    assert max(costs, key=costs.get) == UNPRICED


def test_cost_takes_the_cheapest_that_has_a_price(call, first):
    assert call(chat("auto:cost")).must_be_good().headers["x-smartrouter-model"] == "gpt-4o-mini"


@pytest.mark.parametrize("strategy", ["quality", "latency", "balanced"])
def test_without_evidence_the_first_of_the_policy_answers(call, strategy):
    """The guard: nothing says that another is as good. It is the operator who put it first."""
    assert call(chat("auto:" + strategy)).must_be_good().headers["x-smartrouter-model"] in \
        (UNPRICED, "claude-haiku-4-5")


@pytest.mark.parametrize("limit", ["max_cost=1", "max_price_input=100", "max_price_output=100"])
def test_without_a_price_no_limit_of_cost_is_kept(call, limit):
    answer = call(chat("auto"), headers={"x-smartrouter-strategy": "order; " + limit})
    assert answer.must_be_good().headers["x-smartrouter-model"] == "claude-haiku-4-5"
    refused = call(chat(UNPRICED), headers={"x-smartrouter-strategy": limit})
    assert refused.status == 400


def test_it_serves_who_names_it(call):
    assert call(chat(UNPRICED)).must_be_good().headers["x-smartrouter-model"] == UNPRICED


def test_a_budget_leaves_it_out(fleet, gateway):
    paying = fleet.make_key(budget="day=1.00")
    answer = ask(gateway, paying, chat("auto:order")).must_be_good()
    assert answer.headers["x-smartrouter-model"] == "claude-haiku-4-5"
