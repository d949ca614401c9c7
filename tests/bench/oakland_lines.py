#!/usr/bin/env python3
"""Writes the Oakland calls as the input of fuse_lines: one record per version, in the order in which they would have been received.

    python3 tests/bench/oakland_lines.py OUT.jsonl TYPES.json      (data from FUSIOND_SHARED, default ../shared)

The first version of a call is received half a minute after the call, a later one when the row says it was updated. Types are ours, by the
first words that fit; anything else is a call of unknown type.
"""
import csv
import gzip
import json
import os
import sys

SHARED = os.environ.get("FUSIOND_SHARED", os.path.join(os.path.dirname(__file__), "../../../shared"))
KINDS = {
    "415SS": "acoustic_gunshot", "415GS": "shots_fired", "245": "assault", "246": "shots_fired", "247": "shots_fired", "187": "person_shot", "242": "assault",
    "243E": "assault", "901": "crash", "901A": "injury_crash", "901B": "crash", "20001": "injury_crash", "20002": "crash", "929": "fire", "929AU": "fire", "SMOKE": "smoke",
    "945A": "medical", "5150": "medical", "10851": "stolen_vehicle", "R10851": "stolen_vehicle", "459": "burglary", "459AU": "burglary", "933R": "burglary_alarm",
    "484": "theft", "211": "robbery", "415": "disturbance", "415F": "disturbance", "415E": "noise", "415N": "disturbance", "415C": "disturbance", "594": "disturbance",
    "HAZ": "flooding", "912": "suspicious", "949": "suspicious", "602L": "suspicious", "23103": "reckless_driver", "415FC": "fireworks",
}


def main():
    out_path, types_path = sys.argv[1:3]
    known = set(json.load(open(types_path))["p_family_given_type"])
    rows = []
    seen = {}
    with gzip.open(os.path.join(SHARED, "data/oakland_cfs_2022-11_2023-06.csv.gz"), "rt") as f:
        for row in csv.DictReader(f):
            call_ms = int(row["call_epoch_ms"])
            number = row["event_number"]
            version = seen.get(number, 0)
            seen[number] = version + 1
            updated = int(float(row["time_update_epoch_ms"] or 0))
            ingest = call_ms + 30000 if version == 0 else max(call_ms + 60000 * version, updated)
            kind = KINDS.get(row["type_code"], "call_911")
            line = {
                "event_id": number, "rev": version, "op": "upsert", "source": "acoustic" if kind == "acoustic_gunshot" else "cad",
                "type": kind if kind in known else "call_911", "t_event_ms": call_ms, "t_ingest_ms": ingest, "err_m": 100, "err_conf_pct": 90,
                "loc_method": "address", "keys": {"cad": number},
            }
            if row["lat"] and row["lon"]:
                line["lat_e7"] = round(float(row["lat"]) * 1e7)
                line["lon_e7"] = round(float(row["lon"]) * 1e7)
            rows.append(line)
    rows.sort(key=lambda line: (line["t_ingest_ms"], line["event_id"], line["rev"]))
    with open(out_path, "w") as f:
        for line in rows:
            f.write(json.dumps(line, separators=(",", ":")) + "\n")
    print(f"{len(rows)} records of {len(seen)} calls")


if __name__ == "__main__":
    main()
