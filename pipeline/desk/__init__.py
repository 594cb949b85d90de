"""The desk: what people do with screenings, kept in the ledger's database."""
