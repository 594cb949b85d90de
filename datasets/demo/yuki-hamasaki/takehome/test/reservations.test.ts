import { beforeEach, describe, expect, it } from "vitest";
import { NoFreeCompartmentError } from "../src/errors";
import { ReservationService } from "../src/reservations";
import { FakeClock, InMemoryRepository } from "./fakes";

describe("ReservationService", () => {
  let repository: InMemoryRepository;
  let clock: FakeClock;
  let service: ReservationService;

  beforeEach(() => {
    repository = InMemoryRepository.withCompartments({ S: 2, M: 1, L: 1 });
    clock = new FakeClock("2026-02-03T10:00:00Z");
    service = new ReservationService(repository, clock);
  });

  it("reserves a free compartment of the requested size", async () => {
    const reservation = await service.reserve("p1", "M");
    expect(repository.compartment(reservation.compartment).state).toBe("reserved");
  });

  it("returns the same reservation for the same parcel", async () => {
    expect(await service.reserve("p1", "S")).toEqual(await service.reserve("p1", "S"));
  });

  it("throws when no compartment is free", async () => {
    await service.reserve("p1", "L");
    await expect(service.reserve("p2", "L")).rejects.toBeInstanceOf(NoFreeCompartmentError);
  });

  it("releases expired reservations", async () => {
    await service.reserve("p1", "L");
    clock.advance({ hours: 73 });
    expect(await service.releaseExpired()).toBe(1);
    await expect(service.reserve("p2", "L")).resolves.toBeDefined();
  });
});
