CREATE TABLE compartments (
    number    smallint PRIMARY KEY,
    size      char(1)  NOT NULL CHECK (size IN ('S', 'M', 'L')),
    state     text     NOT NULL DEFAULT 'free',
    inferred  boolean  NOT NULL DEFAULT false,
    last_seq  bigint
);

CREATE TABLE reservations (
    parcel_id   text PRIMARY KEY,   -- a carrier that asks again gets the same door
    compartment smallint NOT NULL REFERENCES compartments,
    expires_at  timestamptz NOT NULL,
    released_at timestamptz
);

-- The rule that two requests cannot both win lives here and not in the service.
CREATE UNIQUE INDEX one_open_reservation ON reservations (compartment) WHERE released_at IS NULL;

CREATE TABLE events (
    event_id    text PRIMARY KEY,
    type        text NOT NULL,
    compartment smallint NOT NULL,
    locker_time timestamptz NOT NULL,
    arrived_at  timestamptz NOT NULL DEFAULT now(),
    seq         bigint
);
