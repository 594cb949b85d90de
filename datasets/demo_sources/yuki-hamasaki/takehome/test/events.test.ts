import { describe, expect, it } from "vitest";
import { EventService } from "../src/events";
import { InMemoryRepository, event } from "./fakes";

describe("EventService", () => {
  it("accepts new events and counts duplicates", async () => {
    const service = new EventService(InMemoryRepository.withCompartments({ S: 1, M: 0, L: 0 }));
    const result = await service.ingest([event("a"), event("b"), event("a")]);
    expect(result).toEqual({ accepted: 2, duplicates: 1 });
  });

  it("marks a compartment as occupied after parcel_in", async () => {
    const repository = InMemoryRepository.withCompartments({ S: 1, M: 0, L: 0 });
    await new EventService(repository).ingest([event("a", "parcel_in")]);
    expect(repository.compartment(1).state).toBe("occupied");
  });
});
