package dev.demitasse.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts very long runs of combining marks in canonical order. The JDK's normaliser does that by insertion, so a megabyte
 * of marks in the wrong order would keep it busy for many minutes; given marks in order it takes linear time.
 *
 * <p>The JDK does not tell the combining class of a mark, but it tells of any two which comes first.
 */
final class MarkRuns {
    /** Runs up to this length are left to the normaliser; no writing system comes near it. */
    private static final int LONG_RUN = 200;
    /** The lowest and the highest combining class there is: every mark with a class changes places with one of them. */
    private static final int FIRST_OF_ALL = 0x0334;

    private static final int LAST_OF_ALL = 0x0345;

    private MarkRuns() {}

    /** Returns a canonically equivalent text that the JDK normalises in linear time; mostly the same string. */
    static String inOrder(String text) {
        StringBuilder ordered = null;
        int copied = 0;
        int position = 0;
        while (position < text.length()) {
            int end = markRunEnd(text, position);
            if (end - position > LONG_RUN) {
                ordered = ordered == null ? new StringBuilder(text.length()) : ordered;
                ordered.append(text, copied, position);
                appendInOrder(text.substring(position, end), ordered);
                copied = end;
            }
            position = Math.max(end, position + 1);
        }
        return ordered == null
                ? text
                : ordered.append(text, copied, text.length()).toString();
    }

    private static int markRunEnd(String text, int start) {
        int end = start;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            switch (Character.getType(codePoint)) {
                case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
                    end += Character.charCount(codePoint);
                default -> {
                    return end;
                }
            }
        }
        return end;
    }

    private static void appendInOrder(String run, StringBuilder target) {
        Map<Integer, int[]> decompositions = new HashMap<>();
        List<Integer> marks = new ArrayList<>();
        run.codePoints().forEach(codePoint -> {
            for (int mark : decompositions.computeIfAbsent(codePoint, MarkRuns::decompose)) {
                marks.add(mark);
            }
        });
        Map<Integer, Integer> places = places(marks);
        int start = 0;
        for (int i = 0; i <= marks.size(); i++) {
            // only what stands between two marks without a class can change places
            if (i == marks.size() || !places.containsKey(marks.get(i))) {
                marks.subList(start, i).sort(Comparator.comparingInt(mark -> places.getOrDefault(mark, 0)));
                start = i + 1;
            }
        }
        marks.forEach(target::appendCodePoint);
    }

    /** Returns a number for each mark with a class that orders it as the class does; marks of one class share one. */
    private static Map<Integer, Integer> places(List<Integer> marks) {
        List<Integer> distinct = new ArrayList<>(marks.stream()
                .distinct()
                .filter(mark -> compare(mark, FIRST_OF_ALL) != 0 || compare(mark, LAST_OF_ALL) != 0)
                .toList());
        distinct.sort(MarkRuns::compare);
        Map<Integer, Integer> places = new HashMap<>();
        int place = 0;
        for (int i = 0; i < distinct.size(); i++) {
            if (i > 0 && compare(distinct.get(i - 1), distinct.get(i)) != 0) {
                place++;
            }
            places.put(distinct.get(i), place);
        }
        return places;
    }

    /** Compares the combining classes of two marks; 0 also if one of them has none. */
    private static int compare(int a, int b) {
        String ab = Character.toString(a) + Character.toString(b);
        String ba = Character.toString(b) + Character.toString(a);
        if (ab.equals(ba)
                || Normalizer.isNormalized(ab, Normalizer.Form.NFD)
                        == Normalizer.isNormalized(ba, Normalizer.Form.NFD)) {
            return 0;
        }
        return Normalizer.isNormalized(ab, Normalizer.Form.NFD) ? -1 : 1;
    }

    private static int[] decompose(int codePoint) {
        return Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD)
                .codePoints()
                .toArray();
    }
}
