package platform.orchestration;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

public final class ReservationSaga {

    private static final Duration DEVICE_TIMEOUT = Duration.ofSeconds(30);

    private final List<SagaStep> steps;

    public ReservationSaga(List<SagaStep> steps) {
        this.steps = List.copyOf(steps);
    }

    public SagaResult run(SagaContext context) {
        Deque<SagaStep> done = new ArrayDeque<>();
        for (SagaStep step : steps) {
            StepResult result = step.execute(context, DEVICE_TIMEOUT);
            if (result.failed()) {
                done.forEach(completed -> completed.compensate(context));
                return SagaResult.compensated(step.name(), result.reason());
            }
            done.push(step);
        }
        return SagaResult.completed();
    }
}
