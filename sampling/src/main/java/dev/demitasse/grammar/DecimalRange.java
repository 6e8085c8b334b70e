package dev.demitasse.grammar;

import static dev.demitasse.grammar.Expression.choice;
import static dev.demitasse.grammar.Expression.oneOf;
import static dev.demitasse.grammar.Expression.optional;
import static dev.demitasse.grammar.Expression.repeat;
import static dev.demitasse.grammar.Expression.sequence;
import static dev.demitasse.grammar.Expression.text;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers between two bounds, digit by digit, without exponents.
 *
 * @param min lower bound
 * @param minExcluded whether the bound itself is outside
 * @param max upper bound
 * @param maxExcluded whether the bound itself is outside
 */
record DecimalRange(BigInteger min, boolean minExcluded, BigInteger max, boolean maxExcluded) {
    /** The bound of what is written where there is none. */
    static final BigInteger LARGEST = BigInteger.TEN.pow(JsonText.MOST_DIGITS).subtract(BigInteger.ONE);

    private static final CharSet DIGIT = CharSet.range('0', '9');
    private static final Expression FRACTION = sequence(text("."), JsonText.digits(1, JsonText.MOST_DIGITS));
    private static final Expression ZERO_FRACTION = sequence(text("."), repeat(text("0"), 1, JsonText.MOST_DIGITS));
    private static final Expression OTHER_FRACTION = sequence(
            text("."),
            repeat(text("0"), 0, JsonText.MOST_DIGITS / 2),
            oneOf(CharSet.range('1', '9')),
            JsonText.digits(0, JsonText.MOST_DIGITS / 2));

    /** The whole numbers of the range. */
    Expression integers() {
        BigInteger from = minExcluded ? min.add(BigInteger.ONE) : min;
        BigInteger to = maxExcluded ? max.subtract(BigInteger.ONE) : max;
        List<Expression> alternatives = new ArrayList<>();
        if (to.signum() >= 0) {
            alternatives.add(naturals(from.max(BigInteger.ZERO), to));
        }
        if (from.signum() < 0) {
            alternatives.add(sequence(text("-"), naturals(to.negate().max(BigInteger.ONE), from.negate())));
        }
        return choice(alternatives);
    }

    /** The numbers of the range, with a fraction or without. */
    Expression numbers() {
        List<Expression> alternatives = new ArrayList<>();
        if (max.signum() >= 0) {
            boolean belowZero = min.signum() < 0;
            alternatives.add(
                    new DecimalRange(belowZero ? BigInteger.ZERO : min, !belowZero && minExcluded, max, maxExcluded)
                            .positives());
        }
        if (min.signum() < 0) {
            boolean aboveZero = max.signum() >= 0;
            alternatives.add(sequence(
                    text("-"),
                    new DecimalRange(
                                    aboveZero ? BigInteger.ZERO : max.negate(),
                                    aboveZero || maxExcluded,
                                    min.negate(),
                                    minExcluded)
                            .positives()));
        }
        return choice(alternatives);
    }

    /** For bounds from 0 on. */
    private Expression positives() {
        List<Expression> alternatives = new ArrayList<>();
        BigInteger below = max.subtract(BigInteger.ONE);
        alternatives.add(sequence(naturals(minExcluded ? min.add(BigInteger.ONE) : min, below), optional(FRACTION)));
        if (minExcluded && min.compareTo(max) < 0) {
            alternatives.add(sequence(text(min.toString()), OTHER_FRACTION));
        }
        if (!maxExcluded && (min.compareTo(max) < 0 || (min.equals(max) && !minExcluded))) {
            alternatives.add(sequence(text(max.toString()), optional(ZERO_FRACTION)));
        }
        return choice(alternatives);
    }

    private static Expression naturals(BigInteger from, BigInteger to) {
        List<Expression> alternatives = new ArrayList<>();
        BigInteger low = from;
        while (low.compareTo(to) <= 0) {
            BigInteger lastOfLength =
                    BigInteger.TEN.pow(low.toString().length()).subtract(BigInteger.ONE);
            BigInteger high = to.min(lastOfLength);
            alternatives.add(ofOneLength(low.toString(), high.toString()));
            low = high.add(BigInteger.ONE);
        }
        return choice(alternatives);
    }

    private static Expression ofOneLength(String low, String high) {
        int length = low.length();
        if (low.chars().allMatch(c -> c == '0') && high.chars().allMatch(c -> c == '9')) {
            return JsonText.digits(length, length);
        }
        String lowRest = low.substring(1);
        String highRest = high.substring(1);
        if (low.charAt(0) == high.charAt(0)) {
            return sequence(text(low.substring(0, 1)), ofOneLength(lowRest, highRest));
        }
        CharSet between = DIGIT.and(CharSet.range(low.charAt(0) + 1, high.charAt(0) - 1));
        return choice(
                sequence(text(low.substring(0, 1)), ofOneLength(lowRest, "9".repeat(length - 1))),
                sequence(oneOf(between), JsonText.digits(length - 1, length - 1)),
                sequence(text(high.substring(0, 1)), ofOneLength("0".repeat(length - 1), highRest)));
    }
}
