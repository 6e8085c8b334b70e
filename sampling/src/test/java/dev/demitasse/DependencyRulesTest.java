package dev.demitasse;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The directions in which the packages of this module may depend on others. */
class DependencyRulesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.demitasse.chat", "dev.demitasse.grammar", "dev.demitasse.sampling");

    @Test
    void samplingKnowsNeitherChatNorTextNorModels() {
        noClasses()
                .that()
                .resideInAPackage("dev.demitasse.sampling..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.demitasse.chat..",
                        "dev.demitasse.grammar..",
                        "dev.demitasse.tokenizer..",
                        "dev.demitasse.core..")
                .check(CLASSES);
    }

    @Test
    void grammarsKnowTokensAndNeitherChatNorModels() {
        noClasses()
                .that()
                .resideInAPackage("dev.demitasse.grammar..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.demitasse.chat..", "dev.demitasse.core..", "tools.jackson..")
                .check(CLASSES);
    }

    @Test
    void nothingTouchesTheVectorApi() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CLASSES);
    }

    @Test
    void nothingDependsOnExamplesOrBenchmarks() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.demitasse.examples..", "dev.demitasse.benchmarks..", "dev.demitasse.demo..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.demitasse.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noStateIsStatic() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }
}
