export const EVENT_KINDS = [
  "absent",
  "boarded",
  "not_at_stop",
  "handed_over",
  "bus_checked",
  "driver_changed",
  "bus_changed",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface Child {
  readonly id: string;
  readonly stop: string;
  readonly school: string;
  readonly wheelchair: boolean;
  readonly collectors: readonly string[];
}

export interface Run {
  readonly id: string;
  readonly bus: string;
  readonly driver: string;
  readonly wheelchairPlaces: number;
  readonly arrivesAt: Date;
  readonly children: readonly Child[];
}

export interface RunEvent {
  readonly id: string;
  readonly kind: EventKind;
  readonly at: Date;
  readonly sequence: number;
  readonly child?: string;
  readonly to?: string;
  readonly driver?: string;
  readonly bus?: string;
  readonly wheelchairPlaces?: number;
}

export class InvalidEventError extends Error {
  override readonly name = "InvalidEventError";
}

export class PlacesExceededError extends Error {
  override readonly name = "PlacesExceededError";

  constructor(readonly children: readonly string[]) {
    super(`not enough wheelchair places for ${children.join(", ")}`);
  }
}

const CHILD_KINDS: ReadonlySet<EventKind> = new Set(["absent", "boarded", "not_at_stop", "handed_over"]);

/** Throws when the event does not fit the run. */
export function assertValid(run: Run, event: RunEvent): void {
  if (CHILD_KINDS.has(event.kind) && !run.children.some((child) => child.id === event.child)) {
    throw new InvalidEventError(`unknown child ${event.child ?? "(none)"}`);
  }
  if (event.kind === "handed_over" && !event.to) {
    throw new InvalidEventError("handed_over needs a recipient");
  }
  if (event.kind === "bus_changed" && (event.wheelchairPlaces === undefined || !event.bus)) {
    throw new InvalidEventError("bus_changed needs bus and wheelchairPlaces");
  }
}
