"""A gateway whose clock is wrong: what an attempt costs goes by Redis' clock."""
import datetime
import glob

import pytest

from accounts import Accounts, make_key
from client import ask, chat
from fleet import Fleet

MODEL = "deepseek-flash"  # dearer in two windows on working days (conf/prices.yaml)


def is_dear(when):
    return when.weekday() < 5 and (1 <= when.hour < 4 or 6 <= when.hour < 10)


def hours_to_another_price():
    now = datetime.datetime.now(datetime.timezone.utc)
    return next(h for h in range(1, 100)
                if is_dear(now + datetime.timedelta(hours=h)) != is_dear(now))


class WrongClock(Fleet):
    def add_gateway(self):
        gateway = super().add_gateway()
        gateway.stop()
        gateway.env = {"LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
                       "FAKETIME": "+%dh" % hours_to_another_price(),
                       "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                       "ASAN_OPTIONS": "verify_asan_link_order=0"}
        return gateway.start()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with WrongClock(tmp_path_factory.mktemp("clock")) as f:
        yield f


def test_prices_go_by_the_clock_of_redis(fleet):
    answer = ask(fleet.gateways[0], make_key(fleet), chat(MODEL))
    answer.must_be_good()
    accounts = Accounts(fleet)
    accounts.wait_settled()
    charged = [a.cost for a in accounts.attempts(answer.headers["x-request-id"])]
    assert charged == list(accounts.billed().values())
