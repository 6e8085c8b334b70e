package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.demitasse.chat.Pooling;
import dev.demitasse.tokenizer.SpecialTokens;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code /v1/embeddings} and {@code /api/embed}. */
class EmbeddingsTest {
    private static final String PATH = "/v1/embeddings";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode embed(String path, String body) throws Exception {
        HttpResponse<String> response = server.post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return TestServer.json(response.body());
    }

    private static void assertVector(JsonNode found, float[] expected) {
        assertThat(found.size()).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((float) found.get(i).doubleValue()).isCloseTo(expected[i], within(1e-4f));
        }
    }

    @Test
    void textsAndTokensAreEmbeddedInTheirOrder() throws Exception {
        JsonNode answer = embed(PATH, "{\"model\":\"any\",\"input\":[\"春眠不觉晓\",\"Hello\"]}");
        assertThat(answer.get("object").stringValue()).isEqualTo("list");
        assertThat(answer.get("data").size()).isEqualTo(2);
        List<String> texts = List.of("春眠不觉晓", "Hello");
        int tokens = 0;
        for (int i = 0; i < 2; i++) {
            JsonNode entry = answer.get("data").get(i);
            assertThat(entry.get("index").intValue()).isEqualTo(i);
            assertVector(entry.get("embedding"), server.model().embed(texts.get(i)));
            tokens += server.model().tokenizer().count(texts.get(i), SpecialTokens.NONE);
        }
        assertThat(answer.get("usage").get("prompt_tokens").intValue()).isEqualTo(tokens);
        assertThat(answer.get("usage").get("total_tokens").intValue()).isEqualTo(tokens);

        int moon = server.model().tokenizer().tokenId("月").orElseThrow();
        JsonNode ofTokens = embed(PATH, "{\"input\":[" + moon + "]}").get("data");
        assertVector(ofTokens.get(0).get("embedding"), server.model().embed("月"));
    }

    @Test
    void numbersCanBePacked() throws Exception {
        String packed = embed(PATH, "{\"input\":\"月\",\"encoding_format\":\"base64\",\"pooling\":\"last\"}")
                .get("data")
                .get(0)
                .get("embedding")
                .stringValue();
        float[] expected = server.model().embed(List.of("月"), Pooling.LAST).getFirst();
        float[] found = new float[expected.length];
        ByteBuffer.wrap(Base64.getDecoder().decode(packed))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(found);
        assertThat(found).containsExactly(expected, within(1e-4f));
    }

    @Test
    void openAisClientUnderstandsTheAnswer() {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(server.uri("/v1").toString())
                .apiKey("none")
                .build();
        try {
            CreateEmbeddingResponse response = client.embeddings()
                    .create(EmbeddingCreateParams.builder()
                            .model("any")
                            .inputOfArrayOfStrings(Collections.nCopies(40, "春眠不觉晓"))
                            .build());
            float[] expected = server.model().embed("春眠不觉晓");
            assertThat(response.data()).hasSize(40).allSatisfy(entry -> {
                assertThat(entry.embedding()).hasSize(expected.length);
                assertThat(entry.embedding().getFirst()).isCloseTo(expected[0], within(1e-4f));
            });
        } finally {
            client.close();
        }
    }

    @Test
    void ollamasFormHasTheNumbersAlone() throws Exception {
        JsonNode answer = embed("/api/embed", "{\"model\":\"any\",\"input\":\"月\"}");
        assertVector(answer.get("embeddings").get(0), server.model().embed("月"));
        assertThat(answer.get("prompt_eval_count").intValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | input",
                "{\"input\":\"\"} | input",
                "{\"input\":[\"a\",\"\"]} | input[1]",
                "{\"input\":[999999]} | input[0]",
                "{\"input\":{\"a\":1}} | input",
                "{\"input\":\"a\",\"encoding_format\":\"int8\"} | encoding_format",
                "{\"input\":\"a\",\"dimensions\":64} | dimensions",
                "{\"input\":\"a\",\"pooling\":\"max\"} | pooling"
            })
    void badFieldsAreNamed(String body, String field) throws Exception {
        HttpResponse<String> response = server.post(PATH, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response.body()).get("error").get("message").stringValue())
                .contains(field);
    }

    @Test
    void textThatDoesNotFitIsRefusedNotCut() throws Exception {
        HttpResponse<String> response = server.post(PATH, "{\"input\":\"" + "月".repeat(2000) + "\"}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(response.body()).get("error").get("code").stringValue())
                .isEqualTo("context_length_exceeded");
    }
}
