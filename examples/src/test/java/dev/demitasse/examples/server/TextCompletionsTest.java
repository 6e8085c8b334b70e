package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.chat.Message;
import dev.demitasse.chat.TemplateInput;
import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.tokenizer.SpecialTokens;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code /v1/completions}, field by field. */
class TextCompletionsTest {
    private static final String PATH = "/v1/completions";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode complete(TestServer asked, String body) throws Exception {
        HttpResponse<String> response = asked.post(PATH, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return TestServer.json(response.body());
    }

    private static JsonNode complete(String fields) throws Exception {
        return complete(server, "{" + fields + "}");
    }

    private static List<JsonNode> stream(String fields) throws Exception {
        return TestServer.events(server.post(PATH, "{\"stream\":true," + fields + "}"));
    }

    private static JsonNode error(String fields) throws Exception {
        HttpResponse<String> response = server.post(PATH, "{" + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = TestServer.json(response.body()).get("error");
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
        return error;
    }

    private static CompletableFuture<JsonNode> inBackground(TestServer asked, String body) {
        CompletableFuture<JsonNode> completion = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                completion.complete(complete(asked, body));
            } catch (Exception | AssertionError e) {
                completion.completeExceptionally(e);
            }
        });
        return completion;
    }

    /** The texts of the choices, by index. */
    private static List<String> texts(JsonNode completion) {
        List<String> texts = new ArrayList<>();
        for (JsonNode choice : completion.get("choices")) {
            assertThat(choice.get("index").intValue()).isEqualTo(texts.size());
            texts.add(choice.get("text").stringValue());
        }
        return texts;
    }

    private static String streamed(List<JsonNode> chunks, int index) {
        return chunks.stream()
                .filter(chunk -> chunk.at("/choices/0/index").asInt(-1) == index)
                .map(chunk -> chunk.at("/choices/0/text").stringValue())
                .collect(Collectors.joining());
    }

    private static String ids(String text) {
        return IntStream.of(server.model().tokenizer().encode(text, SpecialTokens.NONE))
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String withoutEnd() {
        return server.model().language().stopTokens().stream()
                .map(token -> "\"" + token + "\":-100")
                .collect(Collectors.joining(",", ",\"logit_bias\":{", "}"));
    }

    @Test
    void aWholeCompletionHasOpenAisShapeAndSixteenTokens() throws Exception {
        JsonNode completion = complete("\"model\":\"any\",\"prompt\":\"床前明月光\"" + withoutEnd());
        assertThat(completion.propertyNames())
                .containsExactly("id", "object", "created", "model", "system_fingerprint", "choices", "usage");
        assertThat(completion.get("id").stringValue()).startsWith("cmpl-");
        assertThat(completion.get("object").stringValue()).isEqualTo("text_completion");
        JsonNode choice = completion.at("/choices/0");
        assertThat(choice.propertyNames()).containsExactly("text", "index", "logprobs", "finish_reason");
        assertThat(choice.get("text").stringValue()).isNotBlank();
        assertThat(choice.get("logprobs").isNull()).isTrue();
        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("length");
        assertThat(completion.at("/usage/completion_tokens").intValue()).isEqualTo(16);
        assertThat(completion.at("/usage/prompt_tokens").intValue())
                .isEqualTo(server.model().tokenizer().count("床前明月光", SpecialTokens.NONE));
    }

    @Test
    void aPromptIsTextOrTokensOrSeveralOfEither() throws Exception {
        String greedy = ",\"temperature\":0";
        String moon = texts(complete("\"prompt\":\"床前明月光\"" + greedy)).getFirst();
        String wind = texts(complete("\"prompt\":\"春风\"" + greedy)).getFirst();
        assertThat(moon).isNotBlank().isNotEqualTo(wind);
        assertThat(texts(complete("\"prompt\":" + ids("床前明月光") + greedy))).containsExactly(moon);
        assertThat(texts(complete("\"prompt\":[\"床前明月光\",\"春风\"]" + greedy))).containsExactly(moon, wind);
        assertThat(texts(complete("\"prompt\":[" + ids("春风") + "," + ids("床前明月光") + "]" + greedy)))
                .containsExactly(wind, moon);
    }

    @Test
    void choicesAreNumberedPromptByPromptAndSeededEachAlike() throws Exception {
        JsonNode both = complete("\"prompt\":[\"床前\",\"春风\"],\"n\":2,\"seed\":5,\"temperature\":1.5");
        List<String> texts = texts(both);
        assertThat(texts).hasSize(4).doesNotHaveDuplicates();
        JsonNode second = complete("\"prompt\":\"春风\",\"n\":2,\"seed\":5,\"temperature\":1.5");
        assertThat(texts.subList(2, 4)).isEqualTo(texts(second));
        int prompt = second.at("/usage/prompt_tokens").intValue();
        int first = server.model().tokenizer().count("床前", SpecialTokens.NONE);
        assertThat(both.at("/usage/prompt_tokens").intValue()).isEqualTo(prompt + first);
        assertThat(both.at("/usage/total_tokens").intValue())
                .isEqualTo(prompt + first + both.at("/usage/completion_tokens").intValue());
    }

    @Test
    void aStreamSaysTheSameChoiceByChoiceAndEndsWithUsage() throws Exception {
        String fields = "\"prompt\":[\"床前\",\"春风\"],\"n\":2,\"seed\":5";
        JsonNode whole = complete(fields);
        List<JsonNode> chunks = stream(fields + ",\"stream_options\":{\"include_usage\":true}");
        for (int index = 0; index < 4; index++) {
            int choice = index;
            assertThat(streamed(chunks, index)).isEqualTo(texts(whole).get(index));
            List<JsonNode> own = chunks.stream()
                    .filter(chunk -> chunk.at("/choices/0/index").asInt(-1) == choice)
                    .toList();
            assertThat(own.getLast().at("/choices/0/finish_reason"))
                    .isEqualTo(whole.at("/choices/" + index + "/finish_reason"));
            assertThat(own.subList(0, own.size() - 1))
                    .allMatch(chunk -> chunk.at("/choices/0/finish_reason").isNull()
                            && chunk.get("usage").isNull()
                            && chunk.get("object").stringValue().equals("text_completion"));
        }
        JsonNode last = chunks.getLast();
        assertThat(last.get("choices")).isEmpty();
        assertThat(last.at("/usage/completion_tokens")).isEqualTo(whole.at("/usage/completion_tokens"));
        assertThat(last.at("/usage/prompt_tokens")).isEqualTo(whole.at("/usage/prompt_tokens"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEchoBeginsWithThePrompt(boolean asTokens) throws Exception {
        String fields = "\"prompt\":" + (asTokens ? ids("床前明月") : "\"床前明月\"") + ",\"temperature\":0";
        String written = texts(complete(fields)).getFirst();
        assertThat(texts(complete(fields + ",\"echo\":true"))).containsExactly("床前明月" + written);
        List<JsonNode> chunks = stream(fields + ",\"echo\":true");
        assertThat(streamed(chunks, 0)).isEqualTo("床前明月" + written);
        assertThat(chunks.getFirst().at("/choices/0/text").stringValue()).startsWith("床前明月");
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() throws Exception {
        try (TestServer scripted = new TestServer(new ServerSettings(), ScriptedModel.replying("一二三四五"))) {
            JsonNode choice = complete(scripted, "{\"prompt\":\"数：\",\"stop\":[\"三四\",\"五\"]}")
                    .at("/choices/0");
            assertThat(choice.get("text").stringValue()).isEqualTo("一二");
            assertThat(choice.get("finish_reason").stringValue()).isEqualTo("stop");
        }
    }

    @Test
    void logprobsAreListsWithAnElementForEachToken() throws Exception {
        JsonNode choice = complete("\"prompt\":\"床前明月光\",\"logprobs\":3,\"temperature\":0" + withoutEnd())
                .at("/choices/0");
        JsonNode logprobs = choice.get("logprobs");
        assertThat(logprobs.propertyNames()).containsExactly("tokens", "token_logprobs", "top_logprobs", "text_offset");
        int[] text = choice.get("text").stringValue().codePoints().toArray();
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            String token = logprobs.at("/tokens/" + i).stringValue();
            joined.append(token);
            int offset = logprobs.at("/text_offset/" + i).intValue();
            assertThat(token.codePointAt(0)).isEqualTo(text[offset]);
            double logprob = logprobs.at("/token_logprobs/" + i).doubleValue();
            JsonNode top = logprobs.at("/top_logprobs/" + i);
            assertThat(logprob).isNegative();
            assertThat(top.size()).isBetween(3, 4);
            assertThat(top.get(token).doubleValue()).isEqualTo(logprob);
        }
        assertThat(joined).hasToString(choice.get("text").stringValue());
        for (JsonNode list : logprobs) {
            assertThat(list).hasSize(16);
        }
    }

    @Test
    void logprobsOfAStreamAreTheSameInParts() throws Exception {
        String fields = "\"prompt\":\"床前明月光\",\"logprobs\":2,\"seed\":3,\"stop\":\"。\"";
        JsonNode whole = complete(fields).at("/choices/0/logprobs");
        List<JsonNode> chunks = stream(fields);
        for (String list : whole.propertyNames()) {
            List<JsonNode> joined = new ArrayList<>();
            for (JsonNode chunk : chunks) {
                chunk.at("/choices/0/logprobs/" + list).forEach(joined::add);
            }
            assertThat(joined)
                    .as(list)
                    .containsExactlyElementsOf(whole.get(list))
                    .isNotEmpty();
        }
    }

    @Test
    void aTokenThatIsPartOfACharacterIsShownAsBytes() throws Exception {
        try (TestServer scripted = new TestServer(new ServerSettings(), ScriptedModel.replying("a月b"))) {
            JsonNode logprobs =
                    complete(scripted, "{\"prompt\":\"x\",\"logprobs\":0}").at("/choices/0/logprobs");
            assertThat(logprobs.get("tokens"))
                    .extracting(JsonNode::stringValue)
                    .startsWith("a", "bytes:\\xe6", "bytes:\\x9c", "bytes:\\x88", "b")
                    .hasSize(6);
            assertThat(logprobs.get("text_offset"))
                    .extracting(JsonNode::intValue)
                    .containsExactly(0, 1, 1, 1, 2, 3);
            assertThat(logprobs.at("/top_logprobs/1").propertyNames()).containsExactly("bytes:\\xe6");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"床前明月光，疑是\"", "[\"春\",\"床前明月光，疑是\"]"})
    void anEchoedPromptIsScored(String prompt) throws Exception {
        String fields = "\"prompt\":" + prompt + ",\"echo\":true,\"logprobs\":1,\"max_tokens\":1,\"n\":2,\"seed\":1";
        JsonNode choices = complete(fields).get("choices");
        JsonNode last = choices.get(choices.size() - 1).get("logprobs");
        int[] tokens = server.model().tokenizer().encode("床前明月光，疑是", SpecialTokens.ALL);
        assertThat(last.get("tokens")).hasSize(tokens.length + 1);
        assertThat(last.at("/token_logprobs/0").isNull()).isTrue();
        assertThat(last.at("/top_logprobs/0").isNull()).isTrue();
        for (int i = 1; i < tokens.length; i++) {
            // as a reply of one token to what comes before, so far as passes of other sizes agree
            String before = Arrays.toString(Arrays.copyOf(tokens, i));
            JsonNode next = complete("\"prompt\":" + before + ",\"max_tokens\":1,\"logprobs\":1,\"logit_bias\":{\""
                            + tokens[i] + "\":100}")
                    .at("/choices/0/logprobs");
            assertThat(last.at("/tokens/" + i)).isEqualTo(next.at("/tokens/0"));
            assertThat(last.at("/token_logprobs/" + i).doubleValue())
                    .isCloseTo(next.at("/token_logprobs/0").doubleValue(), within(0.05));
            assertThat(last.at("/top_logprobs/" + i).propertyNames())
                    .contains(last.at("/tokens/" + i).stringValue());
        }
        assertThat(last.at("/text_offset/1").intValue())
                .isEqualTo(last.at("/tokens/0").stringValue().length());
        assertThat(last.at("/text_offset/" + tokens.length).intValue()).isEqualTo(8);
        List<JsonNode> scores = new ArrayList<>();
        for (JsonNode chunk : stream(fields)) {
            if (chunk.at("/choices/0/index").intValue() == choices.size() - 1) {
                chunk.at("/choices/0/logprobs/tokens").forEach(scores::add);
            }
        }
        assertThat(scores).containsExactlyElementsOf(last.get("tokens"));
    }

    @Test
    void theTokenThatEndsATextIsCountedAmongItsLogprobs() throws Exception {
        int end = server.model().language().stopTokens().iterator().next();
        JsonNode choice = complete(
                        "\"prompt\":\"春\",\"max_tokens\":1,\"logprobs\":0,\"logit_bias\":{\"" + end + "\":100}")
                .at("/choices/0");
        assertThat(choice.get("text").stringValue()).isEmpty();
        assertThat(choice.at("/logprobs/token_logprobs")).hasSize(1);
    }

    @Test
    void marksInAPromptAreTokensUnlessTheyAreDeclaredText() throws Exception {
        String prompt = "\"prompt\":\"<|im_start|>user\",\"max_tokens\":1";
        int tokens = server.model().tokenizer().count("<|im_start|>user", SpecialTokens.ALL);
        int text = server.model().tokenizer().count("<|im_start|>user", SpecialTokens.NONE);
        assertThat(complete(prompt).at("/usage/prompt_tokens").intValue()).isEqualTo(tokens);
        assertThat(complete(prompt + ",\"parse_special\":false")
                        .at("/usage/prompt_tokens")
                        .intValue())
                .isEqualTo(text)
                .isNotEqualTo(tokens);
    }

    @Test
    void aChatWrittenByHandIsAnsweredLikeAChat() throws Exception {
        String chat = server.complete(
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"写一首关于月亮的诗\"}],\"temperature\":0}")
                .at("/choices/0/message/content")
                .stringValue();
        int[] prompt = server.model().language().encode(TemplateInput.of(List.of(Message.user("写一首关于月亮的诗"))));
        assertThat(texts(complete("\"prompt\":" + Arrays.toString(prompt) + ",\"temperature\":0,\"max_tokens\":200")))
                .containsExactly(chat);
    }

    @Test
    void aSchemaIsObeyed() throws Exception {
        String text = texts(
                        complete("\"prompt\":\"写：\",\"max_tokens\":40,\"response_format\":{\"type\":\"json_object\"}"))
                .getFirst();
        assertThat(TestServer.json(text).isObject()).isTrue();
    }

    @Test
    void moreRepliesThanTheServerWritesTogetherComeInWavesInTheirOrder() throws Exception {
        try (TestServer small = new TestServer(new ServerSettings().concurrent(2))) {
            String prompts =
                    IntStream.range(0, 7).mapToObj(i -> "\"第" + i + "首\"").collect(Collectors.joining(",", "[", "]"));
            String fields = "{\"prompt\":" + prompts + ",\"echo\":true,\"max_tokens\":3}";
            assertThat(texts(complete(small, fields)))
                    .hasSize(7)
                    .allSatisfy(text -> assertThat(text).matches("(?s)第\\d首.*"))
                    .isSorted();
            small.awaitIdle();
        }
    }

    @Test
    void othersHaveTheirTurnBetweenTwoWaves() throws Exception {
        ScriptedModel slow = ScriptedModel.replying("一二三四五").delaying(Duration.ofMillis(10));
        try (TestServer small = new TestServer(new ServerSettings().concurrent(1), slow)) {
            CompletableFuture<JsonNode> many =
                    inBackground(small, "{\"prompt\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]}");
            TestServer.eventually(
                    "the first is being written", () -> !slow.prompts().isEmpty());
            assertThat(texts(complete(small, "{\"prompt\":\"z\"}"))).containsExactly("一二三四五");
            assertThat(many).isNotDone();
            assertThat(slow.prompts()).contains("z").doesNotContain("h");
            assertThat(texts(many.get(60, TimeUnit.SECONDS))).hasSize(8).containsOnly("一二三四五");
        }
    }

    @Test
    void allWavesOfARequestUnderWayAreWrittenWhileTheServerShutsDown() throws Exception {
        ScriptedModel slow = ScriptedModel.replying("一二").delaying(Duration.ofMillis(10));
        try (TestServer small = new TestServer(new ServerSettings().concurrent(1), slow)) {
            CompletableFuture<JsonNode> all = inBackground(small, "{\"prompt\":[\"a\",\"b\",\"c\"]}");
            TestServer.eventually(
                    "the first is being written", () -> !slow.prompts().isEmpty());
            small.stop();
            assertThat(texts(all.get(60, TimeUnit.SECONDS))).containsExactly("一二", "一二", "一二");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prompt        | \"model\":\"any\"",
                "prompt        | \"prompt\":null",
                "prompt        | \"prompt\":\"\"",
                "prompt        | \"prompt\":[]",
                "prompt        | \"prompt\":7",
                "prompt        | \"prompt\":{}",
                "prompt[0]     | \"prompt\":[[]]",
                "prompt[1]     | \"prompt\":[\"x\",\"\"]",
                "prompt[1]     | \"prompt\":[\"x\",7]",
                "prompt[1]     | \"prompt\":[7,\"x\"]",
                "prompt[0]     | \"prompt\":[-1]",
                "prompt[0]     | \"prompt\":[1.5]",
                "prompt[0]     | \"prompt\":[999999]",
                "prompt[1][0]  | \"prompt\":[[7],[99999999999]]",
                "max_tokens    | \"prompt\":\"x\",\"max_tokens\":0",
                "logprobs      | \"prompt\":\"x\",\"logprobs\":true",
                "logprobs      | \"prompt\":\"x\",\"logprobs\":21",
                "n             | \"prompt\":\"x\",\"n\":0",
                "best_of       | \"prompt\":\"x\",\"best_of\":3",
                "best_of       | \"prompt\":\"x\",\"n\":2,\"best_of\":3",
                "suffix        | \"prompt\":\"x\",\"suffix\":\"end\"",
                "echo          | \"prompt\":\"x\",\"echo\":1",
                "stop          | \"prompt\":\"x\",\"stop\":[\"\"]",
                "temperature   | \"prompt\":\"x\",\"temperature\":3",
                "logit_bias    | \"prompt\":\"x\",\"logit_bias\":{\"a\":1}",
                "parse_special | \"prompt\":\"x\",\"parse_special\":\"yes\"",
                "stream_options | \"prompt\":\"x\",\"stream_options\":{\"include_usage\":true}",
                "response_format.type | \"prompt\":\"x\",\"response_format\":{\"type\":\"xml\"}",
            })
    void aBadFieldIsRefusedByName(String field, String fields) throws Exception {
        JsonNode error = error(fields);
        assertThat(error.get("param").stringValue()).isEqualTo(field);
        assertThat(error.get("message").stringValue()).contains(field);
    }

    @Test
    void asManyCandidatesAsRepliesAreAsked() throws Exception {
        assertThat(texts(complete("\"prompt\":\"春\",\"n\":2,\"best_of\":2,\"max_tokens\":1,\"suffix\":\"\"")))
                .hasSize(2);
    }

    @Test
    void tooManyPromptsAreRefused() throws Exception {
        JsonNode error = error("\"prompt\":[" + "\"x\",".repeat(256) + "\"x\"]");
        assertThat(error.get("message").stringValue()).contains("257").contains("256");
    }

    @Test
    void aPromptLongerThanTheContextIsRefusedBeforeAnyIsWritten() throws Exception {
        for (String stream : List.of("true", "false")) {
            JsonNode error = error("\"prompt\":[\"春\",\"" + "月".repeat(2000) + "\"],\"stream\":" + stream);
            assertThat(error.get("code").stringValue()).isEqualTo("context_length_exceeded");
            assertThat(error.get("param").stringValue()).isEqualTo("prompt[1]");
            assertThat(error.get("message").stringValue()).contains("1024");
        }
    }
}
