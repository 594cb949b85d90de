import unittest

from anlage import ereignis_annehmen
from hilfen import leere_anlage, zustand


class Annahme(unittest.TestCase):
    def test_doppeltes_ereignis_wirkt_einmal(self):
        db = leere_anlage()
        ereignis = {"event_id": "a", "type": "parcel_in", "compartment": 3, "seq": 1}
        self.assertTrue(ereignis_annehmen(db, ereignis))
        self.assertFalse(ereignis_annehmen(db, ereignis))

    def test_verspaetetes_ereignis_ueberholt_nicht(self):
        db = leere_anlage()
        ereignis_annehmen(db, {"event_id": "b", "type": "parcel_out", "compartment": 3, "seq": 2})
        ereignis_annehmen(db, {"event_id": "a", "type": "parcel_in", "compartment": 3, "seq": 1})
        self.assertEqual(zustand(db, 3), "frei")
