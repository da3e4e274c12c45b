"""POST /v1/feedback: who may say what of which answer, what it counts for, and what it changes."""
import json
import time

import pytest

from client import ask, chat
from fleet import Fleet, wait_until

FIRST, SECOND = "claude-haiku-4-5", "gpt-4o-mini"
SKILLS = "sr:1:{o:%s}:skills:%s"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("feedback"), gateways=2,
               policy={"strategy": "quality", "order": [FIRST, SECOND]},
               settings={"gateway.key_cache_timeout": "1s", "gateway.report_interval": "100ms"},
               ) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def other_gateway(fleet):
    return fleet.gateways[1]


@pytest.fixture
def answered(gateway, key):
    """The id of a new answer."""
    def answered(model=FIRST, key=key, gateway=gateway, **more):
        answer = ask(gateway, key, chat(model, **more))
        assert answer.status == 200, answer
        return answer.headers["x-request-id"]
    return answered


@pytest.fixture
def rate(fleet, gateway, key):
    """Rates, as soon as the answer is settled: the client may be faster than the books."""
    def rate(rid, key=key, gateway=gateway, **body):
        wait_until(lambda: fleet.open_reservations() == 0, 5, "the answer to settle")
        return ask(gateway, key, {"request_id": rid, **body}, path="/v1/feedback")
    return rate


def skills(fleet, scope, org="acme"):
    return fleet.redis.hash(SKILLS % (org, scope))


# --- what is said ---

@pytest.mark.parametrize("body,reward,weight", [
    ({"rating": "up"}, 1, 1), ({"rating": "down"}, 0, 1), ({"rating": 0.25}, 0.25, 1),
    ({"rating": 1}, 1, 1), ({"outcome": "accepted"}, 1, 0.3), ({"outcome": "edited"}, 1, 0.3),
    ({"outcome": "solved"}, 1, 1), ({"outcome": "regenerated"}, 0, 0.3),
    ({"outcome": "escalated"}, 0, 0.3), ({"outcome": "schema_failed"}, 0, 0.3),
    ({"outcome": "rejected"}, 0, 1), ({"outcome": "failed", "rating": None}, 0, 1)])
def test_ratings_and_outcomes(answered, rate, body, reward, weight):
    rid = answered()
    answer = rate(rid, **body)
    assert answer.status == 200, answer
    said = answer.json
    assert (said["object"], said["request_id"], said["model"]) == ("feedback", rid, FIRST)
    assert (said["reward"], said["weight"]) == (reward, weight) and said["task"]


@pytest.mark.parametrize("body,code,param", [
    ({"rating": "up"}, "missing_required_parameter", "request_id"),
    ({"request_id": 7, "rating": "up"}, "invalid_value", "request_id"),
    ({"request_id": "x"}, "missing_required_parameter", "rating"),
    ({"request_id": "x", "rating": "good"}, "invalid_value", "rating"),
    ({"request_id": "x", "rating": 1.5}, "invalid_value", "rating"),
    ({"request_id": "x", "rating": -1}, "invalid_value", "rating"),
    ({"request_id": "x", "rating": True}, "invalid_value", "rating"),
    ({"request_id": "x", "outcome": "great"}, "invalid_value", "outcome"),
    ({"request_id": "x", "rating": 1, "outcome": "solved"}, "invalid_value", "outcome"),
    ({"request_id": "x", "rating": 1, "comment": "well"}, "invalid_value", "comment"),
    ({"request_id": "x", "rating": 1, "user": "well"}, "invalid_value", None),
    ([], "invalid_json", None), ("{", "invalid_json", None)])
def test_what_makes_no_sense(gateway, key, body, code, param):
    text = body if isinstance(body, str) else json.dumps(body)
    answer = ask(gateway, key, text, path="/v1/feedback").must_fail(400, code)
    assert answer.error["param"] == param


def test_only_so_much_is_read(gateway, key):
    ask(gateway, key, {"request_id": "x" * 5000, "rating": 1}, path="/v1/feedback").must_fail(
        413, "request_too_large")


def test_who_asks_must_be_known(gateway):
    ask(gateway, None, {"request_id": "x", "rating": 1}, path="/v1/feedback").must_fail(
        401, "missing_api_key")
    ask(gateway, None, None, method="GET", path="/v1/feedback").must_fail(405, "method_not_allowed")


# --- of what ---

@pytest.mark.parametrize("rid", ["nobody-0-1", "", "a b", "x" * 60, "../org", "r\u00e9"])
def test_no_such_answer(rate, rid):
    assert rate(rid, rating="up").must_fail(404, "answer_not_found").error["param"] == "request_id"


def test_streams_are_rated_too(answered, rate):
    assert rate(answered(stream=True), rating="up").status == 200


def test_what_failed_is_no_answer(fleet, gateway, key, rate):
    fleet.rules([{"status": 400, "vendor": "anthropic"}])
    try:
        failed = ask(gateway, key, chat(FIRST))
        assert failed.status >= 400
    finally:
        fleet.rules([])
    rate(failed.headers["x-request-id"], rating="down").must_fail(404, "answer_not_found")


def test_once(fleet, answered, rate):
    rid = answered()
    assert rate(rid, rating="up").status == 200
    before = skills(fleet, "org:acme")
    again = rate(rid, rating=1)  # a client that did not hear the first answer
    assert again.status == 200 and again.json["reward"] == 1
    rate(rid, rating="down").must_fail(409, "answer_rated")
    assert skills(fleet, "org:acme") == before


