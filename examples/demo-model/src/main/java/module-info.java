/** A tiny model that writes Chinese quatrains, as a test and demonstration file. */
module dev.demitasse.demo {
    requires static org.jspecify;

    exports dev.demitasse.demo;
}
