package dev.demitasse.tokenizer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What this module may depend on, and what of it others see. */
class ArchitectureTest {
    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.demitasse.tokenizer");

    @Test
    void theTokenizerStandsAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.demitasse.tokenizer", "java..", "tools.jackson.core..", "org.jspecify..")
                .check(module);
    }

    @Test
    void onlyTheReadersOfTokenizerJsonKnowJson() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(TokenizerJson|TokenizerJsonReader|JsonSection)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("tools.jackson..")
                .check(module);
    }

    @Test
    void noRegexEngineIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex..")
                .check(module);
    }

    @Test
    void thePublicFaceIsSmall() {
        classes()
                .that()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(".*\\.(Tokenizer|Vocabulary|TokenizerJson|TextStream|AddedToken|SpecialTokens"
                        + "|SpecialText|TokenizerFormatException)")
                .check(module);
    }

    @Test
    void nothingStaticChanges() {
        fields().that().areStatic().should().beFinal().check(module);
    }
}
