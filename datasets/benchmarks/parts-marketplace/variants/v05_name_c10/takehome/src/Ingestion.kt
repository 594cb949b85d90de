package parts.ingestion

import parts.domain.OfferEvent

public fun interface ValidationRule {
    public fun check(raw: Map<String, Any?>): String?
}

public class RuleSetBuilder {
    private val rules = mutableListOf<ValidationRule>()

    public fun required(field: String) {
        rules += ValidationRule { raw -> if (raw[field] == null) "$field is missing" else null }
    }

    public fun oneOf(field: String, vararg allowed: String) {
        rules += ValidationRule { raw -> if (raw[field] in allowed) null else "$field is not one of ${allowed.toList()}" }
    }

    public fun build(): List<ValidationRule> = rules.toList()
}

public fun ruleSet(block: RuleSetBuilder.() -> Unit): List<ValidationRule> = RuleSetBuilder().apply(block).build()

public sealed interface IngestionResult {
    public data class Accepted(val event: OfferEvent) : IngestionResult
    public data class Rejected(val violations: List<String>) : IngestionResult
}

public class IngestionPipeline(
    private val rules: List<ValidationRule>,
    private val mapper: (Map<String, Any?>) -> OfferEvent,
    private val publish: (OfferEvent) -> Unit,
) {
    public fun ingest(raw: Map<String, Any?>): IngestionResult {
        val violations = rules.mapNotNull { it.check(raw) }
        if (violations.isNotEmpty()) return IngestionResult.Rejected(violations)
        return runCatching { mapper(raw) }.fold(
            onSuccess = { publish(it); IngestionResult.Accepted(it) },
            onFailure = { IngestionResult.Rejected(listOf(it.message ?: "mapping failed")) },
        )
    }
}
