"""A node of a Cluster is away: what needs nothing of it is done, and operators' commands name what they cannot."""
import contextlib
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import ask, chat
from fleet import BINARY, Fleet, wait_until
from operator_cli import Books


def orgs_by_node(servers):
    """An org on each node: first that of what is the fleet's own, then the others."""
    found = {servers.primary("{fleet}").name: None}
    for i in range(100):
        org = "org%d" % i
        node = servers.primary("{o:%s}" % org).name
        if not found.get(node):
            found[node] = org
    assert len(found) == 3 and all(found.values())
    return list(found.values())


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("part"), redis="cluster", redis_options={"replicas": 0},
               settings={"coordinator.rollup_interval": "200ms", "redis.loss_window": "1m"}) as running:
        running.orgs = orgs_by_node(running.servers)
        running.keys = [running.make_key(org + "/apps", budget="total=5") for org in running.orgs]
        for org, key in zip(running.orgs, running.keys):
            ask(running.gateways[0], key, chat("gpt-4o-mini", "hello")).must_be_good()
            running.wait_quiet(org)
        wait_until(lambda: len(json.loads(running.ctl("usage", "--by", "org", "--json"))["rows"]) == 3,
                   30, "all to be counted")
        yield running


@contextlib.contextmanager
def without(fleet, org):
    """While the node of this org is away."""
    node = fleet.servers.primary("{o:%s}" % org)
    node.kill()
    try:
        yield
    finally:
        node.start()
        wait_until(lambda: run(fleet, "org", "list").returncode == 0, 30, "the Cluster to be whole")


@pytest.fixture(params=["the fleet's", "another"])
def away(request, fleet):
    """(orgs that are there, the org that is not, whether the fleet's own part is there)"""
    lost = fleet.orgs[0 if request.param == "the fleet's" else 1]
    with without(fleet, lost):
        yield [org for org in fleet.orgs if org != lost], lost, request.param == "another"


def new_org_beside(fleet, org):
    """The name of one that is not there yet, on the node of this one."""
    node = fleet.servers.primary("{o:%s}" % org).name
    return next(new for new in ("new%d" % i for i in range(100))
                if fleet.servers.primary("{o:%s}" % new).name == node)


def run(fleet, *args):
    return subprocess.run([BINARY, args[0], *args[1:], "--config", fleet._operator_config(), "--timeout", "2s"],
                          capture_output=True, text=True, timeout=60)


def fine(fleet, *args):
    done = run(fleet, *args)
    assert done.returncode == 0, "%s\n%s%s" % (args, done.stdout, done.stderr)
    return done.stdout


def test_an_org_is_worked_on_whose_node_is_there(fleet, away, tmp_path):
    (org, _), lost, _ = away
    key = fleet.public_id(fleet.keys[fleet.orgs.index(org)])
    assert org in fine(fleet, "org", "show", org)
    assert "apps" in fine(fleet, "team", "list", org)
    assert key in fine(fleet, "key", "list", org)
    fine(fleet, "key", "set", key, "--rpm", "100")
    assert fine(fleet, "key", "create", org + "/apps").startswith("sk-sr-")
    assert "total" in fine(fleet, "budget", "list", org)
    fine(fleet, "budget", "set", "org:" + org, "total=70")
    fine(fleet, "budget", "suspense", org)
    assert "gpt-4o-mini" in fine(fleet, "usage", "--org", org)
    records = tmp_path / "records"
    records.write_text("")
    fine(fleet, "reconcile", "--records", str(records), "--org", org)
    done = run(fleet, "org", "show", lost)
    assert done.returncode == 3 and "away" in done.stderr


def test_of_all_orgs_those_are_told_whose_node_is_there(fleet, away):
    there, lost, listed = away
    for command in (["org", "list"], ["key", "list"], ["budget", "list"], ["budget", "suspense"],
                    ["budget", "resolve", "r-1", "1", "--release", "--why", "as agreed"],
                    ["usage", "--by", "org"], ["reconcile", "--records", "/dev/null"]):
        done = run(fleet, *command)
        assert done.returncode == 3, (command, done.stdout, done.stderr)
        if listed:
            assert "org %s" % lost in done.stderr, command
            assert not [org for org in there if "org " + org in done.stderr], command
        else:
            assert "the list of orgs" in done.stderr, command
        assert "there is no request" not in done.stderr, done.stderr
        if listed and command[-1] in ("list", "org"):
            assert all(org in done.stdout for org in there), command


def test_what_was_left_out_is_told_though_something_is_left_in_suspense(fleet):
    org, lost = fleet.orgs[1:]
    Books(fleet.redis, org).reservation("r-left", [("X", 20, False)])
    with without(fleet, lost):
        done = run(fleet, "reconcile", "--records", "/dev/null")
        assert done.returncode == 3 and "org " + lost in done.stderr and "r-left" in done.stdout, done
        resolve = ["budget", "resolve", "r-left", "1", "--release", "--why", "as agreed"]
        fine(fleet, *resolve)
    assert run(fleet, *resolve).returncode == 1


