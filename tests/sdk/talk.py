"""talk.py -- what the tests of the clients say: models by what they can, prompts, tools."""
import base64
import json
import struct
import zlib

# a model of each vendor; the last two are Qwen's two modes
OPENAI, CLAUDE, DEEPSEEK, QWEN, NATIVE = MODELS = [
    "gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus", "qwen-max"]
SEEING = [OPENAI, CLAUDE, DEEPSEEK, "qwen3.7-plus", "qwen3.6-plus"]
SCHEMAS = [OPENAI, CLAUDE, QWEN, NATIVE, "qwen3.7-plus", "qwen3.6-plus"]
CHOICES = [OPENAI, QWEN, NATIVE]
LOGPROBS = [OPENAI, DEEPSEEK, "qwen3.7-plus"]
THINKING = [CLAUDE, DEEPSEEK, "qwen3.7-plus", "qwen3.6-plus"]


def user(text):
    return [{"role": "user", "content": text}]


def order(text="", **what):
    """A prompt with an order to the mock vendor that gets it."""
    return user(text + " mock:" + json.dumps(what))


def function(name, **properties):
    return {"type": "function", "function": {
        "name": name, "description": "what " + name + " does",
        "parameters": {"type": "object", "properties": properties,
                       "required": list(properties)}}}


WEATHER = function("get_weather", city={"type": "string"}, days={"type": "integer"})
CLOCK = function("get_time", zone={"type": "string"})
TOOLS = [WEATHER, CLOCK]


def image():
    """A small PNG as a data URL."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))
    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
           + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b""))
    return "data:image/png;base64," + base64.b64encode(png).decode()
