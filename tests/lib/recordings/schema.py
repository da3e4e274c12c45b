"""OpenAI's published schema, strictly (see tests/lib/extract-openai-schema)."""
import json
import os

from jsonschema import Draft202012Validator

_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "openai-schema.json")

REPLY = "CreateChatCompletionResponse"
CHUNK = "CreateChatCompletionStreamResponse"
ERROR = "ErrorResponse"
REQUEST = "CreateChatCompletionRequest"


class Schema:
    def __init__(self):
        with open(_FILE, encoding="utf-8") as f:
            self._doc = json.load(f)
        self._validators = {}

    def faults(self, name, value):
        """Sentences about what is wrong with value; none when it is valid."""
        if name not in self._validators:
            self._validators[name] = Draft202012Validator(
                {**self._doc, "$ref": "#/$defs/" + name})
        for error in self._validators[name].iter_errors(value):
            while error.context:
                error = max(error.context, key=lambda e: len(e.absolute_path))
            place = "/".join(str(p) for p in error.absolute_path)
            yield f"schema {name}: {place or 'top'}: {error.message[:120]}"
