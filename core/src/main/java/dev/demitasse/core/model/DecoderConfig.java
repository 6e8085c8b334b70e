package dev.demitasse.core.model;

/** Sizes of a decoder. */
public record DecoderConfig() {}
