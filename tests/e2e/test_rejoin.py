"""What a gateway does when Redis comes back with another history: how much it tells again, whom that
holds up, and how much it keeps until then."""
import os
import re
import shutil
import threading
import time

from client import ask, chat
from fleet import Fleet, wait_until
from link import Link

MODEL = "gpt-4o-mini"
COST = 11100


def make_fleet(folder, tcp=True, **settings):
    return Fleet(folder, redis_options={"tcp": tcp, "persist": True}, settings={
        "redis.command_timeout": "500ms", "redis.admit_window": "1s", "redis.loss_window": "1m",
        **settings})


def served(fleet, key):
    return ask(fleet.gateways[0], key, chat(MODEL)).status == 200


def begin_anew(fleet, key):
    """Redis is killed and comes back: with all its data, but who asks cannot know that."""
    server = fleet.servers.primary()
    server.kill()
    server.start()
    wait_until(lambda: served(fleet, key), 30, "service to be back")


def rejoined(fleet):
    return [(int(settles), int(orgs)) for settles, orgs in re.findall(
        r"redis_rejoined msg=.worker 0: (\d+) settles and \d+ requests in flight of (\d+) orgs",
        fleet.gateways[0].log())]


def spent(fleet, key):
    org, public = fleet.public_id(key).split("_")
    fleet.wait_quiet(org)
    return fleet.books(org)["key", public, "t"]["spent"]


def test_only_the_newest_are_told_again_where_nothing_was_lost(tmp_path):
    with make_fleet(tmp_path) as fleet:
        key = fleet.make_key(budget="total=1")
        for _ in range(300):
            assert served(fleet, key)
        assert spent(fleet, key) == 300 * COST
        begin_anew(fleet, key)
        wait_until(lambda: rejoined(fleet), 30, "all to be told")
        wait_until(lambda: len(re.findall('redis_up msg="?control', fleet.gateways[0].log())) > 1,
                   30, "the control connection to be told of, too")
        (told, _), = rejoined(fleet)
        assert 1 <= told < 150  # those under way when the first one was found to be there
        billed = sum(line["billed_nanos"] for line in fleet.ledger())
        assert spent(fleet, key) == billed


def test_what_was_on_its_way_when_the_connection_broke_is_told_all_the_same(tmp_path):
    """Redis comes back without the latest; those are on their way, and their connection breaks. That
    older ones are there proves nothing of them."""
    fleet = make_fleet(tmp_path, tcp=False)
    link = Link(fleet.servers.primary().socket)
    fleet.settings["redis.url"] = link.url
    try:
        with fleet:
            key = fleet.make_key(budget="total=1")
            for _ in range(250):
                assert served(fleet, key)
            assert spent(fleet, key) == 250 * COST
            server, older = fleet.servers.primary(), os.path.join(tmp_path, "older")
            time.sleep(1.5)  # its file is written each second
            shutil.copytree(server.folder, older)
            for _ in range(50):
                assert served(fleet, key)
            assert spent(fleet, key) == 300 * COST
            server.kill()
            shutil.rmtree(server.folder)
            os.rename(older, server.folder)
            link.cut_at = (b":answer:", 3)
            server.start()
            wait_until(lambda: served(fleet, key), 30, "service to be back")
            wait_until(lambda: rejoined(fleet), 30, "all to be told")
            assert link.cut_at is None
            billed = sum(line["billed_nanos"] for line in fleet.ledger())
            assert spent(fleet, key) == billed
    finally:
        link.close()


def test_an_org_whose_data_are_damaged_holds_up_no_other(tmp_path):
    with make_fleet(tmp_path) as fleet:
        bad, good = fleet.make_key("bad/apps"), fleet.make_key("good/apps")
        assert served(fleet, bad) and served(fleet, good)
        fleet.redis("DEL", "sr:1:{o:bad}:history")
        fleet.redis("LPUSH", "sr:1:{o:bad}:history", "of a wrong type")
        begin_anew(fleet, good)
        assert not rejoined(fleet), "nothing was wrong"
        fleet.redis("DEL", "sr:1:{o:bad}:history")
        wait_until(lambda: rejoined(fleet), 30, "the other org to be told of")
        assert served(fleet, bad)


