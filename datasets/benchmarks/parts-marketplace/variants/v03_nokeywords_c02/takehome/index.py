import threading
from typing import Iterable

from offers import Offer


class Shelf:
    """Posting sets by word. Dead offers keep their seq and nothing else."""

    def __init__(self) -> None:
        self.seq: dict[tuple, int] = {}
        self.offer: dict[tuple, Offer] = {}
        self.words: dict[str, set] = {}

    def put(self, o: Offer) -> None:
        key = (o.yard, o.no)
        if o.seq <= self.seq.get(key, -1):
            return
        self.seq[key] = o.seq
        old = self.offer.pop(key, None)
        if old:
            for w in (*old.part.split(), old.oe):
                self.words[w].discard(key)
        if o.live:
            self.offer[key] = o
            for w in (*o.part.split(), o.oe):
                self.words.setdefault(w, set()).add(key)

    def find(self, text: str) -> list[Offer]:
        sets = sorted((self.words.get(w, set()) for w in text.lower().split()), key=len)
        keys = set.intersection(*sets) if sets else set()
        return sorted((self.offer[k] for k in keys), key=lambda o: (o.cents, o.yard, o.no))


class TooSmall(RuntimeError):
    pass


class LiveIndex:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now, self.next = Shelf(), None

    def put(self, o: Offer) -> None:
        with self.lock:
            self.now.put(o)
            if self.next is not None:
                self.next.put(o)

    def find(self, text: str) -> list[Offer]:
        with self.lock:
            return self.now.find(text)

    def rebuild(self, rows: Iterable[Offer], force: bool = False) -> int:
        with self.lock:
            if self.next is not None:
                raise RuntimeError("a rebuild is running")
            self.next = fresh = Shelf()
        try:
            for o in rows:              # one lock per row: a search never waits for more than one put
                with self.lock:
                    fresh.put(o)
            with self.lock:
                if not force and len(fresh.offer) < 0.95 * len(self.now.offer):
                    raise TooSmall(f"{len(fresh.offer)} offers, {len(self.now.offer)} before")
                self.now = fresh
                return len(fresh.offer)
        finally:
            with self.lock:
                self.next = None
