"""SIGHUP: what takes effect, and what a faulty file changes."""
import json
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from fleet import Fleet, wait_until


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path) as running:
        yield running


def processes(fleet):
    return [(fleet.gateways[0], "gateway0"), (fleet.coordinators[0], "coordinator0")]


def hup(process, event):
    before = process.log().count("event=" + event)
    process.signal(signal.SIGHUP)
    wait_until(lambda: process.log().count("event=" + event) > before, 10, event)


def change(path, **sections):
    """Sections of a configuration, as its file holds them."""
    with open(path) as f:
        sections = {**json.load(f), **sections}
    with open(path, "w") as f:
        json.dump(sections, f)


def is_silent(fleet, key):
    """No lines of requests, of which each is written when its answer has gone."""
    gateway = fleet.gateways[0]
    before = len(gateway.log())
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}
    for _ in range(5):
        assert fleet.post(gateway, body, key)[0] == 200
    return "event=request" not in gateway.log()[before:]


def test_the_level_of_the_log_changes(fleet):
    key = fleet.make_key()
    assert not is_silent(fleet, key)
    for process, name in processes(fleet):
        fleet.settings = {"log.level": "error"}
        fleet.write_config(name)
        process.signal(signal.SIGHUP)
        if name == "gateway0":
            wait_until(lambda: is_silent(fleet, key), 10, "silence")
        fleet.settings = {}
        fleet.write_config(name)
        hup(process, "reloaded")
    assert not is_silent(fleet, key)


def test_a_gateway_tells_the_longest_that_its_calls_may_run(fleet):
    """Of its life: requests in flight keep the settings that they came under."""
    told = lambda: json.loads(fleet.ctl("status", "--json", check=False))["gateways"]
    tells = lambda ms: [g["longest_call_ms"] for g in told()] == [ms]

    def use(request_timeout, drain_timeout):
        fleet.settings = {"gateway.request_timeout": request_timeout, "gateway.drain_timeout": drain_timeout}
        fleet.write_config("gateway0")
        hup(fleet.gateways[0], "reloaded")

    wait_until(lambda: tells(11 * 60000), 10, "the usual times")
    use("50m", "30m")
    wait_until(lambda: tells(80 * 60000), 10, "the longer times")
    use("20s", "5s")
    since = told()[0]["at_us"]
    wait_until(lambda: told()[0]["at_us"] > since, 10, "the next sign of life")
    assert tells(80 * 60000)


def test_a_faulty_file_changes_nothing(fleet):
    for process, name in processes(fleet):
        with open(fleet.write_config(name), "r+") as f:
            sections = json.load(f)
            sections["log"]["levle"] = "error"
            f.seek(0)
            json.dump(sections, f)
            f.truncate()
        hup(process, "reload_failed")
        assert 'did you mean "level"?' in process.log()
        fleet.write_config(name)
        hup(process, "reloaded")


def test_a_half_saved_file_changes_nothing(fleet):
    for process, name in processes(fleet):
        open(fleet.write_config(name), "w").close()
        hup(process, "reload_failed")
        assert "the file is empty" in process.log()
    coordinator, path = fleet.coordinators[0], fleet.write_config("coordinator0")
    epoch = fleet.redis("GET", "sr:1:{fleet}:epoch")
    change(path, endpoints={})
    hup(coordinator, "reload_failed")
    assert "there is no endpoint any more" in coordinator.log()
    assert fleet.redis("GET", "sr:1:{fleet}:epoch") == epoch


def test_what_was_never_there_is_not_missed(fleet):
    """A catalog without endpoints whose models go: it is the models that are missed."""
    coordinator, path = fleet.coordinators[0], fleet.write_config("coordinator0")
    coordinator.stop()
    change(path, endpoints={})
    coordinator.start()
    wait_until(lambda: coordinator.log().count("event=leading") > 1, 10, "the lease")
    change(path, include=[], policies={})
    hup(coordinator, "reload_failed")
    assert "there is no model any more" in coordinator.log()


def test_a_lease_is_trusted_for_as_long_as_it_was_asked(fleet):
    """With a longer one that came by a reload, two would lead at once."""
    coordinator = fleet.coordinators[0]
    fleet.settings = {"coordinator.lease": "1m"}
    fleet.write_config("coordinator0")
    hup(coordinator, "reloaded")
    left = [fleet.redis("PTTL", "sr:1:{fleet}:lease")]

    def renewed():
        left.append(fleet.redis("PTTL", "sr:1:{fleet}:lease"))
        return sum(b > a for a, b in zip(left, left[1:])) > 2

    wait_until(renewed, 30, "the lease to be renewed")
    assert max(left) <= 3000


def test_a_signal_during_the_start_waits_for_its_end(fleet):
    """The configuration comes through a pipe, so that the process cannot be further than that."""
    for process, name in processes(fleet):
        process.stop()
        path = fleet.write_config(name)
        with open(path) as f:
            text = f.read()
        os.remove(path)
        os.mkfifo(path)
        before, process.says_url = process.log().count("event=reloaded"), False
        process.start()
        with open(path, "w") as pipe:  # waits for its reader
            fleet.write_config(name)
            process.signal(signal.SIGHUP)
            pipe.write(text)
        wait_until(lambda: process.log().count("event=reloaded") > before, 30, "the reload")
        assert process.running()
