"""Acts deliveries out: serves the CAD poll and posts the other feeds at their time; or writes them down for a replay at full speed."""
import bisect
import hashlib
import http.client
import http.server
import pathlib
import sys
import threading
import time
import urllib.parse


class Stage:
    """Real time `real_origin` (seconds) shows `shown_origin_us`; the show runs `speed` times as fast."""

    def __init__(self, deliveries, real_origin, shown_origin_us, speed, ingest_url, poll_window_s=7200):
        self.deliveries, self.speed = deliveries, speed
        self.real_origin, self.shown_origin_us = real_origin, shown_origin_us
        self.ingest = urllib.parse.urlsplit(ingest_url)
        self.window_us = poll_window_s * 1_000_000
        cad = [d for d in deliveries if d.feed == "cad"]
        self.cad, self.cad_times = cad, [d.at_us for d in cad]
        self.refused = 0

    def now_us(self):
        return self.shown_origin_us + int((time.time() - self.real_origin) * self.speed * 1e6)

    def rows(self):
        """What the poll shows now: the newest state of each row that changed within the window."""
        now = self.now_us()
        newest = {}
        for d in self.cad[bisect.bisect_left(self.cad_times, now - self.window_us):bisect.bisect_right(self.cad_times, now)]:
            newest[d.key] = d.body
        return "[" + ",\n".join(newest.values()) + "]"

    def serve(self, port):
        stage = self

        class Poll(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path.split("?")[0] != "/cad.json":
                    self.send_error(404)
                    return
                body = stage.rows().encode()
                tag = '"' + hashlib.sha256(body).hexdigest()[:20] + '"'
                if self.headers.get("If-None-Match") == tag:
                    self.send_response(304)
                    self.send_header("ETag", tag)
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Poll)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def post(self, delivery):
        """Hands one delivery to its webhook; tries again while the daemon is away, as a real device would a few times."""
        for attempt in range(20):
            try:
                link = http.client.HTTPConnection(self.ingest.hostname, self.ingest.port, timeout=5)
                link.request("POST", f"/ingest/{delivery.feed}", delivery.body.encode(), {"Content-Type": "application/json"})
                status = link.getresponse().status
                link.close()
                if status < 300:
                    return
                if status != 503:
                    break
            except OSError:
                pass
            time.sleep(min(0.1 * 2 ** attempt, 2.0))
        self.refused += 1
        print(f"play: {delivery.feed} refused a delivery", file=sys.stderr, flush=True)

    def run(self, stop):
        """Posts until the list ends or `stop` is set."""
        for d in self.deliveries:
            if d.feed == "cad":
                continue
            while not stop.is_set():
                wait = (d.at_us - self.now_us()) / 1e6 / self.speed
                if wait <= 0:
                    break
                stop.wait(min(wait, 0.5))
            if stop.is_set():
                return
            self.post(d)
        last = self.deliveries[-1].at_us if self.deliveries else 0
        while not stop.is_set() and self.now_us() < last:
            stop.wait(0.2)


def record(deliveries, folder):
    """Writes one file per feed for the daemon's file transport with `format: recorded`. Returns {feed: lines}."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files, counts = {}, {}
    for d in deliveries:
        if d.feed not in files:
            files[d.feed] = open(folder / f"{d.feed}.jsonl", "w", encoding="utf-8")
        body = "[" + d.body + "]" if d.feed == "cad" else d.body
        files[d.feed].write('{"received_us":%d,"body":%s}\n' % (d.at_us, body))
        counts[d.feed] = counts.get(d.feed, 0) + 1
    for f in files.values():
        f.close()
    return counts


