package finder;

/** Last known version of an offer. A sold one keeps its place so that a late event cannot bring it back. */
public record Offer(String yard, String number, long seq, boolean live, String part, String oe, String donor, int cents) {
    public String key() {
        return yard + "/" + number;
    }
}
