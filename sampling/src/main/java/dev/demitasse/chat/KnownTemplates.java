package dev.demitasse.chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells which built-in renderer writes what a model file's Jinja template would. A template counts as known only if its
 * fingerprint is listed here, which happens after its renderings were compared with Jinja's own: a guess by likeness
 * would feed a model prompts that are slightly wrong.
 */
final class KnownTemplates {
    private static final String QWEN25 = "f73d47defb7209a8bbb4db69deb9ae4b218fbe3b96267e7ff90a14598417855f";
    private static final String CHATML_SYSTEM = "734eb93b1be8182fc101094b46b90b741b8d1170e412096f35bc7d5e1115dbc7";
    private static final String QWEN3 = "bc820f502aecc748a299efcb4393c104e4249d8574c44e01c451ee059e1f9ab4";
    private static final String QWEN3_WITHOUT_METHODS =
            "676571558e282212a5b3d21176e1ed71bb272750796c78d8c756ca7da69b0758";
    private static final String QWEN3_REVISED = "381eee5f4b8d1a15dff58c4a5bd5eb583b5f89f0d3e75ab314893318ffcebf02";
    private static final String QWEN3_THINKING = "326465662bae14bc60947d30f1271b41a08ce38e4c7053f184c0071094705818";
    private static final String QWEN3_INSTRUCT = "45ff2794bb90e063b7c288453f48b6106f909b669f1c88d9a740750e6f66e760";
    private static final String CHATML_PLAIN = "36495733a0e92f645201bcdae2ac943824e31d411e4cd0ad04017fbb047ed474";
    private static final String CHATML_DEFINED = "d8663f8de2dabc1854510d4fc71274abe9c189de2c04c7d1abef7ea36b1027de";

    private static final int SHOWN = 60;

    private KnownTemplates() {}

    static ChatTemplate recognise(String source, String where) {
        TemplateSource template = TemplateSource.parse(source);
        String fingerprint = template.fingerprint();
        String system = template.defaultSystem();
        ChatTemplate known =
                system == null ? withoutDefaultSystem(fingerprint) : withDefaultSystem(fingerprint, system);
        if (known == null) {
            throw new TemplateException("the chat template of " + where + " is not one that is built in"
                    + " (fingerprint " + fingerprint.substring(0, 16) + ", beginning with "
                    + PythonJson.write(source.strip()
                            .substring(0, Math.min(SHOWN, source.strip().length())))
                    + "); built in are those of Qwen2, Qwen2.5 and Qwen3 and plain ChatML."
                    + " Bring a ChatTemplate of your own for this model");
        }
        return known;
    }

    private static @Nullable ChatTemplate withDefaultSystem(String fingerprint, String system) {
        return switch (fingerprint) {
            case QWEN25 -> new Qwen25Template(system);
            case CHATML_SYSTEM -> new ChatMl(system);
            default -> null;
        };
    }

    private static @Nullable ChatTemplate withoutDefaultSystem(String fingerprint) {
        return switch (fingerprint) {
            case QWEN3, QWEN3_WITHOUT_METHODS -> Qwen3Template.FIRST;
            case QWEN3_REVISED -> Qwen3Template.REVISED;
            case QWEN3_THINKING -> Qwen3Template.THINKING_2507;
            case QWEN3_INSTRUCT -> Qwen3Template.INSTRUCT_2507;
            case CHATML_PLAIN, CHATML_DEFINED -> new ChatMl(null);
            default -> null;
        };
    }

    /** The template of a folder with a model's tokenizer files, found where transformers looks for it. */
    static ChatTemplate ofFolder(Path folder) {
        Path jinja = folder.resolve("chat_template.jinja");
        if (Files.exists(jinja)) {
            return recognise(read(jinja), jinja.toString());
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (!Files.exists(config)) {
            throw new TemplateException("no chat template: neither chat_template.jinja nor tokenizer_config.json in "
                    + folder + ". Bring a ChatTemplate of your own");
        }
        return ofTokenizerConfig(read(config), config.toString());
    }

    /** The source of a folder's template, built in or not, or null where there is none. */
    static @Nullable String findSource(Path folder) {
        Path jinja = folder.resolve("chat_template.jinja");
        if (Files.exists(jinja)) {
            return read(jinja);
        }
        Path config = folder.resolve("tokenizer_config.json");
        return Files.exists(config) ? findSource(read(config), config.toString()) : null;
    }

    /** The template that a {@code tokenizer_config.json} names. */
    static ChatTemplate ofTokenizerConfig(String json, String where) {
        String source = findSource(json, where);
        if (source == null) {
            throw new TemplateException(
                    "no chat template: " + where + " has no chat_template. Bring a ChatTemplate of your own");
        }
        return recognise(source, where);
    }

    private static @Nullable String findSource(String json, String where) {
        Object value = JsonReader.read(json) instanceof Map<?, ?> config ? config.get("chat_template") : null;
        return switch (value) {
            case String source -> source;
            case List<?> named -> defaultOf(named, where);
            case null, default -> null;
        };
    }

    /** Some files hold several templates by name; transformers takes the one named default. */
    private static String defaultOf(List<?> named, String where) {
        for (Object element : named) {
            if (element instanceof Map<?, ?> entry
                    && "default".equals(entry.get("name"))
                    && entry.get("template") instanceof String source) {
                return source;
            }
        }
        throw new TemplateException("the chat templates of " + where + " have none named default");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
