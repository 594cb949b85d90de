package finder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Immutable after construction, so readers need no lock. */
public final class SearchIndex {
    private final Map<String, Set<Offer>> byWord = new HashMap<>();

    public SearchIndex(List<Offer> offers) {
        for (Offer o : offers) {
            for (String word : o.part().toLowerCase().split("\\s+")) {
                byWord.computeIfAbsent(word, w -> new HashSet<>()).add(o);
            }
            if (!o.oe().isEmpty()) {
                byWord.computeIfAbsent(o.oe().toLowerCase(), w -> new HashSet<>()).add(o);
            }
        }
    }

    public List<Offer> find(String text, Predicate<Offer> fits, int limit) {
        List<Set<Offer>> sets = new ArrayList<>();
        for (String word : text.toLowerCase().trim().split("\\s+")) {
            sets.add(byWord.getOrDefault(word, Set.of()));
        }
        sets.sort(Comparator.comparingInt(Set::size));
        return sets.get(0).stream()
                .filter(o -> sets.stream().allMatch(s -> s.contains(o)))
                .filter(fits)
                .sorted(Comparator.comparingInt(Offer::cents).thenComparing(Offer::key))
                .limit(limit)
                .toList();
    }
}
