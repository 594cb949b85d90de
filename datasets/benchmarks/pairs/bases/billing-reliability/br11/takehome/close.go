package meterbox

import (
	"context"
	"database/sql"
)

// CloseMonth returns the id of the invoice of the tenant for the period.
func CloseMonth(ctx context.Context, db *sql.DB, tenant, period string) (int64, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()

	if _, err = tx.ExecContext(ctx, `select pg_advisory_xact_lock(hashtext($1))`, tenant); err != nil {
		return 0, err
	}
	var id int64
	err = tx.QueryRowContext(ctx, `select id from invoice where tenant=$1 and period=$2`, tenant, period).Scan(&id)
	if err == nil {
		return id, tx.Commit()
	}
	if err != sql.ErrNoRows {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `insert into invoice(tenant, period) values ($1,$2) returning id`, tenant, period).Scan(&id)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `
		insert into invoice_line(invoice, metric, qty, orig_period)
		select $1, metric, sum(qty), orig_period from usage
		where tenant=$2 and period=$3 group by metric, orig_period`, id, tenant, period)
	if err != nil {
		return 0, err
	}
	return id, tx.Commit()
}
