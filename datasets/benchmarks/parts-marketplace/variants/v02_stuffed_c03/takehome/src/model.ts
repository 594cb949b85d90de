export type Operation = "put" | "sold" | "withdraw";

export interface FeedEvent {
  yard: string;
  offer: string;
  seq: number;
  op: Operation;
  part?: string;
  oe?: string;
  donor?: string;
  price?: number;
}

export interface Hit {
  id: string;
  part: string;
  price: number;
  confidence: number;
}
