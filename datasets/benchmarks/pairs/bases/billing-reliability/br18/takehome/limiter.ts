export interface Decision {
  allowed: boolean;
  retryAfter: number;
}

interface Window {
  startedAt: number;
  count: number;
}

export class Limiter {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {}

  hit(tenant: string): Decision {
    const t = this.now();
    const w = this.windows.get(tenant);
    if (!w || t - w.startedAt >= 60_000) {
      this.windows.set(tenant, { startedAt: t, count: 1 });
      return { allowed: true, retryAfter: 0 };
    }
    if (w.count >= this.limit) {
      return { allowed: false, retryAfter: Math.ceil((w.startedAt + 60_000 - t) / 1000) };
    }
    w.count += 1;
    return { allowed: true, retryAfter: 0 };
  }
}
