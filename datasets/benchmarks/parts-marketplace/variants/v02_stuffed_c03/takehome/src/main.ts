import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { Compatibility, PartIndex } from "./index.js";
import type { FeedEvent } from "./model.js";

function pairs(path: string): Map<string, Set<string>> {
  const out = new Map<string, Set<string>>();
  for (const line of readFileSync(path, "utf8").split("\n").slice(1)) {
    const [oe, vehicle] = line.split(",");
    if (!oe || !vehicle) continue;
    if (!out.has(oe)) out.set(oe, new Set());
    out.get(oe)!.add(vehicle.trim());
  }
  return out;
}

const events = readFileSync("starter/events.jsonl", "utf8")
  .split("\n").filter(Boolean).map((line) => JSON.parse(line) as FeedEvent);
const fits = new Compatibility(pairs("starter/fits_catalogue.csv"), pairs("starter/fits_cross.csv"));
const index = new PartIndex();
index.rebuild(events);

createServer((req, res) => {
  const url = new URL(req.url ?? "/", "http://localhost");
  if (url.pathname === "/rebuild" && req.method === "POST") {
    index.rebuild(events);
    console.log("index rebuilt");
    return res.end("ok");
  }
  const hits = index.search(url.searchParams.get("q") ?? "", url.searchParams.get("vehicle") ?? "", fits);
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(hits));
}).listen(8080, () => console.log("listening on 8080"));
