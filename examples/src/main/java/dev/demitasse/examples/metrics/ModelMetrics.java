package dev.demitasse.examples.metrics;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Stats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/**
 * Registers what a model does with Micrometer: {@code new ModelMetrics(model).bindTo(registry)}. The registry holds the model
 * weakly: keep it as long as it shall be measured.
 */
public final class ModelMetrics implements MeterBinder {
    private final LanguageModel model;
    private final Tags tags;

    /** Metrics of a model, tagged with its name. */
    public ModelMetrics(LanguageModel model) {
        this.model = model;
        this.tags = Tags.of("model", model.info().name());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        counter(registry, "demitasse.turns", Tags.of("outcome", "reply"), "Turns that ended.", Stats::turns);
        counter(registry, "demitasse.turns", Tags.of("outcome", "error"), "Turns that ended.", Stats::failedTurns);
        String tokens = "Tokens read, taken from the cache, and written.";
        counter(registry, "demitasse.tokens", Tags.of("kind", "prompt"), tokens, Stats::promptTokens);
        counter(registry, "demitasse.tokens", Tags.of("kind", "cached"), tokens, Stats::cachedTokens);
        counter(registry, "demitasse.tokens", Tags.of("kind", "completion"), tokens, Stats::completionTokens);
        gauge(registry, "demitasse.turns.running", "turns", "Turns that are computed now.", Stats::runningTurns);
        gauge(registry, "demitasse.turns.waiting", "turns", "Turns that wait for a place.", Stats::waitingTurns);
        gauge(registry, "demitasse.kv.used", BaseUnits.BYTES, "Memory of keys and values.", Stats::kvBytes);
        gauge(registry, "demitasse.kv.budget", BaseUnits.BYTES, "What they may take at most.", Stats::kvBudget);
    }

    private void counter(
            MeterRegistry registry, String name, Tags own, String description, ToDoubleFunction<Stats> value) {
        FunctionCounter.builder(name, model, measured -> value.applyAsDouble(measured.stats()))
                .tags(tags.and(own))
                .description(description)
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry, String name, String unit, String description, ToDoubleFunction<Stats> value) {
        Gauge.builder(name, model, measured -> value.applyAsDouble(measured.stats()))
                .tags(tags)
                .baseUnit(unit)
                .description(description)
                .register(registry);
    }
}
