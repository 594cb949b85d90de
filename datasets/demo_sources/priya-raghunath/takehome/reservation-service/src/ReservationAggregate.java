package platform.reservation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Command side of a reservation; the state is rebuilt from its events. */
public final class ReservationAggregate {

    private final UUID id;
    private ReservationState state = ReservationState.NONE;
    private final List<DomainEvent> uncommitted = new ArrayList<>();

    public ReservationAggregate(UUID id, List<DomainEvent> history) {
        this.id = id;
        history.forEach(this::apply);
    }

    public void request(RequestReservation command) {
        if (state != ReservationState.NONE) {
            throw new IllegalStateException("Reservation %s was requested before".formatted(id));
        }
        raise(new ReservationRequested(id, command.parcelId(), command.size(), Instant.now()));
    }

    public void confirm(ConfirmByDevice command) {
        if (state != ReservationState.CODE_ISSUED) {
            throw new IllegalStateException("Reservation %s is in state %s".formatted(id, state));
        }
        raise(new ReservationConfirmed(id, command.compartment(), Instant.now()));
    }

    private void raise(DomainEvent event) {
        apply(event);
        uncommitted.add(event);
    }

    private void apply(DomainEvent event) {
        state = state.after(event);
    }
}
