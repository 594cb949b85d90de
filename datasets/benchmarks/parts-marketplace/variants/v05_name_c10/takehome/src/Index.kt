package parts.index

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import parts.domain.OfferDetails
import parts.domain.OfferEvent
import parts.domain.OfferKey
import parts.domain.OfferState
import parts.domain.evolve

public data class Hit(val key: OfferKey, val details: OfferDetails)

public interface OfferIndexPort {
    public fun apply(event: OfferEvent)
    public fun search(text: String, limit: Int): List<Hit>
    public fun liveCount(): Int
    public fun states(): Map<OfferKey, OfferState>
}

public class InMemoryOfferIndex : OfferIndexPort {
    private val states = ConcurrentHashMap<OfferKey, OfferState>()

    override fun apply(event: OfferEvent) {
        states.compute(event.key) { _, current -> current.evolve(event) }
    }

    override fun search(text: String, limit: Int): List<Hit> {
        val words = text.lowercase().split(' ').filter(String::isNotBlank)
        return states.asSequence()
            .mapNotNull { (key, state) -> (state as? OfferState.Live)?.let { Hit(key, it.details) } }
            .filter { hit -> words.all { it in hit.details.part.lowercase() || it.uppercase() == hit.details.oe.value } }
            .sortedBy { it.details.price.value }
            .take(limit)
            .toList()
    }

    override fun liveCount(): Int = states.values.count { it is OfferState.Live }

    override fun states(): Map<OfferKey, OfferState> = states.toMap()
}

public enum class ReindexState { CREATED, COPYING, VERIFYING, SWITCHED, FAILED }

public class ReindexSaga(
    private val active: AtomicReference<OfferIndexPort>,
    private val create: () -> OfferIndexPort,
) {
    public var state: ReindexState = ReindexState.CREATED
        private set

    public fun run(): ReindexState {
        val source = active.get()
        val target = create()
        state = ReindexState.COPYING
        source.states().forEach { (key, current) ->
            target.apply(
                when (current) {
                    is OfferState.Live -> OfferEvent.Published(key, current.sequence, current.details)
                    is OfferState.Gone -> OfferEvent.Removed(key, current.sequence)
                },
            )
        }
        state = ReindexState.VERIFYING
        state = if (target.liveCount() == source.liveCount()) {
            active.set(target)
            ReindexState.SWITCHED
        } else {
            ReindexState.FAILED
        }
        return state
    }
}
