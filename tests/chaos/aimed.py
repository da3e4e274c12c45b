"""aimed.py -- what shows that a rule which is switched off is missed: a schedule that is aimed at it, or
a test that is there for it. Two tables.
"""
import random
from typing import Callable, NamedTuple

from plan import KEYS, ORGS, TEAMS, Event

GATEWAYS = 2  # of a run with such a schedule
VENDORS = 4
SPENT = 500_000  # nano-dollars: about what the clients of a key spend in a second


class Ablation(NamedTuple):
    rule: str          # src/tbl/ablations.h
    invariants: tuple  # those of which one must be violated without it
    events: Callable   # () -> the schedule
    seconds: float     # of load
    text: str
    tight: dict = {}   # in place of the seed's: number of an entity -> nano-dollars
    topology: str = "one"


class Named(NamedTuple):
    rule: str
    test: str          # a file of tests, which passes with the rule and fails without it
    says: str          # and then tells this
    text: str


def dice(number, of=GATEWAYS):
    """What falls on this one of so many (nemesis.pick)"""
    return next(d for d in range(1000) if random.Random(d).randrange(of) == number)


def unsettled():
    """Settles cannot leave a gateway any more, and then it dies: only the journal knows of them."""
    events = []
    for at, victim in ((3.0, 0), (6.5, 1), (10.0, 0), (13.5, 1)):
        events += [Event(at, "reset-redis", 1.0, dice(victim)),
                   Event(at + 0.3, "kill-gateway", 0.3, dice(victim))]
    return tuple(events)


def unheard():
    """Redis charges, and its answers do not arrive: so the settles are sent again."""
    return tuple(Event(2.0 + 1.5 * i, "deaf-gateway-redis", 0.5, dice(i % GATEWAYS)) for i in range(8))


def forgetful():
    """Redis loses what it has confirmed."""
    return tuple(Event(at, "rewind-redis", 1.0, 0) for at in (3.0, 6.0, 9.0))


def half_told():
    """Redis loses what it has confirmed, and one gateway is back before the other can tell what it had
    been given."""
    events = []
    for at in (3.0, 8.0, 13.0):
        events += [Event(at, "rewind-redis", 2.0, 0),
                   Event(at + 1.9, "cut-gateway-redis", 1.5, dice(1))]
    return tuple(events)


def one_key_after_the_other():
    """Each second the money of another key comes to its end."""
    entities = 1 + TEAMS * (1 + KEYS)  # of an org, its keys first
    keys = [org * entities + key for key in range(TEAMS * KEYS) for org in range(len(ORGS))]
    return {key: (3 + i) * SPENT for i, key in enumerate(keys)}


def long_dead():
    """A gateway comes back when its reservations are long overdue."""
    return (Event(3.0, "kill-gateway", 14.0, dice(0)),)


def asleep():
    """Redis wakes up with commands in its buffers that were given up seconds ago."""
    return tuple(Event(at, "stop-redis", 3.0, 0) for at in (3.0, 8.0, 13.0))


def down():
    """A vendor answers nobody any more; and when clients have gone, gateways ask what has become of it."""
    return (Event(2.0, "vendor-dead", 12.0, dice(0, VENDORS)),)


ABLATIONS = (
    Ablation("journal", ("I4a", "I1"), unsettled, 17.0, "what a client has is in nobody's books"),
    Ablation("settle", ("I1",), unheard, 15.0, "what was billed once is charged twice"),
    Ablation("kept", ("I4a", "I1"), forgetful, 12.0, "what a client has is in nobody's books"),
    Ablation("barrier", ("I2",), half_told, 18.0, "more is spent than there is",
             one_key_after_the_other()),
    Ablation("suspense", ("I1",), long_dead, 19.0, "what a vendor billed is given back"),
    Ablation("not_after", ("I18",), asleep, 18.0, "money is reserved for requests that are over"),
    Ablation("probe", ("I7",), down, 7.0, "a vendor that is down gets several probes at a time"),
)
NAMED = (
    Named("fence", "tests/load/test_leader.py", "landed:", "a leader of before writes over a newer one's"),
)
