package dev.demitasse.chat;

/**
 * How a turn ended.
 *
 * @param reply for the application
 * @param tokens generated tokens, without the one that ended the model's turn
 */
record Outcome(Reply reply, int[] tokens) {}
