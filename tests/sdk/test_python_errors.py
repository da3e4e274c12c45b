"""openai-python against a gateway: the errors it must raise, and when it must try again."""
import time

import openai
import pytest

from talk import OPENAI, order, user

# an error of the vendor -> the status a client gets when nobody else could be asked
VENDOR_ERRORS = {"server": 502, "overloaded": 503, "rate_limit": 429}


class Counter:
    """A client that tries again as often as its authors think right, and counts."""

    def __init__(self, base_url, key, **options):
        self.tries = 0
        self.client = openai.OpenAI(base_url=base_url, api_key=key, **options)
        self.client._client.event_hooks["request"].append(self._count)

    def _count(self, _):
        self.tries += 1

    def ask(self, model=OPENAI, messages=None, **more):
        return self.client.chat.completions.create(
            model=model, messages=user("Hello") if messages is None else messages, **more)

    def fails(self, kind, tries=1, **more):
        self.tries = 0
        with pytest.raises(kind) as caught:
            self.ask(**more)
        assert type(caught.value) is kind and self.tries == tries, caught.value
        return caught.value


@pytest.fixture
def counter(base_url):
    made = []

    def make(key, **options):
        made.append(Counter(base_url, key, **options))
        return made[-1]
    yield make
    for one in made:
        one.client.close()


def names(error, *words):
    for word in words:
        assert word in error.message, (word, error.message)


# --- who asks, and what for ---

@pytest.mark.parametrize("wrong", ["sk-proj-of-somebody-else", "sk-sr-acme_nobody000-" + "A" * 49])
def test_a_key_that_is_none(counter, wrong):
    error = counter(wrong).fails(openai.AuthenticationError)
    assert error.status_code == 401 and error.code == "invalid_api_key"
    assert wrong not in str(error)


def test_a_wrong_secret(counter, key):
    swapped = key[:-2] + key[-1] + key[-2] if key[-1] != key[-2] else key[:-1] + "0"
    assert counter(swapped).fails(openai.AuthenticationError).code == "invalid_api_key"


def test_a_blocked_key(counter, fleet):
    key = fleet.make_key()
    fleet.ctl("key", "block", fleet.public_id(key))
    error = counter(key).fails(openai.PermissionDeniedError)
    assert error.code == "key_blocked"
    names(error, "key", fleet.public_id(key).split("_")[1])


def test_a_model_of_others(counter, fleet):
    key = fleet.make_key(models="deepseek-flash")
    error = counter(key).fails(openai.PermissionDeniedError)
    assert error.code == "model_not_allowed"
    names(error, OPENAI)


def test_no_such_model(counter, key):
    error = counter(key).fails(openai.NotFoundError, model="gpt-nowhere")
    assert error.code == "model_not_found" and error.param == "model"
    names(error, "gpt-nowhere")


def test_no_such_path(counter, key):
    with pytest.raises(openai.NotFoundError) as caught:
        counter(key).client.completions.create(model=OPENAI, prompt="Hello")
    assert caught.value.code == "unknown_url"


@pytest.mark.parametrize("more,code,param", [
    (dict(temperature=9), "invalid_value", "temperature"),
    (dict(messages=[{"role": "wizard", "content": "x"}]), "invalid_value", "messages[0].role"),
    (dict(messages=[]), "invalid_value", "messages"),
    (dict(extra_body={"messages": None}), "missing_required_parameter", "messages"),
    (dict(n=0), "invalid_value", "n"),
    (dict(model="claude-haiku-4-5", n=2), "unsupported_parameter", None),
    (dict(messages=order(error="bad_request")), "vendor_refused", None),
    (dict(messages=order(error="context_length")), "context_length_exceeded", None),
    (dict(messages=order(error="content_policy")), "content_policy_violation", None),
])
def test_a_bad_request(counter, key, more, code, param):
    error = counter(key).fails(openai.BadRequestError, **more)
    assert (error.status_code, error.code) == (400, code), error
    assert param is None or error.param == param
    assert error.type == "invalid_request_error" and error.request_id


# --- budgets and rates ---

def test_a_budget_that_is_spent(counter, fleet):
    key = fleet.make_key(budget="day=0.000001")
    error = counter(key).fails(openai.APIStatusError)
    assert error.status_code == 402 and error.code == "budget_exceeded"
    names(error, "day budget of key", fleet.public_id(key).split("_")[1], "$0.000001")
    assert error.response.headers["x-should-retry"] == "false"


