#!/usr/bin/env python3
"""How good the confidence and the place of incidents are: Brier, calibration, coverage of the 95 % circle.

    confidence.py FUSIOND DATA [DATA ...] [--association FILE]

DATA: folders of ../shared/fusionbench/gen.py. Runs `FUSIOND fuse` over each and compares the last revision of every incident with the truth (daemon/design/0010
says what a true incident is). One line per folder, then all together; --bins also prints the reliability table. Standard library only.
"""
import argparse, json, math, os, subprocess, sys, tempfile
from collections import Counter, defaultdict

NON_INCIDENTS = ("chatter", "stuck", "rumour")
LAT0, LON0, M_LAT = 40.0, -100.0, 111132.954
M_LON = 111319.488 * math.cos(math.radians(LAT0))


def load(path):
    with open(path) as f:
        return [json.loads(line) for line in f if line.strip()]


def last_words(fusiond, folder, association=None):
    """The last line of the log about every incident, and its witnesses."""
    with tempfile.TemporaryDirectory() as temp:
        log = os.path.join(temp, "log.jsonl")
        subprocess.run([fusiond, "fuse", "--events", os.path.join(folder, "events.jsonl"), "--types", os.path.join(folder, "types.json"),
                        "--log", log, "--log-content", *(["--association", association] if association else [])], check=True, stderr=subprocess.DEVNULL)
        last = {}
        for line in load(log):
            last[line["incident_id"]] = line
    return last


def where(incident, t0_ms, t1_ms):
    """Where a true incident was about then: all points of its path that close."""
    path = incident["path"]
    near = [p for p in path if t0_ms - 30000 <= p[0] <= t1_ms + 30000]
    return near or [min(path, key=lambda p: abs(p[0] - t0_ms))]


class Truth:
    """What a stream's events are of."""

    def __init__(self, folder):
        self.matters = {i["incident_id"]: i for i in load(os.path.join(folder, "incidents.jsonl"))}
        self.real = {i for i, one in self.matters.items() if one["cls"] not in NON_INCIDENTS}
        self.events = {r["event_id"]: r for r in load(os.path.join(folder, "truth.jsonl"))}

    def leaders(self, line):
        """The matters that most of an incident's members are of, copies left out. None for one that does not stand."""
        members = [m for m in line["members"] if self.events[m]["kind"] != "repost"]
        if line["state"] in ("merged", "withdrawn") or not members:
            return None
        votes = Counter(self.events[m]["incident_id"] or "noise:" + m for m in members)
        most = max(votes.values())
        return [t for t, n in votes.items() if n == most]

    def is_real(self, leaders):
        return any(t in self.real for t in leaders)


def judge(fusiond, folder, association=None):
    """(probability, real, witnesses, copies, miss in metres, radius) of every incident."""
    truth = Truth(folder)
    rows = []
    for line in last_words(fusiond, folder, association).values():
        leaders = truth.leaders(line)
        if leaders is None:
            continue
        is_real = truth.is_real(leaders)
        miss = radius = None
        if is_real and "place" in line:
            lead = min(t for t in leaders if t in truth.real)
            lat, lon, radius = line["place"]
            x, y = (lon / 1e7 - LON0) * M_LON, (lat / 1e7 - LAT0) * M_LAT
            record = line["incident"]
            anchor = record["members"][0].get("reason", {}).get("anchor_event_id", "")
            times = [int(m["occurred_us"]) // 1000 for m in record["members"] if m.get("reason", {}).get("anchor_event_id", "") == anchor]
            miss = min(math.hypot(x - p[1], y - p[2]) for p in where(truth.matters[lead], min(times), max(times)))
        copies = sum(m.get("copies", 0) for m in line["incident"].get("members", ()))
        rows.append((line["confidence_permille"] / 1000, is_real, line["incident"].get("witnesses", 0), copies, miss, radius))
    return rows


def calibration_error(rows, bins=10):
    if not rows:
        return 0.0
    sums = defaultdict(float)
    for p, real, *_ in rows:
        sums[min(int(p * bins), bins - 1)] += p - real
    return sum(abs(s) for s in sums.values()) / len(rows)


def line_of(name, rows):
    several = [r for r in rows if r[2] >= 2]
    rumours = [r[0] for r in rows if r[3] >= 300 and not r[1]]
    placed = sorted((r[4], r[5]) for r in rows if r[4] is not None)
    covered = sum(miss <= radius for miss, radius in placed) / max(1, len(placed))
    middle = placed[len(placed) // 2][0] if placed else 0
    radii = sorted(radius for _, radius in placed)
    return ("%-12s incidents %6d  Brier %.4f  ECE %.4f  with >= 2 witnesses %5d: ECE %.4f  rumours %d, at most %.3f  95 %% circle %.3f, median miss %.0f m, radius %d m"
            % (name, len(rows), sum((p - real) ** 2 for p, real, *_ in rows) / max(1, len(rows)), calibration_error(rows), len(several),
               calibration_error(several), len(rumours), max(rumours, default=0), covered, middle, radii[len(radii) // 2] if radii else 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fusiond")
    parser.add_argument("data", nargs="+")
    parser.add_argument("--bins", action="store_true")
    parser.add_argument("--association")
    arguments = parser.parse_args()
    everything, briers = [], []
    for folder in arguments.data:
        rows = judge(arguments.fusiond, folder, arguments.association)
        briers.append(sum((p - real) ** 2 for p, real, *_ in rows) / max(1, len(rows)))
        everything += rows
        print(line_of(os.path.basename(os.path.normpath(folder)), rows))
    print(line_of("all", everything))
    print("mean Brier of the folders %.4f" % (sum(briers) / len(briers)))
    if arguments.bins:
        for low in range(10):
            part = [r for r in everything if min(int(r[0] * 10), 9) == low]
            if part:
                print("  %.1f to %.1f: %6d, said %.3f, real %.3f" % (low / 10, (low + 1) / 10, len(part), sum(r[0] for r in part) / len(part), sum(r[1] for r in part) / len(part)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
