"""One evening in Port Alder, 20:00 to 23:00, in the wire forms that real feeds use.

CAD is an open-data poll (rows as SODA sets publish them, local times without an offset, rows that change in place), gunshot alerts come as JSON
pushes, cameras speak Frigate's MQTT messages, posts come as Jetstream lines. Everything is invented and made from one seed.
"""
import datetime as dt
import hashlib
import json
import random

import city
from deliveries import Script

START = dt.datetime(2026, 6, 20, 20, 0, 0)                # local wall time
UTC_OFFSET = dt.timedelta(hours=5)                        # America/Chicago in June
HOURS = 3

# (avenue, street, minute, story). What happened; each entry below says who tells of it.
SCENES = [
    ("shots", 7.2, 12.1, 1.2), ("crash", 12.0, 4.0, 4.0), ("smoke", 3.4, 14.8, 9.0), ("fight", 9.0, 6.0, 16.0), ("fireworks", 20.0, 14.0, 24.0),
    ("shots", 9.1, 11.0, 33.0), ("crash", 16.0, 8.0, 41.0), ("dismissed", 5.5, 9.4, 52.0), ("rumour", 14.0, 10.0, 60.0), ("fire", 18.3, 2.6, 71.0),
    ("fight", 4.0, 3.0, 84.0), ("shots", 22.0, 15.2, 96.0), ("crash", 8.0, 16.0, 108.0), ("moved", 11.4, 7.3, 121.0), ("shots", 2.0, 8.2, 137.0),
    ("smoke", 20.3, 5.7, 149.0), ("fight", 9.0, 6.0, 161.0),
]
BACKGROUND = ["NOISE", "PARKING", "ALARM", "WELFARE", "THEFT", "SUSP", "TRAFFIC", "DISTURB", "MEDICAL", "HAZARD"]
TEXT = {
    "SHOTS": "SHOTS HEARD", "SHOOT": "PERSON SHOT", "MVA": "COLLISION", "MVAINJ": "COLLISION WITH INJURY", "SMOKE": "SMOKE SEEN", "FIRE": "STRUCTURE FIRE",
    "FIGHT": "FIGHT", "ASSAULT": "ASSAULT", "FIREWORKS": "FIREWORKS", "NOISE": "NOISE", "PARKING": "PARKING", "ALARM": "BURGLAR ALARM",
    "WELFARE": "WELFARE CHECK", "THEFT": "THEFT", "SUSP": "SUSPICIOUS PERSON", "TRAFFIC": "TRAFFIC STOP", "DISTURB": "DISTURBANCE", "MEDICAL": "MEDICAL AID",
    "HAZARD": "ROAD HAZARD", "UNKN": "UNTYPED 911 CALL",
}
PRIORITY = {"SHOOT": "A", "SHOTS": "A", "FIRE": "A", "MVAINJ": "A", "ASSAULT": "A", "MVA": "B", "SMOKE": "B", "FIGHT": "B", "MEDICAL": "B", "ALARM": "B"}


