"""plan.py -- what will happen in a run: made from its seed before the run starts, and from nothing
else. No process, clock or socket in here: the same seed gives the same plan.
"""
import json
import random
from typing import NamedTuple

LOOSE = 10**15  # a million dollars: there so that it is counted, never in the way
# what some teams, keys and orgs may spend: used up somewhere in the course of a run
TIGHT = (500_000, 30_000_000)
ORGS = ("acme", "beta", "gamma")
TEAMS, KEYS = 2, 2
CLIENTS = 40
QUIET = 3.0  # seconds at the beginning and at the end in which nothing new breaks


class Event(NamedTuple):
    """A fault: from `at` on, for `seconds`; which of the fleet's processes or vendors it hits, and
    what else there is to choose, are made of `dice`."""
    at: float
    fault: str
    seconds: float
    dice: int


class Plan(NamedTuple):
    seed: int
    seconds: float
    topology: str
    gateways: int
    coordinators: int
    workers: int
    clients: int
    tight: dict      # number of an entity, in their order -> nano-dollars
    events: tuple

    def to_json(self):
        return json.dumps({**self._asdict(), "events": [e._asdict() for e in self.events]}, indent=1)


def schedule(rnd, faults, seconds, pace):
    """Faults one after the other, about one in `pace` seconds; they may overlap."""
    at, events = QUIET, []
    while True:
        at += rnd.uniform(0.3, 1.7) * pace
        if at > seconds - QUIET:
            return tuple(events)
        fault = rnd.choice(faults)
        length = rnd.uniform(*fault.seconds)
        events.append(Event(round(at, 3), fault.name, round(length, 3), rnd.getrandbits(32)))


def make(seed, faults, seconds=30.0, topology="one", pace=2.0):
    """faults: what there is to choose from, with `name` and `seconds` (least, most)"""
    rnd = random.Random("%d %s" % (seed, topology))
    entities = len(ORGS) * (1 + TEAMS * (1 + KEYS))
    tight = {rnd.randrange(entities): rnd.randint(*TIGHT) for _ in range(rnd.randint(1, 4))}
    return Plan(seed=seed, seconds=seconds, topology=topology, gateways=rnd.choice((2, 3)),
                coordinators=2, workers=rnd.choice((1, 2)), clients=CLIENTS, tight=tight,
                events=schedule(rnd, faults, seconds, pace))
