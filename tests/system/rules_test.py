"""Rules put into force from outside, over a real broker: the folder at the start, another one by `fusiond rules load`, by its own change and by SIGHUP, and back; what has faults is
refused; kill -9 and a lost state folder change nothing, and need no file."""
import datetime
import json
import shutil
import signal
import subprocess
import unittest

import harness
from configs import live_config


def alert(number, lat):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"alert_id": f"A{number}", "type": "multiple", "occurred_at": now, "lat": lat, "lon": -98.99, "radius_m": 25, "confidence": 0.93})


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("rules")
        self.addCleanup(harness.drop_folder, self.folder)
        self.rules = self.folder / "rules"
        self.rules.mkdir()
        for file in (harness.ROOT / "config/rules").glob("*.*"):
            shutil.copy(file, self.rules)
        self.broker = harness.Broker(self.folder / "kafka").start()
        self.addCleanup(self.broker.stop)
        config = live_config(self.folder, bus="kafka", bootstrap=self.broker.bootstrap, only=("acoustic", "cad"))
        self.config = "".join(f'fusion: {{rule_folder: "{self.rules}", rule_watch_s: 1, {line[len("fusion: {"):]}' if line.startswith("fusion: {") else line
                              for line in config.splitlines(keepends=True))
        self.daemon = harness.Daemon(self.folder / "run", self.config).start()
        self.addCleanup(lambda: self.daemon.stop())

    def fusiond(self, *words, code=0):
        done = subprocess.run([harness.FUSIOND, "rules", *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if words[0] == "history" else done.stdout + done.stderr

    def explain(self, *words, code=0):
        done = subprocess.run([harness.FUSIOND, "explain", *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def history(self):
        return [row for row in json.loads(self.fusiond("history", "--bootstrap", self.broker.bootstrap, "--json")) if row["partition"] == 0]

    def held(self, count):
        """The history once it has so many entries."""
        return harness.wait_until(f"{count} activations", lambda: (lambda rows: rows if len(rows) >= count else None)(self.history()), 30, 0.2)

    def newest(self):
        done = subprocess.run([harness.FUSIOND, "tail", "--bootstrap", self.broker.bootstrap, "--json", "--until-end"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {record["incident_id"]: record for record in map(json.loads, done.stdout.splitlines())}

    def priorities(self, wanted):
        return harness.wait_until(f"priorities {wanted}", lambda: (lambda all: all if sorted(r["priority"] for r in all.values()) == wanted else None)(self.newest()), 30, 0.3)

    def edited(self, name, *changes):
        """A copy of the rules with words of gunfire-backed.yaml replaced."""
        folder = self.folder / name
        shutil.copytree(self.rules, folder)
        self.edit(folder, *changes)
        return folder

    def edit(self, folder, *changes):
        path = folder / "gunfire-backed.yaml"
        text = path.read_text()
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after)
        path.write_text(text)

    NINE = (("base: 8", "base: 9"), ("priority: 8", "priority: 9"))

    def test_switched_refused_rolled_back_and_replayed(self):
        first = self.held(1)[0]
        self.assertTrue(first["taken"])
        self.assertEqual((first["author"], first["version_before"]), ("fusiond", ""))
        self.assertEqual(self.daemon.post("acoustic", alert(1, 40.01)), 202)
        one = list(self.priorities([8]).values())[0]
        self.assertEqual([f["rule"] for f in one["findings"]], ["gunfire-backed"])
        self.assertTrue(one["versions"]["rules"].endswith(first["version"]), one["versions"])

        # Why, and why not.
        why = self.explain(one["incident_id"], "--rule", "gunfire-backed", "--bootstrap", self.broker.bootstrap)
        self.assertIn("Rule gunfire-backed, version 1: provisional", why)
        self.assertIn("It counts in shot", self.explain("A1", "--rule", "gunfire-backed", "--bootstrap", self.broker.bootstrap))
        why_not = self.explain("A1", "--rule", "structure-fire", "--bootstrap", self.broker.bootstrap)
        self.assertIn("says nothing of this incident", why_not)
        self.assertIn("is not of the kind, or not from a source, that opens it", why_not)
        strict = self.edited("strict", ("confidence: at least 0.60", "confidence: at least 0.95"))
        self.assertIn("less sure of itself than asked, by 2", self.explain("A1", "--rule", "gunfire-backed", "--rules", str(strict), "--bootstrap", self.broker.bootstrap))
        self.assertIn("did you mean gunfire-backed", self.explain("A1", "--rule", "gunfire-backd", "--bootstrap", self.broker.bootstrap, code=1))

        # Another folder: the open incident is told anew, by the rules of its version.
        other = self.edited("other", *self.NINE)
        said = self.fusiond("load", str(other), "--config", str(self.daemon.config), "--author", "Sgt. Rules", "--reason", "more urgent at night")
        self.assertIn("in force from rtcc.events.v1/0@", said)
        one = list(self.priorities([9]).values())[0]
        self.assertEqual(one["cause"]["kind"], "rules")
        second = self.held(2)[1]
        self.assertEqual((second["author"], second["reason"], second["version_before"]), ("Sgt. Rules", "more urgent at night", first["version"]))
        lines = self.fusiond("diff", first["version"], str(other), "--bootstrap", self.broker.bootstrap)
        self.assertIn("gunfire-backed: the priority to begin with changes from 8 to 9", lines)
        self.assertIn("is another", lines)

        # A fault, or a test that fails: nothing changes.
        wrong = self.edited("wrong", ("within: 400 m", "within: 400 yards"))
        self.assertIn("400 yards", self.fusiond("load", str(wrong), "--config", str(self.daemon.config), "--author", "a", "--reason", "b", code=2))
        failing = self.edited("failing", ("base: 8", "base: 9"))
        self.assertIn("tests of the rules fail", self.fusiond("load", str(failing), "--config", str(self.daemon.config), "--author", "a", "--reason", "b", code=2))
        self.assertEqual(len(self.history()), 2)

        # kill -9: the rules that held hold on, although the folder says otherwise.
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.post("acoustic", alert(2, 40.20)), 202)
        self.priorities([9, 9])
        self.assertEqual(len(self.history()), 2)

        # Back, in one command.
        self.assertIn("in force", self.fusiond("rollback", "--bootstrap", self.broker.bootstrap, "--author", "Lt. Ops", "--reason", "too many calls"))
        self.priorities([8, 8])
        self.assertEqual(self.held(3)[2]["version"], first["version"])
        self.assertIn("(in force)", self.fusiond("history", "--bootstrap", self.broker.bootstrap))

        # A new state and no folder of rules: the log alone gives the same incidents.
        harness.wait_until("everything is published", lambda: self.daemon.total("fusiond_outbox_entries") == 0, 30, 0.2)
        self.daemon.stop()
        before = harness.tail(self.daemon, "--canonical")
        self.assertEqual(before.count("gunfire-backed") > 0, True)
        for path in self.folder.glob("state*"):
            shutil.rmtree(path)
        shutil.rmtree(self.rules)
        config = self.daemon.config.read_text()
        self.daemon.config.write_text(config.replace(f'rule_folder: "{self.rules}", ', ""))
        self.daemon.start()
        end = self.daemon.total("fusiond_shard_records_total")
        harness.wait_until("the log is read again", lambda: self.daemon.total("fusiond_shard_records_total", kind="rules") >= 3 and self.daemon.total("fusiond_shard_lag_records") == 0, 30, 0.2)
        self.assertGreaterEqual(self.daemon.total("fusiond_shard_records_total"), end)
        harness.wait_until("everything is published", lambda: self.daemon.total("fusiond_outbox_entries") == 0, 30, 0.2)
        self.daemon.stop()
        self.assertEqual(harness.tail(self.daemon, "--canonical"), before)
        self.daemon.start()

    def test_the_folder_is_watched_and_reread_on_sighup(self):
        self.held(1)
        self.assertEqual(self.daemon.post("acoustic", alert(1, 40.01)), 202)
        self.priorities([8])
        self.edit(self.rules, *self.NINE)
        self.assertEqual(self.held(2)[1]["reason"], "the folder has changed")
        self.priorities([9])
        self.edit(self.rules, ("base: 9", "base: 99"))
        harness.wait_until("health says what is wrong", lambda: self.daemon.health()["rules"][0] != "ok", 30, 0.2)
        self.assertIn("gunfire-backed.yaml", self.daemon.health()["rules"][1])
        self.assertEqual(len(self.history()), 2)
        self.edit(self.rules, ("base: 99", "base: 9"))
        harness.wait_until("all is well again", lambda: self.daemon.health()["rules"][0] == "ok", 30, 0.2)
        self.daemon.process.send_signal(signal.SIGHUP)  # the folder's own activation may still be on its way
        harness.wait_until("an activation by SIGHUP", lambda: self.history()[-1]["reason"] == "SIGHUP", 30, 0.2)
        self.priorities([9])


if __name__ == "__main__":
    unittest.main(verbosity=2)
