"""smartrouter status of a live fleet: what each process has in use, what is wrong, and live."""
import json
import re
import signal
import subprocess

import pytest

from client import ask, chat
from fleet import BINARY, Fleet, wait_until


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("status"), coordinators=2) as running:
        running.make_key()  # what asks for money is known
        yield running


def status(fleet):
    return json.loads(fleet.ctl("status", "--json", check=False))


def is_well(fleet):
    return status(fleet)["well"]


def test_every_process_tells_its_catalog(fleet):
    wait_until(lambda: is_well(fleet), 10, "a fleet that is well")
    told = status(fleet)
    members = told["gateways"] + told["coordinators"]
    assert len(members) == 3
    assert {m["hash"] for m in members} == {told["hash"]}
    assert fleet.ctl("status").count(" " + told["hash"][:8]) >= 4  # one is the published one's


def columns(text, first):
    """Of the first row of the table whose first title this is."""
    lines = text.splitlines()
    i = next(i for i, line in enumerate(lines) if line.startswith(first))
    titles, cells = re.split("  +", lines[i]), re.split("  +", lines[i + 1])
    assert len(titles) == len(cells)
    return dict(zip(titles, cells))


def test_the_widest_line_is_told_whole(fleet):
    """A gateway's: it ends with charges that wait, and with money set aside."""
    def same():
        shown, [told] = columns(fleet.ctl("status"), "GATEWAY"), status(fleet)["gateways"]
        assert list(shown)[-2:] == ["UNSETTLED", "USD ASIDE"]
        return (shown["GATEWAY"] == told["id"] and int(shown["UNSETTLED"]) == told["unsettled"] and
                float(shown["USD ASIDE"]) == told["escrow_nanos"] / 1e9)
    wait_until(same, 10, "the same as table and as JSON")


def test_a_coordinator_with_other_files_is_a_problem(fleet):
    leader = status(fleet)["leader"]["id"].rsplit("-", 1)[0]
    other = next(c for c in fleet.coordinators if c.name != leader)
    fleet.policy = {"timeout": "77s"}
    fleet.write_config(other.name)
    other.signal(signal.SIGHUP)
    wait_until(lambda: any("another catalog" in p for p in status(fleet)["problems"]), 10,
               "the other catalog to be told")
    fleet.policy = {}
    fleet.write_config(other.name)
    other.signal(signal.SIGHUP)
    wait_until(lambda: is_well(fleet), 10, "a fleet that is well again")


def test_a_budget_near_its_end_is_noted(fleet):
    key = fleet.make_key("rich/people")
    fleet.ctl("budget", "set", "org:rich", "total=1.00")
    ask(fleet.gateways[0], key, chat("gpt-4o-mini", "hello")).must_be_good()
    fleet.wait_quiet("rich")
    assert "NOTE     org rich" not in fleet.ctl("status")
    fleet.ctl("budget", "set", "org:rich", "total=0.000000001")
    assert "NOTE     org rich" in fleet.ctl("status")


def test_it_is_told_again_and_again(fleet, tmp_path):
    path = tmp_path / "pictures"
    with open(path, "w") as out:
        watching = subprocess.Popen(
            [BINARY, "status", "--config", fleet.folder + "/operator.yaml", "--watch", "--interval", "100ms"],
            stdout=out)
        try:
            wait_until(lambda: path.read_text().count("GATEWAY") >= 3, 20, "three pictures")
            assert "\033" not in path.read_text(), "only a terminal is cleared"
            watching.send_signal(signal.SIGINT)
            assert watching.wait(5) == -signal.SIGINT
        finally:
            watching.kill()
            watching.wait()
