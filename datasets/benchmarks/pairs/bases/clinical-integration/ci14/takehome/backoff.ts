const STEPS_MS = [5_000, 30_000, 120_000, 600_000];

export function nextDelay(attempt: number): number | "dead" {
  const step = STEPS_MS[attempt - 1];
  return step === undefined ? "dead" : step;
}

export function isPermanent(code: string): boolean {
  return code === "AR" || code === "CR";
}
