"""payers.py -- orgs with teams with keys, their budgets, and what vendors billed them.

Amounts are nano-dollars. An entity is (org, scope, id), as the books and the error texts name it.
"""
import itertools
import re
from decimal import Decimal

LOOSE = 10**15  # a million dollars: there so that it is counted, never in the way

DENIED = re.compile(r"The (\w+) budget of (\w+) `([^`]+)` is \$([\d.]+); \$([\d.]+) is free and this "
                    r"request may cost up to \$([\d.]+)\.")


def nanos(dollars):
    return int(Decimal(dollars) * 10**9)


def dollars(amount):
    return "%d.%09d" % divmod(amount, 10**9)


class Payer:
    """A key and who stands above it."""

    def __init__(self, fleet, org, team):
        self.secret = fleet.make_key("%s/%s" % (org, team))
        self.org, self.team = org, team
        self.id = fleet.public_id(self.secret).split("_", 1)[1]
        self.entities = [(org, "key", self.id), (org, "team", team), (org, "org", org)]


def make_payers(fleet, orgs, teams=2, keys=2):
    return [Payer(fleet, org, "team%d" % t)
            for org, t, _ in itertools.product(orgs, range(teams), range(keys))]


def entities(payers):
    return sorted({e for p in payers for e in p.entities})


def name_of(entity):
    org, scope, identity = entity
    return {"org": "org:" + org, "team": "team:%s/%s" % (org, identity),
            "key": "key:%s_%s" % (org, identity)}[scope]


def set_budget(fleet, entity, period, limit):
    fleet.ctl("budget", "set", name_of(entity), "%s=%s" % (period, dollars(limit)))


def read_books(fleet, orgs):
    """{entity: counters}; every entity has one budget in these tests"""
    return {(org, scope, identity): counters for org in orgs
            for (scope, identity, _), counters in fleet.books(org).items()}


def books_at_rest(fleet, orgs):
    """The same without what lies in slices"""
    return {(org, scope, identity): counters for org in orgs
            for (scope, identity, _), counters in fleet.books_at_rest(org).items()}


def sums(charges, payer_of):
    """What (attempt id, amount) come to: {entity: nano-dollars}. payer_of: {request id: payer}"""
    total = {}
    for attempt, amount in charges:
        for entity in payer_of[attempt.rsplit("-", 1)[0]].entities:
            total[entity] = total.get(entity, 0) + amount
    return total


def charges_in_books(fleet, orgs):
    """{attempt id: nano-dollars} of the books' own ledgers; corrections are added up"""
    found = {}
    for org in orgs:
        for _, flat in fleet.redis("XRANGE", "sr:1:{o:%s}:ledger" % org, "-", "+"):
            entry = dict(zip(flat[::2], flat[1::2]))
            attempt = "%s-%s" % (entry["rid"], entry["attempt"])
            found[attempt] = found.get(attempt, 0) + int(entry["cost"])
    return found


def must_balance(fleet, orgs, billed, payer_of):
    """The books say what the vendors say: attempt by attempt, and summed at every level.

    billed: {attempt id: nano-dollars}, those that cost nothing left out
    """
    charged = {a: n for a, n in charges_in_books(fleet, orgs).items() if n}
    differ = {a: (charged.get(a), billed.get(a)) for a in charged.keys() | billed.keys()
              if charged.get(a) != billed.get(a)}
    assert not differ, "charged, billed: %r" % dict(itertools.islice(differ.items(), 10))
    expected = sums(billed.items(), payer_of)
    for entity, counters in books_at_rest(fleet, orgs).items():
        assert counters.get("spent", 0) == expected.get(entity, 0), (entity, counters)
        assert counters.get("reserved", 0) == counters.get("suspense", 0) == 0, (entity, counters)
