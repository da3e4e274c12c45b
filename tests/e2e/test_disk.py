"""A disk that is full, here a limit of the size of files: nothing is sent to a vendor that could not
be journalled first, and the gateway goes on when there is room again.
"""
import json
import resource

import pytest

from fleet import Fleet, wait_until

UNLIMITED = (resource.RLIM_INFINITY,) * 2
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("disk")) as f:
        yield f


def test_without_room_in_the_journal_nothing_is_sent(fleet):
    key = fleet.make_key()
    gateway = fleet.gateways[0]
    assert fleet.post(gateway, BODY, key)[0] == 200
    fleet.wait_quiet()
    sent = len(fleet.ledger())
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    # the first notices it: what it had written down is not on the disk, and so it is not sent
    answers = [fleet.post(gateway, BODY, key) for _ in range(5)]
    assert {a[0] for a in answers[1:]} == {503}, answers
    assert json.loads(answers[-1][2])["error"]["code"] == "store_unavailable"
    assert len(fleet.ledger()) <= sent + 1
    assert gateway.running()
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    wait_until(lambda: fleet.post(gateway, BODY, key)[0] == 200, 10, "the journal to work again")
