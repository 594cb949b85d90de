use lockerbank::{batch, Door, Ledger};

#[test]
fn a_log_cut_at_any_byte_opens_with_a_prefix_of_the_batches() {
    let whole = written_log(20);
    for length in 0..whole.len() {
        let path = copy_of(&whole[..length]);
        let ledger = Ledger::open(&path).expect("a torn end is no error");
        assert!(is_prefix(ledger.event_ids(), 20), "cut at {length}");
    }
}

#[test]
fn a_flipped_byte_in_the_middle_refuses_to_start() {
    let mut whole = written_log(20);
    let middle = whole.len() / 2;
    whole[middle] ^= 0x40;
    assert!(Ledger::open(&copy_of(&whole)).is_err());
}

#[test]
fn the_same_batch_twice_and_backwards_changes_nothing() {
    let mut ledger = Ledger::open(&empty()).unwrap();
    let mut events = batch(30);
    ledger.take_in(&events).unwrap();
    let before = ledger.doors();
    events.reverse();
    assert_eq!(ledger.take_in(&events).unwrap(), 0);
    assert_eq!(ledger.doors(), before);
}

#[test]
fn a_second_parcel_behind_one_door_is_a_doubt_and_not_a_guess() {
    let mut ledger = Ledger::open(&empty()).unwrap();
    ledger.take_in(&[parcel_in("a", 4), parcel_in("b", 4)]).unwrap();
    assert_eq!(ledger.door(4), Door::Doubtful);
}
