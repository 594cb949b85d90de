package finder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

public final class FeedReader {
    private final ObjectMapper json = new ObjectMapper();
    private final OfferBook book;
    private final Map<String, Integer> refused = new TreeMap<>();

    public FeedReader(OfferBook book) {
        this.book = book;
    }

    public void line(String text) {
        try {
            JsonNode e = json.readTree(text);
            String op = e.path("op").asText();
            if (e.path("yard").asText().isEmpty() || e.path("offer").isMissingNode() || !e.path("seq").canConvertToLong()) {
                refuse("key");
            } else if (op.equals("sold") || op.equals("withdraw")) {
                book.accept(offer(e, false));
            } else if (!op.equals("put")) {
                refuse("op");
            } else if (!e.path("price").isInt() || e.path("price").asInt() <= 0) {
                refuse("price");
            } else {
                book.accept(offer(e, true));
            }
        } catch (IOException e) {
            refuse("json");
        }
    }

    public Map<String, Integer> refused() {
        return Map.copyOf(refused);
    }

    private Offer offer(JsonNode e, boolean live) {
        return new Offer(e.path("yard").asText(), e.path("offer").asText(), e.path("seq").asLong(), live,
                e.path("part").asText(), e.path("oe").asText().replaceAll("[ -]", "").toUpperCase(),
                e.path("donor").asText(), e.path("price").asInt());
    }

    private void refuse(String why) {
        refused.merge(why, 1, Integer::sum);
    }
}
