create function take(line text) returns text language plpgsql as $$
declare e jsonb; y yard; is_live boolean; why text; o text; n bigint; ep int;
begin
  begin
    e := line::jsonb;
    is_live := e->>'op' = 'put';
    n := (e->>'seq')::bigint;
    o := upper(regexp_replace(coalesce(e->>'oe', ''), '[^A-Za-z0-9]', '', 'g'));
    if e->>'yard' is null or e->>'offer' is null or n is null or e->>'op' is null
       or e->>'op' not in ('put', 'sold', 'withdraw') then why := 'field';
    elsif is_live and (jsonb_typeof(e->'price') is distinct from 'number' or (e->>'price')::numeric not between 1 and 4999999
       or coalesce(e->>'part', '') = '') then why := 'price or part';
    end if;
  exception when others then why := 'not json';
  end;
  if why is not null then
    insert into refused values (why, 1) on conflict on constraint refused_pkey do update set n = refused.n + 1;
    return why;
  end if;

  insert into yard (id) values (e->>'yard') on conflict do nothing;
  select * into y from yard where id = e->>'yard' for update;     -- one yard = one queue, other yards do not wait
  if n < y.max_seq / 2 then
    update yard set low_run = low_run + 1 where id = y.id returning low_run into y.low_run;
    if y.low_run >= 50 then
      if is_live then
        insert into quarantine (yard, line, why) values (y.id, e, 'counter reset?');
        return 'quarantine';
      end if;
      ep := y.epoch + 1;                                          -- sold of new life is believed at once, NOTES 2
    end if;
  else
    update yard set low_run = 0, max_seq = greatest(max_seq, n) where id = y.id;
  end if;
  ep := coalesce(ep, y.epoch);

  insert into offer as k (yard, no, epoch, seq, live, part, oe, donor, cents)
  values (y.id, e->>'offer', ep, n, is_live, case when is_live then lower(e->>'part') end, o, e->>'donor',
          case when is_live then (e->>'price')::int end)
  on conflict (yard, no) do update
    set epoch = excluded.epoch, seq = excluded.seq, live = excluded.live, part = excluded.part,
        oe = excluded.oe, donor = excluded.donor, cents = excluded.cents, arrived = clock_timestamp()
    where (excluded.epoch, excluded.seq) > (k.epoch, k.seq);
  return case when found then 'ok' else 'old' end;
end $$;