def test_nothing_is_released_while_nobody_knows_how_long_calls_may_run(fleet):
    """Gateways tell it where the fleet's own things are."""
    org = fleet.orgs[1]
    Books(fleet.redis, org).reservation("r-cut", [("X", 20, False)], age_s=86400, ended=False)
    command = ["reconcile", "--records", "/dev/null", "--org", org, "--complete-until", "now"]
    with without(fleet, fleet.orgs[0]):
        done = run(fleet, *command)
        assert done.returncode == 3 and "what gateways tell of themselves" in done.stderr, done
        assert "may still run" in done.stdout, done
    assert "released" in fine(fleet, *command)


def test_status_tells_what_it_can(fleet, away):
    there, lost, listed = away
    done = run(fleet, "status", "--json")
    assert done.returncode == 1 and "smartrouter:" not in done.stderr, done.stderr
    told = json.loads(done.stdout)
    if listed:
        assert "org " + lost in told["unknown"]
        assert not [w for w in told["unknown"] if not w.startswith(("org " + lost, "the breakers of "))]
        assert {o["id"] for o in told["orgs"]} == set(there) and told["gateways"]
    else:
        assert told["unknown"][0].startswith("the fleet: who leads")
        assert not any("no coordinator leads" in p or "no gateway" in p for p in told["problems"])
    assert any("does not answer" in p and (told["unknown"][0] if not listed else "org " + lost) in p for p in told["problems"])
    assert "PROBLEM" in run(fleet, "status").stdout


def test_an_org_is_made_only_where_it_can_be_listed(fleet):
    """Who is not listed is never looked after: so the list comes first, and the same command again ends well."""
    new = new_org_beside(fleet, fleet.orgs[1])
    with without(fleet, fleet.orgs[0]):
        for _ in range(2):
            done = run(fleet, "key", "create", new + "/apps")
            assert done.returncode == 3 and done.stdout == "", (done.stdout, done.stderr)
        done = run(fleet, "org", "show", new)
        assert done.returncode == 1 and "does not exist" in done.stderr, done.stderr
    assert fine(fleet, "key", "create", new + "/apps").startswith("sk-sr-")
    assert new in [row["id"] for row in json.loads(fine(fleet, "org", "list", "--json"))]


def requests_of(fleet, org):
    [row] = json.loads(fine(fleet, "usage", "--org", org, "--by", "org", "--json"))["rows"]
    return row["requests"]


def test_an_org_that_is_listed_and_was_not_made_harms_nobody(fleet):
    """Its node went away in between."""
    org, key = fleet.orgs[0], fleet.keys[0]
    new = new_org_beside(fleet, fleet.orgs[2])
    with without(fleet, fleet.orgs[2]):
        assert run(fleet, "org", "create", new).returncode == 3
    assert fleet.redis("SISMEMBER", "sr:1:{fleet}:orgs", new) == 1
    ask(fleet.gateways[0], key, chat("gpt-4o-mini", "hello")).must_be_good()
    wait_until(lambda: requests_of(fleet, org) == 2, 30, "the second to be counted")
    for command in (["org", "list"], ["team", "list"], ["key", "list"], ["budget", "list"], ["budget", "suspense"],
                    ["usage", "--by", "org"], ["reconcile", "--records", "/dev/null"], ["status"]):
        assert new not in fine(fleet, *command), command
    assert "org %s created" % new in fine(fleet, "org", "create", new)


JOURNALLED = 1500  # at the pace of what is tried again, 64 in 200 ms, they would take 4.7 s


def scripts_run(server):
    return int(re.search(r"cmdstat_evalsha:calls=(\d+)", server("INFO", "commandstats"))[1])


def test_a_journal_is_settled_of_orgs_whose_node_is_there(fleet):
    """At once, whatever lies between them in the journal; and the rest when its node is back."""
    gateway = fleet.gateways[0]
    _, lost, org = fleet.orgs
    lost_key, key = (fleet.make_key(o + "/apps", budget="total=5") for o in (lost, org))
    node = fleet.servers.primary("{o:%s}" % org)
    keys = ([lost_key] + 10 * [key]) * (JOURNALLED // 10)
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda k: ask(gateway, k, chat("gpt-4o-mini", "hello")), keys):
            answer.must_be_good()
    for o in (org, lost):
        fleet.wait_quiet(o)
    gateway.kill()
    with without(fleet, lost):
        before = scripts_run(node)
        gateway.start()
        wait_until(lambda: scripts_run(node) >= before + JOURNALLED, 2.5, "what can be settled")
        assert "event=recovered" not in gateway.log()
    wait_until(lambda: "event=recovered" in gateway.log(), 30, "the rest to be settled")
    told = int(re.search(r"event=recovered .*settled=(\d+)", gateway.log())[1])
    assert told >= len(keys)
