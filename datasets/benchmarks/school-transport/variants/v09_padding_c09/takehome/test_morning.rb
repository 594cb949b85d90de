# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "morning"

class MorningTest < Minitest::Test
  T = Time.parse("2026-03-09 06:40:00")

  def child(id, **more)
    { "id" => id, "stop_at" => T, "arrives_at" => T + 4200, "school" => "Heron", "collectors" => ["aunt"],
      "wheelchair" => false }.merge(more.transform_keys(&:to_s))
  end

  def setup
    @dir = Dir.mktmpdir
    @m = open_again
  end

  def open_again
    Morning.new(File.join(@dir, "m.db"), "r7" => [child("a"), child("b", wheelchair: true), child("c", wheelchair: true)])
  end

  def send_(id, kind, child, minute, clock: 0, source: "phone", **detail)
    at = T + minute * 60
    @m.receive({ "id" => id, "run" => "r7", "kind" => kind, "child" => child, "at" => (at + clock).to_s,
                 "source" => source, "detail" => detail.transform_keys(&:to_s) }, sent_at: at + clock + 5, now: at + 5)
  end

  def test_clock_nine_minutes_fast_does_not_change_the_order
    send_("2", "returned", "a", 3)
    send_("1", "boarded", "a", 1, clock: 540)
    assert_equal "home", @m.holder("r7", child("a")).first
  end

  def test_twice_is_once_also_after_a_restart
    assert send_("1", "boarded", "a", 1)
    @m = open_again
    refute send_("1", "boarded", "a", 1)
  end

  def test_stranger_needs_the_office
    send_("1", "boarded", "a", 1)
    assert_raises(Morning::Refused) { send_("2", "handed_over", "a", 70, to: "uncle") }
    assert send_("3", "handed_over", "a", 71, to: "uncle", approved_by: "Lena, office")
  end

  def test_nobody_pressed_anything
    lines = []
    2.times { @m.tell_office("r7", now: T + 11 * 60) { |line| lines << line } }
    assert_equal 3, lines.size
    assert_includes lines, "a: last with home, not confirmed"
  end

  def test_smaller_bus_gives_the_second_wheelchair_to_the_office
    send_("1", "bus_changed", nil, 0, source: "office", wheelchair_places: 1)
    assert_equal([["c", "office"]], @m.overdue("r7", now: T + 60))
  end

  def test_checked_before_the_last_child_left_is_not_closed
    %w[a b c].each_with_index { |c, i| send_("b#{i}", "boarded", c, i) }
    %w[a b].each_with_index { |c, i| send_("h#{i}", "handed_over", c, 60 + i, to: "Heron") }
    send_("k", "bus_checked", nil, 64)
    refute @m.closed?("r7")
    send_("h2", "handed_over", "c", 65, to: "Heron")
    refute @m.closed?("r7")
    send_("k2", "bus_checked", nil, 66)
    assert @m.closed?("r7")
  end
end
