import test from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Journal } from "./journal.mjs";
import { Run, codeHash } from "./run.mjs";

const dir = mkdtempSync(join(tmpdir(), "run-"));
let n = 0;
const plan = () => ({
  day: "2026-03-09", run: "r7", arrives: 470, listVersion: 3,
  children: [
    { id: "a", stop: "Mlýn", school: "Volavka", code: codeHash("2026-03-09", "a", "4071") },
    { id: "b", stop: "Mlýn", school: "Volavka", wheelchair: true, code: null },
  ],
});
const fresh = () => new Run(plan(), new Journal(join(dir, `j${n++}`)));
const phone = (k, kind, child, more = {}) => ({ id: `p${k}`, phone: "P", n: k, kind, child, version: 3, ...more });
const morning = [
  phone(1, "boarded", "a"), phone(2, "boarded", "b"), phone(3, "handed_over", "b", { to: "Volavka" }),
  phone(4, "handed_over", "a", { to: "babička", code: "4071" }), phone(5, "bus_checked"),
];
const shuffled = () => [...morning, morning[n % 5]].sort(() => Math.random() - 0.5);

test("1000 mornings in random order are closed; with one message lost the phone is behind", () => {
  for (let i = 0; i < 1000; i++) {
    const run = fresh();
    run.journal.append = () => {}; // disk is not the question here
    const lost = morning[i % 4];
    for (const e of shuffled()) if (e.id !== lost.id) run.receive(e);
    assert.ok(run.phones()[0].behind === 1);
    run.receive(lost);
    assert.ok(run.closed());
    assert.deepEqual(run.alarms, []);
  }
});

test("cut the file at every byte", () => {
  const path = join(dir, "whole");
  const run = new Run(plan(), new Journal(path));
  for (const e of morning) run.receive(e);
  const bytes = readFileSync(path);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const at = join(dir, "cut");
    writeFileSync(at, bytes.subarray(0, cut));
    const again = new Run(plan(), new Journal(at));
    for (const e of morning) again.receive(e); // phone did not get OK, so it sends again
    again.journal.close();
    assert.equal(new Journal(at).events.length, 5);
    assert.ok(again.closed());
  }
});

test("wrong code, removed person, bus checked too early", () => {
  const run = fresh();
  run.receive(morning[0]);
  assert.equal(run.remove("a", 440).minutes, 30);
  run.receive(phone(2, "handed_over", "a", { to: "uncle", code: "4071" }));
  run.receive(phone(3, "bus_checked"));
  assert.equal(run.alarms.length, 2);
  assert.equal(run.closed(), false);
  assert.deepEqual(run.open().map((c) => c.id), ["b"]);
});
