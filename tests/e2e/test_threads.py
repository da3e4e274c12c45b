"""Where threads meet: workers, the control thread, the pool that reads large bodies, the journal's
replay, news of keys, settings and catalogs that change under load. It says little itself: a build
with ThreadSanitizer (tests/suites/*-threads) ends its gateway with a status of its own.
"""
import signal
import threading
import time

from client import ask, chat
from fleet import Fleet

CLIENTS = 12
ROUNDS = 10
LARGE = 400_000  # bytes; more than gateway.parse_inline_bytes


class Crowd:
    """Clients that ask at once; what they saw, by name."""

    def __init__(self, fleet, key):
        self.fleet, self.key, self.seen, self.lock = fleet, key, [], threading.Lock()

    def one(self, number):
        gateway = self.fleet.gateways[0]
        for i in range(ROUNDS):
            model = ["gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus"][(number + i) % 4]
            prompt = "x" * LARGE if (number + i) % 10 == 0 else "Hello"
            answer = ask(gateway, self.key, chat(model, prompt, stream=(number + i) % 2 == 0,
                                                 max_tokens=64))
            with self.lock:
                self.seen.append(answer.status)
            answer.must_be_good()

    def run(self, meanwhile):
        threads = [threading.Thread(target=self.one, args=(i,)) for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            meanwhile()
            time.sleep(0.3)
        for thread in threads:
            thread.join()
        return self.seen


def test_changes_under_load(tmp_path):
    with Fleet(tmp_path, workers=4) as fleet:
        gateway = fleet.gateways[0]
        key = fleet.make_key(budget=["day=50", "total=100"], rpm=100000, concurrency=100)
        other = fleet.make_key()

        def meanwhile():
            gateway.signal(signal.SIGHUP)
            fleet.coordinators[0].signal(signal.SIGHUP)
            fleet.ctl("key", "block", fleet.public_id(other))
            fleet.ctl("key", "unblock", fleet.public_id(other))
            fleet.ctl("key", "set", fleet.public_id(key), "--rpm", "200000")

        seen = Crowd(fleet, key).run(meanwhile)
        assert seen == [200] * CLIENTS * ROUNDS, seen
        fleet.wait_quiet()

        # killed with work in flight, its next life settles what the last one left
        fleet.rules([{"ttft_ms": 4000}])
        thread = threading.Thread(target=lambda: _ask_in_vain(gateway, key))
        thread.start()
        time.sleep(0.5)
        gateway.kill()
        thread.join()
        fleet.rules([])
        gateway.start()
        fleet.wait_ready()
        ask(gateway, key, chat("gpt-4o-mini")).must_be_good()


def _ask_in_vain(gateway, key):
    try:
        ask(gateway, key, chat("gpt-4o-mini"))
    except OSError:
        pass
