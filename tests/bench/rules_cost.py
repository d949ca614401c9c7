#!/usr/bin/env python3
"""What rules cost: CPU seconds of `fusiond backtest` over the Oakland calls with more and more rules, in turns, so that what else the machine does meets all alike.

    python3 tests/bench/rules_cost.py --fusiond build/release/bin/fusiond [--until DAY] [--rounds 3] [--json FILE]

Made from the shipped shots rule: N rules, each opened by another kind of report in turn (`spread`), or all by the same (`same`, the worst case), and with 10,000 zones of which each rule names one.
A run fuses twice (before and after), so cost = time(none, rules) - time(none, none) / 2; per rule set the least of the rounds. Data from FUSIOND_SHARED.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import oakland_lines  # noqa: E402

RULES = os.path.join(HERE, "../../config/rules")
KINDS = ("shots_fired", "fight", "robbery", "crash", "injury_crash", "hit_and_run", "structure_fire", "burglary_alarm", "assault", "disturbance", "suspicious", "theft", "weapon", "panic_alarm",
         "domestic", "vandalism", "trespass", "threats", "sideshow", "fire")


def kinds():
    """the kinds that the association knows"""
    with open(os.path.join(RULES, "../association.yaml")) as f:
        known = set(re.findall(r"^\s+(\w+):? *[\[{]", f.read(), re.M))
    return [kind for kind in KINDS if kind in known] or list(KINDS)


def zone(number):
    """a square of 300 m, side by side over the city"""
    lat, lon = 37.70 + 0.003 * (number // 100), -122.35 + 0.003 * (number % 100)
    ring = [[lon, lat], [lon + 0.003, lat], [lon + 0.003, lat + 0.003], [lon, lat + 0.003], [lon, lat]]
    return {"type": "Feature", "properties": {"name": f"z{number}"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def rules(folder, name, number, same=False, zones=0):
    target = os.path.join(folder, name)
    os.mkdir(target)
    with open(os.path.join(RULES, "bundle.yaml")) as f:
        bundle = f.read()
    if zones:
        with open(os.path.join(target, "zones.geojson"), "w") as f:
            json.dump({"type": "FeatureCollection", "features": [zone(i) for i in range(zones)]}, f)
        bundle += "\nzones: [zones.geojson]\n"
    with open(os.path.join(target, "bundle.yaml"), "w") as f:
        f.write(bundle)
    with open(os.path.join(RULES, "gunfire-backed.yaml")) as f:
        shipped = f.read()
    known = kinds()
    for i in range(number):
        kind = known[0] if same else known[i % len(known)]
        text = shipped.replace("rule: gunfire-backed", f"rule: rule-{i}").replace("sources: [acoustic, cad, camera]", "sources: [cad, camera]")
        text = text.replace("from: acoustic\n  match: {kind: [gunshot, probable_gunshot], confidence: at least 0.60}", f"from: cad\n  match: {{kind: [{kind}]}}")
        text = text.replace("match: {kind: [shots_fired, active_shooter, loud_noise]}", f"match: {{kind: [{known[(i + 1) % len(known)]}]}}")
        if zones:
            text = text.replace("\nanchor:\n", f"\ninside: z{(i * zones) // number}\n\nanchor:\n")
        with open(os.path.join(target, f"rule-{i}.yaml"), "w") as f:
            f.write(text)
    return target


def cpu_of(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--fusiond", required=True)
    words.add_argument("--until", default="2022-12-15")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--json")
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = os.path.join(folder, "lines.jsonl")
        records = oakland_lines.records(until=said.until)
        oakland_lines.write(lines, records)
        sets = {"none": "none", "10": rules(folder, "r10", 10), "200": rules(folder, "r200", 200), "200, one kind": rules(folder, "s200", 200, same=True),
                "200, 1 zone each of 100": rules(folder, "z100", 200, zones=100), "200, 1 zone each of 10,000": rules(folder, "z10000", 200, zones=10_000)}
        empty = os.path.join(folder, "empty.jsonl")
        open(empty, "w").close()
        least, loading = {}, {}
        for _ in range(said.rounds):
            for name, rules_folder in sets.items():
                for which, file in ((least, lines), (loading, empty)):
                    spent = cpu_of(said.fusiond, "backtest", "none", rules_folder, "--events", file)
                    which[name] = min(which.get(name, spent), spent)
        each = {name: least[name] - loading[name] for name in sets}
        cost = {name: each[name] - each["none"] / 2 for name in sets}
        print(f"{len(records)} records until {said.until}; CPU per event, least of {said.rounds} rounds\n")
        print("| rules | µs per event | to none | to 10 | s to load |\n| --- | --- | --- | --- | --- |")
        for name in sets:
            print(f"| {name} | {1e6 * cost[name] / len(records):.1f} | {cost[name] / cost['none']:.2f} | {cost[name] / cost['10']:.2f} | {loading[name]:.2f} |")
        if said.json:
            with open(said.json, "w") as f:
                json.dump({"records": len(records), "cost_s": cost, "loading_s": loading}, f)


if __name__ == "__main__":
    main()
