"""Sends events of one locker to a service, late, twice and out of order."""

import json
import random
import sys
import urllib.request

EVENTS = ["parcel_in", "door_opened", "parcel_out", "heartbeat"]


def batch(seed: int, size: int) -> list[dict]:
    dice = random.Random(seed)
    events = [
        {
            "event_id": f"{seed}-{number}",
            "type": dice.choice(EVENTS),
            "compartment": dice.randint(1, 40),
            "locker_time": f"2026-02-03T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:00Z",
        }
        for number in range(size)
    ]
    repeated = dice.sample(events, size // 5)
    dice.shuffle(events)
    return events + repeated


def main(url: str) -> None:
    for seed in range(20):
        body = json.dumps(batch(seed, 30)).encode()
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            print(seed, answer.status)


if __name__ == "__main__":
    main(sys.argv[1])
