package dev.demitasse.core.model;

/** The projections that an adapter may add to. */
enum LoraTarget {
    QUERY,
    KEY,
    VALUE,
    OUTPUT,
    GATE,
    UP,
    DOWN;

    /** The name of the projection's weights. */
    String tensor(TensorNames names, int layer) {
        String prefix = names.layerPrefix().apply(layer);
        return prefix
                + switch (this) {
                    case QUERY -> names.query() + TensorNames.WEIGHT;
                    case KEY -> names.key() + TensorNames.WEIGHT;
                    case VALUE -> names.value() + TensorNames.WEIGHT;
                    case OUTPUT -> names.output();
                    case GATE -> names.gate();
                    case UP -> names.up();
                    case DOWN -> names.down();
                };
    }

    /** Rows of the projection. */
    int rows(DecoderConfig config) {
        return switch (this) {
            case QUERY -> config.querySize();
            case KEY, VALUE -> config.keySize();
            case OUTPUT, DOWN -> config.hiddenSize();
            case GATE, UP -> config.intermediateSize();
        };
    }

    /** Columns of the projection. */
    int cols(DecoderConfig config) {
        return switch (this) {
            case QUERY, KEY, VALUE, GATE, UP -> config.hiddenSize();
            case OUTPUT -> config.querySize();
            case DOWN -> config.intermediateSize();
        };
    }
}
