package dev.demitasse.examples.cli;

/** What to paste so that an application's JVM has the Vector API. */
final class LaunchLines {
    private LaunchLines() {}

    static String text() {
        return """
            To switch the Vector API on in your application (this jar does it by itself):
              java on the class path
                  java --add-modules jdk.incubator.vector -cp ... Main
              module path: nothing, dev.demitasse.core requires the module
              Maven, tests
                  <plugin><artifactId>maven-surefire-plugin</artifactId><configuration>
                    <argLine>--add-modules jdk.incubator.vector</argLine></configuration></plugin>
              Gradle (Kotlin)
                  application { applicationDefaultJvmArgs = listOf("--add-modules", "jdk.incubator.vector") }
                  tasks.withType<Test> { jvmArgs("--add-modules", "jdk.incubator.vector") }
              Spring Boot
                  java --add-modules jdk.incubator.vector -jar app.jar
                  mvn spring-boot:run -Dspring-boot.run.optimizedLaunch=false \\
                      -Dspring-boot.run.jvmArguments="--add-modules jdk.incubator.vector"
                  (its optimised launch stops at the first compiler, which does not compile vectors)
              Quarkus
                  java --add-modules jdk.incubator.vector -jar target/quarkus-app/quarkus-run.jar
                  (its development mode stops at the first compiler: measure the packaged application)
              Docker
                  ENV JDK_JAVA_OPTIONS="--add-modules=jdk.incubator.vector"
            """;
    }
}
