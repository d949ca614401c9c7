"""`fusiond fuse` from outside: a small file in both forms against golden output, and a generated stream against the scorer."""
import json
import os
import subprocess
import sys
import unittest

import harness

FOLDER = harness.ROOT / "tests" / "system" / "fuse"
BENCH = harness.SHARED / "fusionbench"


def fuse(folder, *flags):
    outs = [x for name in ("pred", "log", "rejects") for x in (f"--{name}", folder / f"{name}.jsonl")]
    return subprocess.run([harness.FUSIOND, "fuse", *flags, *outs, "--stats"], capture_output=True, text=True)


class Fuse(unittest.TestCase):
    """FUSIOND_UPDATE_GOLDEN=1 rewrites the expected files."""

    def setUp(self):
        self.folder = harness.temp_folder("fuse")
        self.addCleanup(harness.drop_folder, self.folder)

    def test_both_forms_in_one_file_give_the_golden_grouping_log_and_rejects(self):
        done = fuse(self.folder, "--events", FOLDER / "events.jsonl")
        self.assertEqual(done.returncode, 3, done.stderr)
        for name in ("pred", "log", "rejects"):
            got = (self.folder / f"{name}.jsonl").read_text()
            if os.environ.get("FUSIOND_UPDATE_GOLDEN") == "1":
                (FOLDER / f"{name}.jsonl").write_text(got)
            self.assertEqual(got, (FOLDER / f"{name}.jsonl").read_text(), name)
        stats = json.loads(done.stderr.splitlines()[-1])
        events = [line for line in (FOLDER / "events.jsonl").read_text().splitlines() if line.strip()]
        self.assertEqual(stats["lines"], len(events))
        read = sum(stats["verdicts"].values()) - stats["verdicts"]["forgotten"]
        self.assertEqual(read + stats["rejected"], len(events), "every line is accounted for")
        self.assertIn("events.jsonl:4: t_ingest_ms is missing", done.stderr)

    def test_two_runs_write_the_same_bytes(self):
        outs = []
        for name in ("a", "b"):
            (self.folder / name).mkdir()
            fuse(self.folder / name, "--events", FOLDER / "events.jsonl", "--log-content")
            outs.append((self.folder / name / "log.jsonl").read_bytes())
        self.assertGreater(len(outs[0]), 1000)
        self.assertEqual(*outs)

    def test_files_that_are_not_there_and_faults_of_an_association_are_told(self):
        wrong = self.folder / "association.yaml"
        wrong.write_text("version: x\nthetta_mn: 3\n")
        for flags, text in (
            (["--events", self.folder / "none"], "cannot be read"),
            (["--events", FOLDER / "events.jsonl", "--types", self.folder / "none"], "cannot be read"),
            (["--events", FOLDER / "events.jsonl", "--association", wrong], "did you mean theta_mn?"),
            (["--events", FOLDER / "events.jsonl", "--pred", self.folder / "no/such"], "cannot write"),
        ):
            done = subprocess.run([harness.FUSIOND, "fuse", *flags], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(text, done.stderr)

    def test_a_generated_stream_is_scored_and_each_of_its_records_recomputed(self):
        self.assertTrue((BENCH / "gen.py").exists(), f"no benchmark at {BENCH}: set FUSIOND_SHARED")
        data = self.folder / "tiny"
        subprocess.run([sys.executable, BENCH / "gen.py", "--profile", "tiny", "--seed", "11", "--out", data], check=True, capture_output=True)
        done = fuse(self.folder, "--events", data / "events.jsonl", "--types", data / "types.json", "--log-content")
        self.assertEqual(done.returncode, 0, done.stderr)
        scored = subprocess.run([sys.executable, BENCH / "score.py", "--data", data, "--pred", self.folder / "pred.jsonl", "--log", self.folder / "log.jsonl"],
                                check=True, capture_output=True, text=True).stdout
        print("\n" + scored, done.stderr, flush=True)
        score = json.loads(scored)
        self.assertGreater(score["inc_f1"], 0.75)
        self.assertEqual(score["never_alerted"], 0)
        self.assertEqual(score["ttfa_p99_s"], 0, "an alert waits for nothing")
        check = subprocess.run([harness.BUILD / "bin" / "recompute_check", self.folder / "log.jsonl", data / "types.json"], capture_output=True, text=True)
        print(check.stdout, flush=True)
        self.assertEqual(check.returncode, 0, "each record follows from itself: " + check.stdout + check.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
