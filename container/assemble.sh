#!/bin/sh
# Lays out what the image adds to its base: a Java runtime with no more modules than needed, the jar, two start scripts
# and an empty folder for models.
#
#   container/assemble.sh JAR TARGET-FOLDER
#
# Uses the jlink of JAVA25_HOME or JAVA_HOME, else the one on the PATH; it must be of a JDK 25.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: assemble.sh JAR TARGET-FOLDER" >&2
    exit 2
fi
jar=$1
target=$2
home=${JAVA25_HOME:-${JAVA_HOME:-}}
jlink=${home:+$home/bin/}jlink
app=$target/opt/demitasse

mkdir -p "$app/bin" "$target/models"
# java.management: the metrics; java.net.http: downloads; jdk.jfr: events; java.naming, jdk.unsupported: the HTTP library; java.sql, java.xml: JSON.
"$jlink" \
    --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.incubator.vector,jdk.jfr,jdk.unsupported \
    --add-options="--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:MaxRAMPercentage=60" \
    --strip-debug --no-header-files --no-man-pages --compress zip-6 \
    --output "$app/runtime"
cp "$jar" "$app/demitasse.jar"

# Started by hand rather than with -jar, so that nothing searches for another Java.
cat > "$app/bin/demitasse" <<'EOF'
#!/bin/sh
exec /opt/demitasse/runtime/bin/java $JAVA_OPTS -cp /opt/demitasse/demitasse.jar dev.demitasse.examples.cli.Main "$@"
EOF
cat > "$app/bin/demitasse-health" <<'EOF'
#!/bin/sh
exec /opt/demitasse/runtime/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx32m \
    -cp /opt/demitasse/demitasse.jar dev.demitasse.examples.server.HealthCheck "$@"
EOF
chmod 755 "$app/bin/demitasse" "$app/bin/demitasse-health" "$target/models"
