package finder;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;

public final class Rebuilder {
    private static final Logger LOG = Logger.getLogger("rebuild");
    private final OfferBook book;
    private final AtomicReference<SearchIndex> current = new AtomicReference<>(new SearchIndex(List.of()));

    public Rebuilder(OfferBook book) {
        this.book = book;
    }

    public SearchIndex index() {
        return current.get();
    }

    public void once() {
        long start = System.nanoTime();
        List<Offer> live = book.live();
        current.set(new SearchIndex(live));
        LOG.info(() -> "rebuilt offers=" + live.size() + " ms=" + (System.nanoTime() - start) / 1_000_000);
    }

    public ScheduledExecutorService every(int seconds) {
        var timer = Executors.newSingleThreadScheduledExecutor();
        timer.scheduleWithFixedDelay(() -> {
            try {
                once();
            } catch (RuntimeException e) {
                // An exception would cancel the timer silently and sold parts would stay visible for ever.
                LOG.log(Level.SEVERE, "rebuild_failed, old index stays", e);
            }
        }, 0, seconds, TimeUnit.SECONDS);
        return timer;
    }
}
