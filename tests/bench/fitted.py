#!/usr/bin/env python3
"""Are fitted constants better than those they were fitted from? On streams that the fit has not seen.

    python3 tests/bench/fitted.py city   [--fusiond build/release/bin/fusiond] [--days 3] [--seeds 201,202,203]      fusionbench of FUSIOND_SHARED
    python3 tests/bench/fitted.py oakland [--fusiond ...]      fitted to 2022-11 to 2023-02, silver pairs of what came later

city: fits to one long stream (seed 110), once without and once with its true links, then fuses other seeds with the given (types.json over the
shipped association) and both fitted associations and scores them.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oakland_lines  # noqa: E402
import silver  # noqa: E402

SHIPPED = os.path.join(oakland_lines.ROOT, "config/association.yaml")
SPLIT = "2023-03-01"
SHOWN = ("inc_f1", "lost_serious", "fragments")


def call(*words):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True).stdout


def make(folder, profile, seed, hours=None):
    out = os.path.join(folder, f"{profile}-{seed}")
    bench = os.path.join(oakland_lines.shared(), "fusionbench")
    call(sys.executable, os.path.join(bench, "gen.py"), "--profile", profile, "--seed", seed, "--out", out, *(["--hours", hours] if hours else []))
    return out


def fit(fusiond, folder, name, events, *more):
    out = os.path.join(folder, name + ".yaml")
    said = call(fusiond, "fit", "--events", events, "--out", out, "--page", os.path.join(folder, name + ".html"), *more)
    print(f"== {name}\n{said}")
    return out


def score(fusiond, folder, data, association, types):
    grouping = os.path.join(folder, "pred.jsonl")
    call(fusiond, "fuse", "--events", os.path.join(data, "events.jsonl"), "--association", association, "--pred", grouping,
         *(["--types", os.path.join(data, "types.json")] if types else []))
    judge = os.path.join(oakland_lines.shared(), "fusionbench/score.py")
    return json.loads(call(sys.executable, judge, "--data", data, "--pred", grouping))


def city(said, folder):
    past = make(folder, "city", 110, 24 * said.days)
    events, types = os.path.join(past, "events.jsonl"), os.path.join(past, "types.json")
    ways = {
        "given": (SHIPPED, True),
        "fitted": (fit(said.fusiond, folder, "fitted", events, "--types", types), False),
        "fitted, links": (fit(said.fusiond, folder, "linked", events, "--types", types, "--links", os.path.join(past, "truth.jsonl")), False),
    }
    print(f"{'':16}" + "".join(f"{name:>40}" for name in ways))
    sums = {name: [0.0] * len(SHOWN) for name in ways}
    seeds = said.seeds.split(",")
    for profile in said.profiles.split(","):
        for seed in seeds:
            data = make(folder, profile, seed)
            line = f"{profile + ' ' + seed:16}"
            for name, (association, with_types) in ways.items():
                got = [score(said.fusiond, folder, data, association, with_types)[key] for key in SHOWN]
                sums[name] = [a + b for a, b in zip(sums[name], got)]
                line += f"{'  '.join(f'{v:.4f}' for v in got):>40}"
            print(line, flush=True)
    count = len(seeds) * len(said.profiles.split(","))
    print(f"{'mean':16}" + "".join(f"{'  '.join(f'{v / count:.4f}' for v in sums[name]):>40}" for name in ways))


def oakland(said, folder):
    first, rest = os.path.join(folder, "first.jsonl"), os.path.join(folder, "rest.jsonl")
    oakland_lines.write(first, oakland_lines.records(until=SPLIT))
    oakland_lines.write(rest, oakland_lines.records(since=SPLIT))
    fitted = fit(said.fusiond, folder, "first half", first)
    pairs = silver.silver_pairs(SPLIT, None)
    for name, association in (("given", SHIPPED), ("fitted", fitted)):
        grouping = os.path.join(folder, "pred.jsonl")
        call(said.fusiond, "fuse", "--events", rest, "--association", association, "--pred", grouping)
        incident_of = silver.read_grouping(grouping)
        print(f"== {name}")
        for family, rows in sorted(pairs.items()):
            r = silver.compare(rows, incident_of, 0)
            print(f"{family:14} merged {r['merged']:5} precision {r['precision']:.3f} recall {r['recall']:.3f} threshold {r['threshold']:.3f} difference {r['recall'] - r['threshold']:+.3f}")


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("what", choices=["city", "oakland"])
    words.add_argument("--fusiond", default=os.path.join(oakland_lines.ROOT, "build/release/bin/fusiond"))
    words.add_argument("--days", type=int, default=3)
    words.add_argument("--seeds", default="201,202,203")
    words.add_argument("--profiles", default="city,weather")
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (city if said.what == "city" else oakland)(said, folder)


if __name__ == "__main__":
    main()
