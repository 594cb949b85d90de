import { createHash } from "node:crypto";

export const codeHash = (day, child, code) => createHash("sha256").update(`${day}|${child}|${code}`).digest("hex");
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** plan: {day, run, arrives, listVersion, children: [{id, stop, school, wheelchair, code}]}, code is codeHash or null. */
export class Run {
  constructor(plan, journal) {
    this.plan = plan;
    this.journal = journal;
    this.seen = new Map();
    this.alarms = [];
    for (const event of journal.events) this.#take(event);
  }

  /** "new", "known" or "conflict". Phone may delete the event from its own memory after each of the three. */
  receive(event) {
    const old = this.seen.get(event.id);
    if (old) {
      if (same(old, event)) return "known";
      this.alarms.push(`conflict ${event.id}`);
      return "conflict";
    }
    this.journal.append(event);
    this.#take(event);
    return "new";
  }

  #take(event) {
    this.seen.set(event.id, event);
    if (event.kind === "handed_over") this.#checkReceiver(event);
  }

  #checkReceiver({ id, child, to, code, version, by }) {
    const c = this.plan.children.find((x) => x.id === child);
    if (!c) return void this.alarms.push(`${id}: ${child} is not on this run`);
    if (to !== c.school && !by && (!c.code || codeHash(this.plan.day, child, code) !== c.code))
      this.alarms.push(`${id}: ${child} to ${to} without right code`);
    if (version < this.plan.listVersion) this.alarms.push(`${id}: ${child} with old list ${version}`);
  }

  /** Person removed: new version. The office calls until every phone of the run has fetched it. */
  remove(child, now) {
    this.plan.children.find((c) => c.id === child).code = null;
    this.plan.listVersion += 1;
    return { notFetched: this.phones().filter((p) => p.version < this.plan.listVersion), minutes: this.plan.arrives - now };
  }

  phones() {
    const byPhone = new Map();
    for (const { phone, n, version = 0 } of this.seen.values()) {
      if (!phone) continue; // office
      const p = byPhone.get(phone) ?? { phone, max: 0, count: 0, version: 0 };
      byPhone.set(phone, { phone, max: Math.max(p.max, n), count: p.count + 1, version: Math.max(p.version, version) });
    }
    return [...byPhone.values()].map((p) => ({ ...p, behind: p.max - p.count }));
  }

  state(child) {
    const kinds = new Set([...this.seen.values()].filter((e) => e.child === child).map((e) => e.kind));
    for (const kind of ["handed_over", "boarded", "not_at_stop", "absent"]) if (kinds.has(kind)) return kind;
    return "expected";
  }

  open() {
    const behind = this.phones().some((p) => p.behind > 0);
    return this.plan.children
      .map((c) => ({ id: c.id, state: this.state(c.id), behind }))
      .filter((c) => !["handed_over", "absent"].includes(c.state));
  }

  closed() {
    return this.open().length === 0 && [...this.seen.values()].some((e) => e.kind === "bus_checked");
  }
}
