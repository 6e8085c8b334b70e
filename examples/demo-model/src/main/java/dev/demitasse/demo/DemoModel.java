package dev.demitasse.demo;

/** The bundled demonstration model: a Qwen2-architecture decoder of 4.8 million parameters for classical Chinese quatrains. */
public final class DemoModel {
    private DemoModel() {}
}
