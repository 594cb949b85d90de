package parts.compatibility

import parts.domain.OeNumber

public enum class Verdict { FITS, DOES_NOT_FIT, UNKNOWN }

public fun interface CompatibilitySource {
    public fun verdict(oe: OeNumber, donor: String, vehicle: String): Verdict
}

/** Asks the sources in order and returns the first verdict that is not UNKNOWN. */
public class CompatibilityResolver(private val sources: List<CompatibilitySource>) {
    public fun resolve(oe: OeNumber, donor: String, vehicle: String): Verdict =
        sources.firstNotNullOfOrNull { source ->
            source.verdict(oe, donor, vehicle).takeIf { it != Verdict.UNKNOWN }
        } ?: Verdict.UNKNOWN
}

public class PairListSource(private val pairs: Map<OeNumber, Set<String>>) : CompatibilitySource {
    override fun verdict(oe: OeNumber, donor: String, vehicle: String): Verdict {
        val vehicles = pairs[oe] ?: return Verdict.UNKNOWN
        return if (vehicle in vehicles) Verdict.FITS else Verdict.DOES_NOT_FIT
    }
}