def test_no_more_is_served_on_credit_than_can_be_kept(tmp_path):
    with make_fleet(tmp_path, **{"redis.waiting_settles": 100, "escrow.without_redis": "open"}) as fleet:
        key = fleet.make_key(budget="total=1")
        assert served(fleet, key)
        server = fleet.servers.primary()
        server.kill()
        wait_until(lambda: served(fleet, key), 30, "service without Redis")
        answers = [ask(fleet.gateways[0], key, chat(MODEL)) for _ in range(120)]
        assert 90 <= sum(a.status == 200 for a in answers) <= 100
        answers[-1].must_fail(503, "store_unavailable")
        server.start()
        wait_until(lambda: served(fleet, key), 30, "service to be back")
        assert spent(fleet, key) == sum(line["billed_nanos"] for line in fleet.ledger())


def test_each_wait_for_the_end_of_a_failover_is_a_wait_of_its_own(tmp_path):
    """One at the admission, and one before the vendor is asked again, when redis.failover_wait has gone by
    since the first began."""
    with Fleet(tmp_path, settings={"redis.failover_wait": "5s", "redis.failover_grace": "2s"},
               policy={"first_byte_timeout": "5s"}) as fleet:
        gateway, key = fleet.gateways[0], fleet.make_key()
        assert served(fleet, key)
        answers = []
        fleet.rules([{"vendor": "openai", "stall": True, "at": "headers"}])
        shut(fleet, 0)
        asking = threading.Thread(target=lambda: answers.append(ask(gateway, key, chat(MODEL))))
        begin = time.monotonic()
        asking.start()
        wait_until(lambda: fleet.mock_stats()["open"], 30, "the vendor to be asked")
        assert time.monotonic() - begin > 1.5
        fleet.rules([])
        shut(fleet, 4)
        asking.join()
        answers[0].must_be_good()


def shut(fleet, in_s):
    """Admissions, as after a failover, for redis.failover_grace and so much longer."""
    fleet.redis("HSET", "sr:1:{o:acme}:history", "began", int((time.time() + in_s) * 1e6), "waiting", 1)


def test_a_journal_is_settled_again_when_its_cluster_fails_over(tmp_path):
    """The journal is replayed as soon as the gateway starts, when nobody knows yet which server is
    whose; and what was settled then is lost."""
    with Fleet(tmp_path, redis="cluster", settings={"redis.loss_window": "1m"}) as fleet:
        key = fleet.make_key(budget="total=1")
        org = fleet.public_id(key).split("_")[0]
        place = "sr:1:{o:%s}:org" % org
        old, gateway = fleet.servers.primary(place), fleet.gateways[0]
        assert served(fleet, key)
        fleet.servers.wait_in_step(place)
        old.cut_off_replicas()
        for _ in range(10):
            assert served(fleet, key)
        fleet.wait_quiet(org)  # else the last one's cost may be unknown to its journal
        gateway.kill()
        gateway.start()
        wait_until(lambda: "event=recovered" in gateway.log(), 30, "the journal to be settled")
        old.kill()
        fleet.servers.wait_new_primary(old, place)
        wait_until(lambda: gateway.log().count("event=recovered") == 2, 30, "it to be settled again")
        wait_until(lambda: served(fleet, key), 30, "service to be back")
        assert spent(fleet, key) == sum(line["billed_nanos"] for line in fleet.ledger()) == 12 * COST


def test_what_a_deposed_node_of_a_cluster_admits_is_not_admitted(tmp_path):
    """Asked when it was the primary, it answers when another one is: what it reserves is not there."""
    with Fleet(tmp_path, redis="cluster", policy={"first_byte_timeout": "10s"}, settings={
            "redis.command_timeout": "30s", "redis.admit_window": "30s"}) as fleet:
        gateway, key = fleet.gateways[0], fleet.make_key(budget="total=1")
        org = fleet.public_id(key).split("_")[0]
        place = "sr:1:{o:%s}:org" % org
        old = fleet.servers.primary(place)
        assert served(fleet, key)
        assert spent(fleet, key) == COST
        fleet.servers.wait_in_step(place)
        fleet.rules([{"vendor": "openai", "stall": True, "at": "headers"}])
        old.stop()
        answers = []
        asking = threading.Thread(target=lambda: answers.append(ask(gateway, key, chat(MODEL))))
        asking.start()
        fleet.servers.wait_new_primary(old, place)
        wait_until(lambda: "event=redis_history" in gateway.log(), 30, "the gateway to know of it")
        old.cont()
        wait_until(lambda: answers or fleet.mock_stats()["open"], 30, "an answer")
        time.sleep(0.5)  # whatever is told again is told
        assert answers or fleet.books(org)["key", fleet.public_id(key).split("_")[1], "t"]["reserved"] > 0
        fleet.rules([])
        asking.join()
        assert served(fleet, key)
        assert spent(fleet, key) == sum(line["billed_nanos"] for line in fleet.ledger())
