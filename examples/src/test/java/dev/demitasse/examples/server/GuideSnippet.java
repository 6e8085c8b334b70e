package dev.demitasse.examples.server;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;

/** The Java code of docs/guide/server.md, so that it compiles and runs. */
final class GuideSnippet {
    private GuideSnippet() {}

    static void run(String baseUrl) {
        OpenAIClient client =
                OpenAIOkHttpClient.builder().baseUrl(baseUrl).apiKey("none").build();
        ChatCompletion completion = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("any")
                        .addUserMessage("写一首关于月亮的诗")
                        .build());
        System.out.println(completion.choices().getFirst().message().content().orElse(""));
    }
}
