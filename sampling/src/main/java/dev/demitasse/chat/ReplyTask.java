package dev.demitasse.chat;

/**
 * What one reply answers, and how.
 *
 * @param prompt token ids, at least one, fewer than the context holds
 * @param options everything resolved
 * @param calling the tools
 * @param markup tokens that divide the reply
 */
record ReplyTask(int[] prompt, ChatOptions options, Calling calling, Markup markup) {}
