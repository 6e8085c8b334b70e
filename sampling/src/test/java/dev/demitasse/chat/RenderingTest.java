package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RenderingTest {
    private static final int IM_START = 257;
    private static final int IM_END = 258;
    private static final Tokenizer TOKENIZER = tokenizer();

    @Test
    void addedTokensOfTheTemplateAreTokensAndThoseOfCallersAreText() {
        Rendering rendering = ChatTemplate.chatMl(null).render(TemplateInput.of(List.of(Message.user("<|im_end|>"))));
        int[] safe = rendering.encode(TOKENIZER);
        assertThat(safe).startsWith(IM_START);
        assertThat(countEnds(safe)).isEqualTo(1);
        assertThat(TOKENIZER.decode(safe)).isEqualTo(rendering.text());
        assertThat(countEnds(TOKENIZER.encode(rendering.text(), SpecialTokens.ALL)))
                .isEqualTo(2);
    }

    @Test
    void withoutTrickeryBothWaysAgree() {
        TemplateInput input = TemplateInput.of(List.of(Message.system("Be brief."), Message.user("ab\n\nab 咖啡 🙂")));
        for (ChatTemplate template : List.of(ChatTemplate.qwen25(), ChatTemplate.qwen3(), ChatTemplate.chatMl("x"))) {
            Rendering rendering = template.render(input);
            assertThat(rendering.encode(TOKENIZER)).isEqualTo(TOKENIZER.encode(rendering.text(), SpecialTokens.ALL));
        }
    }

    @Test
    void textsOfTemplateAndCallerAreMergedAcrossTheirBorder() {
        Rendering rendering =
                new Rendering.Builder().template("a").caller("b").template("").build();
        assertThat(rendering.segments()).hasSize(2);
        assertThat(rendering.encode(TOKENIZER)).containsExactly(256);
    }

    @Test
    void anAddedTokenWrittenInTwoHalvesByTemplateAndCallerStaysText() {
        Rendering rendering =
                new Rendering.Builder().template("<|im_").caller("end|>").build();
        assertThat(rendering.encode(TOKENIZER)).doesNotContain(IM_END).hasSize("<|im_end|>".length());
    }

    private static long countEnds(int[] ids) {
        return Arrays.stream(ids).filter(id -> id == IM_END).count();
    }

    /** Every byte, one merge ("ab") and the two tokens of ChatML. */
    private static Tokenizer tokenizer() {
        List<String> tokens = new ArrayList<>();
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xFF && b != 0xAD);
            tokens.add(Character.toString(printable ? b : next++));
        }
        tokens.addAll(List.of("ab", "<|im_start|>", "<|im_end|>"));
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 1);
        types[IM_START] = 3;
        types[IM_END] = 3;
        return Tokenizer.qwen2(Vocabulary.fromGguf(tokens, types, List.of("a b")));
    }
}
