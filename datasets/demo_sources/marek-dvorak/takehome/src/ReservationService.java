package cz.schranka.bank;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

public class ReservationService {

    private static final Duration KEPT = Duration.ofHours(72);

    private final JdbcClient db;
    private final Codes codes;
    private final Clock clock;

    public ReservationService(JdbcClient db, Codes codes, Clock clock) {
        this.db = db;
        this.codes = codes;
        this.clock = clock;
    }

    @Transactional
    public Optional<Reservation> reserve(String parcelId, String size) {
        Optional<Reservation> known = find(parcelId);
        if (known.isPresent()) {
            return known;
        }
        // SKIP LOCKED: another carrier may be taking the first free door right now.
        return db.sql("""
                SELECT number FROM compartment
                 WHERE size = :size AND parcel IS NULL
                 ORDER BY number FOR UPDATE SKIP LOCKED LIMIT 1""")
                .param("size", size)
                .query(Integer.class)
                .optional()
                .map(number -> take(number, parcelId));
    }

    private Reservation take(int number, String parcelId) {
        db.sql("UPDATE compartment SET parcel = :parcel WHERE number = :number")
                .param("parcel", parcelId).param("number", number).update();
        Reservation reservation = new Reservation(parcelId, number, codes.next(), clock.instant().plus(KEPT));
        return save(reservation);
    }
}
