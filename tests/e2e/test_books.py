"""The books kept by real processes: what the journal says before things happen, and reservations
that nobody settles."""
import glob
import os
import threading
import zlib

import pytest

from accounts import Accounts
from client import ask, chat
from fleet import Fleet, wait_until

COPY_ALL = """for _, key in ipairs(KEYS) do
    redis.call('COPY', ARGV[1] .. key, ARGV[2] .. key, 'REPLACE')
end"""
TYPES = ("begin", "admit", "extend", "dispatch", "settle", "done")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("books")) as running:
        yield running


# --- a gateway that does not come back ---

def test_its_journal_is_settled_from_elsewhere_once(tmp_path):
    with Fleet(tmp_path, gateways=2, settings={"redis.loss_window": "1m"}) as fleet:
        key = fleet.make_key(budget="day=1.00")
        fleet.rules([{"ttft_ms": 100}])
        lost = fleet.gateways[0]
        assert ask(lost, key, chat("gpt-4o-mini", "confirmed, and kept")).status == 200
        folder = os.path.join(fleet.folder, "state-gateway0")
        in_use = fleet.ctl("reconcile", "--journal", folder, check=False)
        assert in_use == "" and glob.glob(folder + "/*.journal")
        fleet.wait_quiet()
        # Redis forgets the settle that it confirmed
        billed = sum(line["billed_nanos"] for line in fleet.ledger())
        forget = fleet.redis.keys("sr:1:{o:acme}:budget:*") + fleet.redis.keys("sr:1:{o:acme}:res:*")
        lost.kill()
        for name in forget + ["sr:1:{o:acme}:ledger"]:
            fleet.redis("DEL", name)
        for _ in range(2):
            fleet.ctl("reconcile", "--journal", folder)
            assert {b["spent"] for b in fleet.books().values()} == {billed}
        assert not glob.glob(folder + "/*.journal") and glob.glob(folder + "/*.journal.settled")


def test_a_slice_that_was_given_back_is_given_back_again(tmp_path):
    """The gateway stopped as it should, and then a failover of Redis lost what it had confirmed."""
    with Fleet(tmp_path) as fleet:
        key, gateway = fleet.make_key(budget="day=1.00"), fleet.gateways[0]
        tag = "sr:1:{o:acme}:"

        def set_aside():
            ask(gateway, key, chat("gpt-4o-mini", "hello"))
            return any("slice" in fleet.redis.hash(name) for name in fleet.redis.keys(tag + "res:*"))

        wait_until(set_aside, 30)
        names = fleet.redis.keys(tag + "*")
        fleet.redis("EVAL", COPY_ALL, len(names), *names, "", "was:")
        gateway.stop()
        assert not fleet.open_reservations()
        fleet.redis("EVAL", COPY_ALL, len(names), *names, "was:", "")
        assert fleet.open_reservations()
        gateway.start()
        wait_until(lambda: not fleet.open_reservations(), 30)
        assert {b["reserved"] for b in fleet.books().values()} == {0}


# --- the journal (rule R1) ---

def varint(data):
    """A zigzag number, and what follows it."""
    n = 0
    for i, byte in enumerate(data):
        n |= (byte & 0x7f) << 7 * i
        if byte < 0x80:
            return (n >> 1) ^ -(n & 1), data[i + 1:]
    raise ValueError("a number without an end")


def records(path):
    """(type, request id, attempt or None) of all records, as src/store/journal_record.h has them."""
    with open(path, "rb") as f:
        rest = f.read()
    while rest:
        n = int.from_bytes(rest[:2], "little")
        fields, rest, crc = rest[8:8 + n], rest[8 + n:], rest[4:8]
        assert zlib.crc32(fields) == int.from_bytes(crc, "little")
        kind = TYPES[fields[0]]
        if kind == "begin":
            continue
        rid, fields = fields[2:2 + fields[1]].decode(), fields[2 + fields[1]:]
        attempt = varint(fields)[0] if kind in ("extend", "dispatch", "settle") else None
        yield kind, rid, attempt


def journal(fleet, name):
    paths = sorted(glob.glob(os.path.join(fleet.folder, "state-" + name, "*.journal")))
    return [record for path in paths for record in records(path)]


def await_done(fleet, rid):
    wait_until(lambda: ("done", rid, None) in journal(fleet, "gateway0"), 20, "the end of a request")


def test_the_journal_tells_of_every_step_of_every_attempt(fleet):
    key = fleet.make_key(budget="day=1.00")
    fleet.rules([{"error": "overloaded", "count": 1}])
    answer = ask(fleet.gateways[0], key, chat("gpt-4o-mini", "hello"))
    fleet.rules([])
    assert answer.status == 200 and answer.headers["x-smartrouter-attempts"] == "2"
    await_done(fleet, answer.headers["x-request-id"])
    found = journal(fleet, "gateway0")
    assert len({rid for _, rid, _ in found}) == 1
    assert [(kind, attempt) for kind, _, attempt in found] == [
        ("admit", None), ("dispatch", 1), ("settle", 1),
        ("extend", 2), ("dispatch", 2), ("settle", 2), ("done", None)]


