package cz.schranka.bank;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReservationServiceTest extends DatabaseTest {

    @Test
    void sameParcelAgainGetsTheSameDoor() {
        var first = service.reserve("p1", "M").orElseThrow();
        assertThat(service.reserve("p1", "M")).contains(first);
    }

    @Test
    void noFreeDoorGivesNothing() {
        fill("L");
        assertThat(service.reserve("p2", "L")).isEmpty();
    }

    @Test
    void repeatedEventIsDropped() {
        events.take(parcelIn("e1", 3));
        events.take(parcelIn("e1", 3));
        assertThat(storedEvents()).isEqualTo(1);
    }
}
