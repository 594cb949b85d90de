#!/bin/bash
dropdb --if-exists parts_t; createdb parts_t; psql -q parts_t -f schema.sql -f ingest.sql
q() { psql -qtA parts_t -c "$1"; }
is() { r=$(q "$2"); [ "$r" == "$3" ] && echo "ok $1" || { echo "BAD $1: $r"; bad=1; }; }
put() { q "select take('{\"yard\":\"Y1\",\"offer\":$1,\"seq\":$2,\"op\":\"put\",\"part\":\"Anlasser links\",\"oe\":\"A-1 2\",\"donor\":\"K9\",\"price\":${3:-900}}')" >/dev/null; }
sold() { q "select take('{\"yard\":\"Y1\",\"offer\":$1,\"seq\":$2,\"op\":\"sold\"}')" >/dev/null; }
n="select count(*) from find('anlasser', 'K9')"

put 1 10;            is "found"                 "$n" 1
put 1 10;            is "double"                "$n" 1
sold 1 12; put 1 11; is "late put stays sold"   "$n" 0
sold 2 20; put 2 19; is "sold before put"       "$n" 0
put 3 21 '"9,00"';   is "text price refused"    "select n from refused" 1
put 4 400;           is "again one"             "$n" 1
for i in $(seq 1 60); do put $((100+i)) $i; done
                     is "reset: puts wait"      "select count(*) > 0 from quarantine" t
sold 4 70;           is "reset: sold counts"    "select ($n) = (select count(*) from search)" t
                     is "4 is hidden"           "select live from offer where no = '4'" f

# swap with feed running and one long select in front
( for i in $(seq 500 560); do put $i $i; sold $i $((i+500)); done ) &
( q "select count(*), pg_sleep(3) from search" >/dev/null ) &
psql -q parts_t -f swap.sql; wait
is "no ghost after swap" "select count(*) from search s join offer o using (yard, no) where not o.live" 0
is "none missing"        "select count(*) from offer o left join search s using (yard, no) where o.live and s.no is null" 0
exit ${bad:-0}