def local(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.000")


def us(t):
    """Microseconds since 1970 UTC of a local wall time."""
    return int(((t + UTC_OFFSET) - dt.datetime(1970, 1, 1)).total_seconds() * 1_000_000)


class Evening:
    def __init__(self, seed=1):
        self.rng = random.Random(seed)
        self.script = Script()
        self.numbers = 0

    def minute(self, m):
        return START + dt.timedelta(minutes=m)

    def call(self, m, avenue, street, code, untyped=False, spread_m=60.0, duplicate_of=None, close_after=None):
        """A CAD row: first as the call taker types it, later typed, moved and closed in place. Returns its number."""
        self.numbers += 1
        number = f"PA26{171:03d}{self.numbers:04d}"
        received = self.minute(m)
        lat, lon = city.at(avenue, street, self.rng.gauss(0, spread_m), self.rng.gauss(0, spread_m))
        row = {"cad_number": number, "agency": "Police", "received_datetime": local(received), "call_type_original": "UNKN" if untyped else code,
               "call_type_original_desc": TEXT["UNKN" if untyped else code], "priority_original": "C" if untyped else PRIORITY.get(code, "C"),
               "onview_flag": "N", "sensitive_call": False, "intersection_name": city.address(avenue, street),
               "intersection_point": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}, "police_district": "CENTRAL",
               "call_last_updated_at": local(received)}
        if duplicate_of:
            row["duplicate_of"] = duplicate_of
        self.row(received + dt.timedelta(seconds=6), row)
        typed = received + dt.timedelta(seconds=self.rng.uniform(40, 100))
        row = dict(row, call_type_final=code, call_type_final_desc=TEXT[code], priority_final=PRIORITY.get(code, "C"), call_last_updated_at=local(typed),
                   dispatch_datetime=local(typed))
        self.row(typed, row)
        closed = received + dt.timedelta(minutes=close_after or self.rng.uniform(12, 40))
        self.row(closed, dict(row, close_datetime=local(closed), call_last_updated_at=local(closed), disposition="HANDLED"))
        return number

    def row(self, t, row):
        self.script.add(us(t), "cad", json.dumps(row), key=row["cad_number"])

    def alert(self, m, avenue, street, kind="multiple", rounds=4, radius_m=25):
        """A gunshot alert as the machine sends it; returns (id, body) for later words on it."""
        t = self.minute(m)
        lat, lon = city.at(avenue, street, self.rng.gauss(0, 15), self.rng.gauss(0, 15))
        body = {"alert_id": f"AC-{us(t) // 1_000_000}", "type": kind, "rounds": rounds, "sensors": 5, "occurred_at": to_utc(t), "lat": round(lat, 6),
                "lon": round(lon, 6), "radius_m": radius_m, "state": "machine", "address": city.address(avenue, street)}
        self.script.add(us(t) + 2_500_000, "acoustic", json.dumps(body))
        return body

    def review(self, alert, m, **changes):
        self.script.add(us(self.minute(m)), "acoustic", json.dumps(dict(alert, updated_at=to_utc(self.minute(m)), **changes)))

    def camera(self, m, camera, label, seconds=40, score=0.84):
        """Frigate's life of one tracked object: new, update, end, each with the whole object before and after."""
        start = us(self.minute(m)) / 1e6
        track = f"{start:.6f}-{hashlib.sha1(f'{start}{camera}'.encode()).hexdigest()[:6]}"
        before = None
        for kind, offset in (("new", 1.5), ("update", 8.0), ("end", float(seconds))):
            after = {"id": track, "camera": camera, "frame_time": start + offset, "label": label, "sub_label": None, "top_score": score, "score": score,
                     "false_positive": False, "start_time": start, "end_time": start + offset if kind == "end" else None, "box": [424, 500, 536, 712],
                     "area": 23744, "stationary": False, "current_zones": ["street"], "entered_zones": ["street"], "has_clip": True, "has_snapshot": True}
            message = {"topic": "frigate/events", "payload": {"type": kind, "before": before or after, "after": after}}
            self.script.add(int((start + offset + 0.4) * 1e6), "camera", json.dumps(message))
            before = after

    def post(self, m, text, author, repost_of=None):
        """A Jetstream line: a new post, or a re-post of one. Returns (did, rkey)."""
        t = us(self.minute(m))
        did = "did:plc:" + hashlib.sha256(author.encode()).hexdigest()[:24]
        rkey = "3l" + hashlib.sha1(f"{t}{author}".encode()).hexdigest()[:11]
        if repost_of:
            uri = f"at://{repost_of[0]}/app.bsky.feed.post/{repost_of[1]}"
            collection, record = "app.bsky.feed.repost", {"$type": "app.bsky.feed.repost", "subject": {"uri": uri, "cid": "bafyreib"}, "createdAt": to_utc(self.minute(m))}
        else:
            collection = "app.bsky.feed.post"
            record = {"$type": "app.bsky.feed.post", "text": text, "langs": ["en"], "createdAt": to_utc(self.minute(m))}
        line = {"did": did, "time_us": t, "kind": "commit",
                "commit": {"rev": rkey, "operation": "create", "collection": collection, "rkey": rkey, "record": record, "cid": "bafyreia"}}
        self.script.add(t + 700_000, "social", json.dumps(line))
        return did, rkey

    # --- the stories -------------------------------------------------------------------------------------------------------------

    def shots(self, m, avenue, street):
        alert = self.alert(m, avenue, street, rounds=self.rng.randint(2, 9))
        self.review(alert, m + 0.8, state="confirmed")
        first = self.call(m + 0.7, avenue, street, "SHOTS", untyped=True, spread_m=110)
        for _ in range(self.rng.randint(1, 3)):
            self.call(m + self.rng.uniform(0.9, 4.0), avenue + self.rng.uniform(-0.4, 0.4), street + self.rng.uniform(-0.4, 0.4), "SHOTS",
                      spread_m=110, duplicate_of=first if self.rng.random() < 0.6 else None)
        self.call(m + 3.1, avenue, street, "SHOOT", spread_m=25)
        for name, (a, s, _) in city.CAMERAS.items():
            if abs(a - avenue) < 1.5 and abs(s - street) < 1.5:
                self.camera(m + 0.3, name, "person", score=0.88)
        for name, (a, s, _) in city.PLACES.items():
            if abs(a - avenue) < 1.2 and abs(s - street) < 1.2:
                self.post(m + 2.5, f"hearing gunshots right now near {name}, everyone is running", f"resident {m}")

    def crash(self, m, avenue, street):
        first = self.call(m, avenue, street, "MVA", untyped=True, spread_m=20)
        for _ in range(self.rng.randint(2, 4)):
            self.call(m + self.rng.uniform(0.3, 5.0), avenue, street, self.rng.choice(["MVA", "MVAINJ"]), spread_m=30,
                      duplicate_of=first if self.rng.random() < 0.6 else None)
        for name, (a, s, _) in city.CAMERAS.items():
            if abs(a - avenue) < 0.5 and abs(s - street) < 0.5:
                self.camera(m + 0.1, name, "car", seconds=300, score=0.79)

    def smoke(self, m, avenue, street):
        for _ in range(self.rng.randint(2, 4)):
            self.call(m + self.rng.uniform(0, 6.0), avenue + self.rng.uniform(-0.5, 0.5), street + self.rng.uniform(-0.5, 0.5), "SMOKE", spread_m=80)

    def fire(self, m, avenue, street):
        self.smoke(m, avenue, street)
        for _ in range(4):
            self.call(m + self.rng.uniform(1.0, 8.0), avenue, street, "FIRE", spread_m=40)
        self.post(m + 4, "huge fire and smoke right now behind st. brigid hospital, fire trucks everywhere", "night nurse")

    def fight(self, m, avenue, street):
        for _ in range(self.rng.randint(2, 3)):
            self.call(m + self.rng.uniform(0, 3.0), avenue, street, self.rng.choice(["FIGHT", "ASSAULT"]), spread_m=30)
        for name, (a, s, _) in city.CAMERAS.items():
            if abs(a - avenue) < 0.5 and abs(s - street) < 0.5:
                self.camera(m + 0.5, name, "person", score=0.91)

    def fireworks(self, m, avenue, street):
        alert = self.alert(m, avenue, street, kind="probable", rounds=12, radius_m=40)
        self.review(alert, m + 1.0, type="fireworks", state="confirmed")
        for _ in range(3):
            self.call(m + self.rng.uniform(0.2, 6.0), avenue + self.rng.uniform(-1, 1), street + self.rng.uniform(-1, 1), "FIREWORKS", spread_m=90)

    def dismissed(self, m, avenue, street):
        """A machine's alert that a reviewer takes back: the incident must be withdrawn, not forgotten."""
        alert = self.alert(m, avenue, street, kind="single", rounds=1)
        self.review(alert, m + 1.4, state="dismissed")

    def rumour(self, m, avenue, street):
        """One false post and forty copies of it: one witness, however loud."""
        root = self.post(m, "someone said there is an active shooter at alder park, gunshots right now", "rumour mill")
        for i in range(40):
            self.post(m + 0.2 + i * 0.15, "", f"echo {i}", repost_of=root)

    def moved(self, m, avenue, street):
        """A call typed and moved a minute later; a second caller at the right place."""
        self.call(m, avenue - 3, street, "DISTURB", spread_m=10)
        self.call(m + 1, avenue, street, "FIGHT", spread_m=20)

    def play(self):
        for story, avenue, street, m in SCENES:
            getattr(self, story)(m, avenue, street)
        m = 0.2
        while m < HOURS * 60:
            m += self.rng.expovariate(1.1)
            self.call(m, self.rng.uniform(0, len(city.AVENUES) - 1), self.rng.uniform(0, len(city.STREETS) - 1), self.rng.choice(BACKGROUND))
            if self.rng.random() < 0.25:
                self.camera(m, self.rng.choice(sorted(city.CAMERAS)), self.rng.choice(["person", "car"]), score=0.7)
            if self.rng.random() < 0.4:
                self.post(m, self.rng.choice(["lovely evening by the river", "union station is packed again", "what a game at memorial stadium"]), f"poster {m}")
        return self.script.sorted()


def to_utc(t):
    return (t + UTC_OFFSET).strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"


def deliveries(seed=1):
    return Evening(seed).play()


def start_us():
    return us(START)
