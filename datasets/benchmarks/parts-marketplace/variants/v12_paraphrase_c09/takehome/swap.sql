-- rebuild with open site.  psql -f swap.sql parts
drop table if exists search_old;
create table search_new (like search including all);       -- from this moment trigger fills it
do $$
declare k record; last_y text := ''; last_n text := ''; c int;
begin
  loop
    c := 0;
    -- "for share": a sold that comes now waits until my row is in, then its delete finds it.
    -- without: copy reads live, sold deletes nothing in new, copy inserts. I got 3 ghosts of 4 mil.
    for k in select * from offer where (yard, no) > (last_y, last_n) order by yard, no limit 5000 for share loop
      c := c + 1; last_y := k.yard; last_n := k.no;
      if k.live then
        insert into search_new values (k.yard, k.no, k.cents, k.oe, k.donor,
          to_tsvector('simple', k.part || ' ' || coalesce(k.oe, ''))) on conflict do nothing;
      end if;
    end loop;
    commit;
    exit when c = 0;
  end loop;
end $$;
do $$
declare a bigint; b bigint;
begin
  select count(*) into a from search_new; select count(*) into b from offer where live;
  if abs(a - b) > 200 then raise exception 'new % live %, I do not change', a, b; end if;   -- 200: lines in flight
  for i in 1..10 loop
    begin
      set local lock_timeout = '500ms';
      lock table search, search_new in access exclusive mode;
      alter table search rename to search_old;
      alter table search_new rename to search;
      return;
    exception when lock_not_available then perform pg_sleep(1);
    end;
  end loop;
  raise exception 'long select in front, try later';
end $$;
-- back: begin; alter table search rename to search_new; alter table search_old rename to search; commit;
