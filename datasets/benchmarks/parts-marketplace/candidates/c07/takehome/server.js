import express from "express";
import { readFileSync } from "node:fs";
import { understand } from "./genie.js";

const lines = (f) => readFileSync("starter/" + f, "utf8").trim().split("\n");

const offers = new Map();
for (const l of lines("events.jsonl")) {
  try {
    const e = JSON.parse(l);
    const id = e.yard + e.offer;
    if (e.op === "put") offers.set(id, e);
    else offers.delete(id);
  } catch {} // a few broken lines, who cares for now
}

const fits = new Map();
for (const l of lines("fits_catalogue.csv").slice(1)) {
  const [oe, v] = l.split(",");
  if (!fits.has(oe)) fits.set(oe, new Set());
  fits.get(oe).add(v.trim());
}

const vehicles = lines("vehicles.csv").slice(1).map((l) => {
  const [id, name, from, to] = l.split(",");
  return { id, name, words: name.toLowerCase().split(" "), from: +from, to: +to };
});

const median = (part) => {
  const p = [...offers.values()].filter((o) => o.part?.toLowerCase() === part).map((o) => o.price).sort((a, b) => a - b);
  return p[p.length >> 1] ?? 0;
};

const app = express();
app.use(express.static("public"));

app.get("/ask", (req, res) => {
  const w = understand(String(req.query.s ?? ""), vehicles);
  if (!w.part) return res.json({ understood: w, cards: [], hint: "Which part is it?" });
  const mid = median(w.part);
  const max = w.maxCents === "median" ? mid : w.maxCents;
  const cards = [...offers.values()]
    .filter((o) => o.part?.toLowerCase() === w.part && o.price <= max)
    .map((o) => ({
      yard: o.yard, price: o.price / 100, fair: o.price / (mid || 1),
      colour: !w.vehicle ? "grey" : fits.get(o.oe)?.has(w.vehicle.id) ? "green" : o.donor === w.vehicle.id ? "amber" : null,
    }))
    .filter((c) => c.colour)
    .sort((a, b) => (a.colour === "green" ? 0 : 1) - (b.colour === "green" ? 0 : 1) || a.price - b.price)
    .slice(0, 24);
  res.json({ understood: { part: w.part, vehicle: w.vehicle?.name }, cards });
});

app.listen(3000, () => console.log("http://localhost:3000, make a wish"));
