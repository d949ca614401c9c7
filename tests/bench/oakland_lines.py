#!/usr/bin/env python3
"""Writes the Oakland calls as records for `fusiond fuse` and `fusiond fit`: one per version, in the order in which they would have been received.

    python3 tests/bench/oakland_lines.py OUT.jsonl [TYPES.json] [--from DAY] [--until DAY]      (data from FUSIOND_SHARED, default ../shared)

The first version of a call is received half a minute after the call, a later one when the row says it was updated. Kinds are those of
config/cities/oakland.yaml, radii as the plugin cad_poll states them; a 415SS row stands for the acoustic alert that it was made from. With
TYPES.json the kinds are translated into its names where it has one. Days are local (first day, day after the last).
"""
import argparse
import csv
import gzip
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
CALLS = "data/oakland_cfs_2022-11_2023-06.csv.gz"
# Our kinds → the nearest type of fusionbench, for the kinds that it calls otherwise.
THEIR_NAMES = {
    "gunshot": "acoustic_gunshot", "homicide": "person_shot", "stabbing": "assault", "assault_weapon": "assault", "domestic": "fight", "hit_and_run": "crash", "fire": "structure_fire",
    "vehicle_fire": "structure_fire", "burglary_alarm": "burglar_alarm", "robbery_alarm": "burglar_alarm", "vehicle_theft": "theft", "sideshow": "street_takeover",
    "pursuit": "vehicle_pursuit", "traffic_hazard": "road_hazard", "hazard": "road_hazard", "mental_health": "medical", "vandalism": "disturbance", "trespass": "suspicious",
    "threats": "disturbance", "suspicious_vehicle": "suspicious", "admin": "subject_stop",
}


def shared():
    return os.environ.get("FUSIOND_SHARED", os.path.join(ROOT, "../shared"))


def kind_table():
    """call type → our kind, from the shipped table of the city"""
    kinds = {}
    with open(os.path.join(ROOT, "config/cities/oakland.yaml")) as f:
        for line in f:
            found = re.match(r"\s*- \{scheme: oakland, kind: (\w+), codes: \[(.*)\]\}", line)
            for code in found.group(2).split(",") if found else []:
                kinds[code.strip().strip('"')] = found.group(1)
    return kinds


def radius_m(row):
    """what cad_poll states for a crossing and for a hundred block (a rounded place is taken to be no better)"""
    crossing = "&" in row["block_address"] or "\\" in row["block_address"]
    return 50 if crossing and row["coords_coarsened"] != "1" else 100


def calls(since=None, until=None):
    with gzip.open(os.path.join(shared(), CALLS), "rt", encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            day = row["call_local"][:10]
            if (since is None or day >= since) and (until is None or day < until):
                yield row


def records(since=None, until=None, known=None):
    kinds, versions, lines = kind_table(), {}, []
    for row in calls(since, until):
        number, call_ms = row["event_number"], int(row["call_epoch_ms"])
        version = versions.get(number, 0)
        versions[number] = version + 1
        updated = int(float(row["time_update_epoch_ms"] or 0))
        alert = row["type_code"] == "415SS"
        kind = "gunshot" if alert else kinds.get(row["type_code"], "unclassified")
        if known is not None:
            kind = next((k for k in (kind, THEIR_NAMES.get(kind)) if k in known), "call_911")
        line = {
            "event_id": number, "rev": version, "op": "upsert", "source": "acoustic" if alert else "cad", "type": kind, "t_event_ms": call_ms,
            "t_ingest_ms": call_ms + 30000 if version == 0 else max(call_ms + 60000 * version, updated),
            "err_m": 25 if alert else radius_m(row), "err_conf_pct": 90, "loc_method": "acoustic" if alert else "address", "keys": {"cad": number},
        }
        if row["lat"] and row["lon"]:
            line["lat_e7"] = round(float(row["lat"]) * 1e7)
            line["lon_e7"] = round(float(row["lon"]) * 1e7)
        lines.append(line)
    lines.sort(key=lambda r: (r["t_ingest_ms"], r["event_id"], r["rev"]))
    return lines


def write(path, lines):
    with open(path, "w") as f:
        for line in lines:
            f.write(json.dumps(line, separators=(",", ":")) + "\n")


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("out")
    words.add_argument("types", nargs="?")
    words.add_argument("--from", dest="since")
    words.add_argument("--until")
    said = words.parse_args()
    known = set(json.load(open(said.types))["p_family_given_type"]) if said.types else None
    lines = records(said.since, said.until, known)
    write(said.out, lines)
    print(f"{len(lines)} records of {len({line['event_id'] for line in lines})} calls")


if __name__ == "__main__":
    main()
