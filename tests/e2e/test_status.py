"""smartrouter status of a live fleet: what each process has in use, what is wrong, and live."""
import json
import os
import re
import signal
import subprocess
import threading

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


def problems(fleet, word):
    return [p for p in status(fleet)["problems"] if word in p]


def test_a_gateway_that_can_call_no_vendor_is_a_problem(tmp_path):
    vendors = ("openai", "anthropic", "deepseek", "qwen")
    missing = {v: {"api_key": "file:%s/no such key" % tmp_path} for v in vendors}
    with Fleet(tmp_path / "missing", endpoints=missing) as fleet:
        wait_until(lambda: problems(fleet, "4 are not there"), 10, "missing credentials to be told")
    with Fleet(tmp_path / "refused", settings={"breakers.credential_retry": "1h"},
               policy={"max_attempts": 1}) as fleet:
        key = fleet.make_key()
        wait_until(lambda: is_well(fleet), 10, "a fleet that is well")
        fleet.rules([{"status": 401}])
        for model in ("gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus"):
            assert not problems(fleet, "credential"), "one vendor is left"
            assert ask(fleet.gateways[0], key, chat(model, "hello")).status >= 400
        wait_until(lambda: problems(fleet, "4 are refused"), 10, "refused credentials to be told")


def test_a_gateway_with_another_pepper_is_a_problem(tmp_path):
    with Fleet(tmp_path, gateways=2) as fleet:
        wait_until(lambda: is_well(fleet), 10, "a fleet that is well")
        other = tmp_path / "other pepper"
        other.write_text("f" * 64)
        fleet.settings["gateway.pepper"] = "file:%s" % other
        fleet.gateways[1].stop()
        fleet.write_config("gateway1")
        fleet.gateways[1].start()
        wait_until(lambda: problems(fleet, "gateway1 has another gateway.pepper than the configuration here"),
                   10, "the other pepper to be told")
        text = fleet.ctl("status", "--json", check=False)
        assert "f" * 8 not in text and "0123456789abcdef" not in text, "a mark, no secret"
        # where no pepper is, gateways are compared with each other
        os.rename(tmp_path / "pepper", tmp_path / "pepper elsewhere")
        assert problems(fleet, "gateway1 has another gateway.pepper than gateway gateway0")
        os.rename(tmp_path / "pepper elsewhere", tmp_path / "pepper")


def test_a_gateway_that_is_gone_with_requests_is_a_problem(tmp_path):
    """One is killed. Another stops while a request is under way, which has its answer."""
    def gone(fleet):
        return [g["id"] for g in status(fleet)["gateways"] if not g["alive"]]

    with Fleet(tmp_path, gateways=3, policy={"first_byte_timeout": "40s"}) as fleet:
        key = fleet.make_key()
        fleet.rules([{"model": "gpt-4o-mini", "headers_ms": 30000}, {"headers_ms": 3000}])
        asking = [threading.Thread(target=ask_in_vain, args=(gateway, key, model)) for gateway, model
                  in zip(fleet.gateways, ("gpt-4o-mini", "gpt-4o"))]
        for one in asking:
            one.start()
        wait_until(lambda: [g["in_flight"] for g in status(fleet)["gateways"]] == [1, 1, 0], 10,
                   "two requests in flight")
        fleet.gateways[0].kill()
        fleet.gateways[1].signal(signal.SIGTERM)
        wait_until(lambda: gone(fleet) == ["gateway0", "gateway1"], 30, "them to be gone")
        [told] = problems(fleet, "is gone")
        assert "gateway0" in told and "1 request in flight" in told and "reconcile --journal" in told
        for one in asking:
            one.join()
        fleet.gateways[0].start()
        wait_until(lambda: not problems(fleet, "is gone"), 10, "it to be back")


def ask_in_vain(gateway, key, model):
    try:
        ask(gateway, key, chat(model, "hello"))
    except OSError:
        pass


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
            # a job in the background of a shell inherits that SIGINT is ignored
            stdout=out, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            wait_until(lambda: path.read_text().count("GATEWAY") >= 3, 20, "three pictures")
            assert "\033" not in path.read_text(), "only a terminal is cleared"
            watching.send_signal(signal.SIGINT)
            assert watching.wait(5) == -signal.SIGINT
        finally:
            watching.kill()
            watching.wait()
