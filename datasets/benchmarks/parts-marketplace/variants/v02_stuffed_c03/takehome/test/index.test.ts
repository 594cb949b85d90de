import assert from "node:assert/strict";
import { test } from "node:test";
import { Compatibility, PartIndex } from "../src/index.js";

const fits = new Compatibility(new Map([["06F903023", new Set(["K1204"])]]), new Map());
const put = (offer: string, price: number) =>
  ({ yard: "Y1", offer, seq: 1, op: "put" as const, part: "Alternator", oe: "06F903023", price });

test("finds a part that fits", () => {
  const index = new PartIndex();
  index.apply(put("1", 8500));
  assert.equal(index.search("alternator", "K1204", fits).length, 1);
});

test("orders by price when confidence is equal", () => {
  const index = new PartIndex();
  index.apply(put("1", 8500));
  index.apply(put("2", 6000));
  assert.deepEqual(index.search("alternator", "K1204", fits).map((h) => h.price), [6000, 8500]);
});

test("removes a sold part", () => {
  const index = new PartIndex();
  index.apply(put("1", 8500));
  index.apply({ yard: "Y1", offer: "1", seq: 2, op: "sold" });
  assert.equal(index.search("alternator", "K1204", fits).length, 0);
});
