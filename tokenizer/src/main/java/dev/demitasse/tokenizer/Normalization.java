package dev.demitasse.tokenizer;

/** What is done to text before it is cut into pieces. */
enum Normalization {
    /** Nothing: text is taken as it is. */
    NONE {
        @Override
        String apply(String text) {
            return text;
        }
    },
    /** Unicode normalisation form C. */
    NFC {
        @Override
        String apply(String text) {
            return Nfc.normalize(text);
        }
    };

    abstract String apply(String text);
}
