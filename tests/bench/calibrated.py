#!/usr/bin/env python3
"""What `fusiond calibrate` makes of factors that are wrong, on made-up findings of a made-up city. Standard library only.

    python3 tests/bench/calibrated.py [--fusiond build/release/bin/fusiond] [--hours 72] [--seed 301] [--judge city:302,mass:303] [--share 60]
                                    [--mistakes 1] [--wrong 2]

Calibrates on one stream of fusionbench (FUSIOND_SHARED) from the shipped factors and from factors that were deliberately set wrong, and measures both, before and after, with
confidence.py on other streams, through the engine. Findings: --share percent of the incidents are gone to, 20 to 60 minutes after the last report of each, and officers write
down what it was (design/0010 says what a true incident is); 15 in 100 of these stay unconfirmed, --mistakes in 100 are written down wrongly.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import confidence  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHIPPED = os.path.join(ROOT, "config/association.yaml")


def call(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(w) for w in words)}\n{done.stderr}")
    return done.stdout


def make(folder, profile, seed, hours=None):
    out = os.path.join(folder, f"{profile}-{seed}")
    bench = os.path.join(os.environ.get("FUSIOND_SHARED", os.path.join(ROOT, "../shared")), "fusionbench/gen.py")
    call(sys.executable, bench, "--profile", profile, "--seed", seed, "--out", out, *(["--hours", hours] if hours else []))
    return out


def chance(*key):
    """0 to 1, the same for the same key."""
    return int.from_bytes(hashlib.sha256("/".join(str(k) for k in key).encode()).digest()[:7], "big") / 2 ** 56


def findings(fusiond, folder, seed, said):
    """Lines of a file of outcomes: one per incident that officers went to."""
    truth = confidence.Truth(folder)
    lines = ["id,outcome,time,by"]
    for incident, line in sorted(confidence.last_words(fusiond, folder).items()):
        leaders = truth.leaders(line)
        if leaders is None or chance(seed, incident, "found") * 100 >= said.share:
            continue
        mistaken = chance(seed, incident, "mistaken") * 100 < said.mistakes
        outcome = "founded" if truth.is_real(leaders) != mistaken else "unfounded"
        if chance(seed, incident, "unconfirmed") < 0.15:
            outcome = "unconfirmed"
        last = max(int(m["received_us"]) for m in line["incident"]["members"]) // 1000
        lines.append(f"{incident},{outcome},{last + int((20 + 40 * chance(seed, incident, 'when')) * 60000)},unit {int(chance(seed, incident, 'by') * 40)}")
    return "\n".join(lines) + "\n"


def wrong(text, nats):
    """Every prior off by so many nats towards or away from 1 to 1, in turn; further witnesses worth a third; nothing shared."""
    sign = iter([-1, 1] * 12)

    def change(match):
        prior = int(match[1])
        return "{prior_mn: %d, likelier_mn: %d," % (prior - int(nats * 1000) * next(sign) * (1 if prior > 0 else -1), int(match[2]) // 3)
    head, rest = text.split("\nconfidence:\n")
    rest = re.sub(r"\{prior_mn: (-?\d+), likelier_mn: (\d+),", change, rest).replace("share_permille: 600", "share_permille: 0")
    return head.replace('version: "', 'version: "wrong-') + "\nconfidence:\n" + rest


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--fusiond", default=os.path.join(ROOT, "build/release/bin/fusiond"))
    words.add_argument("--hours", type=int, default=72)
    words.add_argument("--seed", type=int, default=301)
    words.add_argument("--judge", default="city:302,mass:303,july4:304,weather:305")
    words.add_argument("--share", type=float, default=60)
    words.add_argument("--mistakes", type=float, default=1)
    words.add_argument("--wrong", type=float, default=2)
    words.add_argument("--keep", help="write the pages and associations here")
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        keep = said.keep or temp
        os.makedirs(keep, exist_ok=True)
        data = make(temp, "city", said.seed, said.hours)
        outcomes = os.path.join(keep, "outcomes.csv")
        with open(outcomes, "w", encoding="utf-8") as f:
            f.write(findings(said.fusiond, data, said.seed, said))
        others = [make(temp, *one.split(":")) for one in said.judge.split(",")]
        starts = {"shipped": SHIPPED, "wrong": os.path.join(keep, "wrong.yaml")}
        with open(SHIPPED, encoding="utf-8") as f, open(starts["wrong"], "w", encoding="utf-8") as g:
            g.write(wrong(f.read(), said.wrong))
        for name, start in starts.items():
            out = os.path.join(keep, f"{name}-calibrated.yaml")
            print(f"== from {name}", flush=True)
            print(call(said.fusiond, "calibrate", "--events", os.path.join(data, "events.jsonl"), "--types", os.path.join(data, "types.json"), "--outcomes", outcomes,
                       "--association", start, "--out", out, "--page", os.path.join(keep, f"{name}.html"), "--json", os.path.join(keep, f"{name}.json")), flush=True)
            for way, association in (("before", start), ("after", out)):
                everything = []
                for folder in others:
                    rows = confidence.judge(said.fusiond, folder, association)
                    everything += rows
                    print(f"{way:7}", confidence.line_of(os.path.basename(folder), rows), flush=True)
                print(f"{way:7}", confidence.line_of("all", everything), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
