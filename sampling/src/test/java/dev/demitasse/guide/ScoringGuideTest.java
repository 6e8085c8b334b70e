package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Pooling;
import dev.demitasse.chat.Score;
import dev.demitasse.demo.DemoModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/scoring.md. */
@Timeout(60)
class ScoringGuideTest {
    @Test
    void embeddings() {
        List<String> documents = List.of("春眠不觉晓", "处处闻啼鸟", "夜来风雨声");
        String question = "花落知多少";
        try (var model = LanguageModel.load(DemoModel.path())) {
            List<float[]> vectors = model.embed(documents);
            float[] asked = model.embed(question);

            int best = 0;
            for (int i = 1; i < vectors.size(); i++) {
                if (cosine(vectors.get(i), asked) > cosine(vectors.get(best), asked)) {
                    best = i;
                }
            }

            assertThat(best).isBetween(0, 2);
            assertThat(cosine(asked, asked)).isBetween(0.9999, 1.0001);
            List<float[]> last = model.embed(documents, Pooling.LAST);
            assertThat(last).hasSize(3);
        }
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i]; // both have length 1
        }
        return sum;
    }

    private enum Mood {
        GOOD,
        BAD
    }

    @Test
    void classification() {
        String review = "这家店的面很好吃。";
        try (var model = LanguageModel.load(DemoModel.path())) {
            Mood found = mood(model, review);
            assertThat(found).isNotNull();

            ChatRequest request = ChatRequest.builder()
                    .user("Is this review positive or negative? Answer with one word.\n\n" + review)
                    .build();
            List<Score> answers = model.score(request, List.of("positive", "negative"));

            assertThat(answers)
                    .hasSize(2)
                    .allSatisfy(score -> assertThat(score.logProbability()).isLessThan(0));
        }
    }

    private static Mood mood(LanguageModel model, String review) {
        List<Score> scores = model.score("评论：" + review + "\n这条评论是", List.of("好评", "差评"));
        boolean good = scores.get(0).perToken() > scores.get(1).perToken();
        return good ? Mood.GOOD : Mood.BAD;
    }
}
