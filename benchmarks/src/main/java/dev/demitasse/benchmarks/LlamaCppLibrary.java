package dev.demitasse.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The C interface of llama.cpp (source: {@code llama.h} and {@code ggml.h} of release v0.5.0), bound at run time to the
 * shared libraries in a folder. Structures are passed by value, so a library of another version could read them wrongly:
 * their default values are compared with the expected ones first, and another layout is refused.
 */
@SuppressWarnings("restricted")
final class LlamaCppLibrary {
    /** {@code struct llama_model_params}. */
    private static final StructLayout MODEL_PARAMS = MemoryLayout.structLayout(
            ADDRESS.withName("devices"),
            ADDRESS.withName("tensor_buft_overrides"),
            JAVA_INT.withName("n_gpu_layers"),
            JAVA_INT.withName("split_mode"),
            JAVA_INT.withName("load_mode"),
            JAVA_INT.withName("lazy_mode"),
            JAVA_INT.withName("main_gpu"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("tensor_split"),
            ADDRESS.withName("progress_callback"),
            ADDRESS.withName("progress_callback_user_data"),
            ADDRESS.withName("kv_overrides"),
            JAVA_BOOLEAN.withName("vocab_only"),
            JAVA_BOOLEAN.withName("check_tensors"),
            JAVA_BOOLEAN.withName("use_extra_bufts"),
            JAVA_BOOLEAN.withName("no_host"),
            JAVA_BOOLEAN.withName("no_alloc"),
            JAVA_BOOLEAN.withName("load_mtp"),
            MemoryLayout.paddingLayout(2));

    /** {@code struct llama_context_params}. */
    private static final StructLayout CONTEXT_PARAMS = MemoryLayout.structLayout(
            JAVA_INT.withName("n_ctx"),
            JAVA_INT.withName("n_batch"),
            JAVA_INT.withName("n_ubatch"),
            JAVA_INT.withName("n_seq_max"),
            JAVA_INT.withName("n_rs_seq"),
            JAVA_INT.withName("n_outputs_max"),
            JAVA_INT.withName("n_outputs_max_per_seq"),
            JAVA_INT.withName("n_threads"),
            JAVA_INT.withName("n_threads_batch"),
            JAVA_INT.withName("ctx_type"),
            JAVA_INT.withName("rope_scaling_type"),
            JAVA_INT.withName("pooling_type"),
            JAVA_INT.withName("attention_type"),
            JAVA_INT.withName("flash_attn_type"),
            JAVA_FLOAT.withName("rope_freq_base"),
            JAVA_FLOAT.withName("rope_freq_scale"),
            JAVA_FLOAT.withName("yarn_ext_factor"),
            JAVA_FLOAT.withName("yarn_attn_factor"),
            JAVA_FLOAT.withName("yarn_beta_fast"),
            JAVA_FLOAT.withName("yarn_beta_slow"),
            JAVA_INT.withName("yarn_orig_ctx"),
            JAVA_FLOAT.withName("defrag_thold"),
            ADDRESS.withName("cb_eval"),
            ADDRESS.withName("cb_eval_user_data"),
            JAVA_INT.withName("type_k"),
            JAVA_INT.withName("type_v"),
            ADDRESS.withName("abort_callback"),
            ADDRESS.withName("abort_callback_data"),
            JAVA_BOOLEAN.withName("embeddings"),
            JAVA_BOOLEAN.withName("offload_kqv"),
            JAVA_BOOLEAN.withName("no_perf"),
            JAVA_BOOLEAN.withName("op_offload"),
            JAVA_BOOLEAN.withName("swa_full"),
            JAVA_BOOLEAN.withName("kv_unified"),
            MemoryLayout.paddingLayout(2),
            ADDRESS.withName("samplers"),
            JAVA_LONG.withName("n_samplers"),
            ADDRESS.withName("ctx_other"));

    /** {@code struct llama_batch}. */
    static final StructLayout BATCH = MemoryLayout.structLayout(
            JAVA_INT.withName("n_tokens"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("token"),
            ADDRESS.withName("embd"),
            ADDRESS.withName("pos"),
            ADDRESS.withName("n_seq_id"),
            ADDRESS.withName("seq_id"),
            ADDRESS.withName("logits"));

    /** {@code struct ggml_threadpool_params}, with a mask of 512 cores. */
    private static final StructLayout POOL_PARAMS = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(512, JAVA_BYTE).withName("cpumask"),
            JAVA_INT.withName("n_threads"),
            JAVA_INT.withName("prio"),
            JAVA_INT.withName("poll"),
            JAVA_BOOLEAN.withName("strict_cpu"),
            JAVA_BOOLEAN.withName("paused"),
            MemoryLayout.paddingLayout(2));

    private static final StructLayout CHAIN_PARAMS = MemoryLayout.structLayout(JAVA_BOOLEAN.withName("no_perf"));
    private static final int F16 = 1;
    private static final int CPU_DEVICE = 0;
    /** What llama-bench polls with. */
    private static final int POLL = 50;

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup base;
    private final SymbolLookup ggml;
    private final SymbolLookup llama;
    private final MemorySegment newPool;
    private final MethodHandle freePool;
    private final String version;
    private final String systemInfo;

    final MethodHandle decode;
    final MethodHandle batchOf;
    final MethodHandle removeFromMemory;
    final MethodHandle memory;
    private final MethodHandle logits;
    final MethodHandle sample;
    final MethodHandle tokenToPiece;
    final MethodHandle freeModel;
    final MethodHandle freeContext;
    final MethodHandle freeSampler;

    /**
     * Binds the libraries of a folder and loads the fastest of its CPU backends.
     *
     * @throws IllegalStateException if something is missing or has another layout
     */
    LlamaCppLibrary(Path folder) {
        base = lookup(folder, "libggml-base.");
        ggml = lookup(folder, "libggml.");
        llama = lookup(folder, "libllama.");
        silenceLog();
        try (Arena arena = Arena.ofConfined()) {
            call(
                    ggml,
                    "ggml_backend_load_all_from_path",
                    FunctionDescriptor.ofVoid(ADDRESS),
                    arena.allocateFrom(folder.toString()));
            call(llama, "llama_backend_init", FunctionDescriptor.ofVoid());
            checkLayouts(arena);
            MemorySegment device = (MemorySegment)
                    call(ggml, "ggml_backend_dev_by_type", FunctionDescriptor.of(ADDRESS, JAVA_INT), CPU_DEVICE);
            if (device.address() == 0) {
                throw new IllegalStateException(folder + ": found no CPU backend that this machine can run;"
                        + " expected a libggml-cpu-*.so for it");
            }
            MemorySegment registry = (MemorySegment)
                    call(base, "ggml_backend_dev_backend_reg", FunctionDescriptor.of(ADDRESS, ADDRESS), device);
            newPool = procedure(arena, registry, "ggml_threadpool_new");
            freePool = linker.downcallHandle(
                    procedure(arena, registry, "ggml_threadpool_free"), FunctionDescriptor.ofVoid(ADDRESS));
        }
        version = text(call(llama, "llama_version", FunctionDescriptor.of(ADDRESS)));
        systemInfo = text(call(llama, "llama_print_system_info", FunctionDescriptor.of(ADDRESS)));
        decode = handle(llama, "llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH));
        batchOf = handle(llama, "llama_batch_get_one", FunctionDescriptor.of(BATCH, ADDRESS, JAVA_INT));
        removeFromMemory = handle(
                llama,
                "llama_memory_seq_rm",
                FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
        memory = handle(llama, "llama_get_memory", FunctionDescriptor.of(ADDRESS, ADDRESS));
        logits = handle(llama, "llama_get_logits_ith", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        sample = handle(llama, "llama_sampler_sample", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        tokenToPiece = handle(
                llama,
                "llama_token_to_piece",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_BOOLEAN));
        freeModel = handle(llama, "llama_model_free", FunctionDescriptor.ofVoid(ADDRESS));
        freeContext = handle(llama, "llama_free", FunctionDescriptor.ofVoid(ADDRESS));
        freeSampler = handle(llama, "llama_sampler_free", FunctionDescriptor.ofVoid(ADDRESS));
    }

    String version() {
        return version;
    }

    /** The instruction sets that its kernels use. */
    String systemInfo() {
        return systemInfo;
    }

    /** A {@code llama_model *} with the default parameters: mapped, and repacked where llama.cpp repacks. */
    MemorySegment loadModel(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = defaults(arena, "llama_model_default_params", MODEL_PARAMS);
            MemorySegment model = (MemorySegment) call(
                    llama,
                    "llama_model_load_from_file",
                    FunctionDescriptor.of(ADDRESS, ADDRESS, MODEL_PARAMS),
                    arena.allocateFrom(file.toString()),
                    params);
            return required(model, "llama.cpp cannot load " + file);
        }
    }

    /** A {@code llama_context *} with keys and values in f16. */
    MemorySegment newContext(MemorySegment model, Engine.Settings settings, boolean flashAttention) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = defaults(arena, "llama_context_default_params", CONTEXT_PARAMS);
            setInt(params, "n_ctx", settings.context());
            setInt(params, "n_threads", settings.threads());
            setInt(params, "n_threads_batch", settings.threads());
            setInt(params, "flash_attn_type", flashAttention ? 1 : 0);
            MemorySegment context = (MemorySegment) call(
                    llama,
                    "llama_init_from_model",
                    FunctionDescriptor.of(ADDRESS, ADDRESS, CONTEXT_PARAMS),
                    model,
                    params);
            return required(context, "llama.cpp cannot make a context of " + settings);
        }
    }

    /** Threads that stay between passes, as llama-bench makes them, used by the context from now on. */
    MemorySegment attachThreads(MemorySegment context, int threads) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(POOL_PARAMS);
            call(base, "ggml_threadpool_params_init", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT), params, threads);
            expectInt(POOL_PARAMS, params, "n_threads", threads);
            expectInt(POOL_PARAMS, params, "poll", POLL);
            MemorySegment pool = (MemorySegment)
                    invoke(linker.downcallHandle(newPool, FunctionDescriptor.of(ADDRESS, ADDRESS)), params);
            call(
                    llama,
                    "llama_attach_threadpool",
                    FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS),
                    context,
                    required(pool, "llama.cpp cannot make " + threads + " threads"),
                    MemorySegment.NULL);
            return pool;
        }
    }

    void freeThreads(MemorySegment pool) {
        invoke(freePool, pool);
    }

    /** A {@code llama_sampler *} that does what {@link Engine#answer} says. */
    MemorySegment newSampler() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = defaults(arena, "llama_sampler_chain_default_params", CHAIN_PARAMS);
            MemorySegment chain = (MemorySegment)
                    call(llama, "llama_sampler_chain_init", FunctionDescriptor.of(ADDRESS, CHAIN_PARAMS), params);
            for (Object sampler : List.of(
                    call(llama, "llama_sampler_init_top_k", FunctionDescriptor.of(ADDRESS, JAVA_INT), 20),
                    call(
                            llama,
                            "llama_sampler_init_top_p",
                            FunctionDescriptor.of(ADDRESS, JAVA_FLOAT, JAVA_LONG),
                            0.8f,
                            1L),
                    call(llama, "llama_sampler_init_temp", FunctionDescriptor.of(ADDRESS, JAVA_FLOAT), 0.7f),
                    call(llama, "llama_sampler_init_dist", FunctionDescriptor.of(ADDRESS, JAVA_INT), 1))) {
                call(llama, "llama_sampler_chain_add", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS), chain, sampler);
            }
            return chain;
        }
    }

    /** The {@code llama_vocab *} of a model. */
    MemorySegment vocabulary(MemorySegment model) {
        return (MemorySegment) call(llama, "llama_model_get_vocab", FunctionDescriptor.of(ADDRESS, ADDRESS), model);
    }

    int vocabularySize(MemorySegment vocabulary) {
        return (int) call(llama, "llama_vocab_n_tokens", FunctionDescriptor.of(JAVA_INT, ADDRESS), vocabulary);
    }

    /** The first logit after the last token that a context has read. */
    float firstLogit(MemorySegment context) {
        MemorySegment last = (MemorySegment) invoke(logits, context, -1);
        return last.reinterpret(Float.BYTES).get(JAVA_FLOAT, 0);
    }

    /** Calls a handle; what it throws is a mistake in this class. */
    static Object invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void checkLayouts(Arena arena) {
        MemorySegment model = defaults(arena, "llama_model_default_params", MODEL_PARAMS);
        expectInt(MODEL_PARAMS, model, "n_gpu_layers", -1);
        expectInt(MODEL_PARAMS, model, "load_mode", -1);
        expectInt(MODEL_PARAMS, model, "main_gpu", 0);
        expectBoolean(MODEL_PARAMS, model, "check_tensors", false);
        expectBoolean(MODEL_PARAMS, model, "use_extra_bufts", true);
        expectBoolean(MODEL_PARAMS, model, "load_mtp", false);
        MemorySegment context = defaults(arena, "llama_context_default_params", CONTEXT_PARAMS);
        expectInt(CONTEXT_PARAMS, context, "n_ctx", 512);
        expectInt(CONTEXT_PARAMS, context, "n_batch", 2048);
        expectInt(CONTEXT_PARAMS, context, "n_ubatch", 512);
        expectInt(CONTEXT_PARAMS, context, "n_outputs_max_per_seq", 1);
        expectInt(CONTEXT_PARAMS, context, "flash_attn_type", -1);
        expectInt(CONTEXT_PARAMS, context, "yarn_ext_factor", Float.floatToRawIntBits(-1));
        expectInt(CONTEXT_PARAMS, context, "defrag_thold", Float.floatToRawIntBits(-1));
        expectInt(CONTEXT_PARAMS, context, "type_k", F16);
        expectInt(CONTEXT_PARAMS, context, "type_v", F16);
        expectBoolean(CONTEXT_PARAMS, context, "embeddings", false);
        expectBoolean(CONTEXT_PARAMS, context, "offload_kqv", true);
        expectBoolean(CONTEXT_PARAMS, context, "swa_full", true);
        expectBoolean(CONTEXT_PARAMS, context, "kv_unified", false);
    }

    private static void expectInt(StructLayout layout, MemorySegment struct, String field, int expected) {
        expect(struct.get(JAVA_INT, offset(layout, field)), field, expected);
    }

    private static void expectBoolean(StructLayout layout, MemorySegment struct, String field, boolean expected) {
        expect(struct.get(JAVA_BYTE, offset(layout, field)) == 1, field, expected);
    }

    private static void expect(Object found, String field, Object expected) {
        if (!found.equals(expected)) {
            throw new IllegalStateException("this llama.cpp has another C interface: field " + field + " is " + found
                    + " by default; expected " + expected + ", as in release v0.5.0. Use that release"
                    + " (npm package node-llama-cpp 3.22.1), or compare the layouts here with its llama.h");
        }
    }

    private static void setInt(MemorySegment context, String field, int value) {
        context.set(JAVA_INT, offset(CONTEXT_PARAMS, field), value);
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    private MemorySegment defaults(Arena arena, String function, StructLayout layout) {
        MethodHandle handle = handle(llama, function, FunctionDescriptor.of(layout));
        return (MemorySegment) invoke(handle, (SegmentAllocator) arena);
    }

    private MemorySegment procedure(Arena arena, MemorySegment registry, String name) {
        MemorySegment address = (MemorySegment) call(
                base,
                "ggml_backend_reg_get_proc_address",
                FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS),
                registry,
                arena.allocateFrom(name));
        return required(address, "the CPU backend has no " + name);
    }

    /** The log goes to the standard error by default; an empty function is the address of one that does nothing. */
    private void silenceLog() {
        MethodHandle silent = MethodHandles.empty(
                MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
        MemorySegment stub =
                linker.upcallStub(silent, FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS), Arena.global());
        call(llama, "llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS), stub, MemorySegment.NULL);
    }

    private Object call(SymbolLookup library, String function, FunctionDescriptor descriptor, Object... arguments) {
        return invoke(handle(library, function, descriptor), arguments);
    }

    private MethodHandle handle(SymbolLookup library, String function, FunctionDescriptor descriptor) {
        MemorySegment address = library.find(function)
                .orElseThrow(() -> new IllegalStateException("this llama.cpp has no function " + function));
        return linker.downcallHandle(address, descriptor);
    }

    private static SymbolLookup lookup(Path folder, String prefix) {
        try (Stream<Path> files = Files.list(folder)) {
            Path library = files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            folder + ": found no " + prefix + "so; expected the shared libraries of llama.cpp"));
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private static MemorySegment required(MemorySegment pointer, String otherwise) {
        if (pointer.address() == 0) {
            throw new IllegalStateException(otherwise);
        }
        return pointer;
    }

    private static String text(Object pointer) {
        return ((MemorySegment) pointer).reinterpret(1 << 16).getString(0);
    }
}
