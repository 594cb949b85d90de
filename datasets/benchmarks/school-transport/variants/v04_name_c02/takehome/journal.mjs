import { openSync, readFileSync, ftruncateSync, writeSync, fsyncSync, closeSync, existsSync } from "node:fs";

/** One line, one event. Half line at the end (crash) is cut away before anything new is written. */
export class Journal {
  constructor(path) {
    const raw = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = raw.lastIndexOf(10) + 1; // in bytes and not characters, Czech names
    this.fd = openSync(path, "a+");
    if (whole < raw.length) ftruncateSync(this.fd, whole);
    this.events = raw.subarray(0, whole).toString("utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  append(event) {
    writeSync(this.fd, JSON.stringify(event) + "\n");
    fsyncSync(this.fd); // phone gets OK only after this, else it forgets the event and we do not have it
    this.events.push(event);
  }

  close() {
    closeSync(this.fd);
  }
}
