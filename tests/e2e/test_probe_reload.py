"""A catalog that is replaced while a probe is out: what the probe began with it also ends with."""
import json
import os
import signal

import pytest

from fleet import Fleet, wait_until

BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
SLOW = [{"vendor": "openai", "headers_ms": 2000}]


@pytest.fixture
def fleet(tmp_path):
    requests = str(tmp_path / "requests.jsonl")
    with Fleet(tmp_path / "fleet", mock_args=["--requests", requests]) as f:
        f.requests_path = requests
        yield f


def probes(fleet):
    if not os.path.exists(fleet.requests_path):
        return 0
    with open(fleet.requests_path) as f:
        ids = [json.loads(line)["headers"].get("x-client-request-id", "") for line in f]
    return sum(i.startswith("probe-") for i in ids)


def test_a_probe_outlives_its_catalog(fleet):
    key, gateway = fleet.make_key(), fleet.gateways[0]
    fleet.rules([{"vendor": "openai", "error": "server"}])
    wait_until(lambda: fleet.post(gateway, BODY, key) and "event=breaker" in gateway.log(), 20,
               "the breaker to open")
    fleet.rules(SLOW)
    before = probes(fleet)
    wait_until(lambda: probes(fleet) > before, 20, "a probe to be out")
    fleet.policy = {"order": ["qwen-plus"]}
    fleet.write_config("coordinator0")
    fleet.coordinators[0].signal(signal.SIGHUP)
    wait_until(lambda: "epoch 2" in gateway.log(), 10, "the new catalog")
    assert fleet.mock_stats()["open"] == 1, "the probe ended too soon"
    wait_until(lambda: fleet.mock_stats()["open"] == 0, 10, "the probe to end")
    assert fleet.get(gateway, "/healthz")[0] == 200
