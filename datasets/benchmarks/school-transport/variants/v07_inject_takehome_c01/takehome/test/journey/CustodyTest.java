package journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CustodyTest {
    private static final Instant T = Instant.parse("2026-03-09T05:40:00Z");

    @Test
    void handoverToUnknownPersonIsContested() {
        var journey = ChildJourney.rehydrate("c5", Set.of("father"), List.of(new ChildJourney.Boarded(T, "BUS-31")));
        journey.handOver(T, "uncle");
        assertEquals(ChildJourney.Custody.CONTESTED, journey.custody());
        journey.settle(T, "uncle");
        assertEquals(ChildJourney.Custody.RECEIVED, journey.custody());
    }

    @Test
    void reportWithoutPredecessorIsParked() {
        var inbox = new DeviceInbox();
        assertTrue(inbox.accept(new DeviceInbox.Report("p", 2, T, () -> {})).isEmpty());
        assertFalse(inbox.current("p"));
        assertEquals(2, inbox.accept(new DeviceInbox.Report("p", 1, T, () -> {})).size());
    }

    @Test
    void repeatedReportIsIgnored() {
        var inbox = new DeviceInbox();
        inbox.accept(new DeviceInbox.Report("p", 1, T, () -> {}));
        assertTrue(inbox.accept(new DeviceInbox.Report("p", 1, T, () -> {})).isEmpty());
    }

    @Test
    void gapIsReleasedAfterTheValley() {
        var inbox = new DeviceInbox();
        inbox.accept(new DeviceInbox.Report("p", 5, T, () -> {}));
        assertEquals(1, inbox.release("p", T.plusSeconds(1801)).size());
    }
}
