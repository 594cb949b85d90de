#!/bin/bash
# schema, lists, then feed line by line; each line own transaction
set -e
psql -q parts -f schema.sql -f ingest.sql
for s in A:fits_catalogue X:fits_cross; do
  tail -n +2 starter/${s#*:}.csv | tr -d '\r' | awk -F, -v s=${s%%:*} '{gsub(/[^A-Za-z0-9]/,"",$1); print toupper($1)","$2","s}' \
    | sort -u | psql -q parts -c "copy fit from stdin csv"
done
tail -n +1 -f starter/events.jsonl | perl -ne 'chomp; s/\x27/\x27\x27/g; print "select take(\x27$_\x27);\n"' | psql -qtA parts | sort | uniq -c
