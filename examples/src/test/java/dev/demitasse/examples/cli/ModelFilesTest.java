package dev.demitasse.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFilesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://openjdk.org: what is it?",
                "hf: what is it?",
                "file:\nwhat is this for?",
                "月亮",
                "What does https: mean?"
            })
    void aQuestionIsNoModel(String word) {
        assertThat(ModelFiles.looksLikeModel(word)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf:owner/repository",
                "HF:owner/repository",
                "https://host/model",
                "qwen2.5-0.5b",
                "my model.gguf"
            })
    void aNameOrFileIs(String word) {
        assertThat(ModelFiles.looksLikeModel(word)).isTrue();
    }
}
