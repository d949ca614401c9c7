#!/usr/bin/env python3
"""The shots rule (config/rules/gunfire-backed.yaml) over the first half of the Oakland calls, in three settings, by `fusiond backtest`, held against the silver pairs.

    python3 tests/bench/shots_backtest.py --fusiond build/release/bin/fusiond [--until DAY] [--json FILE]

Per setting: incidents that were firm; the pairs of an alert and a call that the rule counted together and that are silver pairs, with the mean share of genuine ones (precision) and their part
of all genuine alert-call and alert-shooting pairs of the time (recall); seconds from the first report to firm; alarms in 10 minutes. Oakland's alerts carry no confidence, so the anchor takes them
without one (`if_missing: fits`). DAY is the first one that does not count (default: the day that halves the calls). Data from FUSIOND_SHARED.
"""
import argparse
import collections
import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import oakland_lines  # noqa: E402
import silver  # noqa: E402

RULES = os.path.join(HERE, "../../config/rules")
NEAR = "    near: {of: shot, within: 400 m}\n"
SETTINGS = (("250 m, 3 min", "250 m", "3 min"), ("400 m, 5 min (shipped)", "400 m", "5 min"), ("800 m, 10 min", "800 m", "10 min"))


def half():
    """the day before which half of the calls came"""
    days = collections.Counter(row["call_local"][:10] for row in oakland_lines.calls())
    seen, whole = 0, sum(days.values())
    for day in sorted(days):
        seen += days[day]
        if 2 * seen >= whole:
            return day
    return None


def replaced(text, before, after):
    if before not in text:
        sys.exit(f"gunfire-backed.yaml does not hold {before!r} any more")
    return text.replace(before, after)


def setting(folder, name, radius, until):
    """a copy of the shipped rules with only the shots rule, in this setting"""
    target = os.path.join(folder, name.replace(" ", "_").replace(",", ""))
    os.mkdir(target)
    for file in os.listdir(RULES):
        if file in ("bundle.yaml", "suppressions.yaml") or file.endswith((".geojson", ".ics")):
            shutil.copy(os.path.join(RULES, file), target)
    with open(os.path.join(RULES, "gunfire-backed.yaml")) as f:
        text = f.read()
    text = replaced(text, "confidence: at least 0.60}\n", "confidence: at least 0.60}\n  if_missing: fits\n")
    text = replaced(text, NEAR, NEAR.replace("400 m", radius))
    text = replaced(text, "from: -30 s, to: 5 min", f"from: -30 s, to: {until}")
    with open(os.path.join(target, "gunfire-backed.yaml"), "w") as f:
        f.write(text)
    return target


def silver_total(until, path):
    """(the sum of the shares of alert-call and alert-shooting pairs before the day, their number); writes the pairs as CSV"""
    whole, number = 0.0, 0
    with gzip.open(os.path.join(oakland_lines.shared(), silver.PAIRS), "rt", encoding="utf-8") as f, open(path, "w", newline="") as out:
        rows, write = csv.DictReader(f), csv.writer(out)
        write.writerow(["event_a", "event_b", "p_genuine"])
        for row in rows:
            day = f"20{row['event_a'][3:5]}-{row['event_a'][5:7]}-{row['event_a'][7:9]}"
            if row["family"] in ("alert-call", "alert-shooting") and day < until:
                write.writerow([row["event_a"], row["event_b"], row["p_genuine"]])
                whole, number = whole + float(row["p_genuine"]), number + 1
    return whole, number


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--fusiond", required=True)
    words.add_argument("--until")
    words.add_argument("--json")
    said = words.parse_args()
    until = said.until or half()
    found = {"until": until, "settings": []}
    with tempfile.TemporaryDirectory() as folder:
        lines, pairs, out = (os.path.join(folder, name) for name in ("lines.jsonl", "pairs.csv", "out.json"))
        oakland_lines.write(lines, oakland_lines.records(until=until))
        whole, number = silver_total(until, pairs)
        print(f"calls before {until}; {number} silver pairs of an alert and a call, {whole:.1f} of them genuine\n")
        print("| the shots rule | firm | silver pairs | genuine share | of all genuine | until firm, median / 9 of 10 | alarms | in 10 min | most |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for name, radius, time in SETTINGS:
            done = subprocess.run([said.fusiond, "backtest", "none", setting(folder, name, radius, time), "--events", lines, "--pairs", pairs, "--json", out], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stdout + done.stderr)
            with open(out) as f:
                side = json.load(f)["after"]
            rule, load = side["rules"]["gunfire-backed"], side["load"]
            recall = rule["pairs"]["pairs"] * rule["pairs"]["mean_share"] / whole if whole else 0
            found["settings"].append({"name": name, "side": side, "recall": recall})
            print(f"| {name} | {rule['firm']} | {rule['pairs']['pairs']} | {rule['pairs']['mean_share']:.3f} | {recall:.3f} | {rule['to_firm']['median_s']:.0f} s / {rule['to_firm']['p90_s']:.0f} s "
                  f"| {load['alarms']} | {load['mean']:.3f} | {load['most']} |")
    if said.json:
        with open(said.json, "w") as f:
            json.dump(found, f)


if __name__ == "__main__":
    main()
