-- What is behind each door, calculated from events only. See D2.
CREATE VIEW door_state AS
SELECT d.door,
       d.size,
       coalesce(last.type, 'parcel_out') = 'parcel_in' AS occupied,
       EXISTS (SELECT 1 FROM clock_jumps j
                WHERE j.door = d.door
                  AND j.at > coalesce(last.corrected_time, 0)) AS uncertain
  FROM doors d
  LEFT JOIN (
       SELECT door, type, corrected_time,
              row_number() OVER (PARTITION BY door ORDER BY corrected_time DESC, event_id DESC) AS n
         FROM events
        WHERE type IN ('parcel_in', 'parcel_out')
  ) last ON last.door = d.door AND last.n = 1;

-- Same parcel again = same door. UNIQUE, because two carriers' servers asked in the same millisecond in my test.
CREATE TABLE reservations (
    parcel TEXT PRIMARY KEY,
    door   INTEGER NOT NULL REFERENCES doors(door),
    code   TEXT NOT NULL,
    open   INTEGER CHECK (open = 1),   -- NULL when closed, so UNIQUE below looks at open ones only
    UNIQUE (door, open)
);
