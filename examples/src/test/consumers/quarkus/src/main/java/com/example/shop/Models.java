package com.example.shop;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** One model for the application. A singleton, not a proxy: the class of models is sealed. */
@ApplicationScoped
class Models {
    @Produces
    @Singleton
    LanguageModel languageModel() {
        return LanguageModel.load(DemoModel.path());
    }

    void close(@Disposes LanguageModel model) {
        model.close();
    }
}
