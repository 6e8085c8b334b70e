package dev.demitasse.benchmarks;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/** A chart being drawn: axes, lines, points and bars as SVG that reads on a light or dark page. */
final class Svg {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 64;
    private static final int RIGHT = 150;
    private static final int TOP = 36;
    private static final int BOTTOM = 52;

    private final StringBuilder body = new StringBuilder();
    private final DoubleUnaryOperator x;
    private final DoubleUnaryOperator y;
    private int legendLines;

    private Svg(DoubleUnaryOperator x, DoubleUnaryOperator y, String title, String xLabel, String yLabel) {
        this.x = x;
        this.y = y;
        text(LEFT, 22, "start", 15, title);
        text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "middle", 12, xLabel);
        body.append(String.format(
                Locale.ROOT,
                "<text transform=\"translate(16,%d) rotate(-90)\" text-anchor=\"middle\" font-size=\"12\">%s</text>%n",
                (TOP + HEIGHT - BOTTOM) / 2,
                yLabel));
        segment(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "#888", 1);
        segment(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "#888", 1);
    }

    /** Both axes linear from 0. */
    static Svg linear(double xMax, double yMax, String title, String xLabel, String yLabel) {
        Svg svg = new Svg(
                value -> LEFT + value / xMax * (WIDTH - LEFT - RIGHT),
                value -> HEIGHT - BOTTOM - value / yMax * (HEIGHT - TOP - BOTTOM),
                title,
                xLabel,
                yLabel);
        double step = niceStep(yMax);
        for (double value = 0; value <= yMax; value += step) {
            svg.yTick(value);
        }
        return svg;
    }

    /** Both axes logarithmic. */
    static Svg logarithmic(double[] xRange, double[] yRange, String title, String xLabel, String yLabel) {
        Svg svg = new Svg(
                value -> LEFT + Math.log(value / xRange[0]) / Math.log(xRange[1] / xRange[0]) * (WIDTH - LEFT - RIGHT),
                value -> HEIGHT
                        - BOTTOM
                        - Math.log(value / yRange[0]) / Math.log(yRange[1] / yRange[0]) * (HEIGHT - TOP - BOTTOM),
                title,
                xLabel,
                yLabel);
        for (double value = yRange[0]; value <= yRange[1]; value *= 2) {
            svg.yTick(value);
        }
        for (double value = xRange[0]; value <= xRange[1]; value *= 4) {
            svg.xTick(value, number(value));
        }
        return svg;
    }

    private static double niceStep(double max) {
        double power = Math.pow(10, Math.floor(Math.log10(max / 4)));
        double unit = max / 4 / power;
        return power * (unit < 2 ? 1 : unit < 5 ? 2 : 5);
    }

    private void yTick(double value) {
        segment(LEFT, y.applyAsDouble(value), WIDTH - RIGHT, y.applyAsDouble(value), "#8884", 1);
        text(LEFT - 6, y.applyAsDouble(value) + 4, "end", 11, number(value));
    }

    void xTick(double value, String label) {
        text(x.applyAsDouble(value), HEIGHT - BOTTOM + 16, "middle", 11, label);
    }

    void line(double fromX, double fromY, double toX, double toY, String colour) {
        segment(x.applyAsDouble(fromX), y.applyAsDouble(fromY), x.applyAsDouble(toX), y.applyAsDouble(toY), colour, 2);
    }

    void point(double atX, double atY, String colour, String label) {
        body.append(String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>%n",
                x.applyAsDouble(atX),
                y.applyAsDouble(atY),
                colour));
        text(x.applyAsDouble(atX) + 5, y.applyAsDouble(atY) + 3, "start", 8, label);
    }

    /** A bar from 0 to {@code height}, {@code width} wide in units of the axis. */
    void bar(double from, double width, double height, String colour) {
        body.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
                x.applyAsDouble(from),
                y.applyAsDouble(height),
                x.applyAsDouble(from + width) - x.applyAsDouble(from),
                y.applyAsDouble(0) - y.applyAsDouble(height),
                colour));
    }

    void legend(String label, String colour) {
        int top = TOP + 8 + 20 * legendLines++;
        body.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>%n",
                WIDTH - RIGHT + 12,
                top,
                colour));
        text(WIDTH - RIGHT + 30, top + 10, "start", 11, label);
    }

    private void segment(double fromX, double fromY, double toX, double toY, String colour, int width) {
        body.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                fromX,
                fromY,
                toX,
                toY,
                colour,
                width));
    }

    private void text(double atX, double atY, String anchor, int size, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>%n",
                atX,
                atY,
                anchor,
                size,
                text));
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, value < 0.1 ? "%.2f" : "%.1f", value);
    }

    @Override
    public String toString() {
        return String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                                + " fill=\"#777\">%n",
                        WIDTH,
                        HEIGHT)
                + body
                + "</svg>\n";
    }
}
