package parts.domain

@JvmInline public value class YardId(public val value: String) {
    init { require(value.isNotBlank()) { "yard id must not be blank" } }
}

@JvmInline public value class OeNumber private constructor(public val value: String) {
    public companion object {
        public fun of(raw: String): OeNumber = OeNumber(raw.filter(Char::isLetterOrDigit).uppercase())
    }
}

@JvmInline public value class Cents(public val value: Int) {
    init { require(value in 1..4_999_999) { "price out of range: $value" } }
}

public data class OfferKey(val yard: YardId, val number: String)

public data class OfferDetails(val part: String, val oe: OeNumber, val donor: String, val price: Cents)

public sealed interface OfferEvent {
    public val key: OfferKey
    public val sequence: Long

    public data class Published(
        override val key: OfferKey,
        override val sequence: Long,
        val details: OfferDetails,
    ) : OfferEvent

    public data class Removed(override val key: OfferKey, override val sequence: Long) : OfferEvent
}

public sealed interface OfferState {
    public val sequence: Long

    public data class Live(override val sequence: Long, val details: OfferDetails) : OfferState
    public data class Gone(override val sequence: Long) : OfferState
}

/** Returns the next state, or the current one if the event is not newer. */
public fun OfferState?.evolve(event: OfferEvent): OfferState = when {
    this != null && event.sequence <= sequence -> this
    event is OfferEvent.Published -> OfferState.Live(event.sequence, event.details)
    else -> OfferState.Gone(event.sequence)
}
