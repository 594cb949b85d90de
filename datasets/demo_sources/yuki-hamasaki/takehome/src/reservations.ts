import { randomInt } from "node:crypto";
import type { Compartment, Reservation, Size } from "./domain";
import { NoFreeCompartmentError } from "./errors";
import type { Clock, Repository } from "./ports";

const HOLD_HOURS = 72;
const CODE_DIGITS = 6;

export class ReservationService {
  constructor(
    private readonly repository: Repository,
    private readonly clock: Clock,
  ) {}

  async reserve(parcelId: string, size: Size): Promise<Reservation> {
    return this.repository.transaction(async (tx) => {
      const existing = await tx.findReservation(parcelId);
      if (existing !== undefined) {
        return existing;
      }
      const compartment = await tx.lockFreeCompartment(size);
      if (compartment === undefined) {
        throw new NoFreeCompartmentError(size);
      }
      return tx.insertReservation(this.build(parcelId, compartment));
    });
  }

  async releaseExpired(): Promise<number> {
    const now = this.clock.now();
    return this.repository.transaction((tx) => tx.releaseBefore(now));
  }

  private build(parcelId: string, compartment: Compartment): Reservation {
    const createdAt = this.clock.now();
    return {
      parcelId,
      compartment: compartment.number,
      code: this.code(),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + HOLD_HOURS * 3_600_000),
    };
  }

  private code(): string {
    return randomInt(0, 10 ** CODE_DIGITS).toString().padStart(CODE_DIGITS, "0");
  }
}
