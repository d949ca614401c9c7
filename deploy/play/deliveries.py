"""What a feed hands over, and when. Every player makes a sorted list of these; `stage.py` acts it out or writes it down."""
from dataclasses import dataclass


@dataclass(order=True)
class Delivery:
    at_us: int    # when the feed hands it over, microseconds since 1970 UTC
    order: int    # ties keep the order in which they were made
    feed: str     # "cad" is polled; every other feed is posted to its webhook
    key: str      # cad: the row it replaces
    body: str     # JSON text, or what the feed really sends


class Script:
    """Collects deliveries; `sorted()` gives them in the order they happen."""

    def __init__(self):
        self._items = []

    def add(self, at_us, feed, body, key=""):
        self._items.append(Delivery(int(at_us), len(self._items), feed, key, body))

    def sorted(self):
        return sorted(self._items)
