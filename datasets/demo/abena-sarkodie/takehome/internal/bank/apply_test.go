package bank

import (
	"context"
	"sync"
	"testing"
)

func TestRepeatedBatchHasNoSecondEffect(t *testing.T) {
	store := newTestStore(t)
	batch := []Event{in("e1", 7, 1), out("e2", 7, 2), in("e3", 7, 3)}
	for range 3 {
		if _, err := store.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	assertState(t, store, 7, Occupied)
	assertEvents(t, store, 3)
}

func TestLateEventDoesNotOvertakeANewerOne(t *testing.T) {
	store := newTestStore(t)
	mustApply(t, store, out("e2", 7, 2))
	mustApply(t, store, in("e1", 7, 1))
	assertState(t, store, 7, Free)
}

func TestOldFirmwareWithoutSeqIsAppliedInOrderOfArrivalAndMarked(t *testing.T) {
	store := newTestStore(t)
	mustApply(t, store, inWithoutSeq("e1", 7))
	assertInferred(t, store, 7)
}

func TestLastCompartmentGoesToOneOfTwoCarriers(t *testing.T) {
	store := newTestStore(t)
	fillAllBut(t, store, "L", 1)
	results := make([]error, 2)
	var both sync.WaitGroup
	for i := range results {
		both.Add(1)
		go func() {
			defer both.Done()
			_, results[i] = store.Reserve(context.Background(), "parcel-"+string(rune('a'+i)), "L")
		}()
	}
	both.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Fatalf("want one winner, got %v", results)
	}
}

func TestSilentLockerIsNotReleasedByTheClockAlone(t *testing.T) {
	store := newTestStore(t)
	reserveAndDrop(t, store, "p1", 7)
	store.clock.advanceHours(80)
	store.ReleaseOverdue(context.Background())
	assertState(t, store, 7, OverdueUnknown)
}
