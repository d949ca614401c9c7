#!/usr/bin/env python3
"""Plays a city's raw feeds into a running fusiond, or writes them down.

    play.py evening --ingest URL --poll-port N [--speed 60]            an evening in Port Alder, a city that does not exist
    play.py oakland --ingest URL --poll-port N [--since T --until T]   real calls; needs FUSIOND_SHARED
    play.py evening|oakland --record DIR                               one file per feed, for the file transport (format: recorded)
    play.py evening|oakland --print-start                              the first delivery's time, microseconds since 1970 UTC
    play.py base-map                                                   Port Alder's base map, GeoJSON

The daemon must run with the same clock: `clock: {kind: replay, real_origin: …, shown_origin: …, speed: …}`.
"""
import argparse
import json
import signal
import sys
import threading
import time

import city
import evening
import oakland
import stage


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["evening", "oakland", "base-map"])
    parser.add_argument("--ingest", default="http://127.0.0.1:8081")
    parser.add_argument("--poll-port", type=int, default=8082)
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--real-origin", type=float, help="seconds since 1970 at which the show begins; now when absent")
    parser.add_argument("--since", default="2023-06-18T18:00:00", help="oakland: local wall time; 'all' for everything")
    parser.add_argument("--until", default="2023-06-19T06:00:00")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", metavar="DIR")
    parser.add_argument("--print-start", action="store_true")
    options = parser.parse_args()
    if options.what == "base-map":
        print(json.dumps(city.base_map(), separators=(",", ":")))
        return 0
    if options.what == "evening":
        deliveries, start = evening.deliveries(options.seed), evening.start_us()
    else:
        whole = options.since == "all"
        deliveries = oakland.deliveries(None if whole else options.since, None if whole else options.until)
        start = deliveries[0].at_us if whole else oakland.local_us(options.since)
    if options.print_start:
        print(start)
        return 0
    if options.record:
        print(json.dumps(stage.record(deliveries, options.record)))
        return 0
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    show = stage.Stage(deliveries, options.real_origin or time.time(), start, options.speed, options.ingest)
    server = show.serve(options.poll_port)
    print(json.dumps({"poll": f"http://127.0.0.1:{server.server_address[1]}/cad.json", "deliveries": len(deliveries)}), flush=True)
    show.run(stop)
    server.shutdown()
    return 0 if show.refused == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
