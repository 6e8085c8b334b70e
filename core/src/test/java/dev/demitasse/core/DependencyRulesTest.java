package dev.demitasse.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The directions in which the packages of this module may depend on others, and what kernels must be like. */
class DependencyRulesTest {
    private static final String VECTOR_API = "jdk.incubator.vector..";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.demitasse.core");

    @Test
    void tensorsKnowNothing() {
        mayDependOn("tensor");
    }

    @Test
    void formatsKnowTensors() {
        mayDependOn("format", "tensor");
    }

    @Test
    void theRuntimeKnowsNothing() {
        mayDependOn("runtime");
    }

    @Test
    void kernelsKnowTensorsAndTheRuntime() {
        mayDependOn("kernels", "tensor", "runtime");
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.demitasse.core.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyVectorClassesTouchTheVectorApi() {
        noClasses()
                .that(DescribedPredicate.not(simpleNameStartingWith("Vector")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(VECTOR_API)
                .check(CLASSES);
    }

    @Test
    void noMethodTakesOrReturnsAVector() {
        noMethods().should(ofVectors()).check(CLASSES);
    }

    @Test
    void noStateIsStatic() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }

    private static void mayDependOn(String of, String... others) {
        String[] forbidden = Stream.of("format", "kernels", "model", "runtime", "tensor")
                .filter(name -> !name.equals(of) && !Stream.of(others).toList().contains(name))
                .map(name -> "dev.demitasse.core." + name + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("dev.demitasse.core." + of + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(CLASSES);
    }

    private static ArchCondition<JavaMethod> ofVectors() {
        return ArchCondition.from(DescribedPredicate.describe(
                "take or return a vector",
                (JavaMethod method) -> Stream.concat(
                                Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                        .anyMatch(DependencyRulesTest::isVector)));
    }

    private static boolean isVector(JavaClass type) {
        return type.getPackageName().equals("jdk.incubator.vector")
                && type.getSimpleName().endsWith("Vector");
    }
}
