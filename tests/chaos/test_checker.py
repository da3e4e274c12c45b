"""Every invariant can be violated: evidence of a good run, and what is wrong with it each time."""
import os
from types import SimpleNamespace

import pytest

import checker
import load
from nemesis import Happened
from watch import Watch

ORG, TEAM, KEY = (("acme", s, i) for s, i in (("org", "acme"), ("team", "team0"), ("key", "k1")))
RID, ATTEMPT, NANOS = "rid-0-1", "rid-0-1-1", 700
TOKENS = {"input": 8, "output": 16}


class World:
    credential = "sk-vendor-secret"

    def __init__(self, folder):
        self.folder, self.crashes = str(folder), []
        self.plan = SimpleNamespace(topology="one")
        self.limits = dict.fromkeys((ORG, TEAM, KEY), 1000)
        self.payers = [SimpleNamespace(secret="sk-sr-acme_k1-SECRETPART", entities=[KEY, TEAM, ORG])]
        self.processes = {"coordinator%d" % n: SimpleNamespace(log=lambda n=n: "token %d\n" % (7 + n))
                          for n in (0, 1)}

    def names_of(self, kind):
        assert kind == "coordinator"
        return list(self.processes)


def books():
    b = checker.Books.__new__(checker.Books)
    b.counters = {e: {"spent": NANOS, "reserved": 0, "suspense": 0} for e in (ORG, TEAM, KEY)}
    b.charged = {ATTEMPT: NANOS}
    b.live, b.suspended = {"sr:1:{o:acme}:org": 0}, 0
    b.reservations = {RID: ("acme", {"st": "F", "n": "1", "s1": "S", "payer": "team0 k1",
                                     "a1": "0", "issued": "1000000"})}
    return b


def asked(**changes):
    one = load.Asked(begin=1.0, end=2.0, gateway="gateway0", payer=0, stream=False,
                     outcome=load.GOOD, status=200, code="", rid=RID, wrong="", attempts=1,
                     overhead_us=10)
    return one._replace(**changes)


@pytest.fixture
def good(tmp_path):
    e = checker.Evidence.__new__(checker.Evidence)
    e.world, e.asked, e.lag_s, e.happened = World(tmp_path), [asked()], 0.0, []
    e.watch = SimpleNamespace(overdrawn={}, tokens=[(0.1, 7), (9.0, 8)])
    e.zero_wall, e.rest_s, e.unrest = 0.0, 1.0, ""
    e.before, e.after = books(), books()
    e.ledger = [{"attempt": ATTEMPT, "outcome": "complete", "billed_nanos": NANOS,
                 "usage": TOKENS, "reported": TOKENS, "two_prices": False}]
    e.probes, e.billed, e.twice = [], {ATTEMPT: NANOS}, []
    e.sidelined = [(RID, [candidate(place=1), candidate(left_out="open")])]
    e.payer_of = {RID: e.world.payers[0]}
    e.catalogs = {"redis": (3, "a"), "gateway0": (3, "a")}
    return e


def violated(evidence):
    return {v.invariant for v in checker.judge(evidence)}


def probe(arrived, time):
    return {"vendor": "openai", "model": "m", "attempt": "probe-%s" % arrived,
            "arrived": "2026-01-01T%sZ" % arrived, "time": "2026-01-01T%sZ" % time}


def two_probes(e):
    e.probes = [probe("10:00:01", "10:00:03"), probe("10:00:02", "10:00:04")]


def candidate(model="m", **fate):
    return {"model": model, "vendor": "openai", "endpoint": "e", **fate}


def late(e):
    """two of few"""
    e.asked += [asked(overhead_us=200000, rid="")] * 2


def write_secret(e):
    with open(os.path.join(e.world.folder, "gateway0.log"), "w") as f:
        f.write("the key is sk-sr-acme_k1-SECRETPART")


def one_log(e):
    e.world.processes["coordinator1"].log = e.world.processes["coordinator0"].log


def set_asked(**changes):
    return lambda e: e.asked.append(asked(**changes))


WRONG = [
    ("I0", lambda e: e.world.crashes.append("gateway0 ended with -11")),
    ("I0", lambda e: e.happened.append(Happened("kill-redis", "redis", 1, 2, "no answer"))),
    ("I1", lambda e: e.billed.update({ATTEMPT: NANOS + 1})),
    ("I1", lambda e: e.after.charged.clear()),
    ("I1", lambda e: e.after.counters[TEAM].update(spent=NANOS - 1)),
    ("I2", lambda e: e.watch.overdrawn.update({KEY: (3.0, 1001, 1000)})),
    ("I2", lambda e: e.world.limits.update({ORG: NANOS - 1})),
    ("I3", lambda e: e.before.counters[KEY].update(suspense=5)),
    ("I3", lambda e: e.before.counters[KEY].update(reserved=5)),
    ("I3", lambda e: e.before.live.update({"sr:1:{o:acme}:org": 1})),
    ("I4", lambda e: e.twice.append(ATTEMPT)),
    ("I4", lambda e: (e.before.charged.clear(), e.before.reservations.clear())),
    ("I4a", lambda e: e.before.charged.clear()),
    ("I4a", lambda e: e.before.charged.update({ATTEMPT: NANOS - 1})),
    ("I5", set_asked(outcome=load.SILENT, rid="")),
    ("I5", set_asked(outcome=load.BROKEN, rid="")),
    ("I5", set_asked(end=30.0, rid="")),
    ("I5", set_asked(outcome=load.ERROR, status=401, code="invalid_api_key", rid="")),
    ("I6", set_asked(wrong="another prompt's")),
    ("I7", two_probes),
    ("I8", lambda e: e.sidelined.append((RID, [candidate(left_out="open")]))),
    ("I8", lambda e: e.sidelined[0][1].append(candidate(left_out="open"))),
    ("I9", lambda e: e.watch.tokens.insert(0, (0.05, 8))),
    ("I9", one_log),
    ("I12", late),
    ("I13", lambda e: setattr(e, "unrest", "2 vendor calls")),
    ("I13", lambda e: setattr(e.after, "suspended", 1)),
    ("I13", lambda e: e.after.counters[ORG].update(reserved=5)),
    ("I13", lambda e: e.after.reservations[RID][1].update(st="O")),
    ("I14", write_secret),
    ("I17", lambda e: e.catalogs.update(gateway0=(2, "b"))),
    ("I17", lambda e: e.catalogs.update(gateway0=(3, "b"))),
    ("I18", lambda e: e.before.reservations[RID][1].update(issued="9000000")),
]


