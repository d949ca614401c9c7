"""`fusiond backtest` and `fusiond shadow` from outside: two bundles over a file and over a daemon's log; what is gained, lost and changed; nothing is ever published."""
import json
import shutil
import signal
import subprocess
import unittest

import harness
from configs import live_config
from rules_test import alert

START_MS = 1_796_400_000_000
M_PER_E7 = 111_319.49 / 1e7  # metres of latitude


def line(event, source, type, second, north_m, **more):
    return json.dumps({"event_id": event, "rev": 0, "op": "upsert", "source": source, "type": type, "t_event_ms": START_MS + 1000 * second, "t_ingest_ms": START_MS + 1000 * second + 500,
                       "lat_e7": 418_800_000 + round(north_m / M_PER_E7), "lon_e7": -876_300_000, "err_m": 5, "err_conf_pct": 95, "loc_method": "gps", "keys": {}, **more})


def scene(number, metres, confidence=820, disposition=None):
    """A gunshot alert and a call so many metres away; scenes are far apart in time and place."""
    at, north = 3600 * number, 20_000 * number
    call = {"keys": {"cad": f"C{number}", "caller": f"p{number}"}}
    if disposition:
        call["disposition"] = disposition
    return [line(f"a{number}", "acoustic", "gunshot", at, north, conf_milli=confidence), line(f"c{number}", "cad", "shots_fired", at + 40, north + metres, **call)]


class Backtest(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("backtest")
        self.addCleanup(harness.drop_folder, self.folder)

    def edited(self, *changes):
        folder = self.folder / "edited"
        shutil.copytree(harness.ROOT / "config/rules", folder)
        path = folder / "gunfire-backed.yaml"
        text = path.read_text()
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after)
        path.write_text(text)
        return folder

    def backtest(self, *words, code=0, command="backtest"):
        done = subprocess.run([harness.FUSIOND, command, *map(str, words)], capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_over_a_file(self):
        events = self.folder / "events.jsonl"
        events.write_text("\n".join(scene(1, 100, disposition="founded") + scene(2, 350, disposition="unfounded") + scene(3, 100, confidence=550)) + "\n")
        new = self.edited(("near: {of: shot, within: 400 m}\n    time: {of: shot, from: -30 s, to: 5 min}", "near: {of: shot, within: 300 m}\n    time: {of: shot, from: -30 s, to: 5 min}"),
                          ("confidence: at least 0.60", "confidence: at least 0.50"))
        pairs = self.folder / "pairs.csv"
        pairs.write_text("family,event_a,event_b,p_genuine\nx,a1,c1,0.9\nx,a2,c2,0.2\n")
        page, out = self.folder / "page.html", self.folder / "out.json"
        text = self.backtest(harness.ROOT / "config/rules", new, "--events", events, "--pairs", pairs, "--page", page, "--json", out)
        self.assertIn("1 alike, 0 lost, 1 gained, 1 changed", text)
        found = json.loads(out.read_text())
        before, after = found["before"], found["after"]
        self.assertEqual((before["provisional"], before["firm"], after["provisional"], after["firm"]), (2, 2, 3, 2))
        self.assertEqual(before["precision"]["founded"] + before["precision"]["unfounded"], 2)
        self.assertEqual((after["precision"]["founded"], after["precision"]["unfounded"], after["precision"]["unknown"]), (1, 0, 1))
        self.assertAlmostEqual(before["rules"]["gunfire-backed"]["pairs"]["mean_share"], 0.55)
        self.assertAlmostEqual(after["rules"]["gunfire-backed"]["pairs"]["mean_share"], 0.9)
        self.assertAlmostEqual(before["rules"]["gunfire-backed"]["to_firm"]["median_s"], 40)
        changed = next(one for one in found["differences"] if one["change"] == "changed")
        self.assertIn("(firm)", changed["then"])
        self.assertIn("(provisional)", changed["now"])
        self.assertIn("<svg", page.read_text())
        # The same against itself, and twice, is the same.
        self.assertIn("2 alike, 0 lost, 0 gained, 0 changed", self.backtest(harness.ROOT / "config/rules", harness.ROOT / "config/rules", "--events", events))
        again = self.folder / "again.json"
        self.backtest(harness.ROOT / "config/rules", new, "--events", events, "--pairs", pairs, "--json", again)
        self.assertEqual(again.read_text(), out.read_text())

    def test_over_a_log_and_next_to_the_live_rules(self):
        broker = harness.Broker(self.folder / "kafka").start()
        self.addCleanup(broker.stop)
        config = live_config(self.folder, bus="kafka", bootstrap=broker.bootstrap, only=("acoustic", "cad"))
        config = config.replace("fusion: {", f'fusion: {{rule_folder: "{harness.ROOT / "config/rules"}", ')
        daemon = harness.Daemon(self.folder / "run", config).start()
        self.addCleanup(lambda: daemon.stop())
        harness.wait_until("rules hold", lambda: daemon.total("fusiond_shard_records_total", kind="rules") >= 1)
        self.assertEqual(daemon.post("acoustic", alert(1, 40.01)), 202)
        harness.wait_until("it is published", lambda: daemon.total("fusiond_shard_records_total", kind="event") >= 1 and daemon.total("fusiond_outbox_entries") == 0)
        told = harness.tail(daemon, "--records")
        self.assertIn("0 alike, 1 lost, 0 gained, 0 changed", self.backtest("log", "none", "--bootstrap", broker.bootstrap))
        self.assertIn("1 alike, 0 lost, 0 gained, 0 changed", self.backtest("log", harness.ROOT / "config/rules", "--config", daemon.config))

        out = self.folder / "shadow.json"
        new = self.edited(("base: 8", "base: 9"))
        shadow = subprocess.Popen([harness.FUSIOND, "shadow", new, "--config", daemon.config, "--every", "1", "--json", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(shadow.stdout.close)

        def changed(count):
            try:
                return json.loads(out.read_text())["changed"] == count
            except (FileNotFoundError, json.JSONDecodeError):
                return False

        harness.wait_until("the shadow has read the log", lambda: changed(1), 30, 0.2)
        self.assertEqual(harness.tail(daemon, "--records"), told, "a shadow publishes nothing")
        self.assertEqual(daemon.post("acoustic", alert(2, 40.20)), 202)
        harness.wait_until("the shadow reads on", lambda: changed(2), 30, 0.2)
        shadow.send_signal(signal.SIGINT)
        self.assertEqual(shadow.wait(30), 0)

    def test_what_cannot_be_compared_is_refused(self):
        events = self.folder / "events.jsonl"
        events.write_text("\n".join(scene(1, 100)) + "\n{\n")
        wrong = self.edited(("within: 400 m", "within: 400 yards"))
        self.backtest("none", wrong, "--events", events, code=2)
        self.backtest("log", "none", "--events", events, code=2)
        self.backtest("none", "nowhere", "--events", events, code=2)
        self.backtest("none", harness.ROOT / "config/rules", "--events", events, "--from", "yesterday", code=2)
        self.backtest("none", harness.ROOT / "config/rules", "--events", events, code=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
