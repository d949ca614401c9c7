"""Real calls for service of Oakland, replayed: `FUSIOND_SHARED`/data, see the README there for its origin and its traps.

Each call is delivered at its own time (plus the half minute a call taker needs), its later versions when the daily snapshot first showed them, and
the repeats of the polls as well. A `415SS` row is the CAD event that an acoustic alert became: it stands for that alert and goes through the
acoustic feed; all others go through the poll in the wire form of the city's layer (a list of GeoJSON features, local wall time as if it were UTC).
"""
import csv
import datetime as dt
import gzip
import json
import os
import pathlib
import sys
import zoneinfo

from deliveries import Script

ZONE = zoneinfo.ZoneInfo("America/Los_Angeles")
SCRAPE_UTC_HOUR = 19       # the daily snapshot was taken at 19:00 UTC
DELAY_US = 30_000_000


def folder():
    path = pathlib.Path(os.environ.get("FUSIOND_SHARED", "../shared")) / "data"
    if not path.is_dir():
        sys.exit(f"play: the city's data is not there: {path} (set FUSIOND_SHARED to the folder that holds data/)")
    return path


def local_us(text):
    """Microseconds since 1970 UTC of a local wall time such as 2023-06-18T18:00:00 (the first of two in the hour that autumn repeats)."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1_000_000)


def scrape_us(date):
    return int(dt.datetime.fromisoformat(date).replace(hour=SCRAPE_UTC_HOUR, tzinfo=dt.timezone.utc).timestamp() * 1_000_000)


def is_alert(row):
    return row["type_code"] == "415SS"


def feature(row):
    lon, lat = row["lon"], row["lat"]
    geometry = {"type": "Point", "coordinates": [float(lon), float(lat)]} if lon and lat else None
    return {"type": "Feature", "geometry": geometry, "properties": {
        "OBJECTID": None, "I_EVENTNUMBER": row["event_number"], "LOCATION": row["block_address"], "STREET": None, "CALL_ID": row["type_code"],
        "CALL_DESC": row["type_desc"] or None, "CALL_DATE": int(row["call_epoch_ms"]), "I_STATUSID": row["status"], "ILO_BEAT": row["beat"] or None,
        "CALL_DATE_STR": row["call_local"], "TIMEUPDATE": int(row["time_update_epoch_ms"]) if row["time_update_epoch_ms"] else None}}


def alert(row):
    """The acoustic alert that a 415SS row stands for, in the acoustic plugin's own shape; the source's update time makes it a revision."""
    occurred = local_us(row["call_local"])
    body = {"alert_id": row["event_number"], "type": "multiple", "state": "confirmed", "occurred_at": to_utc(occurred),
            "address": row["block_address"], "radius_m": 25}
    if row["time_update_epoch_ms"]:
        body["updated_at"] = to_utc(occurred + (int(row["time_update_epoch_ms"]) - int(row["call_epoch_ms"])) * 1000)
    if row["lat"] and row["lon"]:
        body["lat"], body["lon"] = float(row["lat"]), float(row["lon"])
    return body


def to_utc(us):
    return dt.datetime.fromtimestamp(us / 1e6, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def deliveries(since=None, until=None):
    """All deliveries of calls received in [since, until), local wall times; None = everything."""
    data = folder()
    with gzip.open(data / "oakland_cfs_2022-11_2023-06.csv.gz", "rt", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    with gzip.open(data / "oakland_polls_2022-11_2023-06.csv.gz", "rt", encoding="utf-8", newline="") as f:
        polls = [(p["scrape_date"], int(p["row_index"])) for p in csv.DictReader(f)]
    polls.sort()
    script, seen = Script(), set()
    for date, index in polls:
        row = rows[index]
        if (since and row["call_local"] < since) or (until and row["call_local"] >= until):
            continue
        number = row["event_number"]
        at = scrape_us(date) if number in seen else local_us(row["call_local"]) + DELAY_US
        seen.add(number)
        if is_alert(row):
            script.add(at, "acoustic", json.dumps(alert(row)), key=number)
        else:
            script.add(at, "cad", json.dumps(feature(row)), key=number)
    return script.sorted()
