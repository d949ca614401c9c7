"""`fusiond calibrate` from outside: dispositions of calls in a daemon's log, in a file of events, and in a file of outcomes; what it writes is loaded by `fusiond check`."""
import datetime as dt
import json
import re
import subprocess
import unittest

import harness
from configs import recorded_config

CALLS = 240
START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.timezone.utc)
CODES = "code,outcome\nRTF,founded\nUNF,unfounded\nGOA,unconfirmed\nDUP,duplicate\n"


def kind_of(i):
    return ("ALARM", "MVA", "NOISE")[i % 3]


def code_of(i):
    """What officers found of call i: an alarm is mostly nothing, a crash mostly is one, one call in twelve is gone on arrival."""
    if i % 12 == 7:
        return "GOA"
    return {"ALARM": "RTF" if i % 9 == 0 else "UNF", "MVA": "UNF" if i % 8 == 0 else "RTF", "NOISE": "UNF" if i % 2 else "RTF"}[kind_of(i)]


def minutes(i, more=0):
    return START + dt.timedelta(minutes=20 * i + more)


def rows():
    """(received, row) of a poll: each call as it comes, and again 40 minutes later, closed."""
    for i in range(CALLS):
        local = [(minutes(i, m) - dt.timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S.000") for m in (0, 40)]
        row = {"cad_number": f"PA{i:05d}", "received_datetime": local[0], "call_type_final": kind_of(i), "call_type_final_desc": kind_of(i), "priority_final": "B",
               "intersection_point": {"type": "Point", "coordinates": [-99 + 0.02 * (i % 10), 40 + 0.02 * (i // 10)]}, "call_last_updated_at": local[0]}
        yield minutes(i), row
        yield minutes(i, 40), dict(row, close_datetime=local[1], call_last_updated_at=local[1], disposition=code_of(i))


def run(*words):
    return subprocess.run([harness.FUSIOND, *words], capture_output=True, text=True)


class Calibrate(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("calibrate")
        self.addCleanup(harness.drop_folder, self.folder)
        self.codes = self.folder / "codes.csv"
        self.codes.write_text(CODES)

    def calibrate(self, *flags, name="out", code=0):
        out = {what: self.folder / f"{name}.{what}" for what in ("yaml", "html", "json")}
        done = run("calibrate", *flags, "--out", out["yaml"], "--page", out["html"], "--json", out["json"])
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.said = done.stdout + done.stderr
        return {what: path.read_text() for what, path in out.items() if path.exists()}

    def check_loads(self, text, version):
        """What was written stands in a config that `fusiond check` finds without faults."""
        path = self.folder / "association.yaml"
        path.write_text(text)
        (self.folder / "feeds").mkdir(exist_ok=True)
        (self.folder / "feeds" / "cad.jsonl").touch()
        config = self.folder / "checked.yaml"
        config.write_text(recorded_config(self.folder, ["cad"], city="alder").replace(str(harness.ROOT / "config" / "association.yaml"), str(path)))
        done = run("check", "--config", config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"association {version},", done.stdout)

    def factor(self, summary, part, name):
        return next(one for one in summary["factors"] if one["part"] == part and one["name"] == name)

    def test_dispositions_in_a_daemons_log_become_factors(self):
        feeds = self.folder / "feeds"
        feeds.mkdir()
        deliveries = sorted(rows(), key=lambda one: one[0])
        with open(feeds / "cad.jsonl", "w") as f:
            for received, row in deliveries:
                f.write(json.dumps({"received": received.isoformat().replace("+00:00", "Z"), "body": [row]}) + "\n")
        daemon = harness.Daemon(self.folder / "run", recorded_config(self.folder, ["cad"], city="alder")).start()
        self.addCleanup(daemon.stop)
        harness.wait_until_done(daemon, len(deliveries), 120)
        daemon.stop()

        out = self.calibrate("--config", daemon.config, "--codes", self.codes, "--least-outcomes", "20")
        summary = json.loads(out["json"])
        self.assertEqual(summary["outcomes"]["read"], CALLS)
        self.assertEqual(summary["outcomes"]["undecided"], CALLS // 12)
        self.assertEqual(summary["outcomes"]["used"], CALLS - CALLS // 12)
        self.assertEqual(summary["records_made_with_other_factors"], 0)
        self.assertEqual(summary["before_the_outcome"]["verdict"], "better", self.said)
        fitted = summary["before_the_outcome"]["fitted"]
        self.assertLess(fitted["brier"], 0.22)
        self.assertLess(fitted["brier"], summary["before_the_outcome"]["given"]["brier"])
        self.assertLess(self.factor(summary, "prior", "caller")["value"], 3)
        self.assertRegex(out["yaml"], r"\n    burglary_alarm: -\d+")
        self.check_loads(out["yaml"], summary["fitted_version"])
        self.assertIn(summary["fitted_version"], out["html"])

        self.assertEqual(self.calibrate("--config", daemon.config, "--codes", self.codes, "--least-outcomes", "20", name="again"), out, "the same log, the same bytes")
        self.calibrate("--config", daemon.config, "--least-outcomes", "20", name="none", code=1)
        self.assertIn("a disposition that --codes does not know: RTF, ", self.said)
        self.assertFalse((self.folder / "none.yaml").exists(), "nothing is written of what nothing was learned from")

    def events(self, dispositions):
        """The calls as flat lines; with their dispositions, or not."""
        path = self.folder / "events.jsonl"
        lines = []
        for i in range(CALLS):
            kind = {"ALARM": "burglary_alarm", "MVA": "crash", "NOISE": "noise"}[kind_of(i)]
            ms = int(minutes(i).timestamp() * 1000)
            line = {"event_id": f"call-{i}", "rev": 0, "source": "cad", "type": kind, "t_event_ms": ms, "t_ingest_ms": ms + 1000, "lat_e7": 400000000 + 200000 * (i // 10),
                    "lon_e7": -990000000 + 200000 * (i % 10), "err_m": 30, "err_conf_pct": 90, "loc_method": "address", "keys": {"cad": f"pd/{i}"}}
            lines.append(line)
            if dispositions:
                lines.append(dict(line, rev=1, t_ingest_ms=ms + 2400000, disposition=code_of(i)))
        lines.sort(key=lambda line: line["t_ingest_ms"])
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def outcomes(self, *more):
        path = self.folder / "outcomes.csv"
        lines = ["id,outcome,time,by"] + [f"{i},{code_of(i)},{minutes(i, 40).isoformat()},Sgt Example {i % 7}" for i in range(CALLS)]
        path.write_text("\n".join([*lines, *more]) + "\n")
        return path

    def test_the_same_outcomes_in_a_file_of_their_own_give_the_same_factors(self):
        given = ("--codes", self.codes, "--least-outcomes", "20")
        carried = json.loads(self.calibrate("--events", self.events(True), *given)["json"])
        by_file = self.calibrate("--events", self.events(False), "--outcomes", self.outcomes(), *given, name="file")
        self.assertEqual(carried["factors"], json.loads(by_file["json"])["factors"])
        log = self.folder / "log.jsonl"
        run("fuse", "--events", self.events(False), "--log", log, "--log-content")
        by_log = self.calibrate("--log", log, "--outcomes", self.outcomes(), *given, name="log")
        self.assertEqual(carried["factors"], json.loads(by_log["json"])["factors"])
        for text in (*by_file.values(), self.said):
            self.assertNotIn("Example", text, "who wrote an outcome down is in no output")
        # Fused with the new factors, incidents say what the calibration says of them.
        association = self.folder / "file.yaml"
        self.check_loads(by_file["yaml"], json.loads(by_file["json"])["fitted_version"])
        again = self.calibrate("--events", self.events(False), "--outcomes", self.outcomes(), "--association", association, *given, name="anew")
        anew, first = (json.loads(one)["before_the_outcome"] for one in (again["json"], by_file["json"]))
        self.assertEqual(anew["given"], first["fitted"])

    def test_wrong_lines_are_told_with_their_place_and_the_rest_is_used(self):
        path = self.outcomes("1,PERHAPS,", "nobody,RTF,2026-06-02T12:00:00Z", "2,RTF,2026-06-02 12:00", "3,RTF", f"5,RTF,{minutes(5, -10).isoformat()},x", '"6,RTF,,')
        out = self.calibrate("--events", self.events(False), "--outcomes", path, "--codes", self.codes, "--least-outcomes", "20", code=3)
        for line, words in ((242, "the head has 4 columns, this line: 3"), (243, "the head has 4 columns"), (247, "quotes that do not close")):
            self.assertIn(f"{path}:{line}: {words}", self.said)
        path = self.outcomes("1,PERHAPS,,", "nobody,RTF,2026-06-02T12:00:00Z,", "2,RTF,2026-06-02 12:00,", f"call-5,RTF,{minutes(5, -10).isoformat()},x")
        out = self.calibrate("--events", self.events(False), "--outcomes", path, "--codes", self.codes, "--least-outcomes", "20", code=3)
        for line, words in ((242, "outcome must be founded"), (243, "no incident, event or CAD number goes by this id, got: nobody"), (244, "time must be as in 2026-07-01T18:00:00Z"),
                            (245, "the outcome comes before anything that was told of it, got: call-5")):
            self.assertIn(f"{path}:{line}: {words}", self.said)
        self.assertIn("2 of 484 lines could not be used", self.said)
        fates = json.loads(out["json"])["outcomes"]
        self.assertEqual((fates["unknown_id"], fates["too_early"], fates["used"]), (1, 1, CALLS - CALLS // 12))

    def test_what_leaves_nothing_to_do_is_said(self):
        events, outcomes = self.events(False), self.outcomes()
        headless, wrong = self.folder / "headless.csv", self.folder / "wrong.csv"
        headless.write_text("call-1,founded\n")
        wrong.write_text("code,outcome\nRTF,founded\nRTF,unfounded\nX,perhaps\n")
        founded = self.folder / "founded.csv"
        founded.write_text("id,outcome\n" + "".join(f"call-{i},founded\n" for i in range(CALLS)))
        for flags, code, words in (
            (("--events", events, "--outcomes", self.folder / "none"), 2, "cannot be read"),
            (("--events", events, "--outcomes", headless), 2, "headless.csv:1: the first line must name one column id"),
            (("--events", events, "--outcomes", outcomes, "--codes", wrong), 2, "wrong.csv:3: the code was given another meaning above"),
            (("--events", events, "--outcomes", founded), 1, "nothing can be learned: 30 incidents that were founded and as many that were not are needed to fit to, got: 168 and 0"),
            (("--events", events, "--log", events), 2, ""),
        ):
            self.calibrate(*flags, name="wrong", code=code)
            self.assertIn(words, self.said)
        self.assertFalse((self.folder / "wrong.yaml").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
