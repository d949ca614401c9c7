"""`fusiond explain` and `fusiond timeline` from outside: offline over a log of `fuse`, and of a daemon, running and stopped."""
import datetime
import json
import subprocess
import unittest

import harness
from configs import live_config

EVENTS = harness.ROOT / "tests" / "system" / "fuse" / "events.jsonl"


def fusiond(*words):
    return subprocess.run([harness.FUSIOND, *words], capture_output=True, text=True)


class Offline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = harness.temp_folder("explain")
        cls.log = cls.folder / "log.jsonl"
        fusiond("fuse", "--events", EVENTS, "--log", cls.log, "--log-content")
        cls.incidents = {}
        for line in cls.log.read_text().splitlines():
            record = json.loads(line)
            cls.incidents[record["incident_id"]] = record

    @classmethod
    def tearDownClass(cls):
        harness.drop_folder(cls.folder)

    def shooting(self):
        return next(id for id, last in self.incidents.items() if "call-2" in last["members"])

    def words(self, command, *flags):
        done = fusiond(command, *flags, "--log", self.log)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_an_incident_is_explained_report_by_report(self):
        text = self.words("explain", self.shooting()[:8])
        for words in ("It opened the group: no earlier one fitted.", "It belongs to the group that began with report 1.", "are allowed for by a phone or satellite fix good to 45 m",
                      "was called a duplicate by a dispatcher", "the evidence that was needed", "1 re-post of it counted here as copies"):
            self.assertIn(words, text)

    def test_an_event_is_found_by_its_sources_id_and_each_has_a_reason(self):
        for event, words in (("call-3", "It opened the group"), ("call-4", "It belongs to the group"), ("call-5", "It was taken back later"), ("post-2", "it is a copy of one"),
                             ("late-1", "its feed is allowed 15 min")):
            self.assertIn(words, self.words("explain", event), event)

    def test_json_holds_the_same_facts_with_their_numbers(self):
        page = json.loads(self.words("explain", self.shooting(), "--json"))
        reports = [s for s in page["sections"] if s["kind"] == "report"]
        self.assertEqual(len(reports), 4)
        need = next(f for f in reports[1]["facts"] if f["about"] == "need")
        self.assertEqual(need["over_mn"], need["total_mn"] - need["need_mn"])

    def test_a_timeline_has_every_revision_with_its_cause(self):
        text = self.words("timeline", "call-2")
        self.assertIn("revision 1 · opened", text)
        self.assertIn("Because of CAD call call-2 (person_shot)", text)
        self.assertIn("closed", text)
        page = json.loads(self.words("timeline", self.shooting(), "--json"))
        self.assertEqual([s["facts"][0]["revision"] for s in page["sections"]], list(range(1, self.incidents[self.shooting()]["revision"] + 1)))

    def test_a_persons_word_is_told_with_author_and_reason(self):
        word = {"wordId": "0b2c1f0a-93a1-4ffb-9d43-2f5b1e6f7a10", "revision": "1", "kind": "WORD_KIND_SAME", "eventId": "call-2", "otherEventId": "call-4", "author": "Ann",
                "reason": "one car", "saidUs": "1782864250000000"}
        lines = EVENTS.read_text().splitlines()
        lines.insert(12, json.dumps(word))
        events, log = self.folder / "said.jsonl", self.folder / "said-log.jsonl"
        events.write_text("\n".join(lines) + "\n")
        fusiond("fuse", "--events", events, "--log", log, "--log-content")
        text = fusiond("explain", "call-4", "--log", log).stdout
        self.assertIn("Ann said that report", text)
        self.assertIn("are one matter (one car) at 2026-07-01T00:04:10Z: it holds.", text)
        self.assertIn("(one car).", fusiond("timeline", "call-4", "--log", log).stdout)

    def test_what_cannot_be_told_is_an_error_that_says_why(self):
        bare = self.folder / "bare.jsonl"
        fusiond("fuse", "--events", EVENTS, "--log", bare)
        for words, flags in (("no kept incident speaks of nobody", ("nobody", "--log", self.log)), ("--log-content", ("call-1", "--log", bare)),
                             ("cannot be read", ("call-1", "--log", self.folder / "none"))):
            done = fusiond("explain", *flags)
            self.assertEqual(done.returncode, 2 if "cannot" in words else 1, done.stderr)
            self.assertIn(words, done.stderr)


class Online(unittest.TestCase):
    def test_a_running_daemon_is_asked_by_its_console_and_a_stopped_one_by_its_log(self):
        folder = harness.temp_folder("explain-live")
        self.addCleanup(harness.drop_folder, folder)
        daemon = harness.Daemon(folder / "run", live_config(folder)).start()
        self.addCleanup(daemon.stop)
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, lat in (("A1", 40.01), ("A2", 40.0101)):
            daemon.post("acoustic", json.dumps({"alert_id": name, "type": "multiple", "occurred_at": now, "lat": lat, "lon": -98.99, "radius_m": 25}))

        def found():
            return [i for i in daemon.get_json("/api/v1/incidents").get("incidents", []) if len(i["members"]) == 2]

        incident = harness.wait_until("both alerts in one incident", found, 20)[0]["incident_id"]
        texts = []
        for source in (("--console", daemon.ports["console"]), ("--config", daemon.config)):
            if source[0] == "--config":
                daemon.stop()
            text = fusiond("explain", "A2", *source)
            self.assertEqual(text.returncode, 0, text.stderr)
            self.assertIn("It belongs to the group that began with report 1.", text.stdout)
            timeline = fusiond("timeline", incident, *source)
            self.assertIn("revision 2 · updated", timeline.stdout, timeline.stderr)
            texts.append(text.stdout + timeline.stdout)
        self.assertEqual(*texts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
