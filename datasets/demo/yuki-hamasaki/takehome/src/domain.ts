export type Size = "S" | "M" | "L";

export type CompartmentState = "free" | "reserved" | "occupied";

export interface Compartment {
  readonly number: number;
  readonly size: Size;
  readonly state: CompartmentState;
}

export interface Reservation {
  readonly parcelId: string;
  readonly compartment: number;
  readonly code: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
