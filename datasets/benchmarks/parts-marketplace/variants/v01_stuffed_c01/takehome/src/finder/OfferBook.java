package finder;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

public final class OfferBook {
    private static final Logger LOG = Logger.getLogger("book");
    private static final int SUSPICIOUS = 100;

    private final Map<String, Offer> offers = new ConcurrentHashMap<>();
    private final Map<String, Integer> ignoredInARow = new ConcurrentHashMap<>();

    /** Returns false when the event is a duplicate or older than the accepted version. */
    public boolean accept(Offer event) {
        Offer now = offers.merge(event.key(), event, (old, fresh) -> fresh.seq() > old.seq() ? fresh : old);
        boolean accepted = now == event;
        if (accepted) {
            ignoredInARow.remove(event.yard());
        } else if (ignoredInARow.merge(event.yard(), 1, Integer::sum) == SUSPICIOUS) {
            LOG.warning(() -> "yard_ignored yard=" + event.yard() + " events=" + SUSPICIOUS
                    + " last_seq=" + event.seq() + " known_seq=" + now.seq());
        }
        return accepted;
    }

    public List<Offer> live() {
        return offers.values().stream().filter(Offer::live).toList();
    }
}
