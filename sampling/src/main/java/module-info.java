/** Streaming chat with small language models, in-process: {@code LanguageModel}, {@code ChatSession}. */
module dev.demitasse.chat {
    requires static transitive org.jspecify;
    requires transitive dev.demitasse.tokenizer;
    requires dev.demitasse.core;
    requires java.net.http;
    requires jdk.jfr;
    requires tools.jackson.core;

    exports dev.demitasse.chat;
    exports dev.demitasse.chat.testing;
    exports dev.demitasse.sampling;
}
