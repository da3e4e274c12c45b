"""A budget that is paced: under load the dear model gives way to cheaper ones long before the money
is gone, and nothing is refused. The leading coordinator may be killed meanwhile."""
import json
import os
import time

import pytest

from client import ask, chat
from fleet import Fleet, wait_until
from process import preload
from redis_fleet import TOP

DEAR, MIDDLE, CHEAP = "gpt-4o", "gpt-4o-mini", "deepseek-flash"
SECTIONS = {
    "quality": {vendor: {model: {"source": "test", "date": "2026-11-22", "mass": 1000,
                                 "tasks": {"other": share}}}
                for vendor, model, share in (("openai", DEAR, 0.9), ("deepseek", CHEAP, 0.7))},
    "policies": {"default": {"order": [DEAR, MIDDLE, CHEAP], "fallbacks": [], "strategy": "budget"}},
}
SECTIONS["quality"]["openai"][MIDDLE] = {"source": "test", "date": "2026-11-22", "mass": 1000,
                                         "tasks": {"other": 0.8}}
MINUTES = 10  # of the hour that are over when the tests begin
BODY = chat("auto", "Tell me something.", max_tokens=200)


class EarlyInTheHour(Fleet):
    """By Redis' clock, which is everybody's. At an hour's end its budgets begin anew, and shortly
    before it there is money for the dear model to the last."""

    def __init__(self, folder, **options):
        super().__init__(folder, **options)
        shift = preload(os.path.join(TOP, "tests/chaos/shift.c"), self.folder)
        self.redis_process.process.env = {"LD_PRELOAD": shift,
                                          "SHIFT_S": "%d" % (MINUTES * 60 - time.time() % 3600)}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with EarlyInTheHour(tmp_path_factory.mktemp("pace"), gateways=2, coordinators=2,
                        sections=SECTIONS,
                        settings={"coordinator.pace_interval": "100ms", "coordinator.lease": "1s",
                                  "coordinator.pace_batch": "2"}) as running:
        yield running


def budgets(fleet, key):
    return json.loads(fleet.ctl("budget", "show", "key:" + fleet.public_id(key), "--json"))


def paced(fleet, key):
    """The budget, once the leader has told its pace."""
    def look():
        hour, = budgets(fleet, key)
        return hour if hour["pace_micros"] is not None else None
    return wait_until(look, 10, "the pace of a budget")


def models(fleet, key, n, pause=0.01):
    """The models that answer n requests, by turns through all gateways."""
    found = []
    for i in range(n):
        answer = ask(fleet.gateways[i % 2], key, BODY).must_be_good()
        found.append(answer.headers["x-smartrouter-model"])
        time.sleep(pause)
    return found


def cost_of_one(fleet):
    """What the dear model takes: a key with more money than it can spend has no other."""
    key = fleet.make_key(budget="hour=1000000")
    assert set(models(fleet, key, 20)) == {DEAR}
    fleet.wait_quiet()
    assert paced(fleet, key)["pace_micros"] == 0
    return budgets(fleet, key)[0]["spent_nanos"] / 20


def test_the_dear_model_gives_way_before_the_money_is_gone(fleet):
    one = cost_of_one(fleet)
    key = fleet.make_key(budget="hour=%.6f" % (200 * one / 1e9))
    found = models(fleet, key, 120)
    fleet.wait_quiet()
    hour = paced(fleet, key)
    shares = [found[i:i + 40].count(DEAR) / 40 for i in (0, 40, 80)]
    assert shares[0] > shares[2], shares
    assert found[0] == DEAR and found[-1] != DEAR, found
    assert hour["spent_nanos"] < hour["limit_nanos"] / 2, hour
    assert hour["requests"] == 120
    assert hour["pace_micros"] > 0
    table = fleet.ctl("budget", "show", "key:" + fleet.public_id(key))
    assert "PACE" in table and any(word in table for word in ("on plan", "ahead", "behind")), table


def test_a_pace_outlives_the_leader(fleet):
    one = cost_of_one(fleet)
    key = fleet.make_key(budget="hour=%.6f" % (100 * one / 1e9))
    models(fleet, key, 80)
    fleet.wait_quiet()
    before = paced(fleet, key)["pace_micros"]
    assert before > 0
    for coordinator in fleet.coordinators:
        coordinator.kill()
    # Redis keeps it, and gateways have it
    hour = paced(fleet, key)
    assert DEAR not in models(fleet, key, 10)
    assert paced(fleet, key)["pace_micros"] == hour["pace_micros"]
    for coordinator in fleet.coordinators:
        coordinator.start()
    # the next leader goes on with it
    models(fleet, key, 20, pause=0.1)
    wait_until(lambda: paced(fleet, key)["requests"] == 110, 10, "the books")
    after = paced(fleet, key)["pace_micros"]
    assert hour["pace_micros"] / 10 < after < hour["pace_micros"] * 10


def test_all_budgets_of_all_orgs(fleet):
    keys = [fleet.make_key(team, budget=["hour=9", "day=90", "month=900"])
            for team in ("aaa/apps", "bbb/apps", "zzz/apps")]
    for key in keys:
        models(fleet, key, 4)

    def told():
        return all(b["pace_micros"] is not None for key in keys for b in budgets(fleet, key))
    wait_until(told, 10, "the paces of three budgets in each of three orgs")


def test_never_more_than_the_limit(fleet):
    one = cost_of_one(fleet)
    # a strict key, none of whose money lies in a slice at the end
    key = fleet.make_key(budget="hour=%.6f" % (4 * one / 1e9), **{"without-redis": "closed"})
    answers = [ask(fleet.gateways[i % 2], key, BODY) for i in range(60)]
    fleet.wait_quiet()
    counters = [c for (_, name, _), c in fleet.books().items()
                if fleet.public_id(key).endswith("_" + name)]
    assert counters and all(0 < c["spent"] <= 4 * one for c in counters), counters
    assert {a.status for a in answers} <= {200, 402}
