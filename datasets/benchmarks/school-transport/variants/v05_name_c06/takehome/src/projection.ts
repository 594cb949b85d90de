import type { Child, Run, RunEvent } from "./domain.js";

export type Status = "expected" | "absent" | "not_at_stop" | "boarded" | "handed_over" | "recipient_unknown";

export interface RunState {
  readonly bus: string;
  readonly driver: string;
  readonly wheelchairPlaces: number;
  readonly checked: boolean;
  readonly status: ReadonlyMap<string, Status>;
}

/** Returns the state of a run after the given events, in any order of arrival. */
export function project(run: Run, events: Iterable<RunEvent>): RunState {
  const ordered = [...events].sort((a, b) => a.sequence - b.sequence);
  const status = new Map<string, Status>(run.children.map((child) => [child.id, "expected"]));
  let { bus, driver, wheelchairPlaces } = run;
  let checked = false;
  for (const event of ordered) {
    const child = run.children.find((candidate) => candidate.id === event.child);
    switch (event.kind) {
      case "absent":
        if (child && status.get(child.id) === "expected") status.set(child.id, "absent");
        break;
      case "boarded":
      case "not_at_stop":
        if (child) status.set(child.id, event.kind);
        break;
      case "handed_over":
        if (child) status.set(child.id, mayTake(child, event.to) ? "handed_over" : "recipient_unknown");
        break;
      case "bus_checked":
        checked = true;
        break;
      case "driver_changed":
        driver = event.driver ?? driver;
        break;
      case "bus_changed":
        bus = event.bus ?? bus;
        wheelchairPlaces = event.wheelchairPlaces ?? wheelchairPlaces;
        break;
    }
  }
  return { bus, driver, wheelchairPlaces, checked, status };
}

export function mayTake(child: Child, recipient: string | undefined): boolean {
  return recipient === child.school || (recipient !== undefined && child.collectors.includes(recipient));
}
