package dev.demitasse.chat;

/** How the keys and values of past tokens are kept in memory: wider is more exact, narrower holds more tokens. */
public enum KvType {
    /** 4 bytes a value: exact. */
    F32,
    /** 2 bytes a value: the default. */
    F16,
    /** About 1 byte a value. */
    INT8
}
