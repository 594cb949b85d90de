create table offer (
  yard text not null, no text not null,
  epoch int not null default 0, seq bigint not null,
  live boolean not null,
  part text, oe text, donor text,
  cents int check (cents > 0 and cents < 5000000),
  arrived timestamptz not null default clock_timestamp(),
  primary key (yard, no),
  check (not live or (part is not null and cents is not null))
);
create table yard (id text primary key, epoch int not null default 0, max_seq bigint not null default 0, low_run int not null default 0);
create table quarantine (yard text, line jsonb, why text, arrived timestamptz default clock_timestamp());
create table refused (why text primary key, n bigint not null);
create table fit (oe text, vehicle text, source char(1) check (source in ('A','X')), primary key (oe, vehicle, source));

create table search (
  yard text, no text, cents int not null, oe text, donor text, words tsvector not null,
  primary key (yard, no)
);
create index search_words on search using gin (words);
create index search_oe on search (oe);

-- one answer for (oe, donor, vehicle). A knows number -> A decides, also when it says nothing for this vehicle.
create function verdict(p_oe text, p_donor text, p_vehicle text) returns text language sql stable as $$
  select case
    when exists (select 1 from fit where oe = p_oe and source = 'A')
      then (select 'fits' from fit where oe = p_oe and source = 'A' and vehicle = p_vehicle)
    when exists (select 1 from fit where oe = p_oe and source = 'X')
      then (select 'fits' from fit where oe = p_oe and source = 'X' and vehicle = p_vehicle)
    when p_donor = p_vehicle then 'ask seller'
  end
$$;

create function find(q text, p_vehicle text) returns table (yard text, no text, cents int, fit text) language sql stable as $$
  select s.yard, s.no, s.cents, v.fit
  from search s cross join lateral (select verdict(s.oe, s.donor, p_vehicle) as fit) v
  where s.words @@ plainto_tsquery('simple', q) and v.fit is not null
  order by v.fit desc, s.cents limit 50
$$;

-- in same transaction as the offer: search can not be older than offer. costs 0.4 ms for a line, feed is 90 line/s max.
create function to_search() returns trigger language plpgsql as $$
declare t text;
begin
  foreach t in array array['search', 'search_new', 'search_old'] loop
    if to_regclass(t) is null then continue; end if;
    if new.live then
      execute format('insert into %I values ($1,$2,$3,$4,$5,to_tsvector(''simple'', $6))
        on conflict (yard, no) do update set cents = excluded.cents, oe = excluded.oe,
        donor = excluded.donor, words = excluded.words', t)
        using new.yard, new.no, new.cents, new.oe, new.donor, new.part || ' ' || coalesce(new.oe, '');
    else
      execute format('delete from %I where yard = $1 and no = $2', t) using new.yard, new.no;
    end if;
  end loop;
  return null;
end $$;
create trigger offer_search after insert or update on offer for each row execute function to_search();

create view watch as
  select (select extract(epoch from clock_timestamp() - max(arrived))::int from offer) as age_s,
         (select count(*) from quarantine) as quarantine,
         (select coalesce(sum(n), 0) from refused) as refused;
