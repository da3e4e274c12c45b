"""A small reader of event streams, by the HTML standard, for whole texts."""
import re
from dataclasses import dataclass, field


@dataclass
class Event:
    name: str = ""
    data: str = None
    comments: list = field(default_factory=list)


def events(text):
    """The events of a stream, in order. An event whose blank line is missing counts; a block of
    comments alone comes as an Event without name and data."""
    event, lines = Event(), re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    for line in lines + [""]:
        if line:
            _take(event, line)
        elif event != Event():
            yield event
            event = Event()


def _take(event, line):
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "":
        event.comments.append(value)
    elif name == "data":
        event.data = value if event.data is None else event.data + "\n" + value
    elif name == "event":
        event.name = value
