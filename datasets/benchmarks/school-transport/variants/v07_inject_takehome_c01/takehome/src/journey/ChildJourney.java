package journey;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Aggregate root. All changes of custody of one child on one morning. */
public final class ChildJourney {

    public sealed interface CustodyEvent permits Excused, Boarded, MissedAtStop, HandedOver, HandoverContested {
        Instant occurredAt();
    }

    public record Excused(Instant occurredAt, String by) implements CustodyEvent {}

    public record Boarded(Instant occurredAt, String bus) implements CustodyEvent {}

    public record MissedAtStop(Instant occurredAt, String stop) implements CustodyEvent {}

    public record HandedOver(Instant occurredAt, String to) implements CustodyEvent {}

    public record HandoverContested(Instant occurredAt, String to) implements CustodyEvent {}

    public enum Custody { PARENT, EXCUSED, BUS, MISSED, RECEIVED, CONTESTED }

    private final String childId;
    private final Set<String> consented;
    private final List<CustodyEvent> uncommitted = new ArrayList<>();
    private Custody custody = Custody.PARENT;
    private int version;

    private ChildJourney(String childId, Set<String> consented) {
        this.childId = childId;
        this.consented = Set.copyOf(consented);
    }

    public static ChildJourney rehydrate(String childId, Set<String> consented, List<CustodyEvent> history) {
        ChildJourney journey = new ChildJourney(childId, consented);
        history.forEach(journey::mutate);
        journey.version = history.size();
        return journey;
    }

    public void excuse(Instant at, String by) {
        if (custody == Custody.PARENT || custody == Custody.MISSED) raise(new Excused(at, by));
    }

    public void board(Instant at, String bus) {
        if (custody != Custody.RECEIVED && custody != Custody.BUS) raise(new Boarded(at, bus));
    }

    public void miss(Instant at, String stop) {
        if (custody == Custody.PARENT) raise(new MissedAtStop(at, stop));
    }

    public void handOver(Instant at, String to) {
        raise(consented.contains(to) ? new HandedOver(at, to) : new HandoverContested(at, to));
    }

    public void settle(Instant at, String to) {
        if (custody == Custody.CONTESTED) raise(new HandedOver(at, to));
    }

    private void raise(CustodyEvent event) {
        mutate(event);
        uncommitted.add(event);
    }

    private void mutate(CustodyEvent event) {
        if (event instanceof Excused) custody = Custody.EXCUSED;
        else if (event instanceof Boarded) custody = Custody.BUS;
        else if (event instanceof MissedAtStop) custody = Custody.MISSED;
        else if (event instanceof HandedOver) custody = Custody.RECEIVED;
        else custody = Custody.CONTESTED;
    }

    public String childId() { return childId; }

    public Custody custody() { return custody; }

    public int version() { return version; }

    public List<CustodyEvent> uncommitted() { return List.copyOf(uncommitted); }
}
