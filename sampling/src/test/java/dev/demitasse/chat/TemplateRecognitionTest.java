package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateRecognitionTest {
    private static final String CHATML = "{% for message in messages %}"
            + "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    static final String CHATML_WITH_SYSTEM = "{% for message in messages %}"
            + "{% if loop.first and messages[0]['role'] != 'system' %}"
            + "{{ '<|im_start|>system\\nSpeak like a barista.<|im_end|>\\n' }}{% endif %}"
            + CHATML.substring("{% for message in messages %}".length());

    @Test
    void plainChatMlIsKnown() {
        assertThat(ChatTemplate.recognise(CHATML, "a test")).isEqualTo(ChatTemplate.chatMl(null));
    }

    @Test
    void theDefaultSystemMessageIsTakenFromTheTemplate() {
        assertThat(ChatTemplate.recognise(CHATML_WITH_SYSTEM, "a test"))
                .isEqualTo(ChatTemplate.chatMl("Speak like a barista."));
    }

    @Test
    void spellingsThatCannotRenderDifferentlyAreTheSameTemplate() {
        String spread = CHATML.replace("%}{", "%}\n    {").replace("{%", "{%-").replace("{{", "{{-");
        assertThat(ChatTemplate.recognise(spread, "a test")).isEqualTo(ChatTemplate.chatMl(null));
        String respelled = CHATML.replace("['role']", ".role")
                .replace("['content']", " [ \"content\" ] ")
                .replace("'", "\"")
                .replace("\\n", "\n")
                .replace("{% endfor %}", "{# a comment #}{%endfor%}\n");
        assertThat(ChatTemplate.recognise(respelled + "\n", "a test")).isEqualTo(ChatTemplate.chatMl(null));
    }

    @Test
    void textThatJinjaKeepsMakesAnotherTemplate() {
        for (String other : new String[] {
            CHATML + " ",
            CHATML.replace("%}{{ '<|im", "%} {{ '<|im"),
            CHATML.replace("{% endfor %}", "\n{% endfor %}"),
            CHATML.replace("assistant", "bot"),
            CHATML.replace("message['content']", "message['content'] | trim"),
            CHATML.replace("'\\n'}}", "'\\\\n'}}"),
        }) {
            assertThatThrownBy(() -> ChatTemplate.recognise(other, "model.gguf"))
                    .as(other)
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining("the chat template of model.gguf is not one that is built in")
                    .hasMessageContaining("Bring a ChatTemplate of your own");
        }
    }

    @Test
    void whiteSpaceIsDroppedAsJinjaDropsIt() {
        // trim_blocks, lstrip_blocks, the marks on both sides, and one line feed at the end
        assertThat(TemplateSource.parse("a \n  {% if x %}\nb\n{{ c }}\n  {%- endif -%}  \n d\n\n")
                        .normalForm())
                .isEqualTo("""
                    text "a \\n"
                    statement if x
                    text "b\\n"
                    output c
                    statement endif
                    text "d\\n"
                    """);
    }

    @Test
    void damagedTemplatesAreRefused() {
        for (String damaged : new String[] {"{{ 'a }}", "{% if", "{# no end", "{{ \"a\\\" }}"}) {
            assertThatThrownBy(() -> ChatTemplate.recognise(damaged, "a test"))
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining("is damaged");
        }
    }

    @Test
    void aFolderIsSearchedWhereTransformersSearches(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> ChatTemplate.ofFolder(folder))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("no chat template");

        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"chat_template\": null}");
        assertThatThrownBy(() -> ChatTemplate.ofFolder(folder)).hasMessageContaining("has no chat_template");

        Files.writeString(config, "{\"chat_template\": " + PythonJson.write(CHATML) + "}");
        assertThat(ChatTemplate.ofFolder(folder)).isEqualTo(ChatTemplate.chatMl(null));

        String named =
                "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}, {\"name\": \"default\", \"template\": ";
        Files.writeString(config, named + PythonJson.write(CHATML) + "}]}");
        assertThat(ChatTemplate.ofFolder(folder)).isEqualTo(ChatTemplate.chatMl(null));

        Files.writeString(config, "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}");
        assertThatThrownBy(() -> ChatTemplate.ofFolder(folder)).hasMessageContaining("none named default");

        Files.writeString(folder.resolve("chat_template.jinja"), CHATML_WITH_SYSTEM);
        assertThat(ChatTemplate.ofFolder(folder)).isEqualTo(ChatTemplate.chatMl("Speak like a barista."));
    }
}