def test_any_gateway_takes_it(answered, rate, other_gateway):
    assert rate(answered(), gateway=other_gateway, rating="up").status == 200


def test_by_its_team_and_nobody_else(fleet, answered, rate):
    rid = answered()
    for stranger in ("acme/others", "rivals/apps"):
        rate(rid, key=fleet.make_key(stranger), rating="down").must_fail(404, "answer_not_found")
    assert rate(rid, key=fleet.make_key("acme/apps"), rating="up").status == 200


# --- what it counts for ---

def test_it_counts_for_key_team_and_org(fleet, answered, rate):
    key = fleet.make_key("smith/a")
    rid = answered(key=key)
    wait_until(lambda: fleet.open_reservations("smith") == 0, 5, "the answer to settle")
    task = rate(rid, key=key, outcome="accepted").json["task"]
    found = {name: fleet.redis.hash(name) for name in fleet.redis.keys(SKILLS % ("smith", "*"))}
    assert len(found) == 3
    assert {name.split("skills:")[1].split(":")[0] for name in found} == {"key", "team", "org"}
    for fields in found.values():
        assert fields == {task: "1", "%s anthropic/%s" % (task, FIRST): "300000 0 1"}


def test_counted(fleet, answered, rate):
    taken, refused = quiet(lambda: counters(fleet))
    rid = answered()
    rate(rid, rating="up")
    rate(rid, rating="down")
    wait_until(lambda: counters(fleet) == [taken + 1, refused + 1], 5, "the counters to be told")


def quiet(read):
    """What is read, once it has not changed for longer than it takes to be told."""
    before = read()
    while True:
        time.sleep(1.2)
        now = read()
        if now == before:
            return now
        before = now


def counters(fleet):
    """The sums of what gateways tell of themselves, each second."""
    lines = [json.loads(line)["counters"] for line in fleet.redis.hash("sr:1:{fleet}:gateways").values()]
    return [sum(line[name] for line in lines) for name in ("feedback", "feedback_refused")]


# --- what it changes ---

def test_bad_answers_change_the_choice_of_those_who_got_them(fleet, gateway, answered, rate):
    unhappy, team_mate, other = (fleet.make_key(team) for team in ("moody/a", "moody/a", "calm/a"))

    def chosen(key):
        return ask(gateway, key, chat("auto")).headers["x-smartrouter-model"]

    def fleet_says():
        """How many answers others take from it."""
        shown = json.loads(fleet.ctl("quality", "show", "other", "--fleet", "--json"))
        return next(((line["fleet"] or {}).get("answers", 0) for line in shown if line["model"] == FIRST))

    assert chosen(unhappy) == chosen(other) == FIRST
    before = fleet_says()
    for _ in range(25):
        rid = answered("auto", key=unhappy)
        wait_until(lambda: fleet.open_reservations("moody") == 0, 5, "the answer to settle")
        assert rate(rid, key=unhappy, rating="down").status == 200
    wait_until(lambda: chosen(unhappy) == SECOND, 5, "the key's choice to change")
    wait_until(lambda: chosen(team_mate) == SECOND, 5, "its team's to change")
    assert chosen(other) == FIRST
    # a tenth of each, and less with each: never more than 2 in all
    wait_until(lambda: fleet_says() > before + 0.9, 5, "the fleet to hear of it")
    assert fleet_says() < before + 1.4


def test_an_operator_sees_what_it_rests_on(fleet, answered, rate):
    key = fleet.make_key("seen/a")
    rid = answered(key=key)
    wait_until(lambda: fleet.open_reservations("seen") == 0, 5, "the answer to settle")
    task = rate(rid, key=key, rating=0.5).json["task"]
    shown = json.loads(fleet.ctl("quality", "show", task, "--fleet", "--key",
                                 fleet.public_id(key), "--json"))
    of = {line["model"]: line for line in shown}
    assert of[FIRST]["payer"] == {"quality": 0.5, "answers": 1} and of[FIRST]["task"] == task
    assert of[FIRST]["prior"] and of[SECOND]["payer"] is None
    assert of[FIRST]["quality"] < of[FIRST]["prior"]["quality"]
    table = fleet.ctl("quality", "show", task, "--fleet").splitlines()
    assert table[0].split()[:3] == ["MODEL", "QUALITY", "+-"]
    assert any(line.startswith("anthropic/" + FIRST) for line in table)
    assert task.upper() in fleet.ctl("quality", "show").splitlines()[0].split()
    with pytest.raises(AssertionError, match="there is no task"):
        fleet.ctl("quality", "show", "juggling")
    with pytest.raises(AssertionError, match="--key needs --fleet"):
        fleet.ctl("quality", "show", "--key", fleet.public_id(key))


def test_ratings_reach_the_fleet_as_a_share(fleet, answered, rate):
    before = fleet_rating(fleet)
    assert rate(answered("qwen-plus"), rating="down").status == 200
    wait_until(lambda: fleet_rating(fleet) != before, 5, "the fleet to be told")
    assert fleet_rating(fleet) == "1:100000"  # a tenth of a bad answer


def fleet_rating(fleet):
    health = fleet.redis.hash("sr:1:{v:qwen}:health")
    found = [text for name, text in health.items() if name.startswith("rating qwen-plus ")]
    return found[0].split(" ", 1)[1] if found else None
