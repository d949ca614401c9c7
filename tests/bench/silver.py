#!/usr/bin/env python3
"""Judges a grouping of the Oakland calls by the silver pairs of FUSIOND_SHARED/data, beside the best distance/time threshold.

    python3 tests/bench/silver.py --fusiond build/release/bin/fusiond [--association FILE]      runs `fusiond fuse`, then judges
    python3 tests/bench/silver.py --pred pred.jsonl                                             judges what is there
    ... [--from DAY] [--until DAY] [--json FILE] [--rounds 200]

A silver pair carries the measured share of genuine pairs in its cell of distance, time and family. Per family:
precision   mean share over the pairs in one incident;  recall   the share of genuine pairs up to 1 km and 10 min that are in one (as score_silver.py)
threshold   the recall of the best rule "at most D metres and S seconds apart" whose precision is no lower than ours, and that rule
closed      the same when such pairs are chained into groups, as any grouping must (two calls with a common third are together)
ceiling     the most that any grouping of that precision can get: the cells with the largest shares
sure        in how many of the resampled days (--rounds) recall is above the threshold's (both judged on the same days)
"""
import argparse
import collections
import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oakland_lines  # noqa: E402

PAIRS = "data/oakland_silver_pairs_2022-11_2023-06.csv.gz"
SLACK = 0.0005      # precision is compared to three decimals
Pair = collections.namedtuple("Pair", "a b seconds metres share near day")


