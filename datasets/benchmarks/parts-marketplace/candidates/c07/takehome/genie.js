// Turns a sentence into { part, vehicle, maxCents }.
const PARTS = {
  alternator: ["alternator", "dynamo", "generator"],
  headlamp: ["headlamp", "headlight", "front light"],
  gearbox: ["gearbox", "transmission"],
  "starter motor": ["starter", "starter motor"],
  "brake caliper": ["caliper", "brake caliper"],
};

export function understand(sentence, vehicles) {
  const s = " " + sentence.toLowerCase().replace(/[^a-z0-9 ]/g, " ") + " ";
  let part = null;
  for (const [name, words] of Object.entries(PARTS)) {
    if (words.some((w) => s.includes(" " + w + " "))) part = name;
  }
  const year = Number((s.match(/ (19|20)\d\d /) || [])[0]) || null;
  const scored = vehicles
    .map((v) => ({ v, n: v.words.filter((w) => s.includes(" " + w + " ")).length }))
    .filter((x) => x.n > 0 && (!year || (x.v.from <= year && year <= x.v.to)))
    .sort((a, b) => b.n - a.n);
  const money = s.match(/(?:under|below|max) (\d+)/);
  let maxCents = money ? Number(money[1]) * 100 : Infinity;
  if (!money && /not too expensive|cheap/.test(s)) maxCents = "median";
  return { part, vehicle: scored[0]?.v ?? null, maxCents };
}
