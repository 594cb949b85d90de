package lockers

import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap

enum class Size { S, M, L }

data class Compartment(val number: Int, val size: Size, val parcelId: String? = null, val since: Instant? = null)

/** The heart of the domain: a bank of compartments and the promises made about them. */
class LockerBank(compartments: List<Compartment>) {
    private val state = ConcurrentHashMap(compartments.associateBy { it.number })

    fun reserve(parcelId: String, size: Size): Compartment? {
        val free = state.values.firstOrNull { it.size == size && it.parcelId == null } ?: return null
        val reserved = free.copy(parcelId = parcelId, since = Instant.now())
        state[free.number] = reserved
        return reserved
    }

    fun handle(event: Event) {
        when (event.type) {
            "parcel_in" -> Unit
            "parcel_out" -> state.computeIfPresent(event.compartment) { _, c -> c.copy(parcelId = null, since = null) }
        }
    }

    fun releaseExpired(now: Instant = Instant.now()) {
        state.values
            .filter { it.since != null && Duration.between(it.since, now) > Duration.ofHours(72) }
            .forEach { state[it.number] = it.copy(parcelId = null, since = null) }
    }
}

data class Event(val id: String, val type: String, val compartment: Int, val lockerTime: Instant)
