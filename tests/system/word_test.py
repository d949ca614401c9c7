"""What operators say, from outside: two incidents are put together by `fusiond word` over a real broker; kill -9 and a restart change nothing; taken back, they are two again."""
import datetime
import json
import subprocess
import unittest

import harness
from configs import live_config


def alert(number, lat):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"alert_id": f"A{number}", "type": "multiple", "occurred_at": now, "lat": lat, "lon": -98.99, "radius_m": 25})


class People(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("word")
        self.addCleanup(harness.drop_folder, self.folder)
        self.broker = harness.Broker(self.folder / "kafka").start()
        self.addCleanup(self.broker.stop)
        self.daemon = harness.Daemon(self.folder / "run", live_config(self.folder, bus="kafka", bootstrap=self.broker.bootstrap)).start()
        self.addCleanup(lambda: self.daemon.stop())

    def word(self, *words, code=0):
        done = subprocess.run([harness.FUSIOND, "word", *words, "--bootstrap", self.broker.bootstrap, "--author", "Dispatcher 17", "--reason", "one shooting, heard twice"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip() if code == 0 else done.stderr

    def live(self):
        """The incidents as a consumer of the log knows them, {id: record}."""
        done = subprocess.run([harness.FUSIOND, "tail", "--bootstrap", self.broker.bootstrap, "--json", "--until-end"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        newest = {}
        for line in done.stdout.splitlines():
            record = json.loads(line)
            newest[record["incident_id"]] = record
        self.all = newest
        return {id: record for id, record in newest.items() if record["state"] not in ("INCIDENT_STATE_MERGED", "INCIDENT_STATE_WITHDRAWN")}

    def wait_for(self, what, check):
        return harness.wait_until(what, lambda: check(self.live()), 30, 0.3)

    def wait_for_count(self, count):
        def check(live):
            return list(live.values()) if len(live) == count else None
        return self.wait_for(f"{count} incidents", check)

    def test_put_together_by_a_word_killed_taken_back(self):
        for number, lat in ((1, 40.01), (2, 40.20)):  # 21 km apart: no score links them
            self.assertEqual(self.daemon.post("acoustic", alert(number, lat)), 202)
        one, two = sorted(record["incident_id"] for record in self.wait_for_count(2))

        said = self.word("same", one, two[:8])
        merged = self.wait_for_count(1)[0]
        self.assertEqual(len(merged["members"]), 2)
        gone = two if merged["incident_id"] == one else one
        self.assertEqual(merged["supersedes"], [gone])
        self.assertEqual(self.all[gone]["state"], "INCIDENT_STATE_MERGED")
        self.assertEqual(self.all[gone]["merged_into"], merged["incident_id"])
        link = merged["links"][0]
        self.assertEqual((link["basis"], link["word_id"]), ("LINK_BASIS_PERSON", said))
        note = merged["words"][0]
        self.assertEqual((note["effect"], note["word"]["author"], note["word"]["reason"]), ("WORD_EFFECT_HOLDS", "Dispatcher 17", "one shooting, heard twice"))
        self.assertEqual(merged["cause"]["word"]["word_id"], said)
        lines = subprocess.run([harness.FUSIOND, "tail", "--bootstrap", self.broker.bootstrap, "--until-end"], capture_output=True, text=True).stdout
        self.assertIn("put together by Dispatcher 17 because one shooting, heard twice", lines)
        why = subprocess.run([harness.FUSIOND, "explain", merged["incident_id"], "--bootstrap", self.broker.bootstrap], capture_output=True, text=True)
        self.assertIn("Dispatcher 17 said that", why.stdout, why.stderr)

        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.post("acoustic", alert(3, 40.20)), 202)  # later evidence joins what was put together
        grown = self.wait_for("the third alert in the one incident", lambda live: [r for r in live.values() if len(r["members"]) == 3])[0]
        self.assertEqual(grown["incident_id"], merged["incident_id"])
        self.assertEqual(len(self.live()), 1)

        self.word("retract", said)
        apart = self.wait_for_count(2)
        self.assertEqual(sorted(len(record["members"]) for record in apart), [1, 2])
        self.assertFalse(any(record.get("words") or any(link["basis"] == "LINK_BASIS_PERSON" for link in record.get("links", [])) for record in apart))
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.post("acoustic", alert(4, 40.01)), 202)
        self.wait_for("two of two", lambda live: sorted(len(r["members"]) for r in live.values()) == [2, 2])

    def test_ejected_from_its_incident(self):
        for number, lat in ((1, 40.01), (2, 40.0101)):
            self.assertEqual(self.daemon.post("acoustic", alert(number, lat)), 202)
        incident = self.wait_for("both in one", lambda live: [r for r in live.values() if len(r["members"]) == 2])[0]
        second = next(m["event_id"] for m in incident["members"] if m["source_event_id"] == "A2")
        said = self.word("eject", second)
        self.assertEqual([len(r["members"]) for r in self.wait_for_count(2)], [1, 1])
        self.word("retract", said[:8])
        self.wait_for("both in one again", lambda live: [r for r in live.values() if len(r["members"]) == 2])

    def test_what_cannot_be_said_is_refused_with_the_reason(self):
        self.assertEqual(self.daemon.post("acoustic", alert(1, 40.01)), 202)
        one = self.wait_for_count(1)[0]
        event = one["members"][0]["event_id"]
        nobody = "00000000-0000-5000-8000-000000000000"
        self.assertIn("both are one event", self.word("same", one["incident_id"], event, code=1))
        self.assertIn("no incident shows", self.word("same", one["incident_id"], nobody, code=1))
        self.assertIn("no incident shows", self.word("retract", nobody, code=1))
        said = self.word("same", one["incident_id"], nobody, "--unseen")
        note = self.wait_for("the word waits", lambda live: [n for r in live.values() for n in r.get("words", [])])[0]
        self.assertEqual((note["word"]["word_id"], note["effect"]), (said, "WORD_EFFECT_WAITS"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
