package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import dev.demitasse.tokenizer.SpecialTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client, pointed at the server and otherwise unchanged. */
class OpenAiClientTest {
    private static TestServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings().apiKeys(List.of("secret")));
        client = client("secret");
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server.uri("/v1").toString())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder poem() {
        return ChatCompletionCreateParams.builder()
                .model("any-name")
                .addSystemMessage("你是诗人")
                .addUserMessage("写一首关于月亮的诗");
    }

    @Test
    void aCompletionIsReadWithoutAnUnknownOrMissingField() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(poem().n(2).logprobs(true).topLogprobs(2).build())
                .validate();
        assertThat(completion.choices()).hasSize(2);
        assertThat(completion.choices().getFirst().message().content().orElseThrow())
                .isNotBlank();
        assertThat(completion.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(completion
                        .choices()
                        .getFirst()
                        .logprobs()
                        .orElseThrow()
                        .content()
                        .orElseThrow())
                .isNotEmpty();
        assertThat(completion.usage().orElseThrow().promptTokensDetails()).isPresent();
    }

    @Test
    void aStreamIsReadToItsEnd() {
        StringBuilder text = new StringBuilder();
        long tokens = 0;
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(poem().streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                chunk.validate();
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
                tokens += chunk.usage().map(usage -> usage.completionTokens()).orElse(0L);
            }
        }
        assertThat(text.toString().codePoints().filter(Character::isIdeographic).count())
                .isGreaterThanOrEqualTo(20);
        assertThat(tokens).isGreaterThan(20);
    }

    private static CompletionCreateParams.Builder moon() {
        return CompletionCreateParams.builder().model("any-name").maxTokens(30);
    }

    @Test
    void aTextCompletionIsReadWithoutAnUnknownOrMissingField() {
        Completion completion = client.completions()
                .create(moon().promptOfArrayOfStrings(List.of("床前明月光", "春风"))
                        .n(2)
                        .logprobs(2)
                        .echo(false)
                        .seed(1)
                        .build())
                .validate();
        assertThat(completion.choices()).hasSize(4).allSatisfy(choice -> {
            assertThat(choice.text()).isNotBlank();
            CompletionChoice.Logprobs logprobs = choice.logprobs().orElseThrow();
            assertThat(logprobs.tokens().orElseThrow())
                    .hasSameSizeAs(logprobs.tokenLogprobs().orElseThrow())
                    .hasSameSizeAs(logprobs.topLogprobs().orElseThrow())
                    .hasSameSizeAs(logprobs.textOffset().orElseThrow());
        });
        assertThat(completion.usage().orElseThrow().completionTokens()).isGreaterThan(4);
    }

    @Test
    void aTextCompletionIsStreamed() {
        CompletionCreateParams asked =
                moon().prompt("床前明月光").temperature(0).echo(true).build();
        StringBuilder text = new StringBuilder();
        try (StreamResponse<Completion> stream = client.completions().createStreaming(asked)) {
            stream.stream()
                    .forEach(chunk -> text.append(chunk.choices().getFirst().text()));
        }
        assertThat(text)
                .startsWith("床前明月光")
                .hasToString(
                        client.completions().create(asked).choices().getFirst().text());
    }

    @Test
    void aTextCompletionOfTokensIsTheTexts() {
        List<Long> tokens = Arrays.stream(server.model().tokenizer().encode("春风", SpecialTokens.NONE))
                .mapToObj(Long::valueOf)
                .toList();
        Completion ofText =
                client.completions().create(moon().prompt("春风").temperature(0).build());
        Completion ofTokens = client.completions()
                .create(moon().promptOfArrayOfTokens(tokens).temperature(0).build());
        assertThat(ofTokens.choices().getFirst().text())
                .isEqualTo(ofText.choices().getFirst().text());
    }

    @Test
    void modelsAreListed() {
        assertThat(client.models().list().items().getFirst().id()).isEqualTo("quatrain-demo");
        assertThat(client.models().retrieve("quatrain-demo").validate().ownedBy())
                .isEqualTo("demitasse");
    }

    @Test
    void errorsArriveAsTheClientsExceptions() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(poem().addUserMessage("月".repeat(2000)).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("1024 tokens");
        OpenAIClient stranger = client("wrong");
        assertThatThrownBy(() -> stranger.chat().completions().create(poem().build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void theGuidesJavaCodeRuns() throws Exception {
        String guide = Files.readString(Path.of("..", "docs", "guide", "server.md"));
        String block = guide.substring(guide.indexOf("```java\n") + 8);
        String snippet = block.substring(0, block.indexOf("```")).replace("\"http://127.0.0.1:8080/v1\"", "baseUrl");
        String source = Files.readString(Path.of("src/test/java/dev/demitasse/examples/server/GuideSnippet.java"));
        assertThat(source.replaceAll("\\s+", "")).contains(snippet.replaceAll("\\s+", ""));
        try (TestServer open = new TestServer(new ServerSettings())) {
            GuideSnippet.run(open.uri("/v1").toString());
        }
    }
}
