"""Forgetting a candidate: what was done about them goes, the links of the chain stay."""

from sqlalchemy import delete, select, update

from pipeline.audit_chain import candidate_key
from pipeline.desk.schema import payloads_table, runs_table, salts_table
from pipeline.desk.store import Store, storable


def erase_candidate(store: Store, opening: str, candidate: str, *, by: str) -> int:
    """Delete the payloads and the salt of a candidate of an opening, and note which events lost theirs.

    The event that notes it names nobody. Without it, a payload that is gone is a problem for `shortlist verify`.

    Returns:
        How many events told of the candidate.
    """
    payloads, salts, key = payloads_table, salts_table, candidate_key(candidate)
    with store.writing("erase a candidate") as connection:
        theirs = (payloads.c.opening == opening) & (payloads.c.candidate == key)
        events = list(connection.execute(select(payloads.c.seq).where(theirs).order_by(payloads.c.seq)).scalars())
        connection.execute(delete(payloads).where(theirs))
        connection.execute(delete(salts).where(salts.c.opening == opening, salts.c.candidate == key))
        shown = (runs_table.c.opening == opening) & (runs_table.c.current == storable(candidate))
        connection.execute(update(runs_table).where(shown).values(current=""))
        if events:
            store.chain.append_within(
                connection, "candidate.erased", actor=by, opening=opening, payload={"events": events}
            )
    store.database.empty_log()
    return len(events)
