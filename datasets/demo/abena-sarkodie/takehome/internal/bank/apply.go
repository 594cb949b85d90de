package bank

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Event is what the locker reports. Seq is nil from firmware that does not count yet.
type Event struct {
	ID          string    `json:"event_id"`
	Type        string    `json:"type"`
	Compartment int       `json:"compartment"`
	LockerTime  time.Time `json:"locker_time"`
	Seq         *int64    `json:"seq,omitempty"`
}

var errUnknownType = errors.New("unknown event type")

// Apply stores a batch and moves the compartments, all in one transaction.
//
// The events and their effect must not be two commits: when the process died between them the
// locker was told nothing, sent again, and the repeat was dropped as known although it had had no
// effect.
func (s *Store) Apply(ctx context.Context, batch []Event) (applied int, err error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	for _, event := range batch {
		fresh, err := s.insertEvent(ctx, tx, event)
		if err != nil {
			return 0, err
		}
		if !fresh {
			continue // seen before; its effect is already there
		}
		if err := s.move(ctx, tx, event); err != nil {
			return 0, err
		}
		applied++
	}
	return applied, tx.Commit()
}

func (s *Store) insertEvent(ctx context.Context, tx *sql.Tx, e Event) (bool, error) {
	result, err := tx.ExecContext(ctx,
		`INSERT INTO events (event_id, type, compartment, locker_time, seq)
		 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event_id) DO NOTHING`,
		e.ID, e.Type, e.Compartment, e.LockerTime, e.Seq)
	if err != nil {
		return false, fmt.Errorf("store event %q: %w", e.ID, err)
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}

func (s *Store) move(ctx context.Context, tx *sql.Tx, e Event) error {
	current, err := s.lockCompartment(ctx, tx, e.Compartment)
	if err != nil {
		return err
	}
	if e.Seq != nil && current.LastSeq != nil && *e.Seq <= *current.LastSeq {
		return nil // late: what came after it has been applied
	}
	switch e.Type {
	case "parcel_in":
		if current.State == Occupied {
			// Two parcels in without one out between them. We cannot know which door is wrong,
			// so we stop using this one rather than guess.
			return s.openConflict(ctx, tx, e, "parcel_in while occupied")
		}
		return s.setState(ctx, tx, e, Occupied)
	case "parcel_out":
		return s.setState(ctx, tx, e, Free)
	case "door_opened", "heartbeat":
		return s.touch(ctx, tx, e)
	}
	return fmt.Errorf("event %q: %w", e.ID, errUnknownType)
}
