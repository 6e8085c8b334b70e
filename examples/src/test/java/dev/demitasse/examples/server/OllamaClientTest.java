package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.StreamingResponseHandler;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaLanguageModel;
import dev.langchain4j.model.ollama.OllamaModels;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingLanguageModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** LangChain4j's Ollama module, pointed at the server and otherwise unchanged. */
class OllamaClientTest {
    private static final String MODEL = "quatrain-demo";
    private static final String QUESTION = "写一首关于月亮的诗";
    private static TestServer server;
    private static String url;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
        url = server.uri("").toString();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aChatIsAnswered() {
        OllamaChatModel model = OllamaChatModel.builder()
                .baseUrl(url)
                .modelName(MODEL)
                .temperature(0.5)
                .seed(1)
                .build();
        ChatResponse response = model.chat(SystemMessage.from("你是诗人"), UserMessage.from(QUESTION));
        assertThat(response.aiMessage().text()).isNotBlank();
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.tokenUsage().outputTokenCount()).isPositive();
    }

    @Test
    void aChatIsStreamed() throws Exception {
        OllamaStreamingChatModel model =
                OllamaStreamingChatModel.builder().baseUrl(url).modelName(MODEL).build();
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> done = new CompletableFuture<>();
        model.chat(QUESTION, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
        assertThat(done.get(60, TimeUnit.SECONDS).aiMessage().text())
                .isEqualTo(pieces.toString())
                .isNotBlank();
    }

    @Test
    void toolsAreCalledWholeAndStreamed() throws Exception {
        ScriptedModel scripted = ScriptedModel.replying()
                .thenCalls("price", Map.of("fruit", "苹果"))
                .thenCalls("price", Map.of("fruit", "苹果"));
        ToolSpecification price = ToolSpecification.builder()
                .name("price")
                .description("Price of a fruit")
                .parameters(JsonObjectSchema.builder()
                        .addStringProperty("fruit")
                        .required("fruit")
                        .build())
                .build();
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("苹果多少钱？"))
                .toolSpecifications(price)
                .build();
        try (TestServer calling = new TestServer(new ServerSettings(), scripted)) {
            String own = calling.uri("").toString();
            ChatResponse whole = OllamaChatModel.builder()
                    .baseUrl(own)
                    .modelName(MODEL)
                    .build()
                    .chat(request);
            assertThat(whole.aiMessage().toolExecutionRequests())
                    .singleElement()
                    .satisfies(call -> {
                        assertThat(call.name()).isEqualTo("price");
                        assertThat(call.arguments()).contains("苹果");
                    });
            CompletableFuture<ChatResponse> streamed = new CompletableFuture<>();
            OllamaStreamingChatModel.builder()
                    .baseUrl(own)
                    .modelName(MODEL)
                    .build()
                    .chat(request, new StreamingChatResponseHandler() {
                        @Override
                        public void onCompleteResponse(ChatResponse response) {
                            streamed.complete(response);
                        }

                        @Override
                        public void onError(Throwable failure) {
                            streamed.completeExceptionally(failure);
                        }
                    });
            assertThat(streamed.get(60, TimeUnit.SECONDS).aiMessage().toolExecutionRequests())
                    .singleElement()
                    .satisfies(call -> assertThat(call.arguments()).contains("苹果"));
        }
    }

    @Test
    void aQuestionIsAnsweredWholeAndStreamed() throws Exception {
        String whole = OllamaLanguageModel.builder()
                .baseUrl(url)
                .modelName(MODEL)
                .temperature(0.0)
                .build()
                .generate(QUESTION)
                .content();
        CompletableFuture<Response<String>> streamed = new CompletableFuture<>();
        OllamaStreamingLanguageModel.builder()
                .baseUrl(url)
                .modelName(MODEL)
                .temperature(0.0)
                .build()
                .generate(QUESTION, new StreamingResponseHandler<>() {
                    @Override
                    public void onNext(String piece) {}

                    @Override
                    public void onComplete(Response<String> response) {
                        streamed.complete(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        streamed.completeExceptionally(failure);
                    }
                });
        assertThat(streamed.get(60, TimeUnit.SECONDS).content())
                .isEqualTo(whole)
                .isNotBlank();
    }

    @Test
    void theModelIsListedDescribedAndRunning() {
        OllamaModels models = OllamaModels.builder().baseUrl(url).build();
        assertThat(models.availableModels().content())
                .singleElement()
                .satisfies(model -> assertThat(model.getName()).isEqualTo(MODEL));
        assertThat(models.modelCard(MODEL).content().getDetails().getFamily()).isEqualTo("qwen2");
        assertThat(models.runningModels().content())
                .singleElement()
                .satisfies(model -> assertThat(model.getName()).isEqualTo(MODEL));
    }
}
