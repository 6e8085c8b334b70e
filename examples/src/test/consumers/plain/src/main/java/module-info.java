/** An application on the module path. */
module com.example.shop {
    requires dev.demitasse.chat;
    requires dev.demitasse.demo;

    // Records that replies become, and classes with tools, are looked into.
    opens com.example.shop to
            dev.demitasse.chat;
}
