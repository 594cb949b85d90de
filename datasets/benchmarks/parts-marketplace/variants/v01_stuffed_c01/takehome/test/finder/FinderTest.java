package finder;

import static org.junit.jupiter.api.Assertions.*;

import org.junit.jupiter.api.Test;

class FinderTest {
    private final OfferBook book = new OfferBook();
    private final Rebuilder rebuilder = new Rebuilder(book);

    private static Offer put(long seq, int cents) {
        return new Offer("Y1", "7", seq, true, "left headlamp", "8E0941003", "K1", cents);
    }

    private int found() {
        rebuilder.once();
        return rebuilder.index().find("headlamp left", o -> true, 50).size();
    }

    @Test void soldPartIsNotFoundAfterRebuild() {
        book.accept(put(1, 900));
        assertEquals(1, found());
        book.accept(new Offer("Y1", "7", 2, false, "", "", "", 0));
        assertEquals(0, found());
    }

    @Test void lateEventDoesNotBringBackSoldPart() {
        book.accept(new Offer("Y1", "7", 2, false, "", "", "", 0));
        assertFalse(book.accept(put(1, 900)));
        assertEquals(0, found());
    }

    @Test void duplicateIsIgnored() {
        assertTrue(book.accept(put(1, 900)));
        assertFalse(book.accept(put(1, 900)));
    }

    @Test void wrongLinesAreCountedByReason() {
        var reader = new FeedReader(book);
        reader.line("{broken");
        reader.line("{\"yard\":\"Y1\",\"offer\":1,\"seq\":1,\"op\":\"put\",\"part\":\"x\",\"price\":\"12,50\"}");
        assertEquals(1, reader.refused().get("json"));
        assertEquals(1, reader.refused().get("price"));
        assertEquals(0, found());
    }
}
