import { assertValid, PlacesExceededError, type Child, type Run, type RunEvent } from "./domain.js";
import { project, type Status } from "./projection.js";

export interface EventStore {
  /** Resolves to false when the id is already stored. */
  append(runId: string, event: RunEvent): Promise<boolean>;
  read(runId: string): Promise<readonly RunEvent[]>;
}

export interface OpenChild {
  readonly child: Child;
  readonly status: Status;
}

const SETTLED: ReadonlySet<Status> = new Set(["absent", "handed_over"]);
const GRACE_MS = 10 * 60_000;

export class MorningService {
  constructor(
    private readonly runs: ReadonlyMap<string, Run>,
    private readonly store: EventStore,
  ) {}

  async record(runId: string, event: RunEvent): Promise<"accepted" | "known"> {
    const run = this.run(runId);
    assertValid(run, event);
    if (event.kind === "bus_changed") {
      const seated = (await this.roster(runId)).filter((child) => child.wheelchair);
      if (seated.length > (event.wheelchairPlaces ?? 0)) {
        throw new PlacesExceededError(seated.map((child) => child.id));
      }
    }
    return (await this.store.append(runId, event)) ? "accepted" : "known";
  }

  async roster(runId: string): Promise<Child[]> {
    const run = this.run(runId);
    const { status } = project(run, await this.store.read(runId));
    return run.children.filter((child) => status.get(child.id) !== "absent");
  }

  async open(runId: string, now: Date): Promise<OpenChild[]> {
    const run = this.run(runId);
    if (now.getTime() < run.arrivesAt.getTime() + GRACE_MS) return [];
    const { status } = project(run, await this.store.read(runId));
    return run.children
      .map((child) => ({ child, status: status.get(child.id) ?? "expected" }))
      .filter((entry) => !SETTLED.has(entry.status));
  }

  private run(runId: string): Run {
    const run = this.runs.get(runId);
    if (!run) throw new RangeError(`unknown run ${runId}`);
    return run;
  }
}
