import { beforeEach, describe, expect, it } from "vitest";
import { InvalidEventError, PlacesExceededError, type Run, type RunEvent } from "../src/domain.js";
import { MorningService, type EventStore } from "../src/service.js";

class MemoryStore implements EventStore {
  private readonly events = new Map<string, Map<string, RunEvent>>();

  async append(runId: string, event: RunEvent): Promise<boolean> {
    const run = this.events.get(runId) ?? new Map<string, RunEvent>();
    this.events.set(runId, run);
    if (run.has(event.id)) return false;
    run.set(event.id, event);
    return true;
  }

  async read(runId: string): Promise<readonly RunEvent[]> {
    return [...(this.events.get(runId)?.values() ?? [])];
  }
}

const arrivesAt = new Date("2026-03-09T07:50:00Z");
const late = new Date("2026-03-09T08:10:00Z");
const run: Run = {
  id: "r1", bus: "B1", driver: "D1", wheelchairPlaces: 2, arrivesAt,
  children: [
    { id: "k1", stop: "Molen", school: "Reiger", wheelchair: true, collectors: ["oma"] },
    { id: "k2", stop: "Molen", school: "Reiger", wheelchair: true, collectors: [] },
  ],
};

let sequence = 0;
const event = (kind: RunEvent["kind"], fields: Partial<RunEvent> = {}): RunEvent => {
  sequence += 1;
  return { id: `e${sequence}`, kind, at: arrivesAt, sequence, ...fields };
};

describe("MorningService", () => {
  let service: MorningService;

  beforeEach(() => {
    sequence = 0;
    service = new MorningService(new Map([[run.id, run]]), new MemoryStore());
  });

  it("accepts an event once", async () => {
    const boarded = event("boarded", { child: "k1" });
    await expect(service.record("r1", boarded)).resolves.toBe("accepted");
    await expect(service.record("r1", boarded)).resolves.toBe("known");
  });

  it("orders events by sequence", async () => {
    const boarded = event("boarded", { child: "k1" });
    const handedOver = event("handed_over", { child: "k1", to: "oma" });
    await service.record("r1", handedOver);
    await service.record("r1", boarded);
    expect((await service.open("r1", late)).map((entry) => entry.child.id)).toEqual(["k2"]);
  });

  it("keeps a child open when the recipient is unknown", async () => {
    await service.record("r1", event("handed_over", { child: "k1", to: "neighbour" }));
    expect((await service.open("r1", late))[0]?.status).toBe("recipient_unknown");
  });

  it("rejects a bus with too few wheelchair places", async () => {
    const change = event("bus_changed", { bus: "B2", wheelchairPlaces: 1 });
    await expect(service.record("r1", change)).rejects.toBeInstanceOf(PlacesExceededError);
    await service.record("r1", event("absent", { child: "k2" }));
    await expect(service.record("r1", change)).resolves.toBe("accepted");
  });

  it.each([
    event("boarded", { child: "nobody" }),
    event("handed_over", { child: "k1" }),
    event("bus_changed", { bus: "B2" }),
  ])("rejects invalid event %#", async (invalid) => {
    await expect(service.record("r1", invalid)).rejects.toBeInstanceOf(InvalidEventError);
  });
});
