import unittest

from index import LiveIndex, TooSmall
from offers import Offer, Offers, Refused, parse

PUT = '{"yard":"Y1","offer":7,"seq":%d,"op":"put","part":"Alternator","oe":"06F-903 023","price":%s}'


def put(seq, no="7"):
    return Offer("Y1", no, seq, True, "alternator", "06F903023", "K1", 8500)


class Feed(unittest.TestCase):
    def test_late_put_does_not_bring_back_a_sold_part(self):
        s = Offers(":memory:")
        self.assertTrue(s.apply(put(1)))
        self.assertTrue(s.apply(Offer("Y1", "7", 3, False)))
        self.assertFalse(s.apply(put(2)))
        self.assertFalse(next(s.all()).live)

    def test_sold_before_put(self):
        s = Offers(":memory:")
        s.apply(Offer("Y1", "7", 2, False))
        self.assertFalse(s.apply(put(1)))

    def test_repeat_changes_nothing(self):
        s = Offers(":memory:")
        s.apply(put(1))
        self.assertFalse(s.apply(put(1)))

    def test_price_in_euros_as_text_is_refused(self):
        for bad in ('"85,00"', "0", "-5", "null", "99000000"):
            with self.assertRaises(Refused):
                parse(PUT % (1, bad))
        self.assertEqual(parse(PUT % (1, 8500)).oe, "06F903023")


class Rebuild(unittest.TestCase):
    def test_sold_during_rebuild_stays_sold(self):
        x = LiveIndex()
        x.put(put(1))

        def rows():                                   # the row is read live, the sale arrives, then the row is added
            x.put(Offer("Y1", "7", 2, False))
            yield put(1)
        x.rebuild(rows(), force=True)
        self.assertEqual(x.find("alternator"), [])

    def test_half_empty_rebuild_keeps_the_old_index(self):
        x = LiveIndex()
        for n in range(100):
            x.put(put(1, str(n)))
        with self.assertRaises(TooSmall):
            x.rebuild([put(1, "0")])
        self.assertEqual(len(x.find("alternator")), 100)

    def test_dead_store_leaves_the_old_index_and_allows_another_try(self):
        x = LiveIndex()
        x.put(put(1))

        def rows():
            yield put(1)
            raise OSError("disk")
        with self.assertRaises(OSError):
            x.rebuild(rows())
        self.assertEqual(len(x.find("alternator")), 1)
        self.assertEqual(x.rebuild([put(1)]), 1)
