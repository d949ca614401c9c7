#!/usr/bin/env python3
"""How many merges were announced: before two incidents became one, had either named the other in maybe_same_as?

    announced.py LOG [LOG ...] [--events EVENTS] [--calibrate]

LOG: of `fusiond fuse --log`. A merge counts when both incidents were told before; it was announced when an answer to an earlier record named one in the other's maybe_same_as
(an id that was merged meanwhile stands for what took it over). Renamed incidents (merged into one that the same answer opened) are no merges. Also: how many names an
incident carries, and what became of what was said: for every pair that was ever named, the largest probability said, and whether the two ended as one.
--calibrate prints a reliability table of these pairs. Standard library only.
"""
import argparse, json, sys
from collections import defaultdict


class Night:
    def __init__(self):
        self.into = {}          # merged id -> survivor
        self.names = {}         # id -> {named id: (probability, short_by)} as last told
        self.opened = {}        # id -> input line of its first revision
        self.pairs = {}         # (id, named id) -> first thing said about it
        self.ever = defaultdict(set)   # id -> every id it named
        self.merges = self.announced = self.still = self.revisions = self.entries = 0
        self.missed = []
        self.last_entries = {}

    def end_of(self, incident):
        seen = set()
        while incident in self.into and incident not in seen:
            seen.add(incident)
            incident = self.into[incident]
        return incident

    def said(self, a, b, ever):
        """Did a, or what it took over, name b or something that is b now?"""
        named = self.ever[a] if ever else self.names.get(a, {})
        return any(self.end_of(n) == b for n in named)

    def answer(self, lines):
        for line in lines:
            incident = line["incident_id"]
            if line["state"] == "merged" and not line.get("renamed") and incident in self.opened and line["into"] in self.opened:
                self.merges += 1
                survivor = line["into"]
                if self.said(incident, survivor, True) or self.said(survivor, incident, True):
                    self.announced += 1
                    self.still += self.said(incident, survivor, False) or self.said(survivor, incident, False)
                else:
                    self.missed.append(line)
        for line in lines:
            incident = line["incident_id"]
            self.revisions += 1
            if line["state"] == "merged":
                self.into[incident] = line["into"]
                self.ever[line["into"]] |= self.ever[incident]
                self.names.pop(incident, None)
                continue
            self.opened.setdefault(incident, line["line"])
            self.into.pop(incident, None)       # an id may come back
            maybe = {m["incident_id"]: (m["probability_permille"], m["short_by_mn"]) for m in line.get("maybe", ())}
            self.names[incident] = maybe
            self.ever[incident] |= set(maybe)
            self.entries += len(maybe)
            self.last_entries[incident] = len(maybe)
            for named, what in maybe.items():
                old = self.pairs.get((incident, named))
                if old is None or what[0] > old[0]:
                    self.pairs[incident, named] = what


def read(path):
    night, batch, key = Night(), [], None
    with open(path) as log:
        for text in log:
            line = json.loads(text)
            now = (line["line"], line["t_ms"], line.get("cause_event"), line.get("cause"))
            if now != key and batch:
                night.answer(batch)
                batch = []
            key = now
            batch.append(line)
    night.answer(batch)
    return night


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log", nargs="+")
    parser.add_argument("--calibrate", action="store_true")
    arguments = parser.parse_args()
    merges = announced = 0
    pairs = []
    for path in arguments.log:
        night = read(path)
        merges += night.merges
        announced += night.announced
        live = [n for i, n in night.last_entries.items() if i not in night.into]
        for (a, b), what in night.pairs.items():
            pairs.append((*what, night.end_of(a) == night.end_of(b)))
        print("%s: merges %d, announced %d = %.1f %% (%d still named in the last word); names per incident %.3f at the end, per revision %.3f"
              % (path, night.merges, night.announced, 100 * night.announced / max(1, night.merges), night.still, sum(live) / max(1, len(live)), night.entries / max(1, night.revisions)))
    print("all: merges %d, announced %.1f %%; pairs named %d, of which became one %.3f, said %.3f" % (merges, 100 * announced / max(1, merges), len(pairs),
          sum(p[2] for p in pairs) / max(1, len(pairs)), sum(p[0] for p in pairs) / 1000 / max(1, len(pairs))))
    if arguments.calibrate:
        for low in range(0, 1000, 100):
            part = [p for p in pairs if low <= min(p[0], 999) < low + 100]
            if part:
                print("  %.1f to %.1f: %6d pairs, said %.3f, became one %.3f" % (low / 1000, low / 1000 + .1, len(part), sum(p[0] for p in part) / 1000 / len(part), sum(p[2] for p in part) / len(part)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
