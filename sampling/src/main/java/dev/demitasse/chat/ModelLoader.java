package dev.demitasse.chat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.model.Decoder;
import dev.demitasse.core.model.DecoderConfig;
import dev.demitasse.core.model.DecoderWeights;
import dev.demitasse.core.model.KvPages;
import dev.demitasse.core.model.LoraAdapter;
import dev.demitasse.core.model.ModelFile;
import dev.demitasse.core.runtime.WeightMemory;
import dev.demitasse.core.runtime.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** Settings for loading a model; {@link LanguageModel#loader()} makes one. Not thread-safe. */
public final class ModelLoader {
    private static final System.Logger LOG = System.getLogger(ModelLoader.class.getPackageName());

    // More than any machine has cores; a slip of the keyboard should not start so many as the system lets it.
    private static final int MAX_THREADS = 1024;

    private static final int DEFAULT_CONTEXT = 8192;

    private int contextSize;
    private int threads = PhysicalCores.usable();
    private @Nullable KvType kvType;
    private @Nullable WeightFormat format;
    private KernelChoice kernels = KernelChoice.AUTO;
    private Precision precision = Precision.FAST;
    private long kvBudget;
    private long prefixCache = -1;
    private int concurrency = Decoder.PREFILL_ROWS;
    private int maxWaiting = Integer.MAX_VALUE;
    private Duration maxWait = Limits.DEFAULT_MAX_WAIT;
    private DoubleConsumer progress = _ -> {};
    private @Nullable Path adapter;
    private float strength = 1;

    ModelLoader() {}

    /**
     * Most tokens a conversation may have, from 2 to what the model was trained for. Default: 8192, or what the model
     * was trained for if that is less. Memory is taken as conversations grow.
     */
    public ModelLoader contextSize(int tokens) {
        if (tokens < 2) {
            throw new IllegalArgumentException("contextSize must be at least 2 tokens, got " + tokens);
        }
        this.contextSize = tokens;
        return this;
    }

    /** Threads that compute, from 1 to 1024. Default: the physical cores that this process may use. */
    public ModelLoader threads(int threads) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be from 1 to " + MAX_THREADS + ", got " + threads);
        }
        this.threads = threads;
        return this;
    }

    /** How keys and values of past tokens are kept. Default: {@link KvType#F16}, with EXACT {@link KvType#F32}. */
    public ModelLoader kvType(KvType kvType) {
        this.kvType = Objects.requireNonNull(kvType, "kvType");
        return this;
    }

    /** Which arithmetic may be used. Default: {@link KernelChoice#AUTO}. */
    public ModelLoader kernels(KernelChoice kernels) {
        this.kernels = Objects.requireNonNull(kernels, "kernels");
        return this;
    }

    /** How exactly the model computes. Default: {@link Precision#FAST}. */
    public ModelLoader precision(Precision precision) {
        this.precision = Objects.requireNonNull(precision, "precision");
        return this;
    }

    /**
     * Quantises the matrices while they are loaded: less memory and faster replies from a file with weights in F32, F16 or
     * BF16, whose loading then takes longer. {@link ModelQuantizer} writes a file that need not be quantised each time.
     * Default: as the file stores them.
     */
    public ModelLoader quantize(WeightFormat format) {
        this.format = Objects.requireNonNull(format, "format");
        return this;
    }

    /**
     * Bytes that the keys and values of all conversations may take together, at least what one conversation of
     * {@code contextSize} takes. Sessions that are idle give theirs up for others, the least recently used first; what
     * they had read is read again when they go on, which {@link Usage#cachedTokens} shows. Default: as many bytes as the
     * heap may grow to, {@link Runtime#maxMemory}; they are not taken from the heap.
     */
    public ModelLoader kvBudget(long bytes) {
        require(bytes >= 1, "kvBudget", "at least 1 byte", bytes);
        this.kvBudget = bytes;
        return this;
    }

    /**
     * Bytes of the budget that may go to what no session holds: the conversations of stateless requests, and the system
     * messages of sessions that were closed. Default: a quarter. With 0, nothing is kept for later and no session starts
     * from what another one has read, not even while both are open: nobody can tell from the time of an answer what
     * others have asked.
     */
    public ModelLoader prefixCache(long bytes) {
        require(bytes >= 0, "prefixCache", "0 or more bytes", bytes);
        this.prefixCache = bytes;
        return this;
    }

    /**
     * A low-rank adapter (LoRA) that all sessions and requests are computed with unless they are given another; see {@link
     * LanguageModel#loadAdapter}. Default: none.
     */
    public ModelLoader adapter(Path path) {
        return adapter(path, 1);
    }

    /**
     * As {@link #adapter(Path)}, for an adapter that adds more or less than it was trained to.
     *
     * @param strength what all that it adds is multiplied by; finite
     */
    public ModelLoader adapter(Path path, float strength) {
        this.adapter = Objects.requireNonNull(path, "path");
        this.strength = requireStrength(strength);
        return this;
    }

    static float requireStrength(float strength) {
        require(Float.isFinite(strength), "strength", "a finite number", strength);
        return strength;
    }

    /** Turns that are computed together; more wait for one to end, in their order. At least 1. Default: 256. */
    public ModelLoader concurrency(int turns) {
        require(turns >= 1, "concurrency", "at least 1 turn", turns);
        this.concurrency = turns;
        return this;
    }

    /**
     * Turns that may wait for their beginning; one more throws {@link ModelBusyException} at once. A turn waits at least
     * until the pass that is under way has ended. At least 1. Default: no limit.
     */
    public ModelLoader maxWaiting(int turns) {
        require(turns >= 1, "maxWaiting", "at least 1 turn", turns);
        this.maxWaiting = turns;
        return this;
    }

    /** How long a turn waits for its beginning before it fails with {@link ModelBusyException}. Default: 5 minutes. */
    public ModelLoader maxWait(Duration duration) {
        require(duration.isPositive(), "maxWait", "positive", duration);
        this.maxWait = duration;
        return this;
    }

    private static void require(boolean good, String name, String expected, Object found) {
        if (!good) {
            throw new IllegalArgumentException(name + " must be " + expected + ", got " + found);
        }
    }

    /** Told how far loading has come, from 0 to 1, by the thread that loads. */
    public ModelLoader onProgress(DoubleConsumer listener) {
        this.progress = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Loads a model.
     *
     * @param path a GGUF file; a folder with {@code config.json}, safetensors and {@code tokenizer.json}; or one
     *     safetensors file in such a folder
     * @throws ModelLoadException if that is not possible: one of its subtypes says why
     * @throws IllegalArgumentException if {@code contextSize} is more than the model was trained for
     */
    public LanguageModel load(Path path) {
        return LoadFailures.wrap(path, () -> {
            Future<ChosenKernels> choosing = beside("kernels", () -> ChosenKernels.of(kernels, precision));
            ModelFile file = open(path);
            DecoderConfig config = file.config();
            // A vocabulary of 150,000 tokens takes about as long as the weights.
            Future<ModelLanguage> reading = beside("language", () -> language(path, file));
            RawModel raw = raw(path, file, choosing);
            boolean complete = false;
            try {
                ModelLanguage language = Failures.await(reading);
                requireRoom(path, language, config);
                LanguageModel model = new LanguageModel(raw, language);
                complete = true;
                return model;
            } finally {
                if (!complete) {
                    raw.close();
                }
            }
        });
    }

    /**
     * Loads a model by its name, {@code hf:owner/repository/file.gguf} or another that {@link ModelHub} knows; if it is not
     * in the cache it is downloaded first, with the settings of {@link ModelHub#fromEnvironment}.
     *
     * @throws IllegalArgumentException if the name is malformed
     * @throws DownloadException if the model cannot be had
     * @throws ModelLoadException if it cannot be loaded: one of its subtypes says why
     */
    public LanguageModel load(String name) {
        return load(ModelHub.fromEnvironment().fetch(name));
    }

    private static ModelLanguage language(Path path, ModelFile file) {
        return file.tensors() instanceof Gguf gguf
                ? ModelLanguage.of(gguf)
                : ModelLanguage.ofFolder(ModelPaths.folderOf(path));
    }

    /** Does a part of the loading on a thread of its own: most parts take one core, and some time of the JVM's compilers. */
    private static <T> Future<T> beside(String name, Callable<T> part) {
        FutureTask<T> task = new FutureTask<>(part);
        Thread.ofPlatform().daemon().name("demitasse-" + name).start(task);
        return task;
    }

    /**
     * Loads a model's weights alone: no tokenizer is needed.
     *
     * @throws ModelLoadException if that is not possible: one of its subtypes says why
     * @throws IllegalArgumentException if {@code contextSize} is more than the model was trained for
     */
    public RawModel loadRaw(Path path) {
        return LoadFailures.wrap(path, () -> {
            Future<ChosenKernels> choosing = beside("kernels", () -> ChosenKernels.of(kernels, precision));
            return raw(path, open(path), choosing);
        });
    }

    /**
     * Says how much memory a model takes with these settings, without loading it: only its description is read.
     *
     * @throws ModelLoadException if the model could not be loaded either, as far as its description tells
     * @throws IllegalArgumentException if {@code contextSize} is more than the model was trained for
     */
    public MemoryEstimate estimate(Path path) {
        return LoadFailures.wrap(path, () -> {
            try (ModelFile file = open(path)) {
                DecoderConfig config = file.config();
                int context = contextSize(config);
                return new MemoryEstimate(
                        ModelFacts.of(path, file).weightBytes().values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                        KvPages.bytesPerPosition(config, coreKvType()),
                        context,
                        Decoder.scratchBytes(config, Math.min(Decoder.PREFILL_ROWS, context)),
                        (long) config.vocabularySize() * Float.BYTES);
            }
        });
    }

    private ModelFile open(Path path) {
        ModelPaths.requireExists(path);
        if (!ModelPaths.isGguf(path) && path.toString().endsWith(".json")) {
            throw new CorruptModelException(
                    path + ": found a JSON file; expected weights: a GGUF or safetensors file, or"
                            + " a folder with such files");
        }
        ModelFile file = ModelFile.open(path);
        if (format == null) {
            return file;
        }
        try (Undo undo = new Undo()) {
            undo.onFailure(file);
            ModelFile quantized = file.quantized(format.core());
            undo.clear();
            return quantized;
        }
    }

    private static void requireRoom(Path path, ModelLanguage language, DecoderConfig config) {
        int tokens = language.tokenizer().vocabulary().size();
        if (tokens > config.vocabularySize()) {
            throw new CorruptModelException(path + ": found a tokenizer of " + tokens + " tokens; expected at most "
                    + config.vocabularySize() + ", the rows of the embedding. Tokenizer and weights are not of the same"
                    + " model");
        }
    }

    /** Takes over the file: closes it if loading fails. */
    private RawModel raw(Path path, ModelFile file, Future<ChosenKernels> choosing) {
        FlightEvents.ModelLoad event = FlightEvents.areWanted() ? new FlightEvents.ModelLoad() : null;
        if (event != null) {
            event.begin();
        }
        try (Undo undo = new Undo()) {
            undo.onFailure(file);
            DecoderConfig config = file.config();
            int context = contextSize(config);
            WeightMemory.prepare(); // while the kernels are being chosen
            ChosenKernels choice = Failures.await(choosing);
            Kernels chosen = choice.kernels();
            Future<Boolean> warming = beside("warm-up", () -> warmUp(chosen, file));
            undo.onFailure(() -> warming.cancel(true));
            Workers workers = undo.onFailure(new Workers("demitasse", threads));
            DecoderWeights weights = undo.onFailure(
                    file.load(chosen, workers, (done, total) -> progress.accept((double) done / Math.max(1, total))));
            long budget = budget(config, context, chosen);
            KvPages pages = undo.onFailure(new KvPages(config, coreKvType(), chosen, budget));
            Decoder decoder = new Decoder(config, weights, chosen, workers, context);
            Failures.await(warming);
            Engine engine = new DecoderEngine(new DecoderEngine.Parts(file, chosen, weights, workers, pages, decoder));
            LoraAdapter factors = adapter(engine);
            ModelInfo info = new ModelInfo(
                    ModelFacts.of(path, file),
                    new ModelInfo.Setup(
                            context, threads, effectiveKvType(), precision, chosen.name(), choice.reason()));
            Limits limits = new Limits(concurrency, maxWaiting, maxWait, prefixCache < 0 ? budget / 4 : prefixCache);
            RawModel raw = new RawModel(engine, info, limits, factors);
            undo.clear();
            if (event != null) {
                event.model = info.name();
                event.kernels = info.kernels();
                event.weights = info.weightBytes().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                event.commit();
            }
            return raw;
        }
    }

    private @Nullable LoraAdapter adapter(Engine engine) {
        Path path = adapter;
        return path == null ? null : LoadFailures.wrap(path, () -> engine.loadAdapter(path, strength));
    }

    private boolean warmUp(Kernels chosen, ModelFile file) {
        try {
            chosen.warmUp(file.matrixTypes(), coreKvType());
            return true;
        } catch (RuntimeException | OutOfMemoryError failure) {
            // Nothing depends on it: kernels are compiled later, while they compute.
            LOG.log(System.Logger.Level.DEBUG, "the warm-up of kernels failed", failure);
            return false;
        }
    }

    private int contextSize(DecoderConfig config) {
        int trained = config.contextLength();
        if (contextSize > trained) {
            throw new IllegalArgumentException(
                    "contextSize is " + contextSize + ", the model was trained for at most " + trained + " tokens");
        }
        return contextSize > 0 ? contextSize : Math.min(DEFAULT_CONTEXT, trained);
    }

    /** Bytes for keys and values: room for one conversation at least, so that a turn that is alone never lacks any. */
    private long budget(DecoderConfig config, int context, Kernels chosen) {
        try (KvPages sample = new KvPages(config, coreKvType(), chosen, Long.MAX_VALUE)) {
            long least = sample.bytesFor(context, Decoder.PREFILL_ROWS);
            if (kvBudget == 0) {
                return Math.max(least, Runtime.getRuntime().maxMemory());
            }
            if (kvBudget < least) {
                throw new IllegalArgumentException("kvBudget is " + kvBudget + " bytes; one conversation of " + context
                        + " tokens takes " + least + ". Allow as much, or set a smaller contextSize");
            }
            return kvBudget;
        }
    }

    private KvType effectiveKvType() {
        if (kvType != null) {
            return kvType;
        }
        return precision == Precision.EXACT ? KvType.F32 : KvType.F16;
    }

    private dev.demitasse.core.kernels.KvType coreKvType() {
        return dev.demitasse.core.kernels.KvType.valueOf(effectiveKvType().name());
    }

    /** Closes, in reverse order, what was made before a failure. */
    private static final class Undo implements AutoCloseable {
        private final Deque<AutoCloseable> made = new ArrayDeque<>();

        <T extends AutoCloseable> T onFailure(T resource) {
            made.push(resource);
            return resource;
        }

        void clear() {
            made.clear();
        }

        @Override
        public void close() {
            for (AutoCloseable resource : made) {
                try {
                    resource.close();
                } catch (Exception _) {
                    // What made loading fail is the news.
                }
            }
        }
    }
}