def silver_pairs(since, until):
    families = collections.defaultdict(list)
    with gzip.open(os.path.join(oakland_lines.shared(), PAIRS), "rt", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            day = f"20{row['event_a'][3:5]}-{row['event_a'][5:7]}-{row['event_a'][7:9]}"
            if (since and day < since) or (until and day >= until):
                continue
            ring, minutes = int(row["ring_m"]), int(row["ring_min"])
            families[row["family"]].append(Pair(row["event_a"], row["event_b"], abs(int(row["dt_seconds_b_minus_a"])), int(row["distance_m"]),
                                                float(row["p_genuine"]), ring <= 1000 and minutes <= 10, day))
    return families


def judge(pairs, chosen):
    """(pairs chosen, precision, recall) of those for which chosen(pair) holds"""
    taken = [p for p in pairs if chosen(p)]
    total = sum(p.share for p in pairs if p.near)
    return len(taken), sum(p.share for p in taken) / len(taken) if taken else 1.0, sum(p.share for p in taken if p.near) / total if total else 0.0


def steps(values, most=120):
    ordered = sorted(set(values))
    return ordered if len(ordered) <= most else sorted({ordered[i * (len(ordered) - 1) // (most - 1)] for i in range(most)})


def chained(pairs, metres, seconds):
    """the pairs that end up together when all pairs within (metres, seconds) are chained"""
    parent = {}

    def root(x):
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for p in pairs:
        if p.metres <= metres and p.seconds <= seconds:
            parent[root(p.b)] = root(p.a)
    return lambda p: p.a in parent and p.b in parent and root(p.a) == root(p.b)


def best_threshold(pairs, precision):
    """(recall, D, S) of the best rule on pairs whose precision is no lower"""
    times, best = steps(p.seconds for p in pairs), (0.0, 0, 0)
    total = sum(p.share for p in pairs if p.near)
    for metres in steps(p.metres for p in pairs):
        inside = sorted((p for p in pairs if p.metres <= metres), key=lambda p: p.seconds)
        number = share = near = at = 0
        for seconds in times:
            while at < len(inside) and inside[at].seconds <= seconds:
                number, share = number + 1, share + inside[at].share
                near += inside[at].share if inside[at].near else 0
                at += 1
            if number and share / number >= precision - SLACK and total:
                best = max(best, (near / total, metres, seconds))
    return best


def best_closed(pairs, precision):
    best = (0.0, 0, 0)
    for metres in steps((p.metres for p in pairs), 40):
        for seconds in steps((p.seconds for p in pairs), 40):
            _, got, recall = judge(pairs, chained(pairs, metres, seconds))
            if got >= precision - SLACK:
                best = max(best, (recall, metres, seconds))
    return best


def ceiling(pairs, precision):
    cells = collections.defaultdict(list)
    for p in pairs:
        if p.near:
            cells[p.share].append(p)
    number, share, floor = 0.0, 0.0, precision - SLACK
    for one, cell in sorted(cells.items(), reverse=True):
        # the last cell goes in as far as the precision allows
        more = len(cell) if one >= floor else min(len(cell), (share - floor * number) / (floor - one))
        number, share = number + more, share + more * one
        if more < len(cell):
            break
    total = sum(p.share for p in pairs if p.near)
    return share / total if total else 0.0


def sure(pairs, ours, rule, rounds):
    """the share of resampled days in which we find more than the rule"""
    days, seed = collections.defaultdict(lambda: [0.0, 0.0]), random.Random(1)
    for p in pairs:
        if p.near:
            days[p.day][0] += p.share * ours(p)
            days[p.day][1] += p.share * rule(p)
    rows, wins = list(days.values()), 0
    for _ in range(rounds):
        drawn = [rows[seed.randrange(len(rows))] for _ in rows]
        wins += sum(r[0] for r in drawn) > sum(r[1] for r in drawn)
    return wins / rounds if rounds else 0.0


def compare(pairs, incident_of, rounds=200):
    def ours(p):
        return p.a in incident_of and incident_of.get(p.a) == incident_of.get(p.b)

    number, precision, recall = judge(pairs, ours)
    rule, closed = best_threshold(pairs, precision), best_closed(pairs, precision)
    return {"pairs": len(pairs), "merged": number, "precision": precision, "recall": recall, "threshold": rule[0], "threshold_m": rule[1], "threshold_s": rule[2],
            "closed": closed[0], "closed_m": closed[1], "closed_s": closed[2], "ceiling": ceiling(pairs, precision),
            "sure": sure(pairs, ours, lambda p: p.metres <= rule[1] and p.seconds <= rule[2], rounds)}


def read_grouping(path):
    with open(path, encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.strip()]
    return {row["event_id"]: row["incident_id"] for row in rows}


def run(fusiond, association, since, until):
    with tempfile.TemporaryDirectory() as folder:
        events, grouping = os.path.join(folder, "events.jsonl"), os.path.join(folder, "pred.jsonl")
        oakland_lines.write(events, oakland_lines.records(since, until))
        subprocess.run([fusiond, "fuse", "--events", events, "--association", association, "--pred", grouping], check=True, stdout=subprocess.DEVNULL)
        return read_grouping(grouping)


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--fusiond", default=os.path.join(oakland_lines.ROOT, "build/release/bin/fusiond"))
    words.add_argument("--association", default=os.path.join(oakland_lines.ROOT, "config/association.yaml"))
    words.add_argument("--pred")
    words.add_argument("--from", dest="since")
    words.add_argument("--until")
    words.add_argument("--json")
    words.add_argument("--rounds", type=int, default=200)
    said = words.parse_args()
    incident_of = read_grouping(said.pred) if said.pred else run(said.fusiond, said.association, said.since, said.until)
    table = {family: compare(pairs, incident_of, said.rounds) for family, pairs in sorted(silver_pairs(said.since, said.until).items())}
    print(f"{'':14} {'pairs':>6} {'merged':>6} {'precision':>9} {'recall':>7} {'threshold':>9} {'D, S':>11} {'closed':>7} {'ceiling':>7} {'sure':>5}")
    for family, r in table.items():
        rule = f"{r['threshold_m']},{r['threshold_s']}"
        print(f"{family:14} {r['pairs']:6} {r['merged']:6} {r['precision']:9.3f} {r['recall']:7.3f} {r['threshold']:9.3f} {rule:>11} {r['closed']:7.3f} {r['ceiling']:7.3f} "
              f"{r['sure']:5.2f}{'' if r['recall'] > r['threshold'] else '  below the threshold'}")
    if said.json:
        with open(said.json, "w", encoding="utf-8") as f:
            json.dump(table, f, indent=1, sort_keys=True)
            f.write("\n")


if __name__ == "__main__":
    main()