def test_a_request_is_done_when_all_of_its_attempts_are_settled(tmp_path):
    """Settles of the first two are refused, and wait for their next turn for longer than the third's,
    with which the request ends, is kept."""
    with Fleet(tmp_path, settings={"redis.loss_window": "1s"}) as fleet:
        key = fleet.make_key(budget="day=1.00", **{"without-redis": "closed"})  # no slices
        redis, answers = fleet.servers.primary(), []

        def answered():
            body = chat(["gpt-4o-mini", "claude-haiku-4-5"])
            answers.append(ask(fleet.gateways[0], key, body).must_be_good())
            return answers[-1].headers["x-request-id"]
        fleet.rules([{"error": "overloaded", "count": 1}, {"ttft_ms": 2500}])
        await_done(fleet, answered())  # the first is let go before the second is settled
        fleet.rules([{"error": "overloaded", "count": 2}, {"ttft_ms": 4000}])
        redis("ACL", "SETUSER", "gateway", "-xlen")  # which settle.lua asks before it writes
        asking = threading.Thread(target=answered)
        asking.start()
        wait_until(lambda: sum(int(r["count"]) for r in fleet.servers.refused()) >= 12, 20,
                   "a wait of three seconds")
        redis("ACL", "SETUSER", "gateway", "+xlen")
        redis("ACL", "LOG", "RESET")
        asking.join()
        rid = answers[1].headers["x-request-id"]
        await_done(fleet, rid)
        assert [attempt.state for attempt in Accounts(fleet).attempts(rid)] == ["S", "S", "S"]


# --- estimates ---

PICTURES = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}] * 20


@pytest.mark.parametrize("rule, body", [
    ({"cut": True}, chat("gpt-4o-mini", PICTURES)),
    ({"cut": True, "reasoning_tokens": 500}, chat("gpt-5-mini", reasoning_effort="high")),
], ids=["pictures", "hidden thinking"])
def test_broken_answers_overspend_nothing(fleet, rule, body):
    limit = 50_000_000
    # a strict key, none of whose money lies in a slice at the end
    key = fleet.make_key(budget="total=0.05", **{"without-redis": "closed"})
    begin = len(fleet.ledger())
    fleet.rules([rule])
    for _ in range(2000):
        answer = ask(fleet.gateways[0], key, {**body, "stream": True, "max_tokens": 2000})
        if answer.status != 200:
            break
    fleet.rules([])
    answer.must_fail(402, "budget_exceeded")
    billed = [line["billed_nanos"] for line in fleet.ledger()[begin:]]
    assert 0 < sum(billed) <= limit


def test_every_choice_counts_for_the_token_rate(fleet):
    key = fleet.make_key(tpm=2000)
    body = chat("gpt-4o-mini", "hello", max_tokens=1000)
    ask(fleet.gateways[0], key, {**body, "n": 2}).must_fail(429, "request_over_rate_limit")
    ask(fleet.gateways[0], key, body).must_be_good()


# --- expiry (rule R5) ---

def overdue(fleet, rid, second, org="acme", **fields):
    """An open reservation of somebody who is gone; all of them were due in 1970."""
    prefix = "sr:1:{o:%s}:" % org
    fields = {"st": "O", "n": 1, "s1": "O", "r1": 100, "owner": "gone", "issued": 1, "tokens": 10,
              "payer": "apps nobody", "budgets": "org:t", "rates": "", **fields}
    fleet.redis("HSET", prefix + "res:" + rid, *[word for pair in fields.items() for word in pair])
    fleet.redis("HINCRBY", prefix + "budget:org:%s:t" % org, "reserved", 100)
    fleet.redis("ZADD", prefix + "open", second, rid)


def test_a_damaged_reservation_does_not_keep_others_from_expiring(fleet):
    fleet.make_key()
    overdue(fleet, "a-damaged", 1, budgets="no such thing")
    overdue(fleet, "b-good", 2)
    wait_until(lambda: fleet.redis("HGET", "sr:1:{o:acme}:res:b-good", "st") == "X", 10,
               "the expiry of an overdue reservation")
    counters = fleet.books()["org", "acme", "t"]
    assert (counters["reserved"], counters["suspense"]) == (100, 100)
    assert fleet.redis("HGET", "sr:1:{o:acme}:res:a-damaged", "st") == "O"


def test_overdue_reservations_of_all_orgs_expire(fleet):
    where = [(org, "b-" + rid) for org in ("aaa", "bbb", "zzz") for rid in "xy"]
    for org, rid in where:
        fleet.make_key(org + "/apps")
        overdue(fleet, rid, 3, org=org)
    wait_until(lambda: all(fleet.redis("HGET", "sr:1:{o:%s}:res:%s" % at, "st") == "X" for at in where),
               10, "the expiry of two reservations in each of three orgs")