def test_a_good_run_violates_nothing(good):
    assert checker.judge(good) == []


@pytest.mark.parametrize("invariant,spoil", WRONG)
def test_what_is_wrong_is_found(good, invariant, spoil):
    spoil(good)
    assert invariant in violated(good)


def test_every_invariant_is_tried():
    assert {name for name, _ in WRONG} == {i.name for i in checker.INVARIANTS}


def test_slices_are_reserved_for_nobody(good):
    """What they hold is not in the counters that are judged; of what is, none is for a slice."""
    for books_then in (good.before, good.after):
        books_then.reservations["slice-1"] = ("acme", {
            "st": "O", "n": "1", "s1": "O", "r1": "50", "slice": "1", "payer": "team0 k1"})
    assert checker.judge(good) == []
    good.after.counters[KEY]["reserved"] = 50
    assert violated(good) == {"I13"}


def test_a_token_that_nobody_was_given_is_nobodys(good):
    good.watch.tokens.insert(1, (5.0, 9))
    assert not violated(good)


def test_there_are_two_prices_only_while_they_change(good):
    for attempts in (good.before.charged, good.after.charged, good.billed):
        attempts[ATTEMPT] = 2 * NANOS
    assert "I4a" in violated(good)
    good.ledger[0]["two_prices"] = True
    assert "I4a" not in violated(good)
    assert checker.bill_of(good.ledger[0], 2 * NANOS) == 2 * NANOS
    assert checker.bill_of(good.ledger[0], 3 * NANOS) == NANOS


def test_a_probe_that_was_held_up_is_nobodys_second(good):
    two_probes(good)
    assert violated(good) == {"I7"}
    second = checker.moment(good.probes[1]["arrived"])
    good.happened.append(Happened("cut-vendor", "openai", second - 2, second - 0.5, ""))
    assert violated(good) == set()


def test_a_killed_gateway_may_break_off(good):
    good.asked.append(asked(outcome=load.BROKEN, rid=""))
    good.happened.append(Happened("kill-gateway", "gateway0", 1.5, 3.0, ""))
    assert violated(good) == set()
    good.happened[0] = good.happened[0]._replace(where="gateway1")
    assert violated(good) == {"I5"}


RUN, BEFORE = "r" * 16, "0" * 16
OPEN = ["%s-%s" % (RUN, BEFORE), "100000000", "0"]  # since 100.5 s


class Server:
    """With what is spent and reserved in an org's books, and with the record of its barrier."""

    def __init__(self, taken, record, now_s, reserved=None):
        self.taken, self.reserved, self.record = taken, reserved, record
        self.now = [str(int(now_s)), str(int(now_s % 1 * 1e6))]

    def __call__(self, command, *args):
        if command == "INFO":
            return "run_id:%s.\r\nmaster_replid2:%s.\r\n" % (RUN, BEFORE)
        return [[[str(self.taken), self.reserved, "0"]], self.record, self.now]


@pytest.mark.parametrize("taken,record,now_s,fault", [
    (1000, OPEN, 200, False),
    (1001, OPEN, 200, True),
    (1001, OPEN, 100.4, False),
    (1001, OPEN, 100.6, True),
    (1001, OPEN[:2] + ["1"], 100.6, False),  # somebody has not told all
    (1001, OPEN[:2] + ["1"], 102.1, True),   # and is waited for no longer
    (1001, ["of-before"] + OPEN[1:], 200, False),  # nobody was admitted yet
    (1001, [None] * 3, 200, True),
])
def test_too_much_is_wrong_unless_the_barrier_is_closed(good, taken, record, now_s, fault):
    watch = Watch(good.world, 0.0)
    watch.look_at(Server(taken, record, now_s), "acme", [ORG])
    assert bool(watch.overdrawn) == fault


@pytest.mark.parametrize("reserved,fault", [("10", False), ("9", False), ("11", True)])
def test_nobody_is_admitted_to_a_history_that_nobody_has_begun(good, reserved, fault):
    """Late settles may come, so that more is spent, and less reserved."""
    watch, of_before = Watch(good.world, 0.0), ["of-before"] + OPEN[1:]
    for taken, now in ((1000, "10"), (1010, reserved)):
        watch.look_at(Server(taken, of_before, 200, now), "acme", [ORG])
    assert bool(watch.overdrawn) == fault
