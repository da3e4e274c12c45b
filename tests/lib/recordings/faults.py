"""What a vendor's error means: may the same target be asked again, may another, does it count
against the endpoint's health, and what becomes of the credential.

Written from the vendors' documentation, apart from the tables in src/core/dialect/. ANY stands
where the documentation leaves the answer to the operator, or to what the other candidates can do.
"""
import json
import re
from dataclasses import dataclass, fields

ANY = None
YES, NO = True, False


@dataclass
class Said:
    """The vendor's words."""
    status: int = 0
    type: str = ""
    code: str = ""
    message: str = ""
    detail: str = ""  # Anthropic: details.error_code


@dataclass
class Verdict:
    retry: bool = ANY
    failover: bool = ANY
    health: bool = ANY
    credential: tuple = ANY  # the allowed ones of fine, cool, out
    error: tuple = ANY       # the allowed names of src/tbl/errors.h

    def differences(self, fault):
        for f in fields(self):
            want, got = getattr(self, f.name), fault.get(f.name)
            if want is not ANY and got != want and not (isinstance(want, tuple) and got in want):
                yield f"fault.{f.name} is {got!r}, should be {want!r}"


THROTTLE = Verdict(YES, YES, NO, ("cool",))
BUSY = Verdict(YES, YES, YES, ("fine",))
MONEY = Verdict(NO, YES, NO, ("out",))
KEY = Verdict(NO, YES, NO, ("out",))
FORBIDDEN = Verdict(NO, YES, NO, ANY)
NO_MODEL = Verdict(NO, YES, NO, ("fine",), ("MODEL_UNKNOWN",))
NOT_THERE = Verdict(NO, YES, NO, ("fine",))
TOO_LONG = Verdict(NO, ANY, NO, ("fine",), ("CONTEXT",))
CONTENT = Verdict(NO, ANY, NO, ("fine",), ("CONTENT",))
CANNOT = Verdict(NO, ANY, NO, ("fine",))  # another model may be able to
WRONG = Verdict(NO, NO, NO, ("fine",))
BLANK = Verdict(YES, YES, YES, ("fine",), ("VENDOR_GARBAGE",))
GARBAGE = Verdict(ANY, YES, YES, ("fine",), ("VENDOR_GARBAGE",))

LONG = r"prompt is too long|context (window|length)|Range of input length|maximum context"
CAPABILITY = (r"[Uu]nsupported|not support|unknown variant|too many|Too many strict|too complex|"
              r"must be passed back|enable_thinking|deprecated for this model|Missing .reasoning")

# (status or None, field or None, pattern of the field, verdict); the first that fits counts
TABLES = {
    "openai": (
        (429, "code", r"insufficient_quota|credit_balance_exhausted|"
                      r".*_(spend|usage)_limit_exceeded", MONEY),
        (429, "type", r"insufficient_quota", MONEY),
        (None, "code", r"insufficient_quota", MONEY),
        (None, "code", r"context_length_exceeded", TOO_LONG),
        (None, "code", r"model_not_found", NO_MODEL),
        (None, "code", r"server_error|server_is_overloaded", BUSY),
        (None, "type", r"server_error|service_unavailable_error", BUSY),
        (None, "code", r"rate_limit_exceeded|slow_down", THROTTLE),
        (400, "message", CAPABILITY, CANNOT),
    ),
    "anthropic": (
        (None, "detail", r"enforced_spend_limit_reached", MONEY),
        (400, "message", r"credit balance is too low|API usage limits", MONEY),
        (None, "type", r"billing_error", MONEY),
        (400, "message", LONG, TOO_LONG),
        (400, "message", CAPABILITY, CANNOT),
        (None, "type", r"overloaded_error|api_error|timeout_error", BUSY),
        (None, "type", r"rate_limit_error", THROTTLE),
        (None, "type", r"authentication_error", KEY),
        (None, "type", r"permission_error", FORBIDDEN),
        (None, "type", r"not_found_error", NOT_THERE),
        (409, None, None, Verdict(ANY, ANY, NO, ("fine",))),
        (413, None, None, CANNOT),
    ),
    "deepseek": (
        (None, "message", r"Content Exists Risk", CONTENT),
        (400, "message", LONG, TOO_LONG),
        (400, "message", r"supported API model names", Verdict(NO, ANY, NO, ("fine",))),
        (400, "message", CAPABILITY, CANNOT),
        (429, None, None, Verdict(YES, YES, NO, ("fine", "cool"))),
    ),
    "qwen": (
        (None, "code", r"DataInspectionFailed|data_inspection_failed", CONTENT),
        (None, "code", r"Arrearage", MONEY),
        (400, "message", LONG, TOO_LONG),
        (400, "message", r"Model not exist", NO_MODEL),
        (None, "code", r"model_not_found|ModelNotFound", NO_MODEL),
        (None, "message", r"EngineOverloaded", Verdict(YES, YES, ANY, ANY)),
        (None, "code", r"Throttling.*", Verdict(YES, YES, NO, ("fine", "cool"))),
        (429, None, None, Verdict(YES, YES, NO, ("fine", "cool"))),
        (None, "code", r"InvalidApiKey|invalid_api_key", KEY),
        (None, "code", r"AccessDenied.*", FORBIDDEN),
        (400, "message", CAPABILITY, CANNOT),
        (None, "code", r"InvalidParameter|invalid_parameter_error", WRONG),
    ),
}
TABLES["qwen_native"] = TABLES["qwen"]

BY_STATUS = {400: WRONG, 401: KEY, 402: MONEY, 403: FORBIDDEN, 404: NOT_THERE, 422: WRONG,
             429: THROTTLE, 500: BUSY, 502: BUSY, 503: BUSY, 504: BUSY, 529: BUSY}


def verdict(dialect, said):
    """What the tables say; a Verdict of ANYs where they say nothing."""
    for status, name, pattern, result in TABLES[dialect]:
        if status is not None and status != said.status:
            continue
        if name is None or _fits(name, pattern, getattr(said, name)):
            return result
    return BY_STATUS.get(said.status, Verdict())


def _fits(name, pattern, value):
    """Codes and types are whole words, messages are searched."""
    match = re.search if name == "message" else re.fullmatch
    return bool(value) and match(pattern, value) is not None


def said(body, status=0):
    """The vendor's words in an error body of any of the vendors' forms."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        error = body if isinstance(body, dict) else {}
    details = error.get("details")
    return Said(status=status, type=_word(error.get("type")), code=_word(error.get("code")),
                message=_word(error.get("message")),
                detail=_word(details.get("error_code")) if isinstance(details, dict) else "")


def _word(value):
    return value if isinstance(value, str) else ""


def said_in(text, status):
    """The same in a raw body; DashScope may put `data: ` before its JSON."""
    text = text.strip().removeprefix("\ufeff")
    if text.startswith("data:"):
        text = text[5:].strip()
    try:
        return said(json.loads(text), status)
    except ValueError:
        return Said(status=status)