def test_a_budget_of_the_team(counter, fleet):
    key = fleet.make_key("acme/poor")
    fleet.ctl("budget", "set", "team:acme/poor", "month=0.000002")
    error = counter(key).fails(openai.APIStatusError)
    assert error.status_code == 402
    names(error, "month budget of team `poor`", "$0.000002")


def test_a_budget_that_others_hold(counter, fleet):
    """Requests in flight hold the money: the client waits as it is told to, and gets its answer."""
    key = fleet.make_key(budget="day=0.003")
    slow = counter(key, max_retries=0).ask(
        messages=order(tokens=20, chunks=4, chunk_ms=150), max_tokens=4000, stream=True)
    next(slow)
    error = counter(key, max_retries=0).fails(openai.RateLimitError, max_tokens=4000)
    assert error.code == "budget_reserved" and error.response.headers["retry-after"] == "1"
    patient = counter(key)
    begin = time.monotonic()
    assert patient.ask(max_tokens=4000).choices and patient.tries == 2
    assert time.monotonic() - begin >= 1
    assert list(slow)


def test_requests_per_minute(counter, fleet):
    key = fleet.make_key(rpm=1)
    one = counter(key, max_retries=0)
    assert one.ask().choices
    error = one.fails(openai.RateLimitError)
    assert error.code == "rate_limit_exceeded" and error.type == "requests"
    names(error, "key", fleet.public_id(key).split("_")[1], "1 requests per minute")
    headers = error.response.headers
    assert 0 < int(headers["retry-after"]) <= 60 and headers["x-should-retry"] == "true"


def test_retry_after_is_waited_for(counter, fleet):
    """60 a minute come back one a second: the client's own wait would be half of that."""
    key = fleet.make_key(rpm=60)
    one = counter(key)
    for _ in range(60):
        one.ask()
    one.tries, begin = 0, time.monotonic()
    assert one.ask().choices
    assert one.tries == 2 and 0.9 <= time.monotonic() - begin < 5


def test_more_tokens_than_a_minute_has(counter, fleet):
    key = fleet.make_key(tpm=100)
    error = counter(key).fails(openai.RateLimitError, max_tokens=4000)
    assert error.code == "request_over_rate_limit" and error.param == "max_tokens"
    names(error, "100 tokens per minute")


def test_too_many_at_once(counter, fleet):
    key = fleet.make_key(concurrency=1)
    slow = counter(key).ask(messages=order(tokens=20, chunks=4, chunk_ms=100), stream=True)
    next(slow)
    error = counter(key, max_retries=0).fails(openai.RateLimitError)
    assert error.code == "concurrency_limit_exceeded"
    assert list(slow) and counter(key).ask().choices


# --- vendors that fail, with nobody left to ask ---

@pytest.mark.parametrize("error,status", VENDOR_ERRORS.items())
def test_the_client_does_not_multiply_our_attempts(counter, key, fleet, error, status):
    asked = fleet.mock_stats()["requests"]
    kind = openai.RateLimitError if status == 429 else openai.InternalServerError
    caught = counter(key).fails(kind, messages=order(error=error))
    assert caught.status_code == status and OPENAI in caught.message
    assert fleet.mock_stats()["requests"] - asked == 2  # max_attempts_per_target


def test_a_credential_that_the_vendor_refuses(counter, key):
    error = counter(key).fails(openai.InternalServerError, messages=order(error="invalid_key"))
    assert (error.status_code, error.code) == (502, "vendor_credential")


def test_a_stream_that_breaks(counter, key):
    """Not a clean end, and no second try."""
    one, pieces = counter(key), []
    with pytest.raises(openai.APIError) as caught:
        for chunk in one.ask(messages=order(cut=True, at="middle"), stream=True):
            pieces.append(chunk.choices[0].delta.content or "")
    assert "".join(pieces) and one.tries == 1
    assert caught.value.code == "upstream_truncated" and OPENAI in caught.value.message


def test_a_stream_that_breaks_before_content(counter, key):
    error = counter(key).fails(openai.InternalServerError, stream=True,
                               messages=order(cut=True, at="start"))
    assert error.status_code == 502


def test_the_next_vendor_answers_instead(counter, key):
    answer = counter(key).client.chat.completions.with_raw_response.create(
        model=OPENAI, messages=order(vendor="openai", error="server"),
        extra_body={"models": ["claude-haiku-4-5"]})
    assert answer.headers["x-smartrouter-vendor"] == "anthropic"
    assert int(answer.headers["x-smartrouter-attempts"]) > 1
    assert answer.parse().choices[0].message.content
