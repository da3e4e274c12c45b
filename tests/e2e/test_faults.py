"""Vendors fail in every way we know, in every dialect, for whole answers and streams. Before the
first content the client gets the next candidate's good answer; after it, an error that nobody can
take for an end; with no candidate left, an error that tells. The books hold what was billed.

    tests/e2e/fault-table    prints what was found
"""
import os

import pytest

import faults
from accounts import Accounts, make_key
from client import ask, chat, order
from fleet import wait_until

MANUAL = os.path.join(os.path.dirname(__file__), "../../doc/failures.md")
CASES = list(faults.cases())
NO_ANSWER = [(name, mode) for name in faults.NOWHERE for mode in ("whole", "stream")]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with faults.FaultFleet(tmp_path_factory.mktemp("faults"), workers=2) as f:
        yield f


@pytest.fixture(scope="module")
def key(fleet):
    return make_key(fleet)


@pytest.fixture(scope="module")
def accounts(fleet, key):
    """Everything is asked at once; the tests look at what came of it."""
    faults.run(fleet, key, CASES)
    accounts = Accounts(fleet)
    accounts.wait_settled()
    return accounts


# --- what the client sees ---

def must_be_the_answer_of(answer, model, attempts):
    answer.must_be_good()
    assert (answer.model, answer.attempts) == (model, attempts), answer
    assert answer.content, answer


def must_be_good(case):
    must_be_the_answer_of(case.answer, case.model, 1)


def must_be_rescued(case):
    must_be_the_answer_of(case.answer, case.rescuer, 2)


def must_be_broken(case):
    case.answer.must_break()
    assert case.answer.model == case.model and case.answer.content, case.answer


def must_be_stopped(case):
    answer = case.answer.must_fail(case.error.status, case.error.code)
    assert case.model in answer.error["message"], answer
    assert answer.headers["x-should-retry"] == "false", answer
    if case.error.retry_after:
        assert answer.headers["retry-after"] == case.error.retry_after, answer


CLIENT_SEES = {faults.GOOD: must_be_good, faults.RESCUED: must_be_rescued,
               faults.BROKEN: must_be_broken, faults.STOPPED: must_be_stopped}


def must_be_booked(case, accounts, attempts):
    """As many attempts as there should be, each booked as it should be before there are records."""
    rid = case.answer.headers["x-request-id"]
    booked = accounts.attempts(rid)
    assert [a.kind for a in booked] == attempts, case.answer
    billed = accounts.billed()
    for number, attempt in enumerate(booked, 1):
        if attempt.kind == faults.EXACT:
            assert attempt.cost == billed["%s-%d" % (rid, number)], (number, case.answer)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_fault(case, accounts):
    if case.alone:
        must_be_stopped(case)
        must_be_booked(case, accounts, [case.books] * case.error.attempts)
    else:
        CLIENT_SEES[case.outcome](case)
        rescue = [faults.EXACT] if case.outcome == faults.RESCUED else []
        must_be_booked(case, accounts, [case.books] + rescue)


def settled(accounts, answer):
    """The attempts behind an answer, when all is settled: clients do not wait for that."""
    accounts.wait_settled()
    return accounts.attempts(answer.headers["x-request-id"])


# --- nobody there ---

@pytest.mark.parametrize("where,mode", NO_ANSWER)
def test_nobody_there(fleet, key, accounts, where, mode):
    """What was never sent costs nothing, and nothing of it waits in suspense."""
    streams = mode == "stream"
    answer = ask(fleet.gateways[0], key, chat([where, "gpt-4o-mini"], stream=streams))
    must_be_the_answer_of(answer, "gpt-4o-mini", 2)
    booked = settled(accounts, answer)
    assert [(a.state, a.cost > 0) for a in booked] == [("S", False), ("S", True)]
    alone = faults.NOWHERE[where]
    answer = ask(fleet.gateways[0], key, chat(where, stream=streams))
    answer.must_fail(alone.status, alone.code)
    booked = settled(accounts, answer)
    assert [(a.state, a.cost) for a in booked] == [("S", 0)] * alone.attempts


# --- more than one candidate ---

def all_fail(*vendors):
    return " ".join(order(v, **how) for v, how in vendors)


def test_the_last_error_is_told_when_all_candidates_fail(fleet, key, accounts):
    prompt = all_fail(("openai", {"error": "server"}), ("anthropic", {"cut": True, "at": "start"}),
                      ("deepseek", {"error": "overloaded"}))
    answer = ask(fleet.gateways[0], key,
                 chat(["gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash"], prompt, stream=True))
    answer.must_fail(503, "vendor_overloaded")
    assert "deepseek-flash" in answer.error["message"]
    assert len(settled(accounts, answer)) == 4  # max_attempts


def test_two_failures_are_survived(fleet, key):
    prompt = all_fail(("openai", {"error": "server"}), ("anthropic", {"garbage": "text"}))
    answer = ask(fleet.gateways[0], key,
                 chat(["gpt-4o-mini", "claude-haiku-4-5", "qwen-plus"], prompt, stream=True))
    must_be_the_answer_of(answer, "qwen-plus", 3)


def test_a_prompt_too_long_goes_to_a_longer_context_only(fleet, key):
    prompt = order("openai", error="context_length")
    answer = ask(fleet.gateways[0], key, chat(["gpt-4o-mini", "claude-haiku-4-5"], prompt))
    must_be_the_answer_of(answer, "claude-haiku-4-5", 2)
    prompt = order("anthropic", error="context_length")
    answer = ask(fleet.gateways[0], key, chat(["claude-haiku-4-5", "gpt-4o-mini"], prompt))
    answer.must_fail(400, "context_length_exceeded")


def test_a_second_try_succeeds(fleet, key, accounts):
    """One bad moment of the only candidate is no error for the client."""
    fleet.rules([{"prompt": "BAD-MOMENT", "error": "overloaded", "count": 1}])
    answer = ask(fleet.gateways[0], key, chat("gpt-4o-mini", "BAD-MOMENT"))
    fleet.rules([])
    must_be_the_answer_of(answer, "gpt-4o-mini", 2)
    assert [a.kind for a in settled(accounts, answer)] == ["exact", "exact"]


def test_a_client_can_ask_for_less_time(fleet, key):
    answer = ask(fleet.gateways[0], key, chat(["gpt-4o-mini", "qwen-plus"], order(
        "openai", stall=True)), headers={"x-request-timeout-ms": "700"})
    answer.must_fail(504, "vendor_timeout")
    assert answer.seconds < 3


# --- in the end ---

def test_the_books_are_the_vendors_ledger(fleet, key, accounts):
    """After all of the above: estimates corrected, suspense resolved, nothing else left."""
    ask(fleet.gateways[0], key, chat("gpt-4o-mini")).must_be_good()
    wait_until(lambda: accounts.fleet.mock_stats()["open"] == 0, 20, "vendors to be left")
    accounts.must_balance()


def test_the_manual_says_so(accounts):
    """The table of doc/failures.md is the one that was tried here. (-s prints it)"""
    del accounts
    table = faults.table(CASES)
    print("\n" + "\n".join(table))
    with open(MANUAL) as f:
        assert "\n".join(table) in f.read()
