CREATE TABLE compartment (
    number  integer PRIMARY KEY,
    size    varchar(1) NOT NULL CHECK (size IN ('S', 'M', 'L')),
    parcel  varchar(64) UNIQUE
);

CREATE TABLE locker_event (
    event_id    varchar(64) PRIMARY KEY,
    type        varchar(20) NOT NULL,
    compartment integer NOT NULL REFERENCES compartment,
    locker_time timestamptz NOT NULL,
    received    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE reservation (
    parcel_id   varchar(64) PRIMARY KEY,
    compartment integer NOT NULL REFERENCES compartment,
    code        varchar(6) NOT NULL,
    until       timestamptz NOT NULL
);
