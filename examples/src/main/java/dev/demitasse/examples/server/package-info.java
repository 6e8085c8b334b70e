/**
 * A chat service: OpenAI's HTTP interface and a web page over one {@link dev.demitasse.chat.LanguageModel}. Read
 * {@link dev.demitasse.examples.server.ChatServer} first, then {@code ChatCompletions}, where a request becomes a reply.
 */
@NullMarked
package dev.demitasse.examples.server;

import org.jspecify.annotations.NullMarked;
