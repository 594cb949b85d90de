import { z } from "zod";
import type { Repository } from "./ports";

export const eventSchema = z.object({
  event_id: z.string().min(1),
  type: z.enum(["parcel_in", "parcel_out", "door_opened", "heartbeat"]),
  compartment: z.number().int().min(1).max(40),
  locker_time: z.coerce.date(),
});

export type LockerEvent = z.infer<typeof eventSchema>;

export class EventService {
  constructor(private readonly repository: Repository) {}

  async ingest(batch: readonly LockerEvent[]): Promise<{ accepted: number; duplicates: number }> {
    const sorted = [...batch].sort((a, b) => a.locker_time.getTime() - b.locker_time.getTime());
    let accepted = 0;
    for (const event of sorted) {
      const inserted = await this.repository.insertEvent(event);
      if (inserted) {
        accepted += 1;
        await this.repository.updateCompartment(event);
      }
    }
    return { accepted, duplicates: batch.length - accepted };
  }
}
