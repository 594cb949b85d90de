import json
import signal
import subprocess
import sys
import time
import unittest
import urllib.error

from tests.tools import doors, events_in_db, post, start_service


class Broken(unittest.TestCase):
    def test_same_pack_twice_is_one_pack(self):
        pack = [parcel_in("a", 3, 100), parcel_out("b", 3, 200)]
        for _ in range(2):
            post("/events", pack)
        self.assertEqual(events_in_db(), 2)
        self.assertFalse(doors()[3]["occupied"])

    def test_reversed_pack_gives_same_doors(self):
        pack = [parcel_in("a", 3, 100), parcel_out("b", 3, 200), parcel_in("c", 4, 300)]
        post("/events", list(reversed(pack)))
        self.assertEqual({n for n, door in doors().items() if door["occupied"]}, {4})

    def test_kill_in_the_middle_loses_nothing(self):
        for number in range(50):
            service = start_service()
            subprocess.Popen([sys.executable, "-m", "tests.sender", str(number)])
            time.sleep(0.01 + number * 0.004)
            service.send_signal(signal.SIGKILL)
            service.wait()
            start_service()
            post("/events", json.load(open(f"/tmp/pack-{number}.json")))
        self.assertEqual(events_in_db(), 50 * 30)

    def test_door_after_clock_jump_is_not_given_away(self):
        post("/events", [parcel_in("a", 3, 100), parcel_out("b", 3, 90_000)])
        with self.assertRaises(urllib.error.HTTPError) as raised:
            post("/reservations", {"parcel_id": "p", "size": "S"})
        self.assertEqual(raised.exception.code, 409)


def parcel_in(event_id, door, at):
    return {"event_id": event_id, "type": "parcel_in", "compartment": door, "locker_time": at}


def parcel_out(event_id, door, at):
    return {"event_id": event_id, "type": "parcel_out", "compartment": door, "locker_time": at}
