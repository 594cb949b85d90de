import json
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from fits import Fits
from index import LiveIndex, TooSmall
from offers import Offers, Refused, parse

offers, index = Offers("offers.db"), LiveIndex()
count, stale = Counter(), Counter()
oldest_unapplied = [0.0]


def read(path: str) -> None:
    with open(path) as f:
        while True:
            line = f.readline()
            if not line:
                oldest_unapplied[0] = 0.0
                time.sleep(0.2)
                continue
            oldest_unapplied[0] = oldest_unapplied[0] or time.time()
            try:
                o = parse(line)
            except Refused as x:
                count[str(x)] += 1
                continue
            if offers.apply(o):
                index.put(o)
            else:
                stale[o.yard] += 1


class Http(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url, q = urlparse(self.path), parse_qs(urlparse(self.path).query)
        if url.path == "/numbers":
            age = time.time() - oldest_unapplied[0] if oldest_unapplied[0] else 0
            return self.say(200, {"behind_s": round(age, 1), "refused": count, "stale": stale.most_common(20)})
        vehicle, rows = q.get("vehicle", [""])[0], []
        for o in index.find(q.get("q", [""])[0]):
            fit = fits.verdict(o.oe, o.donor, vehicle) if vehicle else "unknown"
            if fit:
                rows.append({"yard": o.yard, "offer": o.no, "part": o.part, "cents": o.cents, "fit": fit})
            if len(rows) == 50:
                break
        self.say(200, rows)

    def do_POST(self) -> None:
        try:
            self.say(200, {"offers": index.rebuild(offers.all(), "force=1" in self.path)})
        except (TooSmall, RuntimeError) as x:
            self.say(409, {"kept_old_index": str(x)})

    def say(self, code: int, body: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


if __name__ == "__main__":
    fits = Fits("starter/fits_catalogue.csv", "starter/fits_cross.csv")
    index.rebuild(offers.all(), force=True)
    threading.Thread(target=read, args=(sys.argv[1],), daemon=True).start()
    ThreadingHTTPServer(("", int(sys.argv[2])), Http).serve_forever()
