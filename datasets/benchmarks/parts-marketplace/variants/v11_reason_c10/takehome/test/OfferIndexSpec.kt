package parts

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import java.util.concurrent.atomic.AtomicReference
import parts.domain.*
import parts.index.*
import parts.ingestion.*

class OfferIndexSpec : FunSpec({
    val key = OfferKey(YardId("Y1"), "7")
    val details = OfferDetails("alternator", OeNumber.of("06F-903 023"), "K1", Cents(8500))

    test("removed offer is not found") {
        val index = InMemoryOfferIndex()
        index.apply(OfferEvent.Published(key, 1, details))
        index.apply(OfferEvent.Removed(key, 2))
        index.search("alternator", 50).shouldBeEmpty()
    }

    test("the highest sequence wins in any order") {
        checkAll(Arb.list(Arb.long(1L..1000L), 1..30)) { sequences ->
            val index = InMemoryOfferIndex()
            sequences.forEach { s ->
                index.apply(if (s % 2 == 0L) OfferEvent.Removed(key, s) else OfferEvent.Published(key, s, details))
            }
            index.states().getValue(key).sequence shouldBe sequences.max()
        }
    }

    test("reindex switches to the new index") {
        val active = AtomicReference<OfferIndexPort>(InMemoryOfferIndex())
        active.get().apply(OfferEvent.Published(key, 1, details))
        ReindexSaga(active) { InMemoryOfferIndex() }.run() shouldBe ReindexState.SWITCHED
        active.get().search("alternator", 50) shouldHaveSize 1
    }

    test("violations are collected") {
        val pipeline = IngestionPipeline(
            rules = ruleSet { required("yard"); required("seq"); oneOf("op", "put", "sold", "withdraw") },
            mapper = { error("must not be called") },
            publish = {},
        )
        pipeline.ingest(mapOf("op" to "explode")) shouldBe
            IngestionResult.Rejected(listOf("yard is missing", "seq is missing", "op is not one of [put, sold, withdraw]"))
    }
})
