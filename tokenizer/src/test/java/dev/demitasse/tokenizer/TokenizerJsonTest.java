package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerJsonTest {
    private static final String SMALL = read(SmallTokenizer.FILE);

    @Test
    void mergesMayBePairsOfStringsAsWell() {
        String strings = SMALL.substring(SMALL.indexOf("\"merges\": [") + 11, SMALL.lastIndexOf("]}}"));
        String pairs = "["
                + strings.replace("\", \"", "\"], [\"").replace(" ", "\", \"").replace("],\", \"[", "], [") + "]";
        Tokenizer tokenizer = load(SMALL.replace(strings, pairs));
        String text = "我们正在研究 tokenizers, don't we?";
        assertThat(tokenizer.encode(text, SpecialTokens.ALL))
                .containsExactly(SmallTokenizer.load().encode(text, SpecialTokens.ALL));
    }

    @Test
    void thePartsMayComeInAnyOrder() {
        int vocabulary = SMALL.indexOf("\"vocab\": ");
        int merges = SMALL.indexOf("\"merges\": ");
        int end = SMALL.lastIndexOf("}}");
        String swapped = SMALL.substring(0, vocabulary) + SMALL.substring(merges, end) + ", "
                + SMALL.substring(vocabulary, merges).stripTrailing().replaceFirst(",$", "") + SMALL.substring(end);
        assertThat(load(swapped).encode("研究中心", SpecialTokens.ALL))
                .containsExactly(SmallTokenizer.load().encode("研究中心", SpecialTokens.ALL));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '~', textBlock = """
        "type": "BPE"                  # "type": "Unigram"              # model.type
        "dropout": null                # "dropout": 0.1                 # model.dropout
        "byte_fallback": false         # "byte_fallback": true          # model.byte_fallback
        "continuing_subword_prefix": ""# "continuing_subword_prefix":"@"# model.continuing_subword_prefix
        "end_of_word_suffix": ""       # "end_of_word_suffix": "</w>"   # model.end_of_word_suffix
        "unk_token": null              # "unk_token": "?"               # model.unk_token
        "ignore_merges": false         # "surprise": 1                  # model.surprise
        "type": "NFC"                  # "type": "NFKC"                 # normalizer.type
        "type": "NFC"                  # "type": "NFC", "x": {"y": []}  # normalizer.x
        \\\\p{N}| # \\\\p{N}{1,3}| # pre_tokenizer.pretokenizers[0].pattern.Regex
        "behavior": "Isolated"         # "behavior": "Removed"          # pre_tokenizer.pretokenizers[0].behavior
        "invert": false                # "invert": true                 # pre_tokenizer.pretokenizers[0].invert
        "type": "Sequence"             # "type": "Metaspace"            # pre_tokenizer.type
        "lstrip": false                # "lstrip": true                 # added_tokens[0].lstrip
        "rstrip": false                # "rstrip": true                 # added_tokens[0].rstrip
        "single_word": false           # "single_word": true            # added_tokens[0].single_word
        "truncation": null             # "truncation": {"max_length": 9}# truncation
        "padding": null                # "padding": {"pad_id": 0}       # padding
        "version": "1.0"               # "version": "2.0"               # version
        "version": "1.0"               # "version": "1.0", "novel": 3   # novel
        """)
    void whatIsNotImplementedIsRefusedByName(String present, String instead, String name) {
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> load(replaced(present, instead)))
                .withMessageContaining(name)
                .matches(e -> e.fault() == Fault.UNSUPPORTED_TOKENIZER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '~', textBlock = """
        "content": "<|im_start|>"       # "content": ""                  # BAD_VALUE
        "content": "<|im_start|>"       # "content": "<|endoftext|>"     # DUPLICATE_TOKEN
        "content": "<|im_start|>"       # "content": "ing"               # DUPLICATE_TOKEN
        "content": "<|im_start|>"       # "content": "\\ud800"           # BAD_UTF8
        "content": "<|im_start|>"       # "content": 7                   # BAD_JSON_TYPE
        "content": "<|im_start|>"       # "contents": "<|im_start|>"     # MISSING_KEY
        "version": "1.0"                # "version": "1.0", "version": 1 # DUPLICATE_KEY
        "type": "NFC"                   # "type": "NFC", "type": "NFC"   # DUPLICATE_KEY
        "vocab": {                      # "vocab": {"Ā": 2000,           # DUPLICATE_TOKEN
        "vocab": {                      # "vocab": {"ĀĀĀ": 5,            # DUPLICATE_ID
        "vocab": {                      # "vocab": {"ĀĀĀ": 1.5,          # BAD_JSON_TYPE
        "vocab": {                      # "vocab": {"ĀĀĀ": -1,           # BAD_VALUE
        "vocab": {                      # "vocab": {"ĀĀĀ": 4194304,      # BAD_VALUE
        "vocab": {                      # "vocab": {"ĀĀĀ": 9223372036854775808, # BAD_VALUE
        "vocab": {                      # "vocab": {"中文": 3000,          # BAD_VALUE
        "vocab": {                      # "vocab": {"": 3000,            # BAD_VALUE
        "merges": [                     # "merges": ["t h",              # BAD_MERGE
        "merges": [                     # "merges": ["t  h",             # BAD_MERGE
        "merges": [                     # "merges": [["t","h","e"],      # BAD_MERGE
        "merges": [                     # "merges": ["Ā ā",              # BAD_MERGE
        "merges": [                     # "merges": ["中 文",             # BAD_MERGE
        "special": true                 # "special": "yes"               # BAD_JSON_TYPE
        "normalizer": {                 # "normalizer": [{}], "n": {     # BAD_JSON_TYPE
        {"version"                      # [{"version"                    # BAD_JSON_TYPE
        {"version"                      # {version                       # BAD_JSON
        """)
    void whatIsDamagedIsRefusedAsWhatItIs(String present, String instead, Fault fault) {
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> load(replaced(present, instead)))
                .matches(e -> e.fault() == fault, "fault " + fault);
    }

    @Test
    void aSpecialTokenThatPlainTextWouldBecomeIsRefused() {
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> load(replaced(
                        "{\"id\": "
                                + SmallTokenizer.load().tokenId("<|im_start|>").orElseThrow()
                                + ", \"content\": \"<|im_start|>\"",
                        "{\"id\": " + SmallTokenizer.load().tokenId("ing").orElseThrow() + ", \"content\": \"ing\"")))
                .withMessageContaining("special token");
    }

    @Test
    void noCutOrChangedByteDoesAnythingButLoadOrBeRefused() {
        byte[] sound = SMALL.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(8);
        for (int i = 0; i < 400; i++) {
            byte[] damaged = sound.clone();
            int length = random.nextInt(4) == 0 ? random.nextInt(sound.length) : sound.length;
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                // mostly in the part that says what is what, which is short
                int position = random.nextInt(random.nextBoolean() ? 1_500 : sound.length);
                damaged[position] = (byte) random.nextInt(256);
            }
            try {
                load(new ByteArrayInputStream(damaged, 0, length)).encode("Hello 世界", SpecialTokens.ALL);
            } catch (TokenizerFormatException expected) {
                assertThat(expected.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    void nestingIsBounded() {
        String deep = "[".repeat(100_000);
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> load("{\"normalizer\": " + deep))
                .matches(e -> e.fault() == Fault.TOO_LARGE);
    }

    @Test
    void aWideTreeOfSettingsIsBounded() {
        assertThatExceptionOfType(TokenizerFormatException.class)
                .isThrownBy(() -> load("{\"normalizer\": [" + "1,".repeat(100_000) + "1]}"))
                .matches(e -> e.fault() == Fault.TOO_LARGE);
    }

    @Test
    void messagesNameTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() -> TokenizerJson.load(file))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessage(file + ": model is missing");
        assertThatThrownBy(() -> TokenizerJson.load(folder.resolve("absent.json")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("absent.json");
    }

    private static String replaced(String present, String instead) {
        String changed = SMALL.replaceFirst(Pattern.quote(present), Matcher.quoteReplacement(instead));
        assertThat(changed).isNotEqualTo(SMALL);
        return changed;
    }

    private static Tokenizer load(String json) {
        return load(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Tokenizer load(InputStream in) {
        return TokenizerJson.load(in);
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(TokenizerJsonTest.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
