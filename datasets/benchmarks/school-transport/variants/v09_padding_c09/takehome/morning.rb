# frozen_string_literal: true

require "json"
require "sqlite3"
require "time"

# One morning = one file. A child is always with somebody; see README.
class Morning
  GRACE = { "home" => 10 * 60, "bus" => 15 * 60, "office" => 0 }.freeze
  REFUSE = "A person who is not on the list takes no child over without the voice of the office."

  Refused = Class.new(StandardError)

  def initialize(path, plan)
    @plan = plan # {run => [{id:, stop_at:, arrives_at:, school:, collectors: [], wheelchair:}]}
    @db = SQLite3::Database.new(path)
    @db.execute("pragma journal_mode = wal")
    @db.execute("pragma synchronous = full")
    @db.execute_batch(<<~SQL)
      create table if not exists event (
        id text primary key, run text not null, child text, kind text not null,
        at integer not null, source text not null, detail text not null);
      create table if not exists told (child text not null, holder text not null, primary key (child, holder));
    SQL
  end

  # sent_at is the phone's clock when it sends; the difference to ours corrects the clock of the event.
  def receive(event, sent_at:, now: Time.now)
    refuse_stranger(event)
    at = Time.parse(event["at"]) + (now - sent_at)
    @db.execute(
      "insert into event values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing",
      [event["id"], event["run"], event["child"], event["kind"], at.to_i, event["source"], JSON.dump(event["detail"] || {})]
    )
    @db.changes == 1
  end

  # [holder, since], from the last event that moved the child.
  def holder(run, child)
    rows = @db.execute(<<~SQL, [run, child["id"]])
      select kind, at, detail from event where run = ? and (child = ? or kind = 'bus_changed')
      order by at, source = 'phone'
    SQL
    rows.reduce(["home", child["stop_at"].to_i]) do |(who, since), (kind, at, detail)|
      detail = JSON.parse(detail)
      case kind
      when "boarded" then ["bus", child["arrives_at"].to_i]
      when "handed_over" then [detail.fetch("to"), nil]
      when "absent" then who == "bus" ? [who, since] : ["parent", nil]
      when "returned" then ["home", at]
      when "not_at_stop" then ["office", at]
      when "bus_changed" then displaced?(run, child, detail) && who == "home" ? ["office", at] : [who, since]
      else [who, since]
      end
    end
  end

  def overdue(run, now: Time.now)
    @plan.fetch(run).filter_map do |child|
      who, since = holder(run, child)
      [child["id"], who] if GRACE.key?(who) && now.to_i > since + GRACE[who]
    end
  end

  # Sent first, written after: a line told twice is better than a line never told.
  def tell_office(run, now: Time.now)
    overdue(run, now:).each do |child, who|
      next if @db.get_first_value("select 1 from told where child = ? and holder = ?", [child, who])

      yield "#{child}: last with #{who}, not confirmed"
      @db.execute("insert or ignore into told values (?, ?)", [child, who])
    end
  end

  def closed?(run)
    checked = @db.get_first_value("select max(at) from event where run = ? and kind = 'bus_checked'", [run])
    left = @db.get_first_value("select max(at) from event where run = ? and kind = 'handed_over'", [run])
    return false unless checked && (left.nil? || checked >= left)

    @plan.fetch(run).none? { |child| GRACE.key?(holder(run, child).first) }
  end

  private

  def refuse_stranger(event)
    return unless event["kind"] == "handed_over"

    child = @plan.fetch(event["run"]).find { |c| c["id"] == event["child"] } or return
    to = event.dig("detail", "to")
    return if to == child["school"] || child["collectors"].include?(to) || event.dig("detail", "approved_by")

    raise Refused, "#{event["child"]} to #{to}. #{REFUSE}"
  end

  def displaced?(run, child, detail)
    wheels = @plan.fetch(run).select { |c| c["wheelchair"] }
    child["wheelchair"] && wheels.index(child) >= detail.fetch("wheelchair_places")
  end
end
